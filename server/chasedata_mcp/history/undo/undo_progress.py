"""An undo of several steps that stopped halfway: how far it came, and what to do about it."""

from dataclasses import dataclass

from typing_extensions import override

from chasedata_mcp.errors import CallError, Changed, FailureInfo, Outcome, Retry
from chasedata_mcp.ledger import Entry


class PartialUndoError(CallError):
    """A later step wasn't done, so that what came of the whole is neither done nor refused."""

    @property
    @override
    def info(self) -> FailureInfo:
        """As if it were unknown: something was changed, and it is not to be sent again unseen."""
        return FailureInfo(Outcome.UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK)


@dataclass(frozen=True, slots=True)
class UndoProgress:
    """How far an undo came: so many of its steps were done, the next one perhaps.

    `first` is the entry of the first step, `unknown` that of the one of which nobody knows.
    """

    steps: int
    done: int
    first: str | None = None
    unknown: Entry | None = None

    @property
    def told(self) -> str:
        """How far, in words."""
        done = f"{self.done} of {self.steps} steps were done."
        if self.unknown is None:
            return done
        which = f"{self.unknown.intent.tool}, entry {self.unknown.id}"
        return f"{done} Whether the next one was ({which}) is unknown."

    @property
    def then(self) -> str:
        """What to do about it."""
        if self.first is None:
            return "The history shows the steps."
        back = f"To go back to before the steps, undo entry {self.first}; then this one again."
        if self.unknown is None:
            return f"The history shows the steps. {back}"
        say = f"chasedata-mcp reconcile {self.unknown.id} --done (or --not-done)"
        return f"Somebody has to look in the dialer whether it was, and to say so: {say}. {back}"


def stopped(far: UndoProgress, error: CallError) -> CallError:
    """The failure of a step as that of the whole: with how far it came, if it came any way."""
    if far.steps == 1 or (not far.done and far.unknown is None):
        return error
    of_the_next = "" if far.unknown else "Of the next one: "
    return PartialUndoError(
        error.code,
        f"{far.told} {of_the_next}{error.message}",
        hint=far.then,
        dialer_said=error.dialer_said,
    )
