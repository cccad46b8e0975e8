"""Work on what the ledger keeps for the account that the settings mean: freezing and grants."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from typer import Exit as TyperExit

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.approvals.questions import Question, plain
from chasedata_mcp.cli.asking import NOTHING_CHANGED, Ask, at_the_terminal
from chasedata_mcp.cli.calling import user
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.ledger_access import with_ledger
from chasedata_mcp.cli.screen import complain
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ledger

T = TypeVar("T")
_ASK = partial(at_the_terminal, left=NOTHING_CHANGED)
Work = Callable[[Ledger, str], Awaitable[T]]
"""What is to be done with a ledger, for the account of this name."""


def with_account(work: Work[T], *, sandbox: bool = False) -> T:
    """Do work on the ledger that the settings mean, for their account.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean no ledger, or one that isn't kept.
    """
    found = settings.load_settings(sandbox=sandbox)
    account = dialers.line(found).account.accid
    return with_ledger(lambda ledger: work(ledger, account), sandbox=sandbox)


def person() -> str:
    """Who sits at the terminal, as the ledger has it."""
    return f"{user()}/terminal"


def confirm(text: str, ask: Ask = _ASK) -> None:
    """Go on only after a person has typed yes; else the command ends here.

    Raises:
        TyperExit: With 3; they didn't, or there is no terminal to ask at.
    """
    question = Question(plain(text))
    try:
        confirmed = question.is_yes(ask(question).content)
    except CallError:
        complain("a person must confirm this at a terminal, and there is none; nothing changed")
        raise TyperExit(Exit.REFUSED) from None
    if not confirmed:
        complain("not confirmed; nothing changed")
        raise TyperExit(Exit.REFUSED)


def local(at: datetime) -> str:
    """A time by this machine's clock, to the minute, with the clock's zone."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}"


def clock(at: datetime) -> str:
    """The hour and minute by this machine's clock, with its zone."""
    return f"{at.astimezone():%H:%M %Z}"
