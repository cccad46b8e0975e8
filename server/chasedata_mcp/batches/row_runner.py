"""Rows down the pipeline: each is sent once, and what became of it is known or read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import anyio

from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import BatchRow, RowOutcome, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_sender import PreparedRow, RowSender, Stop
from chasedata_mcp.ledger import Entry, LedgerError

KEPT_AT_ONCE: Final = 100
"""The outcomes that are kept together while a run goes on."""
_KEPT_AFTER: Final = 1.0
"""The seconds after which fewer are kept: whoever watches a slow run sees it go on."""
_LOOK: Final = 1.0
"""The seconds after which a rest is interrupted to look whether the run is over."""
_FRESH: Final = 5.0
"""The seconds for which a row that was cleared may wait to be sent; then it is cleared anew."""

Keep = Callable[[Sequence[RowOutcome]], Awaitable[object]]
FindStop = Callable[[], Awaitable[Stop | None]]


class RowRunner:
    """A runner of the rows of one batch, so many at a time.

    While some rows are sent, the next ones are evaluated, and their numbers looked up.

    Args:
        sender: Sends them.
        pace: How many are in flight, and when it is no use to go on.
        find_stop: Finds, before each row, what ends the run.
        keep: Keeps what became of rows.
    """

    def __init__(self, sender: RowSender, pace: Pace, find_stop: FindStop, keep: Keep) -> None:
        self._sender, self._pace = sender, pace
        self._find_stop, self._keep = find_stop, keep
        self._stop: Stop | None = None
        self._unkept: list[RowOutcome] = []
        self._kept_at = pace.read()

    async def run(self, rows: Sequence[BatchRow], entries: Sequence[Entry | None]) -> Stop | None:
        """Run rows that are ready or unknown; give what ended the run before the end of them.

        Args:
            rows: The rows. What became of one that isn't sent isn't kept.
            entries: Those that they have in the ledger already, of a run that was killed.

        Raises:
            BatchStoreError: What became of the last ones can't be kept.
        """
        self._stop = None

        async def run_one(row: BatchRow, entry: Entry | None) -> None:
            async with self._pace.ahead():
                try:
                    outcome = await self._run_row(row, entry)
                    if outcome is not None:
                        await self._add(outcome)
                except (BatchStoreError, LedgerError) as error:
                    self._end(Stop(str(error), is_passing=True))

        async with anyio.create_task_group() as tasks:
            for row, entry in zip(rows, entries, strict=True):
                tasks.start_soon(run_one, row, entry)
        await self._flush()
        return self._stop

    async def _run_row(self, row: BatchRow, entry: Entry | None) -> RowOutcome | None:
        """Run a row until it is known what became of it; None where the run is over before."""
        while not await self._is_over(self._stop_while_resting):
            outcome = await self._try(row, entry)
            if outcome is None or outcome.state is not RowState.READY:
                return outcome
        return None

    async def _try(self, row: BatchRow, entry: Entry | None) -> RowOutcome | None:
        began = self._pace.read()
        found = await self._sender.prepare(row, entry)
        if not isinstance(found, PreparedRow):
            return self._note_unsent(found, began)
        cleared = self._pace.read()
        async with self._pace.turn():
            return await self._send_in_turn(found, cleared, entry)

    async def _send_in_turn(
        self, prepared: PreparedRow, cleared: float, entry: Entry | None
    ) -> RowOutcome | None:
        """Send a row whose turn it is; one that has waited long is cleared anew before.

        It keeps its turn meanwhile: a row that gave it up would wait as long for the next one, and
        where turns are slow would never be sent.
        """
        row = prepared.row
        while not await self._is_over(self._find_stop):
            began = self._pace.read()
            if began - cleared <= _FRESH:
                sent = await self._sender.send(prepared)
                ready = RowOutcome(row.number, RowState.READY)
                return ready if sent is None else self._note(sent, began)
            found = await self._sender.prepare(row, entry)
            if not isinstance(found, PreparedRow):
                return self._note_unsent(found, began)
            prepared, cleared = found, self._pace.read()
        return None

    def _note_unsent(self, found: RowOutcome | Stop, began: float) -> RowOutcome | None:
        # Nothing was sent, so that it stays as it is where the run is over.
        return None if self._stop is not None else self._note(found, began)

    async def _is_over(self, find_stop: FindStop) -> bool:
        """Tell whether the run is over, once the rest is that a struggling dialer is given."""
        while self._stop is None:
            if stop := await find_stop():
                self._end(stop)
            elif rest := self._pace.rest:
                await self._pace.sleep(min(rest, _LOOK))
            else:
                return False
        return True

    async def _stop_while_resting(self) -> Stop | None:
        return await self._find_stop() if self._pace.rest else None

    def _note(self, found: RowOutcome | Stop, began: float) -> RowOutcome | None:
        if isinstance(found, Stop):
            self._end(found)
            return None
        if why := self._pace.note(found, began):
            self._end(Stop(why))
        return found

    def _end(self, stop: Stop) -> None:
        """Send no further row; those in flight are waited for."""
        self._stop = self._stop or stop

    async def _add(self, outcome: RowOutcome) -> None:
        self._unkept.append(outcome)
        is_due = self._pace.read() - self._kept_at >= _KEPT_AFTER
        if is_due or len(self._unkept) >= KEPT_AT_ONCE:
            await self._flush()

    async def _flush(self) -> None:
        kept, self._unkept = self._unkept, []
        self._kept_at = self._pace.read()
        if kept:
            await self._keep(kept)
