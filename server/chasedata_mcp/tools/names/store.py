"""The store of names: those learned from calls, and those imported. Its methods block."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from chasedata_mcp.ledger.connection import Connection, Database, Row
from chasedata_mcp.ledger.errors import LedgerError, describe_failure
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.tools.names.errors import NameStoreError
from chasedata_mcp.tools.names.kinds import NameKind

T = TypeVar("T")

VERSION: Final = 1
"""The version of these tables; it grows with every change to them."""
_TYPES: Final = {
    "sqlite": {"text": "TEXT", "number": "INTEGER", "clustered": "WITHOUT ROWID"},
    # Compared as bytes, as SQLite does.
    "postgresql": {"text": 'TEXT COLLATE "C"', "number": "BIGINT", "clustered": ""},
}
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS names_store (version {number} NOT NULL PRIMARY KEY);
CREATE TABLE IF NOT EXISTS names (
    environment {text} NOT NULL,
    account {text} NOT NULL,
    kind {text} NOT NULL,
    name {text} NOT NULL,
    source {text} NOT NULL,
    since {text} NOT NULL,
    PRIMARY KEY (environment, account, kind, name, source)
) {clustered}
"""
_MAKING: Final = 0x1ED6E4
"""The key of the advisory lock under which one process makes the tables in PostgreSQL."""
_HAS_TABLES: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'names'",
    "postgresql": "SELECT 1 FROM pg_class WHERE relname = 'names' AND pg_table_is_visible(oid)",
}
_READ: Final = """
SELECT kind, name, source, since FROM names WHERE environment = ? AND account = ?
ORDER BY kind, name, source"""
_ADD: Final = """
INSERT INTO names (environment, account, kind, name, source, since) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (environment, account, kind, name, source) DO NOTHING"""
_KEEP: Final = """
DELETE FROM names WHERE environment = ? AND account = ? AND kind = ? AND source = ? AND name IN (
    SELECT name FROM names WHERE environment = ? AND account = ? AND kind = ? AND source = ?
    ORDER BY since DESC, name LIMIT {rest} OFFSET ?)"""
_FORGET: Final = """
DELETE FROM names WHERE environment = ? AND account = ?
AND (? = '' OR kind = ?) AND (? = '' OR name = ?) AND (? = '' OR source = ?)"""


class NameSource(StrEnum):
    """The way in which a name became known."""

    FILE = "file"
    SANDBOX = "sandbox"
    IMPORTED = "imported"
    LEARNED = "learned"


MOST_KEPT: Final[Mapping[NameSource, int]] = {NameSource.LEARNED: 1_000, NameSource.IMPORTED: 5_000}
"""The most names of a kind that are kept of a source; the oldest make room."""


@dataclass(frozen=True, slots=True)
class StoredName:
    """A name that is kept, and since when (aware)."""

    kind: NameKind
    name: str
    source: NameSource
    since: str


class NameStore:
    """The names of one account in one environment, in a file of their own or a team's database.

    Args:
        make: Opens the database; it is called with the first use that needs one.
        has_any: Tells whether there may be names at all: reading makes no file.
        environment: `live` or `sandbox`: what is learned in one is never known in the other.
        account: The account.
    """

    def __init__(
        self,
        make: Callable[[], Database],
        has_any: Callable[[], bool],
        environment: str,
        account: str,
    ) -> None:
        self._make, self._has_any = make, has_any
        self._whose = (environment, encode(account))
        # The database's one writer is for one thread at a time.
        self._one_at_a_time = threading.Lock()
        self._database: Database | None = None
        self._has_tables = False

    def read(self) -> list[StoredName]:
        """Read all names.

        Raises:
            NameStoreError: They can't be read.
        """
        if self._database is None and not self._has_any():
            return []
        with self._one_at_a_time:
            database = self._open()
            try:
                with database.read() as connection:
                    has_tables = connection.fetch_one(_HAS_TABLES[database.name])
                    rows = connection.fetch_all(_READ, self._whose) if has_tables else ()
            except database.error as error:
                problem = describe_failure(error)
            else:
                return [stored for row in rows if (stored := _parse(row)) is not None]
        raise NameStoreError(f"The store of names can't be read: {problem}.")

    def add(self, source: NameSource, names: Mapping[NameKind, Sequence[str]], at: datetime) -> int:
        """Add names, and tell how many are new of this source.

        Raises:
            NameStoreError: They can't be written.
        """

        def add(connection: Connection) -> int:
            return sum([self._add(connection, source, kind, names[kind], at) for kind in names])

        return self._do(add)

    def forget(
        self, kind: NameKind | None = None, name: str = "", source: NameSource | None = None
    ) -> int:
        """Forget names: of a kind, of a source, one alone, or all; tell how many there were.

        Raises:
            NameStoreError: They can't be written.
        """
        if self._database is None and not self._has_any():
            return 0
        of = (kind or "", encode(name), source or "")
        values = (*self._whose, *(value for one in of for value in (one, one)))
        return self._do(lambda connection: connection.run(_FORGET, values))

    def close(self) -> None:
        """Close its connections."""
        with self._one_at_a_time:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _add(
        self,
        connection: Connection,
        source: NameSource,
        kind: NameKind,
        names: Sequence[str],
        at: datetime,
    ) -> int:
        since = format_time(at)
        added = sum(
            [
                connection.run(_ADD, (*self._whose, kind, encode(name), source, since))
                for name in names
            ]
        )
        if added:
            of = (*self._whose, kind, source)
            # SQLite takes no OFFSET without a LIMIT, and PostgreSQL no LIMIT -1.
            rest = "-1" if connection.database == "sqlite" else "ALL"
            connection.run(_KEEP.format(rest=rest), (*of, *of, MOST_KEPT[source]))
        return added

    def _do(self, work: Callable[[Connection], T]) -> T:
        """Do work that writes.

        Raises:
            NameStoreError: Nothing was written.
        """
        with self._one_at_a_time:
            database = self._open()
            try:
                with _write(database) as connection:
                    if not self._has_tables:
                        _make_tables(connection)
                    done = work(connection)
            except database.error as error:
                problem = describe_failure(error)
            else:
                self._has_tables = True
                return done
        # Out here, so that the driver's error, which may hold a name, isn't its context.
        raise NameStoreError(f"The store of names can't be written: {problem}.")

    def _open(self) -> Database:
        """Open the database.

        Raises:
            NameStoreError: It can't be made.
        """
        if self._database is None:
            try:
                self._database = self._make()
            except (OSError, LedgerError) as error:
                problem = str(getattr(error, "strerror", None) or error).rstrip(".")
                raise NameStoreError(f"The store of names can't be made: {problem}.") from None
        return self._database


def _write(database: Database) -> AbstractContextManager[Connection]:
    """Begin a transaction; a name that is lost in a power cut is learned again."""
    if database.name == "sqlite":
        return database.append(is_soon=True)
    return database.write()  # to append there is to wait for the ledger's writers


def _make_tables(connection: Connection) -> None:
    """Make the tables where there are none.

    Raises:
        NameStoreError: A newer version of this program made them.
    """
    if connection.database == "postgresql":
        connection.run("SELECT pg_advisory_xact_lock(?)", (_MAKING,))
    for statement in _TABLES.format_map(_TYPES[connection.database]).split(";"):
        connection.run(statement)
    connection.run("INSERT INTO names_store VALUES (?) ON CONFLICT DO NOTHING", (VERSION,))
    if int(connection.fetch_value("SELECT max(version) FROM names_store")) > VERSION:
        raise NameStoreError(
            "The store of names was made by a newer version of this program. Upgrade it."
        )


def _parse(row: Row) -> StoredName | None:
    kind, name, source, since = row
    try:
        return StoredName(NameKind(kind), decode(name), NameSource(source), since)
    except ValueError:  # of a kind that an earlier or later version has
        return None
