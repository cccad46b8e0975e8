"""Arguments by the thousand: what is taken has a sound form, what isn't has a clean error."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from _support.sandbox import NOON
from _support.wire_forms import EVERYTHING, LEAST_OF
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.sandbox import transcript
from chasedata_mcp.sandbox.transcript import TRANSCRIPT
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.schema import build_argument_schema

tools = pytest.mark.parametrize("tool", list(CATALOGUE))
INTAKE = ValidationContext(NOON)
EVERY = {sent.tool: sent.arguments for sent in EVERYTHING}

# Valid values by the argument's name where the schema alone doesn't say what is valid.
_PHONES = st.builds(
    "{}{:02}".format,
    st.sampled_from(["954-555-01", "(212) 555-01", "+1 312.555.01", "1305 555 01"]),
    st.integers(0, 99),
)
_IDS = st.text("0123456789", min_size=1, max_size=50)
_NAMES = st.from_regex(r"[B-Z][a-z]{3,8}[0-9]{3}", fullmatch=True)
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
_MEANT: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("primary_phone", "to_number", "from_number", "phone", "number"), _PHONES),
    **dict.fromkeys(("did", "call_id"), _PHONES),
    "lead_id": _IDS,
    # Fits every search field, since ten digits are a client id and a lead id as well.
    "identifier": st.builds("954555{:04}".format, st.integers(0, 9999)),
    "state": st.sampled_from(["FL", "ny", "Wa"]),
    "custom_fields": st.dictionaries(_NAMES, _WORDS, max_size=3),
    "other_fields": st.dictionaries(_NAMES.map("Db{}".format), _WORDS, max_size=3),
    "clear_fields": st.lists(_NAMES.map("Old{}".format), max_size=3, unique_by=str.lower),
    "callback": st.fixed_dictionaries(
        {
            "agent": _WORDS.map(lambda text: text[:100]),
            "at": st.datetimes(
                NOON.replace(tzinfo=None, year=2027), NOON.replace(tzinfo=None, year=2100)
            ).map(lambda at: f"{at:%Y-%m-%dT}13:{at:%M:%S}"),
        },
        optional={"notes": _WORDS},
    ),
}


def of_schema(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that the schema and the argument's own rule admit."""
    if name in _MEANT:
        return _MEANT[name]
    match schema:
        case {"enum": words}:
            return st.sampled_from(words)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "integer", "minimum": least, "maximum": most}:
            return st.integers(least, most)
        case _:
            return _WORDS.map(lambda text: text[: schema.get("maxLength", 5000)])


def valid(tool: str) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments that the tool takes, but for the one that it needs one of."""
    root = build_argument_schema(CATALOGUE[tool])
    made = {name: of_schema(name, schema) for name, schema in root["properties"].items()}
    needed = root.get("required", [])
    return st.fixed_dictionaries(
        {name: made[name] for name in needed},
        optional={name: made[name] for name in made if name not in needed},
    )


def known(tool: str) -> set[str]:
    """The wire names that the vendor's description gives for the action."""
    action = CATALOGUE[tool]
    spoken = TRANSCRIPT[load_shipped_profile().scripts[action.script]][action.word]
    lead = set(transcript.LEAD_FIELDS) if tool in {"insert_lead", "update_lead"} else set()
    return {"Action", *spoken.required, *spoken.optional} | lead


@tools
@settings(max_examples=20)
@given(data=st.data())
def test_a_valid_call_has_a_form_of_known_names_and_texts(tool: str, data: st.DataObject) -> None:
    arguments = data.draw(valid(tool))
    try:
        action = CATALOGUE[tool].read(arguments, INTAKE)
    except CallError as error:
        nothing = error.message.split(". ", 1)[1].startswith("Give at least one")
        assert nothing, error.message  # noqa: PT017 - the one refusal of valid arguments
        return
    form = action.build_form()
    further = {name for name in form if re.match(r"adv_|Db|Old", name)}
    assert set(form) - further <= known(tool)
    assert all(isinstance(text, str) for text in form.values())
    assert {name for name, text in form.items() if not text} <= further
    for sentence in (action.build_question(), action.describe_done(), action.advise_retry()):
        assert sentence
    assert all(isinstance(warning, str) for warning in action.list_warnings())
    assert all(effect is not None for effect in action.list_effects())
    again = CATALOGUE[tool].read(arguments, INTAKE)
    assert (again.build_form(), again.build_question()) == (form, action.build_question())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _takes(tool: str, arguments: dict[str, Any]) -> CallError | None:
    """The refusal, None where it is taken; anything else that is raised fails the test."""
    try:
        CATALOGUE[tool].read(arguments, INTAKE).build_form()
    except CallError as error:
        return error
    return None


@tools
@settings(max_examples=20)
@given(arguments=st.dictionaries(st.text(), _JSON, max_size=5))
def test_random_objects_never_crash(tool: str, arguments: dict[str, Any]) -> None:
    error = _takes(tool, arguments)
    assert error is None or error.code is Code.INVALID_ARGUMENTS


@tools
@settings(max_examples=20)
@given(data=st.data())
def test_random_values_of_known_arguments_never_crash(tool: str, data: st.DataObject) -> None:
    names = sorted(EVERY[tool])
    odd = data.draw(st.dictionaries(st.sampled_from(names), _JSON)) if names else {}
    error = _takes(tool, {**LEAST_OF[tool].arguments, **odd})
    assert error is None or error.code is Code.INVALID_ARGUMENTS
    if error is not None:
        f"{error.message} {error.hint}".encode()


# Ten letters that no word of ours has, so that a value that is quoted can't hide among our words.
_MARK = st.text("qxzjkvw", min_size=10, max_size=10)
_LACED = st.sampled_from(
    [
        *(
            "{}",
            " {} ",
            "{}\n{}",
            "{}\x00",
            "954555{}",
            "+1954555{}",
            "2026-12-{}T10:00",
            "{}\ud83d",
        ),
        *("{}:{}", "<b>{}</b>", "`{}`", "{}@example.com", "9{}", "{{{}}}", "%s{}", "a b {}"),
    ]
)


@st.composite
def laced(draw: st.DrawFn, mark: str) -> Any:  # noqa: ANN401 - any JSON
    """A value of any shape with the mark in every text of it."""
    text = draw(_LACED).replace("{}", mark) + draw(st.sampled_from(["", "z" * 600]))
    shapes = [
        text,
        [text],
        {"a b": text},
        {f"{mark} x": text},
        {"agent": text, "at": text},
        [[text]],
    ]
    return draw(st.sampled_from(shapes))


@tools
@settings(max_examples=20)
@given(data=st.data())
def test_no_error_repeats_any_part_of_a_value(tool: str, data: st.DataObject) -> None:
    mark = data.draw(_MARK)
    names = [*EVERY[tool], "callback", "no_such_argument"]
    odd = data.draw(st.dictionaries(st.sampled_from(names), laced(mark), min_size=1))
    error = _takes(tool, {**LEAST_OF[tool].arguments, **odd})
    if error is not None:
        told = f"{error.message} {error.hint} {error.dialer_said} {error} {error.__cause__}"
        pieces = {mark[i : i + 4] for i in range(len(mark) - 3)}
        assert not [piece for piece in pieces if piece in told]
        assert error.__cause__ is None


@given(number=st.integers(10_000, 10**40) | st.integers(-(10**40), -10_000))
def test_no_error_repeats_a_number(number: int) -> None:
    given = {**LEAST_OF["update_skill_priority"].arguments, "priority": number, "source": number}
    error = _takes("update_skill_priority", given)
    assert error is not None
    assert str(abs(number)) not in error.message or abs(number) == 2**31 - 1
