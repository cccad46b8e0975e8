"""Runs of batches that outlive this process: another goes on with what it leaves."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import CancelScope, from_thread, to_thread
from anyio.lowlevel import EventLoopToken, current_token

from chasedata_mcp.batches.run_engine import Place, RunChunk, RunLeftError
from chasedata_mcp.batches.worker_lease import Time, WorkerLease
from chasedata_mcp.batches.worker_names import WorkerNames

if TYPE_CHECKING:
    from chasedata_mcp.batches.dbos_session import DbosSession


class DurableRuns:
    """An engine whose runs outlive this process.

    Args:
        store: The file of which batch runs and how far it is, or the address of the ledger's
            PostgreSQL database. It has ids of batches and numbers of rows, nothing of their data.
        names: The names of the processes that run batches.
        open_time: Opens the ledger and returns its time.
        queue: The name of the account's queue.
    """

    def __init__(
        self,
        store: Path | str,
        names: WorkerNames,
        open_time: Callable[[], Awaitable[Time]],
        queue: str,
    ) -> None:
        self._store, self._names, self._queue = store, names, queue
        self._open_time = open_time
        self._users = 0
        self._changing = anyio.Lock()
        self._work: Work | None = None

    @asynccontextmanager
    async def opened(self, run_chunk: RunChunk) -> AsyncGenerator["Work"]:
        """Put it to work for a block, or have it go on; at the end its runs here are left.

        Raises:
            BatchStoreError: The store can't be used.
            LedgerError: The ledger can't be opened.
        """
        async with self._changing:
            if self._work is None:
                self._work = await self._begin(run_chunk)
            work = self._work
            self._users += 1
        try:
            yield work
        finally:
            # Shielded: what is in flight is waited for.
            with CancelScope(shield=True):
                async with self._changing:
                    self._users -= 1
                    if not self._users:
                        self._work = None
                        await work.leave()

    async def _begin(self, run_chunk: RunChunk) -> "Work":
        time, work = await self._open_time(), Work(run_chunk, current_token())

        def launch() -> "DbosSession":
            from chasedata_mcp.batches.dbos_session import (  # noqa: PLC0415 - it takes a second
                DbosSession,
            )

            lease = WorkerLease(self._names, time)
            return DbosSession(self._store, self._queue, lease, work.call_chunk)

        work.session = await to_thread.run_sync(launch)
        return work


class Work:
    """The work of this process, from the launch of the engine to its end.

    Attributes:
        session: The engine's own, once it is launched.
    """

    def __init__(self, run_chunk: RunChunk, token: EventLoopToken) -> None:
        self.session: DbosSession | None = None
        self._run_chunk, self._token = run_chunk, token
        self._chunks = 0
        self._is_leaving = False
        self._is_idle = anyio.Event()

    @property
    def may_send(self) -> bool:
        """False once this process ends, or once another may have taken its runs over."""
        return not self._is_leaving and (self.session is None or self.session.lease.is_held)

    async def start(self, batch_id: str) -> None:
        """Put a batch into the queue, unless it is there or runs.

        Raises:
            BatchStoreError: It can't be.
        """
        if self.session is not None:
            await to_thread.run_sync(self.session.start, batch_id)

    def call_chunk(self, batch_id: str, place: Place) -> Place | None:
        """Run a chunk from a thread of the engine's.

        Raises:
            RunLeftError: This process may not go on.
        """
        return from_thread.run(self._run, batch_id, place, token=self._token)

    async def leave(self) -> None:
        """Wait for what is in flight, and end the engine."""
        self._is_leaving = True
        if self._chunks:
            await self._is_idle.wait()
        if self.session is not None:
            await to_thread.run_sync(self.session.close)

    async def _run(self, batch_id: str, place: Place) -> Place | None:
        if not self.may_send:
            raise RunLeftError
        self._chunks += 1
        try:
            return await self._run_chunk(batch_id, place)
        finally:
            self._chunks -= 1
            if self._is_leaving and not self._chunks:
                self._is_idle.set()
