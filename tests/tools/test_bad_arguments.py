"""Arguments that there are not, that are missing or of another type: refused, nothing sent."""

from typing import Any

import pytest

from _support.tables import each
from _support.transport import RecordingTransport, a_pipeline_over, refusal
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_entry

pytestmark = pytest.mark.anyio


def least(tool: str, **more: object) -> dict[str, object]:
    return {**LEAST_OF[tool].arguments, **more}


tools = pytest.mark.parametrize("tool", list(CATALOGUE))

AT = "2026-12-01T14:20"
EVERY = {sent.tool: sent.arguments for sent in EVERYTHING}
CASES = [
    (tool, argument)
    for tool in CATALOGUE
    for argument in build_entry(CATALOGUE[tool])["inputSchema"]["properties"]
]
cases = each("tool, argument", CASES)


@tools
async def test_an_argument_that_there_is_not_is_refused_by_name(tool: str) -> None:
    message = await refusal(tool, least(tool, zzz_qqq="vx8d2kf"))
    assert message.startswith("`zzz_qqq`: there is no such argument")
    assert "vx8d2kf" not in message


@cases
async def test_a_name_with_a_letter_too_many_gets_the_nearest(tool: str, argument: str) -> None:
    arguments = dict(EVERY[tool])
    arguments[f"{argument}e"] = arguments.pop(argument)
    message = await refusal(tool, arguments)
    assert f"`{argument}e`: there is no such argument; did you mean `{argument}`?" in message


@pytest.mark.parametrize(
    ("tool", "wrong", "right"),
    [
        ("insert_lead", "PrimaryPhone", "primary_phone"),
        ("insert_lead", "phone", "primary_phone"),
        ("insert_lead", "importOnly", "import_only"),
        ("search_lead", "SearchField", "search_field"),
        ("delete_dnc", "Number", "number"),
        ("create_dial_list", "list", "list_name"),
        ("enable_playlist_filter", "filter", "filter_name"),
        ("update_skill_priority", "delay", "delay_seconds"),
    ],
)
async def test_the_vendors_name_or_a_likely_one_gets_ours(
    tool: str, wrong: str, right: str
) -> None:
    message = await refusal(tool, least(tool, **{wrong: "x"}))
    assert f"did you mean `{right}`?" in message


async def test_one_that_is_like_none_gets_all_that_there_are() -> None:
    message = await refusal("create_dial_list", least("create_dial_list", qqqq="x"))
    assert message == "`qqqq`: there is no such argument; there is `agent`, `list_name`."
    message = await refusal("reload_skills", {"qqqq": "x"})
    assert message == "`qqqq`: there is no such argument; there is none."


@pytest.mark.parametrize(
    "name", ["954-555-0123", "a b", "x&Action=DeleteList", "", "ü" * 30, "a" * 41, "\ud83d", "a\n"]
)
async def test_a_name_that_is_no_name_is_not_repeated(name: str) -> None:
    message = await refusal("delete_dnc", {"number": "9545550123", name: "x"})
    assert message.startswith(("`(a name)`: there is no such argument", "A name has half of"))
    assert not name or name not in message
    message.encode()


async def test_one_within_a_callback_is_refused_too() -> None:
    callback = {"agent": "Maria", "at": "2026-12-01T14:20", "note": "x"}
    message = await refusal("update_lead", least("update_lead", callback=callback))
    assert message == "`callback.note`: there is no such argument; did you mean `notes`?"


@cases
async def test_a_required_argument_that_is_missing_is_named(tool: str, argument: str) -> None:
    required = build_entry(CATALOGUE[tool])["inputSchema"].get("required", [])
    arguments = {name: value for name, value in EVERY[tool].items() if name != argument}
    if argument in required:
        assert f"`{argument}`: is required." in await refusal(tool, arguments)
        return
    dialer = RecordingTransport()
    await a_pipeline_over(dialer).run(tool, **arguments)
    assert len(dialer.requests) == 1


async def test_everything_that_is_wrong_is_said_at_once() -> None:
    message = await refusal("insert_lead", {"state": "Florida", "import_only": "yes", "x_y": 1})
    for part in ("`campaign`", "`primary_phone`", "`state`", "`import_only`", "`x_y`"):
        assert part in message


@pytest.mark.parametrize("tool", ["update_lead"])
@pytest.mark.parametrize(
    "more", [{}, {"custom_fields": {}}, {"other_fields": {}}, {"clear_fields": []}]
)
async def test_an_update_of_nothing_is_refused(tool: str, more: dict[str, object]) -> None:
    sought = {"search_field": "lead_id", "identifier": "1"}
    message = await refusal(tool, {**sought, **more})
    assert message == "Give at least one field to change or clear."


async def test_a_priority_without_any_of_its_three_is_refused() -> None:
    message = await refusal("update_skill_priority", {"skill": "Sales", "source": "1"})
    assert message == "Give at least one of `priority`, `delay_seconds` and `active`."


@cases
async def test_null_is_not_given_where_an_argument_is_optional(tool: str, argument: str) -> None:
    arguments = {**EVERY[tool], argument: None}
    if argument in build_entry(CATALOGUE[tool])["inputSchema"].get("required", []):
        message = await refusal(tool, arguments)
        assert message == f"`{argument}`: null is not taken, since this one is required."
        return
    without = {name: value for name, value in EVERY[tool].items() if name != argument}
    with_null, left_out = RecordingTransport(), RecordingTransport()
    await a_pipeline_over(with_null).run(tool, **arguments)
    await a_pipeline_over(left_out).run(tool, **without)
    sent = [request.content for request in with_null.requests]
    assert sent == [request.content for request in left_out.requests]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"callback": {"agent": None, "at": AT}}, "`callback.agent`: null is not taken, since"),
        ({"custom_fields": {"Plan": None}}, "`custom_fields.Plan`: null is not taken; leave it"),
        ({"custom_fields": {"Roof Type": None}}, "`custom_fields.(a name)`: null is not taken; "),
        ({"other_fields": {"Email": None}}, "name the field in `clear_fields` to empty it."),
        ({"clear_fields": [None]}, "`clear_fields`: null is not taken; leave it out."),
        ({"clear_fields": ["notes", None]}, "`clear_fields`: null is not taken; leave it out."),
        ({"whatever": None}, "`whatever`: there is no such argument"),
        ({"custom_fields": {"Plan": {"deep": None}}}, "`custom_fields.Plan`: must be a string"),
        ({"custom_fields": {"Plan": [None]}}, "`custom_fields.Plan`: must be a string"),
    ],
)
async def test_null_is_refused_where_it_could_mean_two_things(
    given: dict[str, Any], said: str
) -> None:
    assert said in await refusal("update_lead", least("update_lead", **given))


async def test_a_tool_that_clears_nothing_names_no_clear_fields() -> None:
    message = await refusal("insert_lead", least("insert_lead", custom_fields={"Plan": None}))
    assert message == "`custom_fields.Plan`: null is not taken; leave it out."


NO_TEXT = [5, 5.5, True, [], ["x"], {}, {"x": "y"}]
NO_BOOLEAN = ["true", "false", "0", "1", "", 0, 1, 1.0, [], {}]
NO_INTEGER: list[Any] = [
    *("1", "1.0", "", "one", 1.5, True, False, [1], {}),
    *(float("inf"), float("nan"), 1e400),
]
NO_OBJECT = [
    *("x", "null", "[]", "{", "{}{}", '"{}"', "{'a': 'b'}", '{"a": NaN}', '{"a": 1e400'),
    *(5, True, [], [["a", "b"]]),
]
NO_LIST = [
    *("notes", "notes,city", "{}", "null", '"[]"', "[" * 100_000),
    *(5, True, {}, {"notes": "x"}),
]
WRONG = {
    "string": NO_TEXT,
    "boolean": NO_BOOLEAN,
    "integer": NO_INTEGER,
    "object": NO_OBJECT,
    "array": NO_LIST,
}


@cases
async def test_nothing_else_is_coerced(tool: str, argument: str) -> None:
    kind = build_entry(CATALOGUE[tool])["inputSchema"]["properties"][argument]["type"]
    for value in WRONG[kind]:
        message = await refusal(tool, {**EVERY[tool], argument: value})
        assert f"`{argument}`: must be " in message, value


@each("argument", ["custom_fields", "other_fields"])
@each("value", NO_TEXT)
async def test_the_value_of_a_further_field_is_text(argument: str, value: object) -> None:
    message = await refusal("update_lead", least("update_lead", **{argument: {"Plan": value}}))
    assert message == f"`{argument}.Plan`: must be a string, in quotes."


@pytest.mark.parametrize("argument", ["priority", "delay_seconds"])
@pytest.mark.parametrize("value", [-1, -(10**30), 2**31, 10**30])
async def test_an_integer_that_nobody_means_is_refused(argument: str, value: int) -> None:
    given = least("update_skill_priority", **{argument: value})
    message = await refusal("update_skill_priority", given)
    assert message == f"`{argument}`: must be {'0 or more' if value < 0 else '2147483647 or less'}."


async def test_an_integer_too_long_to_be_written_is_refused() -> None:
    given = least("update_skill_priority", priority=10**5000)
    message = await refusal("update_skill_priority", given)
    assert message == "`priority`: must be 2147483647 or less."


@pytest.mark.parametrize(
    ("tool", "argument", "values"),
    [
        ("search_lead", "search_field", ["Phone", "PHONE", "name", "0", "phone "]),
        ("insert_lead", "duplicates_check", ["0", "1", "3", "all", "Campaign", ""]),
    ],
)
async def test_a_word_outside_the_choice_is_refused_with_the_choice(
    tool: str, argument: str, values: list[str]
) -> None:
    for value in values:
        message = await refusal(tool, least(tool, **{argument: value}))
        assert f"`{argument}`: must be one of 'c" in message
