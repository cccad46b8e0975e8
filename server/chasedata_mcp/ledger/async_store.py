"""The store from async code: opened by its first use, and all work on it done in threads."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

import anyio
from anyio import to_thread

from chasedata_mcp.ledger.errors import EntryExistsError, LedgerError, NoSuchEntryError
from chasedata_mcp.ledger.write_line import Place, WriteLine
from chasedata_mcp.ledger.writes import AnyWrite, Append, Write

if TYPE_CHECKING:
    from chasedata_mcp.ledger import replaced_file
    from chasedata_mcp.ledger.chain import Chain
    from chasedata_mcp.ledger.connection import Connection
    from chasedata_mcp.ledger.store import Store

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class LateModule:
    """A module of the ledger that is imported by the thread that first runs one of its functions.

    Those that work on the store take 3 % of a start's processor time (2026-12-05), and the driver
    of PostgreSQL 10 %. `importlib.util.LazyLoader` would import in the event loop's
    thread, which is where the name is looked up.
    """

    def __init__(self, name: str) -> None:
        self._name = f"{__package__}.{name}"
        self._module: ModuleType | None = None

    def __getattr__(self, function: str) -> Callable[..., Any]:
        """Return the function, or one that imports the module first where that is still to do."""
        # Not from `sys.modules`: it has a module as soon as another thread begins to import it.
        if self._module is not None:
            found: Callable[..., Any] = getattr(self._module, function)
            return found

        def late(*args: object) -> object:
            self._module = import_module(self._name)
            return getattr(self._module, function)(*args)

        late.__name__ = function
        return late


def _new_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "ledger writes")


def _own(error: Exception) -> Exception:
    """Give an error an object of its own for each caller that it is raised in."""
    return copy(error) if isinstance(error, LedgerError) else error


if not TYPE_CHECKING:
    replaced_file = LateModule("replaced_file")


class BegunWrite(Generic[T]):
    """A write that is in line, or done by now."""

    def __init__(self, line: WriteLine, place: Place, write: Write[T]) -> None:
        self._line, self._place, self._write = line, place, write

    async def wait(self) -> T:
        """Wait until it is done, cancelled or not, and return what it returned.

        Raises:
            LedgerError: Nothing was written.
        """
        await self._line.wait(self._place)
        return self._write.get()


class AsyncStore:
    """A store that is opened when it is first needed. Writers take turns, readers don't wait.

    Work that has begun is finished, even for a caller that is cancelled meanwhile.

    Args:
        opening: Opens the store; it blocks.
    """

    def __init__(self, opening: "Callable[[], Store]") -> None:
        self.failing: str | None = None
        self._opening = opening
        self._store: Store | None = None
        self._one_opener = threading.Lock()
        # One thread: a second writer would only wait for the store's own lock.
        self._thread = _new_thread()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, WriteLine] = WeakKeyDictionary()
        self._reading = anyio.CapacityLimiter(4)

    async def append(self, work: "Callable[[Chain, *Ts], T]", *args: *Ts) -> T:
        """Do work on the chain, after all that came before it.

        It is on disk when this returns. Others that wait at the same time are written with it, and
        either all of these are on disk or none is; one that fails by itself is left out.

        Raises:
            LedgerError: Nothing was written.
        """
        return await self._stand_in_line(Append(work, *args))

    async def append_surely(
        self, work: "Callable[[Chain, *Ts], T]", *args: *Ts, is_soon: bool
    ) -> T:
        """Do work on the chain, even if nobody waits for it any more; soon as `append_soon` does.

        Raises:
            LedgerError: Nothing was written.
        """
        return await self._stand_in_line(Append(work, *args, is_soon=is_soon), shield=True)

    async def change(self, work: "Callable[[Connection, *Ts], T]", *args: *Ts) -> T:
        """Do work on rows that are not of the chain, after all that came before it.

        Raises:
            LedgerError: Nothing was written.
        """
        return await self.write(lambda store: store.change(work, *args))

    async def write(self, work: "Callable[[Store, *Ts], T]", *args: *Ts) -> T:
        """Do work that writes in transactions of its own, after all that came before it.

        Raises:
            LedgerError: Nothing was written.
        """
        return await self._stand_in_line(Write(work, *args))

    async def read(self, work: "Callable[[Connection, *Ts], T]", *args: *Ts) -> T:
        """Do work that reads.

        Raises:
            LedgerError: It can't be read.
        """
        return await self.inspect(lambda store: store.read(work, *args))

    async def inspect(self, work: "Callable[[Store, *Ts], T]", *args: *Ts) -> T:
        """Do work that reads in transactions of its own.

        Raises:
            LedgerError: It can't be read.
        """
        return await self.run(lambda: work(self._opened(), *args))

    async def inspect_at_once(self, work: "Callable[[Store, *Ts], T]", *args: *Ts) -> T:
        """Do work that reads by one short statement, in this thread where the store is a file.

        Raises:
            LedgerError: It can't be read.
        """
        # The statement takes some 50 µs on SQLite (docs/performance.md), less than a thread's turn.
        # A network's answer is waited for in a thread, and so is the first one, which opens the
        # store.
        if self._store is not None and self._store.is_a_file:
            return work(self._store, *args)
        return await self.inspect(work, *args)

    async def run(self, work: Callable[[], T]) -> T:
        """Do other work that blocks."""
        return await to_thread.run_sync(work, limiter=self._reading)

    def write_here(self, work: "Callable[[Store, *Ts], T]", *args: *Ts) -> T:
        """Do work that writes, in this thread, and set `failing` by whether the store takes it."""
        try:
            done = work(self._writable(), *args)
        except (EntryExistsError, NoSuchEntryError, ValueError, TypeError):
            raise  # a mistake of the caller's: the store works
        except Exception as error:
            ours = isinstance(error, LedgerError)
            self.failing = str(error) if ours else f"The ledger fails: {type(error).__name__}."
            raise
        self.failing = None
        return done

    def close(self) -> None:
        """Close the store; the next use opens it again."""
        with self._one_opener:
            # It ends once it has done what it has begun.
            self._thread.shutdown(wait=False)
            self._thread = _new_thread()
            if self._store is not None:
                self._store.close()
                self._store = None

    def begin_append_soon(
        self, work: "Callable[[Chain, *Ts], T]", *args: *Ts, within: float
    ) -> "BegunWrite[T]":
        """Begin what `append_surely` does soon: with the next write, or within so many seconds."""
        line, write = self._line(), Append(work, *args, is_soon=True)
        place = line.enter(write, shield=True)
        line.begin_within(place, within)
        return BegunWrite(line, place, write)

    async def _stand_in_line(self, write: Write[T], *, shield: bool = False) -> T:
        await self._line().wait_for(write, shield=shield)
        return write.get()

    def _line(self) -> WriteLine:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = WriteLine(self._do, lambda: self._thread)
        return line

    def _do(self, writes: Sequence[AnyWrite]) -> Exception | None:
        """Do a write, or several appends, in the thread that writes."""
        appends = [write for write in writes if isinstance(write, Append)]
        try:
            if appends:
                self.write_here(lambda store: store.append_group(appends))
            else:
                self.write_here(writes[0].run)
        except Exception as error:  # noqa: BLE001 - it is raised where the outcome is awaited
            for write in writes:
                write.fail(_own(error))
            return error
        return None

    def _writable(self) -> "Store":
        """Return the store, opened again where another file with all of its record is there."""
        with self._one_opener:
            if self._store is not None and self._store.is_displaced:
                self._store = replaced_file.reopen(self._store)
        return self._opened()

    def _opened(self) -> "Store":
        with self._one_opener:
            if self._store is None:
                self._store = self._opening()
            return self._store
