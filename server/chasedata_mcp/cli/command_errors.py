"""Errors that end a command: one line of standard error, and an exit code."""

from collections.abc import Iterable
from difflib import get_close_matches

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.errors import ChasedataError, SettingsError
from chasedata_mcp.ledger import LedgerElsewhereError, LedgerError, LedgerTooNewError


class CommandError(ChasedataError):
    """A command that can't go on; `code` is what it ends with."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code


class UsageError(CommandError):
    """A command that can't be understood; nothing was done."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.USAGE)


def exit_of_error(error: CommandError | SettingsError | LedgerError | BatchError) -> Exit:
    """Choose the exit code for an error: USAGE wherever other words or settings would help."""
    match error:
        case CommandError():
            return error.code
        case SettingsError() | LedgerTooNewError() | LedgerElsewhereError():
            return Exit.USAGE
        case _:
            return Exit.FAILED


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word: `; did you mean --number?`, or nothing where none is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
