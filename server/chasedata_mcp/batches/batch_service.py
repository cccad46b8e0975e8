"""The service of batches: approved by a person, run in chunks, stopped and gone on with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from anyio import to_thread

from chasedata_mcp.approvals.models import ApprovalRequest
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, RowCounts, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.question import SAMPLE, build_question
from chasedata_mcp.batches.row_runner import RowRunner, Stop
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import ApprovalSummary, Ledger
from chasedata_mcp.ledger.models import fresh_id
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.registry import find_action

HOLDS: Final = timedelta(hours=24)
"""The time for which a yes to a batch holds: a run that was stopped goes on the next morning."""
CHUNK: Final = 100
"""The rows that are run together, and whose outcomes are kept together."""
LEASE: Final = timedelta(minutes=2)
"""The time for which a worker has a batch that it doesn't say anything about."""
STOPPED_BY_HAND: Final = "a person stopped it"


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with the counts of its rows."""

    batch: Batch
    counts: RowCounts

    @property
    def left(self) -> int:
        """The rows that still are to be run or settled."""
        return self.counts.of(RowState.READY) + self.counts.of(RowState.UNKNOWN)


class BatchService:
    """The batches of one account, whose rows go down its pipeline."""

    def __init__(
        self,
        pipeline: Pipeline,
        ledger: Ledger,
        store: BatchStore,
        pace: Callable[[], Pace],
    ) -> None:
        self._pipeline, self._ledger, self._store = pipeline, ledger, store
        self._pace = pace
        self._worker = fresh_id()

    async def view(self, batch_id: str) -> BatchView:
        """Read a batch.

        Raises:
            BatchError: There is none of this id in the account.
        """
        batch = await to_thread.run_sync(self._store.get, batch_id)
        if batch is None or batch.account != self._pipeline.account.accid:
            raise BatchError("There is no batch of this id; list them to see the ids.")
        return BatchView(batch, await to_thread.run_sync(self._store.count_rows, batch_id))

    async def list_views(self, limit: int) -> list[BatchView]:
        """List the account's batches, the newest first."""
        account = self._pipeline.account.accid
        found = await to_thread.run_sync(self._store.list_batches, account, limit)
        return [await self.view(batch.id) for batch in found]

    async def build_request(self, view: BatchView) -> ApprovalRequest:
        """Make the request for a person's yes to all rows that are ready.

        Raises:
            BatchError: There is nothing to run.
        """
        self._require_runnable(view)
        batch, until = view.batch, self._pipeline.now() + HOLDS
        sample = await to_thread.run_sync(self._sample, batch.id)
        question = build_question(batch, view.counts, sample, until)
        tool = find_action(batch.tool)
        return ApprovalRequest(
            digest=f"batch:{batch.digest}:{self._pipeline.policy.mark}",
            caller=batch.caller,
            question=question,
            rules=(frozenset({"batch"}),),
            calls=({"tool": batch.tool, "asked_by": [{"rule": "batch", "reason": question.text}]},),
            needs=self._pipeline.policy.required_assurance_of_grant(tool),
        )

    async def approve(self, view: BatchView, approval: ApprovalSummary) -> None:
        """Keep a person's yes to a batch."""
        until = await self._store_now() + HOLDS
        await to_thread.run_sync(self._store.approve, view.batch.id, until, approval)

    async def is_approved(self, view: BatchView) -> bool:
        """Tell whether a yes to a batch still holds.

        Raises:
            LedgerError: The ledger can't be opened, which has the time that goes on by itself.
        """
        until = view.batch.approved_until
        return until is not None and await self._store_now() < until

    async def stop(self, batch_id: str) -> BatchView:
        """Stop a batch: what is in flight is waited for, and nothing more is sent."""
        view = await self.view(batch_id)
        if view.batch.state in {BatchState.APPROVED, BatchState.RUNNING}:
            await self._set_state(batch_id, BatchState.STOPPED, STOPPED_BY_HAND)
        return await self.view(batch_id)

    async def run(self, batch_id: str, report: Callable[[BatchView], object]) -> BatchView:
        """Run an approved batch to its end, or until it stops; `report` learns of each chunk.

        Raises:
            BatchError: No yes holds for it or for these rows, nothing is left to run, or another
                worker runs it.
            LedgerError: The ledger can't be used.
        """
        view = await self.view(batch_id)
        self._require_runnable(view)
        approval = view.batch.approval
        if approval is None or not await self.is_approved(view):
            raise BatchError("Nobody said yes to this batch, or the yes has ended: ask again.")
        if await to_thread.run_sync(self._store.digest_planned, view.batch) != view.batch.digest:
            raise BatchError("The rows of this batch were changed since they were planned.")
        await self._take(batch_id)
        try:
            await self._set_state(batch_id, BatchState.RUNNING)
            runner = RowRunner(self._pipeline, self._ledger, view.batch, approval, self._pace())
            stop = await self._run_chunks(view, runner, report)
            await self._end(batch_id, stop)
        finally:
            await to_thread.run_sync(self._store.give_back, batch_id, self._worker)
        return await self.view(batch_id)

    async def _run_chunks(
        self, view: BatchView, runner: RowRunner, report: Callable[[BatchView], object]
    ) -> Stop | None:
        # First what may have been sent already, before anything else that might be the same.
        for state in (RowState.UNKNOWN, RowState.READY):
            after = 0
            while rows := await self._read(view.batch.id, state, after):
                await self._take(view.batch.id)
                outcomes, stop = await runner.run(rows)
                await to_thread.run_sync(self._store.settle_rows, view.batch.id, outcomes)
                now = await self.view(view.batch.id)
                report(now)
                if stop is not None:
                    return stop
                if now.batch.state is BatchState.STOPPED:
                    return Stop(now.batch.stopped_because)
                after = rows[-1].number
        return None

    async def _end(self, batch_id: str, stop: Stop | None) -> None:
        if stop is not None:
            await self._set_state(batch_id, BatchState.STOPPED, stop.because)
        elif left := (await self.view(batch_id)).left:
            because = f"{left:,} rows are still to be settled or sent; run it again"
            await self._set_state(batch_id, BatchState.STOPPED, because)
        else:
            await self._set_state(batch_id, BatchState.FINISHED)

    async def _read(self, batch_id: str, state: RowState, after: int) -> list[BatchRow]:
        def read() -> list[BatchRow]:
            return self._store.read_rows(batch_id, after=after, limit=CHUNK, state=state)

        return await to_thread.run_sync(read)

    def _sample(self, batch_id: str) -> list[BatchRow]:
        return self._store.read_rows(batch_id, limit=SAMPLE, state=RowState.READY)

    async def _take(self, batch_id: str) -> None:
        """Take or keep the lease of a batch.

        Raises:
            BatchError: Another worker has it.
        """
        now = await self._store_now()
        took = await to_thread.run_sync(self._store.take, batch_id, self._worker, now, now + LEASE)
        if not took:
            raise BatchError("Another process is running this batch; `batch show` says how far.")

    async def _store_now(self) -> datetime:
        """Read the ledger's own time, which no setting of a clock changes."""
        await self._ledger.open()
        return self._ledger.time.of(self._pipeline.now())

    async def _set_state(self, batch_id: str, state: BatchState, because: str = "") -> None:
        await to_thread.run_sync(self._store.set_state, batch_id, state, because)

    @staticmethod
    def _require_runnable(view: BatchView) -> None:
        """Refuse what was not planned to its end, and what has nothing left.

        Raises:
            BatchError: It is one of the two.
        """
        if view.batch.state is BatchState.PLANNING:
            raise BatchError("This batch was not planned to its end. Plan it again.")
        if not view.left:
            raise BatchError("No row of this batch is left to be run.")
