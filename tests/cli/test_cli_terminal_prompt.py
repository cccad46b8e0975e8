from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from pyotp import TOTP
from rich.console import Console

from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.second_factor import SecondFactor, fresh_secret
from chasedata_mcp.cli.terminal_prompt import answer, ask_at_terminal, with_a_code
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind

NUMBER = Question("Let the dialer call again?", Typed(TypedKind.PHONE, "2125550104"))
LIST = Question("Delete the list?", Typed(TypedKind.NAME, "[bold]Warm[/bold]"))
PLAIN = Question("Reload the skills?")


def asked(question: Question, typed: str) -> tuple[Reply, str]:
    shown = StringIO()
    reply = answer(question, Console(file=shown, width=80), StringIO(typed).readline)
    return reply, shown.getvalue()


def test_the_question_and_what_to_type_are_shown() -> None:
    _, shown = asked(NUMBER, "x\n")

    assert "Let the dialer call again?" in shown
    assert "type the phone number (212-555-0104)" in shown


def test_a_name_that_looks_like_markup_is_shown_as_it_is() -> None:
    _, shown = asked(LIST, "x\n")

    assert "type the list's name, “[bold]Warm[/bold]”; anything else" in shown


@pytest.mark.parametrize("typed", ["(212) 555-0104\n", "2125550104\r\n", " 2125550104"])
def test_what_is_typed_is_the_answer(typed: str) -> None:
    reply, _ = asked(NUMBER, typed)

    assert NUMBER.is_yes(reply.content)


@pytest.mark.parametrize("typed", ["yes\n", "YES\n", " Yes "])
def test_a_plain_yes_is_one(typed: str) -> None:
    reply, _ = asked(PLAIN, typed)

    assert PLAIN.is_yes(reply.content)


@pytest.mark.parametrize("typed", ["no\n", "y\n", "yes please\n", "true\n", "1\n"])
def test_anything_but_yes_is_none(typed: str) -> None:
    reply, _ = asked(PLAIN, typed)

    assert not PLAIN.is_yes(reply.content)


@pytest.mark.parametrize("question", [NUMBER, LIST, PLAIN])
@pytest.mark.parametrize("typed", ["", "\n", "   \n"])
def test_nothing_typed_declines(question: Question, typed: str) -> None:
    reply, _ = asked(question, typed)

    assert (reply.content, reply.how) == (None, "on the terminal")


def test_ctrl_c_ends_the_line_and_goes_on() -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    shown = StringIO()
    with pytest.raises(KeyboardInterrupt):
        answer(PLAIN, Console(file=shown, width=80), interrupted)

    assert shown.getvalue().endswith("\nNothing was sent.\n")


@pytest.mark.parametrize("answers", [[], ["yes"]])
def test_ctrl_c_says_what_it_leaves_wherever_it_is_pressed(answers: list[str]) -> None:
    def typed() -> str:
        if not answers:
            raise KeyboardInterrupt
        return answers.pop()

    shown = StringIO()
    with pytest.raises(KeyboardInterrupt):
        answer(OFFERED, Console(file=shown, width=80), typed, "Nothing changed.")

    assert shown.getvalue().endswith("\nNothing changed.\n")


def test_ctrl_c_at_a_code_says_what_it_leaves(tmp_path: Path) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    secret, shown = fresh_secret(), StringIO()
    assert SecondFactor(tmp_path).enroll(secret, TOTP(secret).at(NOON), NOON)
    with pytest.raises(KeyboardInterrupt):
        with_a_code(SecondFactor(tmp_path), lambda: NOON, Console(file=shown), interrupted)

    assert shown.getvalue().endswith("\nNothing was sent.\n")


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(CallError) as refused:
        ask_at_terminal(PLAIN)

    assert refused.value.code is Code.NEEDS_CONFIRMATION
    assert "no option says yes beforehand" in refused.value.hint


OFFERED = Question("Text 954-555-0101 now?", None, (("next", "The next 10"), ("all", "All day")))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [("yes\n\n", None), ("yes\n1\n", "next"), ("yes\n2\n", "all"), ("yes\n3\n", None)],
)
def test_a_wider_yes_is_chosen_by_its_number(typed: str, chosen: str | None) -> None:
    reply, shown = asked(OFFERED, typed)

    assert OFFERED.is_yes(reply.content)
    assert OFFERED.chosen(reply.content) == chosen
    assert "1  The next 10" in shown


def test_nothing_more_is_offered_after_a_no() -> None:
    reply, shown = asked(OFFERED, "no\n1\n")

    assert not OFFERED.is_yes(reply.content)
    assert "The next 10" not in shown


def test_a_yes_at_the_terminal_is_one_of_this_machine() -> None:
    reply, _ = asked(PLAIN, "yes\n")

    assert (reply.how, reply.sureness) == ("on the terminal", AssuranceLevel.MACHINE)


def surely(place: Path, typed: str) -> AssuranceLevel:
    screen = Console(file=StringIO(), width=80)
    return with_a_code(SecondFactor(place), lambda: NOON, screen, StringIO(typed).readline)


def test_a_code_of_the_second_factor_makes_a_yes_surer_once(tmp_path: Path) -> None:
    secret = fresh_secret()
    enrolling = NOON - timedelta(minutes=5)
    assert SecondFactor(tmp_path).enroll(secret, TOTP(secret).at(enrolling), enrolling)
    code = TOTP(secret).at(NOON)

    assert surely(tmp_path, f"{code}\n") is AssuranceLevel.SECOND_FACTOR
    with pytest.raises(CallError) as caught:
        surely(tmp_path, f"{code}\n")
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    assert "used before" in caught.value.hint


def test_without_a_second_factor_nobody_is_asked_for_a_code(tmp_path: Path) -> None:
    with pytest.raises(CallError) as caught:
        surely(tmp_path, "123456\n")

    assert "chasedata-mcp second-factor enroll" in caught.value.hint
