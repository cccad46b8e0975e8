"""The plan of an undo, and the facts that it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from chasedata_mcp.fields.context import UNITED_STATES_AND_CANADA
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """The facts of the ledger and the dialer about the targets of an entry.

    `earlier` and `later` are the writes that share a resource key with it, the oldest first, done
    or perhaps done; others among them do no harm. `complete` is False where there were too many to
    read them all. `now` is the lead of an update as it reads now (`find_lead_to_read` names it),
    None where it can't be read. `countries` are those whose numbers may be called.
    """

    earlier: tuple[Entry, ...] = ()
    later: tuple[Entry, ...] = ()
    now: Lookup | None = None
    complete: bool = True
    countries: frozenset[str] = UNITED_STATES_AND_CANADA


@dataclass(frozen=True, slots=True)
class UndoStep:
    """One call of an undo, as a caller would make it."""

    action: type[Action]
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class UndoSteps:
    """The calls of an undo, in this order, each only when the one before it is done.

    `notes` say what the undo does not restore, or what to do after it. `assumptions` must be true
    for it to restore the former state, and neither the ledger nor the API can confirm them: a
    person does, whatever the policy asks of the steps. The sentences quote no value of the call or
    the dialer.
    """

    steps: tuple[UndoStep, ...]
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotUndoable:
    """The reason why an entry can't be undone, and an alternative. No value is quoted."""

    reason: str
    instead: str


KEPT_OUT = NotUndoable(
    "What it would take is kept out of the ledger (hidden_fields, and card and social security "
    "numbers), so it can't be written again.",
    "Look in the dialer, and make the opposite call yourself.",
)

UndoPlan = UndoSteps | NotUndoable
