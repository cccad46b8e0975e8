"""The question to a person, and the answers that are a yes: the right one and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.format import replace_controls
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind
from chasedata_mcp.mcp_server.forms import form_schema

PHONE = Question("Let the dialer call 954-555-0101 again?", Typed(TypedKind.PHONE, "9545550101"))
NAME = Question("Delete the dial list?", Typed(TypedKind.NAME, "Spring Renewals"))
TICK = Question("Call 954-555-0101 now?")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("question", [PHONE, NAME, TICK])
def test_a_bare_answer_is_one_for_which_nothing_was_typed(question: Question) -> None:
    for content in (None, {}, {"confirm": None}, {"confirm": False}, {"confirm": " \n"}):
        assert question.is_bare(content)
        assert not question.is_yes(content)
    assert question.is_bare({"confirm": True})
    answers: list[object] = ["yes", "no", "954-555-0199", 0, []]
    for typed in answers:
        assert not question.is_bare({"confirm": typed})


@pytest.mark.parametrize(
    "typed",
    [
        "9545550101",
        "954-555-0101",
        "(954) 555-0101",
        "+1 954 555 0101",
        "1-954-555-0101",
        "954.555.0101",
        "  954 555 0101\n",
    ],
)
def test_a_number_is_right_however_it_is_written(typed: str) -> None:
    assert PHONE.is_yes({"confirm": typed})


@each(
    "typed",
    [
        "9545550102",
        "954555010",
        "95455501011",
        "29545550101",
        "+44 9545550101",
        "0101",
        "yes",
        "",
        " ",
        "9545550101 x1",
        "9545550101,9545550102",
        "9545550101" * 10,
        "９５４５５５０１０１",  # noqa: RUF001 - digits of another script are the point
        "954555010I",
        "true",
    ],
)
def test_a_wrong_number_is_no(typed: str) -> None:
    assert not PHONE.is_yes({"confirm": typed})


def test_a_name_is_right_only_letter_by_letter() -> None:
    assert NAME.is_yes({"confirm": "Spring Renewals"})


@pytest.mark.parametrize(
    "typed",
    [
        "spring renewals",
        "SPRING RENEWALS",
        "Spring Renewals ",
        " Spring Renewals",
        "Spring  Renewals",
        "Spring",
        "Spring\u00a0Renewals",
        "Spring\u200bRenewals",
        '"Spring Renewals"',
        "",
        "yes",
    ],
)
def test_almost_the_name_is_no(typed: str) -> None:
    assert not NAME.is_yes({"confirm": typed})


def test_two_ways_to_write_an_accent_are_two_names() -> None:
    question = Question("Delete?", Typed(TypedKind.NAME, "Caf\u00e9"))
    assert question.is_yes({"confirm": "Caf\u00e9"})
    assert not question.is_yes({"confirm": "Cafe\u0301"})


def test_only_true_is_a_yes_where_nothing_is_typed() -> None:
    assert TICK.is_yes({"confirm": True})


@pytest.mark.parametrize("given", [False, 1, 1.0, "true", "yes", "on", "", None, [True], ["true"]])
def test_nothing_like_true_is_a_yes(given: object) -> None:
    assert not TICK.is_yes({"confirm": given})


@pytest.mark.parametrize("given", [9545550101, 9545550101.0])
def test_a_typed_number_that_comes_back_as_one_is_read_as_its_digits(given: object) -> None:
    assert PHONE.is_yes({"confirm": given})
    assert Question("Delete?", Typed(TypedKind.NAME, "9545550101")).is_yes({"confirm": given})
    assert not NAME.is_yes({"confirm": given})


@each(
    "given",
    [
        *(True, 1, 9545550102, 95455501010, 9545550101.5, -9545550101, None, ["9545550101"]),
        *(float("inf"), float("nan"), 1e400, {"confirm": 9545550101}),
    ],
)
@each("question", [PHONE, NAME])
def test_what_must_be_typed_is_not_ticked_or_counted(question: Question, given: object) -> None:
    assert not question.is_yes({"confirm": given})


@pytest.mark.parametrize(
    ("question", "right"),
    [(PHONE, "9545550101"), (NAME, "Spring Renewals"), (TICK, True)],
)
def test_the_form_must_hold_the_one_field_and_no_other(question: Question, right: object) -> None:
    assert question.is_yes({"confirm": right})
    assert not question.is_yes({"confirm": right, "also": right})
    assert not question.is_yes({"Confirm": right})
    assert not question.is_yes({})
    assert not question.is_yes(None)


@given(st.dictionaries(st.text() | st.just("confirm"), JSON) | st.none())
def test_no_form_but_the_right_one_is_a_yes(content: dict[str, object] | None) -> None:
    assert TICK.is_yes(content) is (content is not None and repr(content) == "{'confirm': True}")
    assert not NAME.is_yes(content) or content == {"confirm": "Spring Renewals"}


@given(st.text(alphabet="0123456789 -().+", max_size=18))
def test_no_other_digits_are_the_number(typed: str) -> None:
    digits = "".join(character for character in typed if character.isdigit())
    if PHONE.is_yes({"confirm": typed}):
        assert digits in {"9545550101", "19545550101"}


@pytest.mark.parametrize("question", [PHONE, NAME, TICK])
def test_the_form_has_one_required_field_without_a_default(question: Question) -> None:
    schema = form_schema(question)
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert schema["type"] == "object"
    assert schema["required"] == ["confirm"]
    assert list(properties) == ["confirm"]
    assert "default" not in properties["confirm"]
    assert properties["confirm"]["type"] == ("boolean" if question is TICK else "string")


def test_the_form_shows_what_to_type() -> None:
    assert "954-555-0101" in str(form_schema(PHONE))
    assert "Spring Renewals" in str(form_schema(NAME))


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\U000e0041", "\ue000", "\t"])
def test_what_can_not_be_seen_is_marked(hidden: str) -> None:
    assert replace_controls(f"a{hidden}b") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("text", ["Ana's list, 2nd", "Prénom", "春のリスト", "قائمة", "🙂", "a\nb"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert replace_controls(text) == text


def test_a_name_that_would_turn_its_form_around_is_shown_with_a_mark() -> None:
    question = Question("Delete?", Typed(TypedKind.NAME, "Test\u202ellac"))
    assert "\u202e" not in str(form_schema(question)["properties"])
    assert question.is_yes({"confirm": "Test\u202ellac"})
    assert not question.is_yes({"confirm": "Testllac"})
