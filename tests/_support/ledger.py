"""Ledgers in memory, for tests that don't look at a ledger's files."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event

from chasedata_mcp.ledger import Environment, Ledger
from chasedata_mcp.ledger.engine import make_sqlite_engine, prepare
from chasedata_mcp.ledger.store import Store

_NUMBERS = count(1)
_UNCLOSED: list["LedgerInMemory"] = []


class LedgerInMemory(Ledger):
    """A ledger whose database is in memory, made by its first use and closed with the test.

    Opening one takes 5 ms and a call 4 ms, where a file in a temporary directory takes 48 and 16
    (2026-11, two cores): nothing waits for a disk. Needs SQLite 3.36, whose `memdb` has connections
    of one process share a database, with the locks of a file.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        environment: Environment = "sandbox",
    ) -> None:
        self._environment: Environment = environment
        self._name = _new_name()
        super().__init__(lambda: _store(self._name, environment), clock=clock)
        _UNCLOSED.append(self)

    async def of_another_process(self) -> "LedgerInMemory":
        """Open the same database once more, as another process does."""
        await self.open()
        other = LedgerInMemory(self._clock, self._environment)
        other._name = self._name
        return other

    def close(self) -> None:
        """Close it, whether or not an event loop runs."""
        self._background.close()
        self._store.close()


def close_ledgers() -> None:
    """Close every ledger in memory that was made since the last time."""
    while _UNCLOSED:
        _UNCLOSED.pop().close()


def _store(name: str, environment: Environment) -> Store:
    with sqlite3.connect(name, uri=True) as kept:
        if not kept.execute("SELECT 1 FROM sqlite_master").fetchone():
            _empty(environment).backup(kept)
        # The database lives as long as one connection to it: the store's is open from here on.
        store = _open(name, environment)
    kept.close()
    return store


@cache
def _empty(environment: Environment) -> sqlite3.Connection:
    """A store without entries: copying it takes a third of the time that making its tables does."""
    name = _new_name()
    kept = sqlite3.connect(name, uri=True, check_same_thread=False)
    _open(name, environment).close()
    return kept


def _open(name: str, environment: Environment) -> Store:
    engine = make_sqlite_engine(Path(name))

    def connect(_dialect: object, _record: object, _: object, options: dict[str, Any]) -> object:
        return sqlite3.connect(name, uri=True, **options)

    event.listen(engine, "do_connect", connect)
    return prepare(Store(engine, environment))


def _new_name() -> str:
    return f"file:/ledger-{next(_NUMBERS)}?vfs=memdb"
