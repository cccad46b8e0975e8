"""The findings of a verification: whether the store is what was written, and what it lacks."""

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Verification:
    """The findings of a verification.

    `checkpoint` is the end of the chain, `checkpoint_beside` the copy beside the store; without one
    a cut tail can't be seen, nor with one that `is_head_damaged`. `pruned` counts the events that
    were pruned. Only the first twenty problems are listed. `restores` are those on record, the
    oldest first. With `is_given_lost` a head from elsewhere can't be compared: it is of events that
    a restore lost, or else the chain was written anew since that.
    """

    checkpoint: Checkpoint
    checkpoint_beside: Checkpoint | None
    pruned: int
    problems: tuple[VerificationProblem, ...] = field(default=())
    is_head_damaged: bool = False
    restores: tuple[Restore, ...] = ()
    is_given_lost: bool = False

    @property
    def behind(self) -> int:
        """The number of events that the copy beside the store doesn't know of yet."""
        beside = self.checkpoint_beside
        return 0 if beside is None else max(0, self.checkpoint.count - beside.count)

    @property
    def sound(self) -> bool:
        """True where there are no problems."""
        return not self.problems
