"""What a way back is, and what is known when it is sought."""

from collections.abc import Mapping
from dataclasses import dataclass

from chasedata_mcp.fields.context import UNITED_STATES_AND_CANADA
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """What the ledger and the dialer know of the things that an entry touched.

    `earlier` and `later` are the writes that share a subject with it, the oldest first, done or
    perhaps done; more than these do no harm. `complete` is False where there were too many to read
    them all. `now` is how the lead of an update reads now (`lead_to_read` says which lead), None
    where that can't be read. `countries` are those whose numbers may be called.
    """

    earlier: tuple[Entry, ...] = ()
    later: tuple[Entry, ...] = ()
    now: Lookup | None = None
    complete: bool = True
    countries: frozenset[str] = UNITED_STATES_AND_CANADA


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One call of a way back, as a caller would make it."""

    action: type[Action]
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UndoSteps:
    """The way back: calls to be made in this order, each only when the one before it is done.

    `says` is what the way back does not bring back, or what to do after it. `supposes` is what has
    to be true for it to leave what was there, and what neither the ledger nor the API can tell:
    where there is any, a person has to say that it is so, whatever the policy asks of the steps.
    The sentences hold no value of the call's or the dialer's.
    """

    steps: tuple[UndoStep, ...]
    says: tuple[str, ...] = ()
    supposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUndoable:
    """There is no way back: why, and what can be done instead. No value is quoted."""

    reason: str
    instead: str


KEPT_OUT = NotUndoable(
    "What it would take is kept out of the ledger (hidden_fields, and card and social security "
    "numbers), so it can't be written again.",
    "Look in the dialer, and make the opposite call yourself.",
)

UndoPlan = UndoSteps | NotUndoable
