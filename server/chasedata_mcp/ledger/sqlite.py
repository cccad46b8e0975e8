"""SQLite: how its file is opened, and what its transactions wait for."""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from typing_extensions import override

from chasedata_mcp.ledger.connection import Connection, Database, Row, Value
from chasedata_mcp.ledger.connection_pool import ConnectionPool
from chasedata_mcp.ledger.errors import (
    LedgerUnreadableError,
    LedgerUnwritableError,
    describe_disk,
)
from chasedata_mcp.ledger.file_locks import find_lock_problem
from chasedata_mcp.ledger.read_only_file import (
    ReadOnlyConnection,
    can_write,
    is_for_lack_of_files,
    open_read_only,
)
from chasedata_mcp.ledger.store_file import StoreFile

BUSY_SECONDS = 5
"""The time that a writer waits for another process before it gives up."""
_STATEMENTS = 512
"""The parsed statements that a connection keeps, found by their text: more than there are."""
_AT_ONCE = 1000
_PAGES_KB = 500
"""The pages of the file that a connection keeps, in kilobytes.

SQLite's own 2,000, of a writer and up to four readers each, were 3 MB of a server after 2,000 calls
and 10 on a large file, whose pages the system keeps as well. Recording a read takes 0.004 ms more
(2026-11-30); `make bench ROWS=memory` notices the loss.
"""
_ON_A_DISK = (
    "Keep CHASEDATA_STATE_DIR on a disk of this machine, or the record in PostgreSQL "
    "(CHASEDATA_LEDGER)"
)


class SqliteConnection(Connection):
    """A transaction of a file."""

    database = "sqlite"
    error = sqlite3.Error

    def __init__(self, under: sqlite3.Connection) -> None:
        self._execute = under.execute

    @override
    def fetch_all(self, statement: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        return self._execute(statement, values).fetchall()

    @override
    def fetch_one(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        cursor = self._execute(statement, values)
        row: Row | None = cursor.fetchone()
        # Else it reads on, and holds its state of the file until it is collected.
        cursor.close()
        return row

    @override
    def stream(self, statement: str, values: Sequence[Value] = ()) -> Generator[Row]:
        cursor = self._execute(statement, values)
        try:
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows
        finally:
            cursor.close()

    @override
    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        return self._execute(statement, values).rowcount


class SqliteDatabase(Database):
    """A file, or a database in memory.

    Args:
        path: Its path, or its URI with `is_uri`.
        busy_seconds: The time that a writer waits for another process.
        file: The only file that it may be: no connection is made to another, none makes a new one.
            It is written only where its file system has locks.
        is_uri: See `path`.
        find_lock_problem: Tries the locks in a directory.
    """

    name = "sqlite"
    error = sqlite3.Error
    conflict = sqlite3.IntegrityError

    def __init__(
        self,
        path: Path | str,
        busy_seconds: float = BUSY_SECONDS,
        file: StoreFile | None = None,
        *,
        is_uri: bool = False,
        find_lock_problem: Callable[[Path], str | None] = find_lock_problem,
    ) -> None:
        self._path = path if is_uri else Path(path).absolute()
        self._busy_seconds, self._file, self._is_uri = busy_seconds, file, is_uri
        self._readers = ConnectionPool(self._connect_reader, _is_reusable)
        self._writer: sqlite3.Connection | None = None
        self._is_soon = False
        self._find_lock_problem = find_lock_problem
        self.can_lag = file is not None

    def connect(self) -> sqlite3.Connection:
        """Make a connection.

        Raises:
            LedgerUnreadableError: The file isn't there, and SQLite would make a new one.
        """
        if self._file is not None and not self._file.is_in_place():
            raise LedgerUnreadableError(f"The ledger can't be read: {self._file.find_problem()}.")
        connection = sqlite3.connect(
            self._path,
            timeout=self._busy_seconds,
            # Else the driver begins transactions itself, and only before a statement that writes.
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
            uri=self._is_uri,
        )
        try:
            # WAL lets readers go on beside a writer (sqlite.org/wal.html). With WAL,
            # synchronous=NORMAL may lose what was committed in a power cut; an intent has to be on
            # disk before its call is sent (sqlite.org/pragma.html#pragma_synchronous).
            # secure_delete overwrites with zeros the text of a question that is over, which would
            # else stay readable in the file.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            # Negative: in kilobytes, and not in pages (sqlite.org/pragma.html#pragma_cache_size).
            connection.execute(f"PRAGMA cache_size=-{_PAGES_KB}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_reader(self) -> sqlite3.Connection:
        """Make a connection that reads, of its own kind where the file can't be written.

        Raises:
            LedgerUnreadableError: As `connect`.
        """
        if self._file is None:
            return self.connect()
        # SQLite would open it and keep the log's index as one that may only be read, for a later
        # writer of this process too.
        if not can_write(self._file.path):
            return open_read_only(self._file.path)
        try:
            return self.connect()
        except sqlite3.OperationalError as error:
            if not is_for_lack_of_files(error):
                raise
            return open_read_only(self._file.path)

    @override
    def write(self) -> AbstractContextManager[Connection]:
        return self.append(is_soon=False)

    @override
    def sync(self) -> None:
        if self._file is not None:
            self._file.sync_log()

    @contextmanager
    @override
    def append(self, *, is_soon: bool) -> Generator[Connection]:
        writer = self._open_writer()
        if is_soon is not self._is_soon:
            # What is written soon doesn't wait for the disk: with NORMAL a commit is in the log,
            # and on disk with the next one that waits. It is set between transactions only.
            writer.execute(f"PRAGMA synchronous={'NORMAL' if is_soon else 'FULL'}")
            self._is_soon = is_soon
        try:
            # A transaction that reads first and then writes fails with SQLITE_BUSY_SNAPSHOT,
            # however long it may wait, once another has written in between
            # (sqlite.org/lang_transaction.html).
            writer.execute("BEGIN IMMEDIATE")
            yield SqliteConnection(writer)
            writer.execute("COMMIT")
        except BaseException as error:
            self._roll_back(writer)
            if _is_read_only(error):
                self._close_writer()
            raise

    @contextmanager
    @override
    def read(self) -> Generator[Connection]:
        with self._readers.lend() as reader:
            # Of one state: that of its first statement.
            reader.execute("BEGIN")
            try:
                yield SqliteConnection(reader)
            finally:
                reader.execute("ROLLBACK")
            _require_unchanged(reader)

    @override
    def query(self, statement: str, values: Sequence[Value]) -> Sequence[Row]:
        with self._readers.lend() as reader:
            rows = reader.execute(statement, values).fetchall()
            _require_unchanged(reader)
            return rows

    @override
    def close(self) -> None:
        self._close_writer()
        self._readers.close()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _open_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            problem = None if self._file is None else self._find_problem(self._file.path)
            if problem is not None:
                raise LedgerUnwritableError(f"The ledger can't be written: {problem}.")
            self._writer, self._is_soon = self.connect(), False
        return self._writer

    def _find_problem(self, path: Path) -> str | None:
        """Find why a file shouldn't be written, or can't be."""
        if not can_write(path):
            return "it may only be read"
        try:
            problem = self._find_lock_problem(path.parent)
        except OSError as error:
            return describe_disk(error)
        if problem is None:
            return None
        return f"{problem}, so that two programs could damage it. {_ON_A_DISK}"

    def _roll_back(self, writer: sqlite3.Connection) -> None:
        """End a transaction that failed; by its connection's end, where that can't be."""
        try:
            # A full disk, say, has rolled it back already (sqlite.org/lang_transaction.html).
            if writer.in_transaction:
                writer.execute("ROLLBACK")
        except sqlite3.Error:
            self._close_writer()


def _is_read_only(error: BaseException) -> bool:
    """Tell whether a writer's file was opened to be read alone: it has to be opened again."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_READONLY")


def _is_reusable(reader: sqlite3.Connection) -> bool:
    """Tell whether a reader can be lent again; one that is read-only is opened for one use."""
    return not reader.in_transaction and not isinstance(reader, ReadOnlyConnection)


def _require_unchanged(reader: sqlite3.Connection) -> None:
    if isinstance(reader, ReadOnlyConnection):
        reader.require_unchanged()
