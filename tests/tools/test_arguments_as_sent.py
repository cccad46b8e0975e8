"""Arguments as strict modes and careless clients send them: what reads one way only is taken."""

import json
from typing import Any

import pytest

from _support.sandbox import NOON
from _support.tables import each
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.tools.history import HISTORY
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_entry

EVERY = {sent.tool: sent.arguments for sent in EVERYTHING}
UPDATE = dict(LEAST_OF["update_lead"].arguments)
COPIED = "holds a mark that stood around a text; send the text without the marks"
CALLBACK = {"agent": "Maria", "at": "2031-12-01T15:00"}


def form_of(tool: str, arguments: dict[str, Any]) -> dict[str, str]:
    return CATALOGUE[tool].read(arguments, ValidationContext(NOON)).build_form()


def refusal_of(tool: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(CallError) as caught:
        CATALOGUE[tool].read(arguments, ValidationContext(NOON))
    return caught.value.message.removeprefix("The arguments don't fit this tool. ")


@each("tool", list(CATALOGUE))
def test_every_argument_that_is_not_meant_may_be_null(tool: str) -> None:
    least = dict(LEAST_OF[tool].arguments)
    nulls = dict.fromkeys(build_entry(CATALOGUE[tool])["inputSchema"]["properties"])
    assert form_of(tool, nulls | least) == form_of(tool, least)


@each("tool", list(CATALOGUE))
def test_an_object_or_a_list_is_taken_as_its_json_text(tool: str) -> None:
    given = EVERY[tool]
    texts = {
        name: json.dumps(value) if isinstance(value, dict | list) else value
        for name, value in given.items()
    }
    assert form_of(tool, texts) == form_of(tool, given)


def test_a_part_of_an_argument_may_be_null_too() -> None:
    bare, notes = {**UPDATE, "callback": CALLBACK}, {**CALLBACK, "notes": None}
    assert form_of("update_lead", {**UPDATE, "callback": notes}) == form_of("update_lead", bare)
    texts = {**UPDATE, "callback": json.dumps(notes)}
    assert form_of("update_lead", texts) == form_of("update_lead", bare)


def test_what_is_text_is_never_read_as_json() -> None:
    for text in ('{"a": "b"}', "[1]", "null", "5"):
        assert form_of("update_lead", {**UPDATE, "notes": text})["Notes"] == text
        fields = {**UPDATE, "custom_fields": {"Plan": text}}
        assert form_of("update_lead", fields)["adv_Plan"] == text


@pytest.mark.parametrize(
    ("argument", "text", "shown"),
    [
        ("custom_fields", '{"Date of Birth": "a", "Date of Birth": "b"}', "“Date of Birth”"),
        ("other_fields", '{"Email": "a", "Email": "a"}', "“Email”"),
        ("callback", '{"agent": "Maria", "at": "2031-12-01T15:00", "agent": "James"}', "“agent”"),
        ("custom_fields", '{"Plan": {"a": 1, "a": 2}}', "“a”"),
        ("other_fields", '{"Now, do this!": "a", "Now, do this!": "a"}', "(not shown)"),
    ],
)
def test_a_name_that_is_there_twice_in_a_json_text_is_refused(
    argument: str, text: str, shown: str
) -> None:
    said = refusal_of("update_lead", {**UPDATE, argument: text})
    assert said == f"`{argument}`: has the name {shown} twice in its JSON text."


@each("argument", ["custom_fields", "other_fields", "callback", "clear_fields"])
@each("text", ["", " ", "\n"])
def test_an_empty_text_is_no_object_and_no_list(argument: str, text: str) -> None:
    said = refusal_of("update_lead", {**UPDATE, argument: text})
    assert said == f"`{argument}`: is empty; leave it out or give it a value."


@pytest.mark.parametrize("argument", ["priority", "delay_seconds"])
@pytest.mark.parametrize(("given", "sent"), [(5.0, "5"), (0.0, "0"), (-0.0, "0"), (1e3, "1000")])
def test_a_whole_number_with_decimals_is_an_integer(argument: str, given: float, sent: str) -> None:
    least = {"skill": "Sales", "source": "9545550190", argument: given}
    assert sent in form_of("update_skill_priority", least).values()


def test_one_that_is_too_great_is_refused_as_one() -> None:
    given = {"skill": "Sales", "source": "9545550190", "priority": 1e308}
    assert refusal_of("update_skill_priority", given) == "`priority`: must be 2147483647 or less."


@pytest.mark.parametrize("tool", list(HISTORY))
def test_the_tools_about_the_history_take_them_likewise(tool: str) -> None:
    schema = build_entry(HISTORY[tool])["inputSchema"]
    given = {**dict.fromkeys(schema["properties"]), "entry": "0000000000"}
    required = {name: given[name] for name in schema.get("required", [])}
    nulls = {name: given[name] for name in schema["properties"]}
    read = HISTORY[tool].read(nulls, ValidationContext(NOON))
    assert read == HISTORY[tool].read(required, ValidationContext(NOON))


def test_a_page_of_the_history_may_be_5_0_entries() -> None:
    assert (
        HISTORY["list_history"].read({"limit": 5.0}, ValidationContext(NOON)).model_dump()["limit"]
        == 5
    )
    with pytest.raises(CallError):
        HISTORY["list_history"].read({"limit": 5.5}, ValidationContext(NOON))


MARKED = "[[12345678 Dana 12345678]]"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"first_name": MARKED}, "first_name"),
        ({"notes": f"Called {MARKED} back."}, "notes"),
        ({"notes": "Dana 12345678]]"}, "notes"),
        ({"callback": {**CALLBACK, "notes": MARKED}}, "callback.notes"),
        ({"custom_fields": {"Plan": MARKED}}, "custom_fields.Plan"),
        ({"custom_fields": {MARKED: "x"}}, "custom_fields.(a name)"),
        ({"custom_fields": json.dumps({"Plan": MARKED})}, "custom_fields.Plan"),
        ({"clear_fields": [MARKED]}, "clear_fields"),
    ],
)
def test_what_was_copied_with_its_marks_is_not_written(given: dict[str, Any], named: str) -> None:
    said = refusal_of("update_lead", {**UPDATE, **given})
    assert said == f"`{named}`: {COPIED}."


def test_brackets_and_figures_of_other_kinds_are_text() -> None:
    for text in ("[[12345678]]", "[[1234567 x 1234567]]", "see [[12345678x", "9545550101]]"):
        assert form_of("update_lead", {**UPDATE, "notes": text})["Notes"] == text
