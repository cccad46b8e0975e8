"""An engine of batches in this process alone, for tests of what a run does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chasedata_mcp.batches.run_engine import START, Place, RunChunk, RunLeftError


class AtOnce:
    """An engine that runs a batch from chunk to chunk, and keeps nothing of it.

    Attributes:
        may_send: Whether this process may go on.
    """

    may_send = True

    def __init__(self) -> None:
        self._run_chunk: RunChunk | None = None

    @asynccontextmanager
    async def opened(self, run_chunk: RunChunk) -> AsyncGenerator["AtOnce"]:
        self._run_chunk = run_chunk
        yield self

    async def start(self, batch_id: str) -> None:
        place: Place | None = START
        while place is not None and self._run_chunk is not None:
            try:
                place = await self._run_chunk(batch_id, place)
            except RunLeftError:
                return
