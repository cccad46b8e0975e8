import string
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from _support.tables import each
from chasedata_mcp.fields.text import (
    SPACES,
    Digits,
    Line50,
    Line100,
    Line500,
    Prose,
    State,
    TextRule,
)

LINE = TypeAdapter[str](Line50)
PROSE = TypeAdapter[str](Prose)
DIGITS = TypeAdapter[str](Digits)
STATE = TypeAdapter[str](State)


def refusal(adapter: TypeAdapter[str], value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    [error] = caught.value.errors()
    return error["type"]


def taken_or_refused(adapter: TypeAdapter[str], value: object) -> tuple[str | None, list[str]]:
    try:
        return adapter.validate_python(value), []
    except ValidationError as error:
        return None, [e["type"] for e in error.errors()]


def test_text_is_trimmed_of_every_kind_of_space() -> None:
    assert LINE.validate_python(SPACES + "\t\r\nAnn Lee\u2028" + SPACES) == "Ann Lee"


@each("nothing", ["", " ", "\t", "\r\n", "\u00a0\u2007\u3000", "\u2029"])
@each("adapter", [LINE, PROSE, DIGITS, STATE])
def test_text_with_nothing_left_is_refused(adapter: TypeAdapter[str], nothing: str) -> None:
    assert refusal(adapter, nothing) == "text_empty"


@each("value", [None, 1, 1.5, True, b"Ann", ["Ann"], {"Ann": 1}])
@each("adapter", [LINE, PROSE, DIGITS, STATE])
def test_nothing_but_a_string_is_taken_for_text(adapter: TypeAdapter[str], value: object) -> None:
    assert refusal(adapter, value) == "string_type"


CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]


@each("char", sorted(set(CONTROLS) - set("\t\n\r")))
@each("where", ["{}Ann", "Ann{}Lee", "Ann{}"])
def test_a_control_character_is_refused_wherever_it_stands(char: str, where: str) -> None:
    assert refusal(LINE, where.format(char)) == "text_control"
    assert refusal(PROSE, where.format(char)) == "text_control"


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\u2028", "\u2029"], ids=ascii)
def test_a_line_break_is_refused_in_a_line_and_becomes_lf_in_prose(line_break: str) -> None:
    assert refusal(LINE, f"a{line_break}b") == "text_line_break"
    assert PROSE.validate_python(f"a{line_break}b") == "a\nb"
    assert PROSE.validate_python(f"a{line_break}{line_break}b") == "a\n\nb"


def test_a_tab_is_refused_in_a_line_and_kept_in_prose() -> None:
    assert refusal(LINE, "a\tb") == "text_tab"
    assert PROSE.validate_python("a\tb") == "a\tb"


@pytest.mark.parametrize("text", ["a\ud800", "\udfffa", "\udc00\ud800"], ids=ascii)
def test_half_of_a_surrogate_pair_is_refused(text: str) -> None:
    assert refusal(LINE, text) == "text_surrogate"
    assert refusal(PROSE, text) == "text_surrogate"


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u202b\u0645\u0631\u062d\u0628\u0627\u202c",
        "Zoë",
        "李",
        "<b>&Action=DeleteList</b>",
        "null",
    ],
)
def test_text_of_any_script_is_taken_as_it_is(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize(
    ("adapter", "limit"),
    [(LINE, 50), (TypeAdapter[str](Line100), 100), (TypeAdapter[str](Line500), 500)],
)
def test_a_length_counts_code_points_after_trimming(adapter: TypeAdapter[str], limit: int) -> None:
    emoji = "\U0001f600" * limit
    assert adapter.validate_python(f"  {emoji}  ") == emoji
    assert refusal(adapter, "x" * (limit + 1)) == "text_too_long"


def test_the_refusal_of_long_text_says_how_long_it_may_be() -> None:
    with pytest.raises(ValidationError, match="is too long; it must have at most 50 characters"):
        LINE.validate_python("x" * 51)


def test_prose_has_twenty_pages_at_most() -> None:
    assert len(PROSE.validate_python("x" * 20_000)) == 20_000
    assert refusal(PROSE, "x" * 20_001) == "text_too_long"


@pytest.mark.parametrize("value", ["0", "007", "9" * 50, " 12 "])
def test_digits_are_kept_as_text(value: str) -> None:
    assert DIGITS.validate_python(value) == value.strip()


@pytest.mark.parametrize("value", ["1a", "-1", "1.0", "1 2", "\uff11", "\u0663", "\u00b2"])
def test_anything_but_ascii_digits_is_no_id(value: str) -> None:
    assert refusal(DIGITS, value) == "digits_only"


def test_an_id_of_51_digits_is_too_long() -> None:
    assert refusal(DIGITS, "1" * 51) == "text_too_long"


@pytest.mark.parametrize(("value", "sent"), [("FL", "FL"), ("fl", "FL"), (" Fl ", "FL")])
def test_a_state_is_sent_in_capitals(value: str, sent: str) -> None:
    assert STATE.validate_python(value) == sent


@pytest.mark.parametrize(
    "value", ["F", "F1", "12", "F ", "\u00df\u00df", "\u017fx", "\uff26\uff2c"]
)
def test_a_state_is_two_ascii_letters(value: str) -> None:
    assert refusal(STATE, value) == "state_letters"


def test_a_states_name_is_too_long() -> None:
    assert refusal(STATE, "Florida") == "text_too_long"


@pytest.mark.parametrize(
    ("adapter", "schema"),
    [
        (LINE, {"type": "string", "maxLength": 50}),
        (PROSE, {"type": "string", "maxLength": 20_000}),
        (DIGITS, {"type": "string", "maxLength": 50}),
        (STATE, {"type": "string", "maxLength": 2}),
        (TypeAdapter[str](Annotated[str, TextRule(7)]), {"type": "string", "maxLength": 7}),
    ],
)
def test_the_schema_is_a_string_with_its_greatest_length_and_nothing_more(
    adapter: TypeAdapter[str], schema: dict[str, object]
) -> None:
    assert adapter.json_schema() == schema


class Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    line: Line50
    optional: Prose = "none"


def test_the_rules_hold_in_a_strict_model_and_dump_as_they_are() -> None:
    model = Model.model_validate({"line": " a "})
    assert model.model_dump() == {"line": "a", "optional": "none"}
    assert model.model_dump_json() == '{"line":"a","optional":"none"}'


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_what_is_taken_is_trimmed_bounded_printable_and_stays_the_same(text: str) -> None:
    for adapter, allowed in ((LINE, set()), (PROSE, {"\n", "\t"})):
        taken, kinds = taken_or_refused(adapter, text)
        assert all(kind.startswith("text_") for kind in kinds)
        if taken is None:
            continue
        assert taken
        assert taken == taken.strip(" \n\t\u00a0")
        assert not set(taken) & (set(CONTROLS) - allowed)
        assert taken.encode()
        assert adapter.validate_python(taken) == taken


@given(st.text(string.printable, min_size=1, max_size=60))
def test_no_refusal_says_what_was_sent(text: str) -> None:
    secret = f"q{text}zj\x00"
    with pytest.raises(ValidationError) as caught:
        LINE.validate_python(secret)
    assert all(secret.strip() not in e["msg"] for e in caught.value.errors())
