"""The progress of an undo of several steps that stopped halfway, and what to do about it."""

from dataclasses import dataclass

from typing_extensions import override

from chasedata_mcp.errors import CallError, Changed, FailureInfo, Outcome, Retry
from chasedata_mcp.ledger import Entry


class PartialUndoError(CallError):
    """The failure of a later step: the undo as a whole is neither done nor refused."""

    @property
    @override
    def info(self) -> FailureInfo:
        """An unknown outcome: something was changed, so it must not be repeated without a look."""
        return FailureInfo(Outcome.UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK)


@dataclass(frozen=True, slots=True)
class UndoProgress:
    """The steps of an undo that were done, and the next one if it may have been.

    `first` is the entry of the first step, `unknown` that of the step whose outcome is unknown.
    """

    steps: int
    done: int
    first: str | None = None
    unknown: Entry | None = None

    @property
    def summary(self) -> str:
        """The steps that were done, in words."""
        done = f"{self.done} of {self.steps} steps were done."
        if self.unknown is None:
            return done
        which = f"{self.unknown.intent.tool}, entry {self.unknown.id}"
        return f"{done} Whether the next one was ({which}) is unknown."

    @property
    def advice(self) -> str:
        """The next thing for a person to do."""
        if self.first is None:
            return "The history shows the steps."
        back = f"To go back to before the steps, undo entry {self.first}; then this one again."
        if self.unknown is None:
            return f"The history shows the steps. {back}"
        say = f"chasedata-mcp reconcile {self.unknown.id} --done (or --not-done)"
        return f"Somebody has to look in the dialer whether it was, and to say so: {say}. {back}"


def add_progress(progress: UndoProgress, error: CallError) -> CallError:
    """Turn the failure of a step into that of the undo, with its progress where there is any."""
    if progress.steps == 1 or (not progress.done and progress.unknown is None):
        return error
    of_the_next = "" if progress.unknown else "Of the next one: "
    return PartialUndoError(
        error.code,
        f"{progress.summary} {of_the_next}{error.message}",
        hint=progress.advice,
        dialer_said=error.dialer_said,
    )
