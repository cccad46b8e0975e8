"""A run of one batch in this process: chunk after chunk, until something ends it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from anyio import to_thread

from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, RowOutcome, Standing
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_runner import RowRunner
from chasedata_mcp.batches.row_sender import RowSender, Stop
from chasedata_mcp.batches.row_settlement import RowSettler
from chasedata_mcp.batches.run_engine import Place
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import ApprovalSummary, Entry, Ledger
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.settlement import may_arrive

CHUNK: Final = 1000
"""The rows of a step of the engine: the last of them wait for each other before the next one."""
_LOOK: Final = 1.0
"""The seconds between two looks whether what was lost can still arrive."""
NO_YES: Final = "Nobody said yes to this batch, or the yes has ended: ask again."
OTHER_TERMS: Final = (
    "The policy, or the dialer's address, isn't the one any more under which somebody said yes: "
    "ask again."
)
CHANGED: Final = "The rows of this batch were changed since they were planned."


def mark_terms(pipeline: Pipeline) -> str:
    """Mark the terms of a yes: the policy in force, and the dialer that it is about.

    A base address may be another dialer's while the account's id and the store stay the same.
    """
    account = pipeline.account
    where = sha256(repr((account.environment, account.accid, account.host)).encode()).hexdigest()
    return f"{pipeline.policy.mark}:{where[:12]}"


class BatchRun:
    """The run of an approved batch by one process.

    Args:
        pipeline: The way of every row.
        ledger: Where each call is on record before it is sent.
        store: The batch's.
        batch: The batch.
        approval: A person's yes to all its rows.
        pace: How many rows are in flight, and when it is no use to go on.
        read_now: Reads the ledger's own time.
        tell: Is told when some rows have ended.
    """

    def __init__(  # noqa: PLR0913 - its parts
        self,
        pipeline: Pipeline,
        ledger: Ledger,
        store: BatchStore,
        batch: Batch,
        approval: ApprovalSummary,
        *,
        pace: Pace,
        read_now: Callable[[], Awaitable[datetime]],
        tell: Callable[[], Awaitable[object]],
    ) -> None:
        self._pipeline, self._ledger = pipeline, ledger
        self._store, self._batch = store, batch
        sender = RowSender(pipeline, ledger, batch, approval)
        self._runner = RowRunner(sender, pace, self._find_stop, self._keep)
        self._settler, self._sleep = RowSettler(pipeline, ledger, batch), pace.sleep
        self._read_now, self._tell = read_now, tell
        self._are_rows_checked = False
        self._may_send: Callable[[], bool] = lambda: True

    async def run_chunk(
        self, place: Place, may_send: Callable[[], bool]
    ) -> tuple[Place | None, Stop | None]:
        """Run the chunk behind a place; give the next place, or why the run ends here.

        Raises:
            BatchStoreError: The store can't be used; what was sent is on record.
            LedgerError: The ledger can't be read.
        """
        self._may_send = may_send
        if stop := await self._find_stop() or await self._check_rows():
            return None, stop
        rows = await self._read(place)
        if not rows:
            return place.next_pass, None
        names = [f"{self._batch.id}/{row.number}" for row in rows]
        by_name = await self._ledger.batches.of_rows(names)
        entries = [by_name.get(name) for name in names]
        if place.is_late and (stop := await self._wait_for_lost(rows, entries)):
            return None, stop
        stop = await self._runner.run(rows, entries)
        return Place(place.run_pass, rows[-1].number), stop

    async def _wait_for_lost(
        self, rows: Sequence[BatchRow], entries: Sequence[Entry | None]
    ) -> Stop | None:
        """Wait until what was lost can't arrive any more, or until the run is over."""
        lost = [
            entry
            for row, entry in zip(rows, entries, strict=True)
            if entry is not None and self._settler.settles_later(row, entry)
        ]
        while lost:
            if stop := await self._find_stop():
                return stop
            now, store_now = self._pipeline.now(), await self._read_now()
            lost = [entry for entry in lost if may_arrive(entry, now, store_now)]
            if lost:
                await self._sleep(_LOOK)
        return None

    async def _keep(self, outcomes: Sequence[RowOutcome]) -> None:
        await to_thread.run_sync(self._store.settle_rows, self._batch.id, outcomes)
        await self._tell()

    async def _find_stop(self) -> Stop | None:
        """Find what ends the run between two rows."""
        if not self._may_send():
            return Stop("", is_left=True)
        standing = await to_thread.run_sync(self._store.read_standing, self._batch.id)
        if standing is None or standing.state is not BatchState.RUNNING:
            return Stop(standing.stopped_because if standing else "")
        return await self._find_end_of_yes(standing)

    async def _find_end_of_yes(self, standing: Standing) -> Stop | None:
        until = standing.approved_until
        if until is None or until <= await self._read_now():
            return Stop(NO_YES)
        return None if standing.terms == mark_terms(self._pipeline) else Stop(OTHER_TERMS)

    async def _check_rows(self) -> Stop | None:
        """Compare the rows, once in each process, with those that the yes is bound to."""
        if not self._are_rows_checked:
            digest = await to_thread.run_sync(self._store.digest_planned, self._batch)
            if digest != self._batch.digest:
                return Stop(CHANGED)
            self._are_rows_checked = True
        return None

    async def _read(self, place: Place) -> list[BatchRow]:
        def read() -> list[BatchRow]:
            return self._store.read_rows(
                self._batch.id, after=place.after, limit=CHUNK, state=place.state
            )

        return await to_thread.run_sync(read)
