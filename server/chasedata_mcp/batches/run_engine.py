"""The needs of a run of a batch: its place, and the right to go on."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from chasedata_mcp.batches.models import RowState


class RunLeftError(Exception):
    """A run that this process leaves between two rows, for itself or another to go on with."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a run: the state whose rows are run now, and the number of the last one."""

    state: RowState
    after: int = 0

    @property
    def next_pass(self) -> "Place | None":
        """The place behind all rows of this state; None at the end of the run."""
        return Place(RowState.READY) if self.state is RowState.UNKNOWN else None


START: Final = Place(RowState.UNKNOWN)
"""The beginning: first what may have been sent already, before anything else like it."""

RunChunk = Callable[[str, Place], Awaitable[Place | None]]
"""Runs the chunk of a batch behind a place, and returns the next place; None at the end.

It raises `RunLeftError` where this process may not go on.
"""


class OpenEngine(Protocol):
    """An engine at work in this process."""

    @property
    def may_send(self) -> bool:
        """False once this process ends, or once another may have taken its runs over."""
        ...

    async def start(self, batch_id: str) -> None:
        """Have a batch run, here or by another process; one that runs already isn't run twice.

        Raises:
            BatchStoreError: The engine can't be used.
        """
        ...


class RunEngine(Protocol):
    """An engine that goes from chunk to chunk, whatever becomes of this process."""

    def opened(self, run_chunk: RunChunk) -> AbstractAsyncContextManager[OpenEngine]:
        """Put it to work for a block; at its end the runs of this process are left.

        Raises:
            BatchStoreError: The engine can't be opened.
        """
        ...
