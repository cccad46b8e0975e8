"""A person's yes to a batch, in the terms of the loop in which calls get theirs."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from anyio import CancelScope

from chasedata_mcp.approvals.errors import NotApprovedError, SupersededError
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.batches.batch_service import BatchService, BatchView
from chasedata_mcp.ledger import Approval, ApprovalState
from chasedata_mcp.pipeline.cleared import Cleared
from chasedata_mcp.pipeline.pending_approval import (
    AskedAgainError,
    PendingApproval,
    summarize_answer,
)


@dataclass(frozen=True, slots=True)
class BatchApproval:
    """The approval of one batch: it is asked for, and kept with the batch once it was given.

    Nothing is cleared by it, since each row is a call of its own.
    """

    service: BatchService
    approvals: ApprovalService
    batch_id: str

    async def admit(self, *, out_of_band: bool) -> Cleared | PendingApproval:
        """Ask for a yes, unless one holds or was given out of band.

        Raises:
            BatchError: There is nothing to run.
            CallError: `not_allowed`.
        """
        view = await self.service.view(self.batch_id)
        if await self.service.is_approved(view):
            return Cleared(())
        request = await self.service.build_request(view)
        with _refusals():
            approval = await self.approvals.spend_or_ask(request, out_of_band=out_of_band)
        if approval.state is ApprovalState.SPENT:
            return await self._keep(view, approval)
        return PendingApproval((), approval)

    async def redeem(self, approval_id: str, reply: Reply | None) -> Cleared:
        """Keep the yes of a reply, or without one the answer that was given out of band.

        Raises:
            BatchError: There is nothing to run any more.
            CallError: It was none; `AskedAgainError` where the person has to be asked anew.
        """
        view = await self.service.view(self.batch_id)
        request = await self.service.build_request(view)
        with _refusals():
            approval = await self.approvals.redeem(request, approval_id, reply)
        return await self._keep(view, approval)

    async def _keep(self, view: BatchView, approval: Approval) -> Cleared:
        # It is spent: a caller who gives up now must not lose it.
        with CancelScope(shield=True):
            await self.service.approve(view, summarize_answer(approval))
        return Cleared(())


@contextmanager
def _refusals() -> Generator[None]:
    """Tell a caller that there is no yes.

    Raises:
        CallError: There is none; `AskedAgainError` where the person is asked anew.
    """
    try:
        yield
    except NotApprovedError as error:
        raise error.error from None
    except SupersededError as error:
        raise AskedAgainError(PendingApproval((), error.anew), error.why) from None
