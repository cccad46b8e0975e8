"""Asking the person at the terminal; where there is none, nobody has said yes."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from chasedata_mcp.cli.screen import err
from chasedata_mcp.dispatch import DECLINED, Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.guards.questions import Question

Ask = Callable[[Question], Reply]
_HOW = "on the terminal"


def at_the_terminal(question: Question) -> Reply:
    """Ask on standard error and read a line of standard input, both of which must be a terminal.

    Raises:
        CallError: `needs_confirmation`; one of the two is none, so nobody would read the question.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CallError(
            Code.NEEDS_CONFIRMATION,
            "A person must confirm this call, and there is no terminal to ask at.",
            hint="Nothing was sent. Run it in a terminal; no option says yes beforehand.",
        )
    return answer(question, err(), sys.stdin.readline)


def answer(question: Question, screen: Console, read_line: Callable[[], str]) -> Reply:
    """Show a question and read its answer; whatever isn't a clear yes declines."""
    screen.print(Panel(Text(question.text), title="Please confirm", border_style="yellow"))
    screen.print(Text(_what_to_type(question)), end=" ")
    try:
        typed = read_line().strip()
    except KeyboardInterrupt:
        screen.print()
        raise
    if not typed:
        return DECLINED
    if question.typed is not None:
        return Reply({"confirm": typed}, _HOW)
    return Reply({"confirm": typed.lower() == "yes"}, _HOW)


def _what_to_type(question: Question) -> str:
    if question.typed is None:
        return "Type yes to do it, anything else to leave it:"
    typed = question.typed
    return f"To do it, type the {typed.kind.value} ({typed.shown}); anything else leaves it:"
