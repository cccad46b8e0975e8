"""Calls that wait for a person's approval, and those that have it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import final

from chasedata_mcp.approvals.errors import NotApprovedError, SupersededError
from chasedata_mcp.approvals.models import ApprovalRequest
from chasedata_mcp.errors import Approvable, CallError, Code
from chasedata_mcp.fields.sanitize import cut
from chasedata_mcp.ledger import Approval, ApprovalSummary, AssuranceLevel
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.evaluated import EvaluatedGroup
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.account import Account

_LONGEST = 4_000
"""The most characters of a question in a result; the person sees it whole where they answer."""


@final
@dataclass(frozen=True, slots=True)
class PendingApproval:
    """Calls that wait for the answer to the question of an approval, whose id redeems them."""

    calls: tuple[Call, ...]
    approval: Approval

    @property
    def as_left(self) -> Approvable:
        """The question as its caller may see it: what a lead held before is the dialer's text."""
        lines = [
            replace(detail, old=None).line
            for call in self.calls
            for detail in call.details
            if not detail.is_said(self.approval.question.text)
        ]
        text = "\n".join([self.approval.question.text, *lines])
        return Approvable(self.approval.code, self.approval.ends, cut(text, _LONGEST))

    def mark_unanswered(self, how: str = "by nobody") -> tuple[Call, ...]:
        """Give the calls with the question that nobody said yes to, for the record."""
        asked = ApprovalSummary(
            self.approval.id, self.approval.question.text, how, by="", sureness=""
        )
        return tuple(replace(call, approval=asked) for call in self.calls)


class AskedAgainError(CallError):
    """A person has to be asked once more; `pending` is the question anew, and `why` says why.

    Where that waits for an answer on the terminal or the page, its code is given.
    """

    def __init__(self, pending: PendingApproval, why: str) -> None:
        approval = pending.approval
        super().__init__(
            Code.NEEDS_CONFIRMATION,
            f"{why} Nothing was sent.",
            hint="Call the tool again, with the same arguments, to have the person asked anew.",
            approvable=pending.as_left if approval.code else None,
        )
        self.pending = pending
        self.why = why


@contextmanager
def recording_refusals(
    calls: tuple[Call, ...], refused: Callable[[Sequence[Call], CallError], CallError]
) -> Generator[None]:
    """Record that calls were not approved; `refused` records it, and gives the error to raise.

    Raises:
        CallError: They were not; `AskedAgainError` where the person is asked anew.
    """
    try:
        yield
    except NotApprovedError as error:
        no, approval = error.error, error.approval
    except SupersededError as error:
        pending = PendingApproval(calls, error.anew)
        no, approval = AskedAgainError(pending, error.why), error.approval
    else:
        return
    raise refused(mark_answered(calls, approval) if approval else calls, no)


def build_approval_request(
    evaluated: EvaluatedGroup, account: Account, policy: Policy, seal: Callable[[object], str]
) -> ApprovalRequest:
    """Make the request to approve calls.

    Its digest is of the tools, of what would be sent, where to, and of the policy: if any of them
    is another one by the time of the yes, that yes is for other calls.
    """
    calls = [[call.action.name, call.action.sent_form, call.undoes] for call in evaluated.calls]
    where = [account.environment, account.accid, account.host]
    return ApprovalRequest(
        digest=seal([calls, where, policy.fingerprint]),
        caller=evaluated.caller,
        question=evaluated.question,
        rules=tuple(frozenset(ask.rule for ask in call.asked_by) for call in evaluated.calls),
        calls=evaluated.shown,
        known=evaluated.known,
        needs=evaluated.needs,
        offers=evaluated.offers,
    )


def mark_answered(calls: tuple[Call, ...], approval: Approval) -> tuple[Call, ...]:
    """Give calls with a person's answer, for the record.

    One alone goes by its own yes, so that no grant is used up by it.
    """
    given = summarize_answer(approval)
    with_answer = tuple(replace(call, approval=given) for call in calls)
    return tuple(map(_without_grant, with_answer)) if len(calls) == 1 else with_answer


def summarize_answer(approval: Approval) -> ApprovalSummary:
    """Summarize a person's answer, for the record."""
    sureness = approval.sureness or AssuranceLevel.CLIENT
    by = approval.by or approval.caller
    return ApprovalSummary(approval.id, approval.question.text, approval.how, by, sureness.value)


def _without_grant(call: Call) -> Call:
    reserve = call.reserve and replace(call.reserve, grant=None)
    return replace(call, granted=None, reserve=reserve)
