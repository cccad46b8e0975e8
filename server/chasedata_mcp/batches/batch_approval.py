"""A person's yes to many rows, in the terms of the loop in which calls get theirs.

What is refused or declined is on record, as it is of any call.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from anyio import CancelScope

from chasedata_mcp.approvals.errors import NotApprovedError, SupersededError
from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.batches.models import Batch
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Approval, ApprovalState, ApprovalSummary, Ledger
from chasedata_mcp.pipeline.cleared import Cleared
from chasedata_mcp.pipeline.pending_approval import (
    AskedAgainError,
    PendingApproval,
    summarize_answer,
)
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.refusal_record import RefusedRequest
from chasedata_mcp.tools.history import RUN_BATCH

_FINAL: Final = frozenset({Code.DECLINED, Code.NOT_ALLOWED})
"""The ends of a wish to run; a question that is still open is on record by itself."""


@dataclass(frozen=True, slots=True)
class RowsApproval:
    """The approval of many rows: it is asked for, and kept once it was given.

    Nothing is cleared by it, since each row is a call of its own.

    Attributes:
        approvals: What asks, and spends a yes.
        build: Makes the request; None where a yes holds already.
        keep: Keeps a yes, with the time when it was asked for.
        note: Records that the rows were refused or declined as a whole.
    """

    approvals: ApprovalService
    build: Callable[[], Awaitable[ApprovalRequest | None]]
    keep: Callable[[ApprovalSummary, datetime], Awaitable[None]]
    note: Callable[[CallError], None]

    async def admit(self, *, out_of_band: bool) -> Cleared | PendingApproval:
        """Ask for a yes, unless one holds or was given out of band.

        Raises:
            BatchError: There is nothing to be done.
            CallError: `not_allowed`.
        """
        with self._recording_refusals():
            request = await self.build()
            if request is None:
                return Cleared(())
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
        with self._recording_refusals():
            request = await self.build()
            if request is None:
                return Cleared(())
            approval = await self.approvals.redeem(request, approval_id, reply)
        return await self._keep(approval)

    async def _keep(self, approval: Approval) -> Cleared:
        # It is spent: a caller who gives up now must not lose it.
        with CancelScope(shield=True):
            await self.keep(summarize_answer(approval), approval.asked)
        return Cleared(())

    @contextmanager
    def _recording_refusals(self) -> Generator[None]:
        """Tell a caller that there is no yes, and record it where that is the end.

        Raises:
            CallError: There is none; `AskedAgainError` where the person is asked anew.
        """
        try:
            yield
        except SupersededError as error:
            raise AskedAgainError(PendingApproval((), error.anew), error.why) from None
        except (NotApprovedError, CallError) as error:
            refused = error.error if isinstance(error, NotApprovedError) else error
            if refused.code in _FINAL:
                self.note(refused)
            raise refused from None


def approval_of_batch(
    service: BatchService, pipeline: Pipeline, ledger: Ledger, batch: Batch, caller: str
) -> RowsApproval:
    """Make the approval of a batch, which is kept with it, for whoever wants it to run."""

    async def build() -> ApprovalRequest | None:
        view = await service.view(batch.id)
        return None if await service.is_approved(view) else await service.build_request(view)

    async def keep(yes: ApprovalSummary, asked: datetime) -> None:
        await service.approve(await service.view(batch.id), yes, asked)

    def note(error: CallError) -> None:
        refused = RefusedRequest(
            tool=RUN_BATCH,
            digest=f"batch {batch.id}",
            arguments={"batch_id": batch.id},
            caller=caller,
            rule="batch",
            error=error,
        )
        ledger.note(refused.build_note(pipeline.account, pipeline.now()))

    return RowsApproval(pipeline.approvals, build, keep, note)
