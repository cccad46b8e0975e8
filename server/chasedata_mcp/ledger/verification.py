"""The findings of a verification: whether the store is what was written, and what it lacks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.restores import Restore


class Flaw(StrEnum):
    """A kind of damage to the chain or to the rows derived of it."""

    EDITED = "edited"
    REMOVED = "removed"
    INSERTED = "inserted"
    BROKEN = "broken"
    CUT = "cut"
    INDEX = "index"
    STANDING = "standing"
    """A freeze or a grant is not what the chain says that it is."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class VerificationProblem:
    """A finding of verification; `seq` is of the event, where there is one."""

    flaw: Flaw
    seq: int | None
    text: str


Progress = Callable[[int, int], object]
"""Takes the number of events that were verified until now, and that of all that are to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The way in which a verification goes on from where the last one ended.

    Attributes:
        key: The key that the last one's note is sealed with: one that whoever can change the store
            doesn't have.
        now: The time, to be noted.
        is_whole: Verify everything, whatever was noted.
        progress: Is told how far the verification is.
    """

    key: bytes
    now: datetime
    is_whole: bool = False
    progress: Progress = lambda _done, _all: None


@dataclass(frozen=True, slots=True)
class EarlierVerification:
    """An earlier verification that this one went on from.

    Attributes:
        upto: The last event that it had verified; those up to there were only counted now.
        at: Its time.
        whole_at: The time of the last verification of everything.
    """

    upto: int
    at: datetime
    whole_at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """The findings of a verification.

    `checkpoint` is the end of the chain, `checkpoint_beside` the copy beside the store; without one
    a cut tail can't be seen, nor with one that `is_head_damaged`. `pruned` counts the events that
    were pruned. Only the first twenty problems are listed. `restores` are those on record, the
    oldest first. With `is_given_lost` a head from elsewhere can't be compared: it is of events that
    a restore lost, or else the chain was written anew since that. `earlier` is the one that this
    one went on from, and `why_whole` says why it didn't go on from the last one.
    """

    checkpoint: Checkpoint
    checkpoint_beside: Checkpoint | None
    pruned: int
    problems: tuple[VerificationProblem, ...] = field(default=())
    is_head_damaged: bool = False
    restores: tuple[Restore, ...] = ()
    is_given_lost: bool = False
    earlier: EarlierVerification | None = None
    why_whole: str | None = None

    @property
    def behind(self) -> int:
        """The number of events that the copy beside the store doesn't know of yet."""
        beside = self.checkpoint_beside
        return 0 if beside is None else max(0, self.checkpoint.count - beside.count)

    @property
    def sound(self) -> bool:
        """True where there are no problems."""
        return not self.problems
