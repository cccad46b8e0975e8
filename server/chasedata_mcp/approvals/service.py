"""The service that has a person approve calls: it asks, and uses each yes up once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chasedata_mcp.approvals.errors import (
    NotApprovedError,
    SupersededError,
    refuse_declined,
    refuse_unconfirmed,
    refuse_unsure,
)
from chasedata_mcp.approvals.grants import GrantRedaction, build_grant, unredacted
from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.ledger import (
    Approval,
    ApprovalAnswer,
    ApprovalState,
    AssuranceLevel,
    Ledger,
    LedgerError,
    Unspent,
    ledger_required,
    refuse_without_ledger,
)

OVERTAKEN: Final = (
    "What is known of this call has changed since the person was asked, so they must be asked anew."
)
_MISTYPED: Final = "What the person typed is not what had to be typed, so they are asked once more."
_CHANGED, _UNASKED = "what was known had changed", "the client didn't ask"
_REFUSED, _NOBODY = "the call was refused meanwhile", "nobody"


class ApprovalService:
    """The approvals of one account, kept in its ledger across processes and restarts.

    A yes is for one call with exactly what was asked about, by its caller, in time, once. Wherever
    that isn't sure, or the ledger fails, it is a no.

    Args:
        ledger: The ledger of the account.
        account: The account's id.
        clock: The time now, aware.
        redact_grant: Makes the form in which a grant is put on record.
    """

    def __init__(
        self,
        ledger: Ledger,
        account: str,
        clock: Callable[[], datetime],
        redact_grant: GrantRedaction = unredacted,
    ) -> None:
        self._ledger = ledger
        self._account = account
        self._clock = clock
        self._redact_grant = redact_grant

    async def get(self, approval_id: str) -> Approval | None:
        """Get the approval of an id, in whatever state it is.

        Raises:
            CallError: `not_allowed`; the ledger can't be read.
        """
        with ledger_required:
            return await self._ledger.approvals.get(approval_id)

    async def spend_or_ask(self, request: ApprovalRequest, *, out_of_band: bool) -> Approval:
        """Spend a yes that was given out of band, or else put the question.

        With `out_of_band` it is put there, and so it is wherever the yes must be surer than one
        through the client.

        Returns:
            The approval that was spent, or the one that is asked.

        Raises:
            CallError: `not_allowed`; the ledger can't be used.
            NotApprovedError: The yes was spent by another call meanwhile.
        """
        with ledger_required:
            active = await self._ledger.approvals.active(
                request.digest, request.caller, self._clock()
            )
        if active is None or not active.is_readable:
            return await self._ask(request, out_of_band=out_of_band)
        if not request.is_covered_by(active):
            await self._end(active, _CHANGED)
        elif active.state is ApprovalState.GRANTED:
            # A yes through a client is for the call that asked there, which is about to use it.
            out_of_band_given = active.sureness is not AssuranceLevel.CLIENT
            if out_of_band_given and request.is_sure_enough(active):
                return await self._spend(request, active)
        elif active.code:
            return active
        elif out_of_band and active.caller == request.caller:
            # Its client didn't put it to anybody: a yes to both would be two. Another client of
            # the principal may have it on its screen, and its yes is for its own call.
            await self._end(active, _UNASKED)
        return await self._ask(request, out_of_band=out_of_band)

    async def redeem(
        self, request: ApprovalRequest, approval_id: str, reply: Reply | None
    ) -> Approval:
        """Spend a yes: a reply's, or without one the answer that was given out of band.

        Raises:
            CallError: `not_allowed`; the ledger can't be used.
            NotApprovedError: There is no such question for these calls, it got a no, or its yes is
                too late, not sure enough or spent.
            SupersededError: The question is asked anew: what the yes depends on has changed, or
                something else was typed than had to be.
        """
        # The id comes back through the client, so everything else is compared with what is kept.
        approval = await self.get(approval_id)
        if approval is None or not _can_be_redeemed(approval, request, reply):
            raise NotApprovedError(refuse_unconfirmed(self._unspent(approval, request)))
        if reply is not None:
            approval = await self._with_yes(request, approval, reply)
        elif approval.state is ApprovalState.DECLINED:
            raise _said_no(approval)
        if request.question is not None and not request.is_covered_by(approval):
            await self._end(approval, _CHANGED)
            anew = await self._ask(request, out_of_band=bool(approval.code))
            raise SupersededError(anew, OVERTAKEN)
        if reply is not None:
            await self._grant(approval, reply)
        elif approval.state is ApprovalState.GRANTED and not request.is_sure_enough(approval):
            raise NotApprovedError(refuse_unsure(request.needs), approval)
        return await self._spend(request, approval)

    async def withdraw(self, approval_id: str, caller: str) -> None:
        """End a question of a caller, and a yes to it, since its call is refused by now.

        Raises:
            CallError: `not_allowed`; the ledger can't be used.
        """
        approval = await self.get(approval_id)
        if approval is not None and approval.caller == caller:
            await self._end(approval, _REFUSED)

    def _unspent(self, approval: Approval | None, request: ApprovalRequest) -> Unspent:
        unspent = approval and approval.unspent(request.digest, request.caller, self._clock())
        return unspent or Unspent.MISSING

    async def _with_yes(
        self, request: ApprovalRequest, approval: Approval, reply: Reply
    ) -> Approval:
        """Make the approval with a person's yes to it; any other reply ends it."""
        answered = replace(approval, how=reply.how, by=request.caller, sureness=reply.sureness)
        if not approval.question.is_yes(reply.content):
            await self._answer(
                approval, ApprovalAnswer.no(reply.how, request.caller, self._clock())
            )
            raise await self._after_no(request, answered, reply)
        if not reply.sureness >= approval.needs:
            raise NotApprovedError(refuse_unsure(approval.needs), answered)
        return answered

    async def _after_no(
        self, request: ApprovalRequest, answered: Approval, reply: Reply
    ) -> NotApprovedError | SupersededError:
        """Make the error of calls whose question is closed by anything but a yes.

        Who typed something else is asked once more, by a new question: the old one takes no answer
        any more, however often it is brought back.
        """
        question = answered.question
        if question.again or not question.is_mistyped(reply.content):
            no = refuse_declined(question, reply.content, dismissed=reply.dismissed)
            return NotApprovedError(no, answered)
        anew = replace(request, question=question.once_more())
        asked = await self._ask(anew, out_of_band=bool(answered.code))
        return SupersededError(asked, _MISTYPED, answered)

    async def _grant(self, approval: Approval, reply: Reply) -> None:
        """Put the yes on record, and the wider one where that was chosen."""
        yes = ApprovalAnswer.yes(reply.how, approval.caller, self._clock(), reply.sureness)
        await self._answer(approval, yes)
        chosen = approval.question.chosen(reply.content)
        offer = next((one for one in approval.offers if one.id == chosen), None)
        if offer is not None:
            grant = build_grant(offer, self._account, approval.caller, yes)
            with ledger_required:
                await self._ledger.grants.give(grant, self._redact_grant(grant))

    async def _ask(self, request: ApprovalRequest, *, out_of_band: bool) -> Approval:
        """Put the question; of those who ask the same out of band at once, one does."""
        question = request.question
        assert question is not None  # noqa: S101 - calls without a question are cleared at once
        out_of_band = out_of_band or request.needs is not AssuranceLevel.CLIENT
        while True:
            new = request.approval(question, self._account, self._clock(), out_of_band=out_of_band)
            with ledger_required:
                if not out_of_band:
                    await self._ledger.approvals.ask(new)
                    return new
                found = await self._ledger.approvals.find_or_ask(new)
            if found.id == new.id or request.is_covered_by(found):
                return found
            # Another process asked it meanwhile, by what was known a moment ago, or another
            # version in words that this one can't hold a yes against.
            await self._end(found, _CHANGED)

    async def _end(self, approval: Approval, why: str) -> None:
        """End a question, and a yes to it, that nobody is to answer any more."""
        await self._answer(approval, ApprovalAnswer.no(why, _NOBODY, self._clock()))

    async def _answer(self, approval: Approval, answer: ApprovalAnswer) -> None:
        # Whether the question took it is seen when the yes is spent.
        with ledger_required:
            await self._ledger.approvals.answer(approval.id, answer)

    async def _spend(self, request: ApprovalRequest, approval: Approval) -> Approval:
        try:
            unspent = await self._ledger.approvals.spend(
                approval.id, request.digest, request.caller, self._clock()
            )
        except LedgerError as error:
            raise NotApprovedError(refuse_without_ledger(error), approval) from None
        if unspent is not None:
            raise NotApprovedError(refuse_unconfirmed(unspent), approval)
        return replace(approval, state=ApprovalState.SPENT)


def _can_be_redeemed(approval: Approval, request: ApprovalRequest, reply: Reply | None) -> bool:
    """Say whether an answer to an approval can be one for these calls.

    A question that was closed takes no reply any more; its words may be gone.
    """
    if not approval.is_for(request.digest, request.caller):
        return False
    if approval.state is ApprovalState.DECLINED:
        return reply is None
    return approval.state is not ApprovalState.SPENT and approval.is_readable


def _said_no(approval: Approval) -> NotApprovedError:
    """Make the error of calls whose question got a no out of band, or was ended by nobody."""
    if approval.by == _NOBODY:
        return NotApprovedError(refuse_unconfirmed(OVERTAKEN))
    return NotApprovedError(refuse_declined(approval.question), approval)
