"""The runs of batches in this process: handed to the engine, and looked after until they end."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import anyio
from anyio import to_thread

from chasedata_mcp.batches.batch_run import NO_YES, BatchRun
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import BatchState, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_sender import Stop
from chasedata_mcp.batches.run_engine import OpenEngine, Place, RunEngine, RunLeftError
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.fields.format import format_count
from chasedata_mcp.ledger import Ledger, LedgerError
from chasedata_mcp.pipeline.errors import fault
from chasedata_mcp.pipeline.pipeline import Pipeline

_LOG = logging.getLogger(__name__)
Watch = Callable[[str], Awaitable[object]]
LOOK: Final = 1.0
"""The seconds between two looks at a run that another process may have."""
_SELDOM: Final = 20
"""How much longer than a look the time is until the next one."""
_WAITS: Final = (1, 2, 4, 8, 15, 30, 30, 30)
"""The seconds after which a store that can't be used is tried again."""


class BatchRuns:
    """The runs of an account's batches, so far as this process has them."""

    def __init__(  # noqa: PLR0913 - its parts
        self,
        pipeline: Pipeline,
        ledger: Ledger,
        store: BatchStore,
        pace: Callable[[], Pace],
        engine: RunEngine,
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._pipeline, self._ledger, self._store = pipeline, ledger, store
        self._pace, self._engine, self._sleep = pace, engine, sleep
        self._runs: dict[str, BatchRun] = {}
        self._looks: dict[str, Callable[[], Awaitable[bool]]] = {}
        self._watch: Callable[[str], Awaitable[object]] | None = None
        self._open: OpenEngine | None = None
        self._looks_again = 0.0

    async def follow(self, batch_id: str, look: Callable[[], Awaitable[bool]]) -> None:
        """Have a batch run and look at it until it has ended, which `look` tells by false.

        Raises:
            BatchStoreError: The stores can't be used for longer than a while.
        """
        self._looks[batch_id] = look
        try:
            await self._with_patience(lambda: self._follow(batch_id, look))
        finally:
            del self._looks[batch_id]

    async def _follow(self, batch_id: str, look: Callable[[], Awaitable[bool]]) -> None:
        while True:
            async with self._engine.opened(self.run_chunk) as engine:
                self._open = engine
                while engine.may_send:
                    # Again and again, since whoever had it may have ended without a word.
                    await engine.start(batch_id)
                    if not await look():
                        return
                    await anyio.sleep(LOOK)
            # Its lease ran out: what it had is another's, and it begins anew.
            await anyio.sleep(LOOK)

    async def work(self, find: Callable[[], Awaitable[Sequence[str]]], watch: Watch) -> None:
        """Run what is to be run, now and later, until this is cancelled.

        Args:
            find: Finds the batches that are to be run.
            watch: Learns of each batch after each of its chunks.

        Raises:
            BatchStoreError: The stores can't be used for longer than a while.
            LedgerError: As above.
        """
        self._watch = watch
        while True:
            await self._with_patience(lambda: self._work(find))
            # Its lease ran out: what it had is another's, and it begins anew.
            await anyio.sleep(LOOK)

    async def _work(self, find: Callable[[], Awaitable[Sequence[str]]]) -> None:
        async with self._engine.opened(self.run_chunk) as engine:
            self._open = engine
            while engine.may_send:
                for batch_id in await find():
                    await engine.start(batch_id)
                await anyio.sleep(LOOK)

    async def run_chunk(self, batch_id: str, place: Place) -> Place | None:
        """Run a chunk of a batch, as the engine asks for it.

        Raises:
            RunLeftError: This process may not go on.
        """
        following = await self._run_patiently(batch_id, place)
        await self._tell(batch_id, is_over=following is None)
        return following

    async def _tell(self, batch_id: str, *, is_over: bool = False) -> None:
        """Have whoever watches a batch look at it, unless that was a moment ago."""
        began = anyio.current_time()
        if began < self._looks_again and not is_over:
            return
        try:
            if batch_id in self._looks:
                await self._looks[batch_id]()
            if self._watch is not None:
                await self._watch(batch_id)
        except Exception as error:  # noqa: BLE001 - whoever watches ends no run
            # What is wrong of the store is noticed by the next chunk.
            _LOG.warning("how batch %s goes can't be told (%s)", batch_id, type(error).__name__)
        # The rows of a large batch take long to count.
        now = anyio.current_time()
        self._looks_again = now + _SELDOM * (now - began)

    async def _run_patiently(self, batch_id: str, place: Place) -> Place | None:
        ended: list[Place | None] = []

        async def run() -> None:
            ended.append(await self._run_chunk(batch_id, place))

        try:
            await self._with_patience(run, self._may_send)
        except RunLeftError:
            self._runs.pop(batch_id, None)
            raise
        except (BatchStoreError, LedgerError) as error:
            await self._end(batch_id, Stop(str(error)))
            return None
        except Exception as error:  # noqa: BLE001 - a fault of our own ends the run, and is logged
            await self._end(batch_id, Stop(fault(error).message))
            return None
        return ended[0]

    async def _run_chunk(self, batch_id: str, place: Place) -> Place | None:
        run = await self._get_run(batch_id)
        if run is None:
            return None
        following, stop = await run.run_chunk(place, self._may_send)
        if stop is not None and stop.is_left:
            raise RunLeftError
        if stop is not None and stop.is_passing:
            raise BatchStoreError(stop.because)
        if stop is not None or following is None:
            await self._end(batch_id, stop)
            return None
        return following

    async def _get_run(self, batch_id: str) -> BatchRun | None:
        """Find the run of a batch in this process, or begin it; None where no yes holds."""
        if batch_id not in self._runs:
            batch = await to_thread.run_sync(self._store.get, batch_id)
            if batch is None:
                return None
            if batch.approval is None:
                await self._end(batch_id, Stop(NO_YES))
                return None
            parts = (self._pipeline, self._ledger, self._store, batch, batch.approval)
            self._runs[batch_id] = BatchRun(
                *parts,
                pace=self._pace(),
                read_now=self._read_now,
                tell=partial(self._tell, batch_id),
            )
        return self._runs[batch_id]

    async def _end(self, batch_id: str, stop: Stop | None) -> None:
        self._runs.pop(batch_id, None)
        state, because = BatchState.STOPPED, "" if stop is None else stop.because
        if stop is None:
            counts = await to_thread.run_sync(self._store.count_rows, batch_id)
            left = counts.of(RowState.READY) + counts.of(RowState.UNKNOWN)
            rows = format_count(left, "row is", "rows are")
            because = f"{rows} still to be settled or sent; run it again" if left else ""
            state = BatchState.STOPPED if left else BatchState.FINISHED
        # One that a person stopped stays as they left it.
        among = (BatchState.RUNNING,)
        await to_thread.run_sync(self._store.set_state, batch_id, state, because, among)

    def _may_send(self) -> bool:
        return self._open is not None and self._open.may_send

    async def _read_now(self) -> datetime:
        await self._ledger.open()
        return self._ledger.time.of(self._pipeline.now())

    async def _with_patience(
        self, work: Callable[[], Awaitable[None]], may_go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Do work again where the stores can't be used for a while.

        Raises:
            BatchStoreError: They can't be used for longer.
            LedgerError: As above.
            RunLeftError: This process may not go on.
        """
        for wait in _WAITS:
            try:
                return await work()
            except (BatchStoreError, LedgerError):
                for _ in range(wait):
                    if not may_go_on():
                        raise RunLeftError from None
                    await self._sleep(1)
        return await work()
