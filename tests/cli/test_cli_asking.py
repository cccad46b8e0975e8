from io import StringIO

import pytest
from rich.console import Console

from chasedata_mcp.cli.asking import answer, at_the_terminal
from chasedata_mcp.dispatch import DECLINED, Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.guards.questions import Kind, Question, Typed

NUMBER = Question("Let the dialer call again?", Typed(Kind.PHONE, "2125550104"))
LIST = Question("Delete the list?", Typed(Kind.NAME, "[bold]Warm[/bold]"))
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

    assert "type the list's name ([bold]Warm[/bold])" in shown


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

    assert reply is DECLINED


def test_ctrl_c_ends_the_line_and_goes_on() -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    shown = StringIO()
    with pytest.raises(KeyboardInterrupt):
        answer(PLAIN, Console(file=shown, width=80), interrupted)

    assert shown.getvalue().endswith("\n")


def test_without_a_terminal_nobody_is_asked() -> None:
    with pytest.raises(CallError) as refused:
        at_the_terminal(PLAIN)

    assert refused.value.code is Code.NEEDS_CONFIRMATION
    assert "no option says yes beforehand" in refused.value.hint
