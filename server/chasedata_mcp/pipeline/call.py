"""A call in the pipeline: the action, its caller, and what is found out before it is sent."""

from dataclasses import dataclass

from chasedata_mcp.ledger import ApprovalSummary, Reservation
from chasedata_mcp.policy.decision import Ask, Refuse
from chasedata_mcp.tools.argument_details import ArgumentDetail
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup


@dataclass(frozen=True, slots=True)
class Call:
    """An action that a caller wants done, from its arguments to its outcome."""

    action: Action
    caller: str
    before: Lookup | None = None
    """Its lead, as it read when the call was evaluated."""
    lead_numbers: tuple[str, ...] = ()
    """The phones of the lead that it names by another key, as far as they were read."""
    asked_by: tuple[Ask, ...] = ()
    """The rules that ask a person."""
    approval: ApprovalSummary | None = None
    """A person's answer: a yes, unless the call was refuse_declined."""
    undoes: str | None = None
    """The entry of the ledger that it takes back."""
    aware_of: frozenset[str] | None = None
    """The entries that have undone, or touched, the same thing and are known; None for a later
    step of an undo. Any other stops it in the transaction of its intent."""
    refused_by: tuple[Refuse, ...] = ()
    """The rules that refuse it."""
    granted: str | None = None
    """The grant that lets it through."""
    reserve: Reservation | None = None
    """Its claim on the limits."""
    resends: frozenset[str] | None = None
    """The entries of the attempts to send the same request, where this sends a waiting one."""
    row: str | None = None
    """The row of an approved batch that it is, as `ID/12`."""
    row_entry: str = ""
    """The entry of that row that may have been done, and is known; any other stops it."""
    made_live: tuple[str, ...] = ()
    """What a reload makes live, for its result."""
    suppression: str = ""
    """What a request to stop suppresses, for its result."""
    details: tuple[ArgumentDetail, ...] = ()
    """Its arguments with their former values, for the person who is asked about it."""
    policy: str = ""
    """The mark of the policy that evaluated it."""


@dataclass(frozen=True, slots=True)
class CallBatch:
    """Calls that are wanted together, in this order.

    `supposes` is what has to be true for them, which only a person can say; `undoes` the entry of
    the ledger that they take back, `aware_of` the calls that are known to have done so before, or
    to have touched the same thing since. `resends` are, for each of them, the entries of the
    attempts to send the same request, where they send waiting requests.
    """

    actions: tuple[Action, ...]
    supposes: tuple[str, ...] = ()
    undoes: str | None = None
    aware_of: frozenset[str] = frozenset()
    resends: tuple[frozenset[str], ...] = ()
