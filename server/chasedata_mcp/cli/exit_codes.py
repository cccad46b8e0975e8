"""The exit codes of every command, for whoever started it from a script."""

from enum import IntEnum

from chasedata_mcp.errors import Code, Outcome, Retry
from chasedata_mcp.tools.results import Result


class Exit(IntEnum):
    """The exit codes. A number is part of the command line's interface and never changes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    REFUSED_BY_DIALER = 4
    NOT_REACHED = 5
    UNKNOWN = 6
    FAULT = 70
    """This program's own fault: `EX_SOFTWARE` of sysexits.h."""
    INTERRUPTED = 130
    """128 and SIGINT's number, as a shell has it."""

    @property
    def meaning(self) -> str:
        """The code's meaning in a few words, for the help."""
        return _MEANING[self]


_MEANING = {
    Exit.DONE: "done; a search that found nothing is done too",
    Exit.FAILED: "a check failed",
    Exit.USAGE: "the command, the arguments or the settings are wrong; nothing was sent",
    Exit.REFUSED: "not allowed, declined, or nobody could be asked; nothing was sent",
    Exit.REFUSED_BY_DIALER: "the dialer said no, for example to a duplicate",
    Exit.NOT_REACHED: "nothing reached the dialer, or a search got no answer; try again",
    Exit.UNKNOWN: "the dialer may have done it or not: look before sending it again",
    Exit.FAULT: "this program itself failed; please report it",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}
_OF_CODE = {
    Code.INVALID_ARGUMENTS: Exit.USAGE,
    Code.NOT_CONFIGURED: Exit.USAGE,
    Code.DUPLICATE_LEAD: Exit.REFUSED_BY_DIALER,
    Code.REFUSED_BY_DIALER: Exit.REFUSED_BY_DIALER,
}


def exit_of(result: Result) -> Exit:
    """Choose the exit code for a call's result."""
    if result.code is None:
        return Exit.DONE
    # An unknown outcome wins over every code: a script must look before it sends the call again.
    if result.outcome is Outcome.UNKNOWN:
        return Exit.UNKNOWN
    if result.retry is Retry.SAFE:
        return Exit.NOT_REACHED
    return _OF_CODE.get(result.code, Exit.REFUSED)
