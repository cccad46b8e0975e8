"""Opens the store when it is first needed, and does all work on it in threads."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import anyio
from anyio import to_thread

from chasedata_mcp.ledger.errors import EntryExistsError, LedgerError, NoSuchEntryError

if TYPE_CHECKING:  # it imports SQLAlchemy, which takes a third of a second
    from chasedata_mcp.ledger.store import Store

T = TypeVar("T")


class Access:
    """The way to a store. Writers come one at a time; readers don't wait for them.

    Work that has begun is finished, even for a caller that is cancelled meanwhile.
    """

    def __init__(self, opening: "Callable[[], Store]") -> None:
        self.failing: str | None = None
        self._opening = opening
        self._store: Store | None = None
        self._door = threading.Lock()
        self._writing = anyio.CapacityLimiter(1)
        self._reading = anyio.CapacityLimiter(4)

    async def write(self, work: "Callable[[Store], T]") -> T:
        """Do work that writes, in a thread, after all that came before it.

        Raises:
            LedgerError: Nothing was written.
        """
        return await to_thread.run_sync(self.write_here, work, limiter=self._writing)

    async def read(self, work: "Callable[[Store], T]") -> T:
        """Do work that reads, in a thread.

        Raises:
            LedgerError: It can't be read.
        """
        return await to_thread.run_sync(lambda: work(self.store()), limiter=self._reading)

    async def read_at_once(self, work: "Callable[[Store], T]") -> T:
        """Do a small work that reads, here where the store is a file: a thread costs more than it.

        Raises:
            LedgerError: It can't be read.
        """
        if self._store is not None and self._store.answers_at_once:
            return work(self._store)
        return await self.read(work)

    async def run(self, work: Callable[[], T]) -> T:
        """Do other work that blocks, in a thread."""
        return await to_thread.run_sync(work, limiter=self._reading)

    def write_here(self, work: "Callable[[Store], T]") -> T:
        """Do work that writes, in this thread, and remember whether the store takes it."""
        try:
            done = work(self.store())
        except (EntryExistsError, NoSuchEntryError, ValueError, TypeError):
            raise  # the caller's mistake, not the store's
        except Exception as error:
            ours = isinstance(error, LedgerError)
            self.failing = str(error) if ours else f"The ledger fails: {type(error).__name__}."
            raise
        self.failing = None
        return done

    def store(self) -> "Store":
        """The store, opened now where it isn't yet.

        Raises:
            LedgerError: It can't be opened.
        """
        with self._door:
            if self._store is None:
                self._store = self._opening()
            return self._store

    def close(self) -> None:
        """Close the store; it would be opened again when needed."""
        with self._door:
            if self._store is not None:
                self._store.close()
                self._store = None
