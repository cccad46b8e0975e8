"""A call on the pipeline: what is wanted, by whom, and what is known of it before it is sent."""

from dataclasses import dataclass

from chasedata_mcp.ledger import ApprovalSummary, Reservation
from chasedata_mcp.policy.decision import Ask, Refuse
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup


@dataclass(frozen=True, slots=True)
class Call:
    """An action that somebody wants carried out.

    `before` is how its lead read when it was judged, `asked_by` and `refused_by` the rules that
    asked or refused, `approval` the answer that a person gave, which is a yes unless the call was
    declined, `undoes` the entry of the ledger that it takes back; `aware_of` the calls that are
    known to have done so before, or to have touched the same thing since, None for a further step.
    `granted` is the grant that let it
    through, `reserve` what the limits count of it, `told` what is said of it in its result;
    `policy` tells which policy judged it.
    """

    action: Action
    caller: str
    before: Lookup | None = None
    asked_by: tuple[Ask, ...] = ()
    approval: ApprovalSummary | None = None
    undoes: str | None = None
    aware_of: frozenset[str] | None = None
    refused_by: tuple[Refuse, ...] = ()
    granted: str | None = None
    reserve: Reservation | None = None
    told: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True, slots=True)
class CallBatch:
    """Calls that are wanted together, in this order.

    `supposes` is what has to be true for them, which only a person can say; `undoes` the entry of
    the ledger that they take back, `aware_of` the calls that are known to have done so before, or
    to have touched the same thing since.
    """

    actions: tuple[Action, ...]
    supposes: tuple[str, ...] = ()
    undoes: str | None = None
    aware_of: frozenset[str] = frozenset()
