"""Calls that are wanted, that wait for a person, and what a person answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import final

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.questions import Question
from chasedata_mcp.errors import Approvable, CallError, Code
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.tools.base import Action


@final
@dataclass(frozen=True, slots=True)
class PendingApproval:
    """Calls that wait for a person; `consent_id` redeems them once the question is answered.

    `code` is there where the question is to be answered on the terminal or the approvals page,
    `asked` is when it was put and `ends` when a yes is too late.
    """

    calls: tuple[Call, ...]
    consent_id: str
    question: Question
    ends: datetime
    asked: datetime
    code: str = ""

    def unanswered(self, how: str = "by nobody") -> tuple[Call, ...]:
        """The calls, with the question that nobody said yes to."""
        asked = ApprovalSummary(self.consent_id, self.question.text, how, by="", sureness="")
        return tuple(replace(call, consented=asked) for call in self.calls)


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


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a person: a filled-in form, or none where they declined.

    `dismissed` is one that was closed without an answer.
    """

    content: Mapping[str, object] | None
    how: str = "through the client"
    sureness: AssuranceLevel = AssuranceLevel.CLIENT
    dismissed: bool = False


DECLINED = Reply(None)
DISMISSED = Reply(None, dismissed=True)
OVERTAKEN = (
    "What is known of this call has changed since the person was asked, so they must be asked anew."
)
MISTYPED = "What the person typed is not what had to be typed, so they are asked once more."


class AskedAgainError(CallError):
    """A person has to be asked once more; `pending` is the question anew, and `why` says why.

    Where that waits for an answer on the terminal or the page, its code is told.
    """

    def __init__(self, pending: PendingApproval, why: str = OVERTAKEN) -> None:
        super().__init__(
            Code.NEEDS_CONFIRMATION,
            f"{why} Nothing was sent.",
            hint="Call the tool again, with the same arguments, to have the person asked anew.",
            approvable=Approvable(pending.code, pending.ends) if pending.code else None,
        )
        self.pending = pending
        self.why = why
