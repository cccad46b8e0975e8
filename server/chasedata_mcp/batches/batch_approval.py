"""A person's yes to many rows, in the terms of the loop in which calls get theirs."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from anyio import CancelScope

from chasedata_mcp.approvals.errors import NotApprovedError, SupersededError
from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.ledger import Approval, ApprovalState, ApprovalSummary
from chasedata_mcp.pipeline.cleared import Cleared
from chasedata_mcp.pipeline.pending_approval import (
    AskedAgainError,
    PendingApproval,
    summarize_answer,
)


@dataclass(frozen=True, slots=True)
class RowsApproval:
    """The approval of many rows: it is asked for, and kept once it was given.

    Nothing is cleared by it, since each row is a call of its own.

    Attributes:
        approvals: What asks, and spends a yes.
        build: Makes the request; None where a yes holds already.
        keep: Keeps a yes, with the time when it was asked for.
    """

    approvals: ApprovalService
    build: Callable[[], Awaitable[ApprovalRequest | None]]
    keep: Callable[[ApprovalSummary, datetime], Awaitable[None]]

    async def admit(self, *, out_of_band: bool) -> Cleared | PendingApproval:
        """Ask for a yes, unless one holds or was given out of band.

        Raises:
            BatchError: There is nothing to be done.
            CallError: `not_allowed`.
        """
        request = await self.build()
        if request is None:
            return Cleared(())
        with _refusals():
            approval = await self.approvals.spend_or_ask(request, out_of_band=out_of_band)
        if approval.state is ApprovalState.SPENT:
            return await self._keep(approval)
        return PendingApproval((), approval)

    async def redeem(self, approval_id: str, reply: Reply | None) -> Cleared:
        """Keep the yes of a reply, or without one the answer that was given out of band.

        Raises:
            BatchError: There is nothing to be done any more.
            CallError: It was none; `AskedAgainError` where the person has to be asked anew.
        """
        request = await self.build()
        if request is None:
            return Cleared(())
        with _refusals():
            approval = await self.approvals.redeem(request, approval_id, reply)
        return await self._keep(approval)

    async def _keep(self, approval: Approval) -> Cleared:
        # It is spent: a caller who gives up now must not lose it.
        with CancelScope(shield=True):
            await self.keep(summarize_answer(approval), approval.asked)
        return Cleared(())


def approval_of_batch(
    service: BatchService, approvals: ApprovalService, batch_id: str
) -> RowsApproval:
    """Make the approval of a batch, which is kept with it."""

    async def build() -> ApprovalRequest | None:
        view = await service.view(batch_id)
        return None if await service.is_approved(view) else await service.build_request(view)

    async def keep(yes: ApprovalSummary, asked: datetime) -> None:
        await service.approve(await service.view(batch_id), yes, asked)

    return RowsApproval(approvals, build, keep)


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
