"""The person at the terminal: who they are, and their yes to what they ask for themselves."""

from functools import partial

from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.cli.command_errors import CommandError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.terminal_prompt import NOTHING_CHANGED, Ask, ask_at_terminal
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.format import replace_controls
from chasedata_mcp.ledger.questions import Question

ON_THE_TERMINAL = "on the terminal"
"""The way in which a yes was given, as the ledger has it."""
_ASK = partial(ask_at_terminal, left=NOTHING_CHANGED)


def person() -> str:
    """Name the person at the terminal as the ledger does: `maria/terminal`."""
    return f"{machine_user()}/terminal"


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
