"""The person at the terminal, and questions to them; without a terminal nobody has said yes."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from anyio import to_thread, wait_readable
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.second_factor import Checked, SecondFactor
from chasedata_mcp.approvals_page.answer_service import AnswerResult
from chasedata_mcp.approvals_page.messages import SENTENCE
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.screen import err
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.format import replace_controls
from chasedata_mcp.ledger.models import name_at_terminal
from chasedata_mcp.ledger.questions import ALSO, CONFIRM, Question

Ask = Callable[[Question], Reply]
NOTHING_SENT = "Nothing was sent."
NOTHING_CHANGED = "Nothing changed."
ON_THE_TERMINAL = "on the terminal"
"""The way in which a yes was given, as the ledger has it."""
_NO_CODE = {
    Checked.WRONG: SENTENCE[AnswerResult.WRONG_CODE],
    Checked.WAIT: SENTENCE[AnswerResult.WAIT],
    Checked.NOT_ENROLLED: SENTENCE[AnswerResult.NOT_ENROLLED],
}


def person() -> str:
    """Name the person at the terminal as the ledger does: `maria/terminal`."""
    return name_at_terminal(machine_user())


def has_terminal() -> bool:
    """Check that somebody reads what is asked, and can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_at_terminal(question: Question, left: str = NOTHING_SENT) -> Reply:
    """Ask on standard error and read a line of standard input, both of which must be a terminal.

    Args:
        question: The question.
        left: The sentence for Ctrl-C, on what it leaves.

    Raises:
        CallError: `needs_confirmation`; one of the two is none, so nobody would read the question.
    """
    if not has_terminal():
        raise CallError(
            Code.NEEDS_CONFIRMATION,
            "A person must confirm this call, and there is no terminal to ask at.",
            hint="Nothing was sent. Run it in a terminal; no option says yes beforehand.",
        )
    return answer(question, err(), sys.stdin.readline, left)


def answer(
    question: Question,
    screen: Console,
    read_line: Callable[[], str],
    left: str = NOTHING_SENT,
) -> Reply:
    """Show a question and read its answer; whatever isn't a clear yes declines.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; `left` was printed before.
    """
    with _leaving(left, screen):
        return _answered(question, screen, read_line)


def _answered(question: Question, screen: Console, read_line: Callable[[], str]) -> Reply:
    screen.print(Panel(Text(question.whole), title="Please confirm", border_style="yellow"))
    typed = _typed(_what_to_type(question), screen, read_line)
    if not typed:
        return Reply(None, ON_THE_TERMINAL, AssuranceLevel.MACHINE)
    content = {CONFIRM: typed.lower() == "yes" if question.typed is None else typed}
    also = _also(question, screen, read_line) if question.is_yes(content) else {}
    return Reply({**content, **also}, ON_THE_TERMINAL, AssuranceLevel.MACHINE)


def _also(question: Question, screen: Console, read_line: Callable[[], str]) -> dict[str, str]:
    """Read the number of a wider yes; anything else is for this one call."""
    if not question.offers:
        return {}
    numbered = {str(at): text for at, (_, text) in enumerate(question.offers, start=1)}
    for number, text in numbered.items():
        screen.print(Text(f"  {number}  {text}"), soft_wrap=True)
    chosen = _typed("Enter for only this one, or a number for more:", screen, read_line)
    return {ALSO: numbered[chosen]} if chosen in numbered else {}


def _typed(prompt: str, screen: Console, read_line: Callable[[], str]) -> str:
    screen.print(Text(prompt), end=" ")
    return read_line().strip()


def read_typed_line(prompt: str, screen: Console, read_line: Callable[[], str], left: str) -> str:
    """Read a line that a person types behind a prompt; Ctrl-C prints `left`.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    with _leaving(left, screen):
        return _typed(prompt, screen, read_line)


async def wait_for_line() -> str:
    """Read a line that a person types at the terminal; a cancellation ends the wait at once."""
    if sys.platform == "win32":
        return await to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    # A thread in the midst of a read would keep the process after Ctrl-C until Enter is pressed.
    # A terminal gives one line a read, so that none is left in a buffer where nobody waits for it.
    await wait_readable(sys.stdin)
    return sys.stdin.readline()


@contextmanager
def _leaving(left: str, screen: Console) -> Generator[None]:
    """Print what Ctrl-C at a question leaves, below the line on which it was pressed."""
    try:
        yield
    except KeyboardInterrupt:
        screen.print(Text(f"\n{left}"), soft_wrap=True)
        raise


def _what_to_type(question: Question) -> str:
    if question.typed is None:
        return "Type yes to do it, anything else to leave it:"
    return f"To do it, type the {question.typed.named}; anything else leaves it:"


def with_a_code(
    factor: SecondFactor,
    clock: Callable[[], datetime],
    screen: Console,
    read_line: Callable[[], str],
    left: str = NOTHING_SENT,
) -> AssuranceLevel:
    """Read a code of the second factor and use it up, which raises a yes to that level.

    Raises:
        CallError: `needs_confirmation`; it is none that counts, or there is no second factor.
    """
    prompt = "A code of your second factor:"
    code = read_typed_line(prompt, screen, read_line, left) if factor.enrolled else ""
    checked = factor.check(code, clock())
    if checked is Checked.RIGHT:
        return AssuranceLevel.SECOND_FACTOR
    raise CallError(
        Code.NEEDS_CONFIRMATION,
        "The policy wants this yes to be given with a code of the second factor.",
        hint=_NO_CODE[checked],
    )


_ASK = partial(ask_at_terminal, left=NOTHING_CHANGED)


def confirm(text: str, ask: Ask = _ASK) -> None:
    """Go on only after a person has typed yes; else the command ends here.

    Raises:
        CommandError: They didn't, or there is no terminal to ask at.
    """
    question = Question(replace_controls(text))
    try:
        confirmed = question.is_yes(ask(question).content)
    except CallError:
        message = "a person must confirm this at a terminal, and there is none; nothing changed"
        raise CommandError(message, Exit.REFUSED) from None
    if not confirmed:
        raise CommandError("not confirmed; nothing changed", Exit.REFUSED)
