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
    """A place in a run: which of its passes over the rows, and the number of the last row."""

    run_pass: int = 0
    after: int = 0

    @property
    def state(self) -> RowState:
        """The state whose rows are run in this pass."""
        return _PASSES[self.run_pass]

    @property
    def is_late(self) -> bool:
        """True once all that was ready has been sent: what was lost is waited for."""
        return self.run_pass > _PASSES.index(RowState.READY)

    @property
    def next_pass(self) -> "Place | None":
        """The place behind all rows of this pass; None at the end of the run."""
        following = self.run_pass + 1
        return Place(following) if following < len(_PASSES) else None


_PASSES: Final = (RowState.UNKNOWN, RowState.READY, RowState.UNKNOWN, RowState.UNKNOWN)
"""First what may have been sent already, before anything else like it; at last what was lost on
the way, twice, since what is sent again can be lost again."""
START: Final = Place()

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
