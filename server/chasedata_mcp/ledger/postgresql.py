"""PostgreSQL: how it is reached, what its transactions wait for, and for how long."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from typing_extensions import override

from chasedata_mcp.ledger.connection import Connection, Database, Row, Value
from chasedata_mcp.ledger.connection_pool import ConnectionPool
from chasedata_mcp.ledger.postgresql_address import Address
from chasedata_mcp.ledger.postgresql_durability import (
    SETTINGS,
    STATE,
    Durability,
    describe_read_only,
)
from chasedata_mcp.ledger.postgresql_link import SILENT_SECONDS, Link, Silence, UnfitServerError

_SETTINGS: Final = (
    # A lock is waited for without end by default. A process that stops in a transaction would hold
    # the chain's lock as long as it is stopped (section 19.11.1 of the documentation).
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '6s'",
    "SET idle_in_transaction_session_timeout = '10s'",
    # What a policy would hide is an error then, and not a number that nobody suppressed.
    "SET row_security = off",
    # By a warning a server says that a standby doesn't have what was committed (`Link.commit_by`).
    "SET client_min_messages = warning",
    # The driver reads times in this style alone.
    "SET DateStyle = ISO",
    "SET TimeZone = 'UTC'",
)
_SESSION: Final = (*_SETTINGS, "SELECT current_setting('synchronous_commit'), pg_backend_pid()")
# Only a transaction that writes something waits for its commit. This message nobody reads
# (section 9.28.6 of the documentation).
_MESSAGE: Final = "pg_logical_emit_message(true, 'chasedata-mcp', '')"
_LOCK: Final = "SELECT one FROM ledger_store FOR UPDATE"
_AT_ONCE: Final = 1000
_PREPARED: Final = 256
"""The statements that a connection keeps prepared."""


class PostgresqlConnection(Connection):
    """A transaction of a PostgreSQL database.

    Attributes:
        link: Its connection to the server.
    """

    database = "postgresql"
    error = psycopg.Error

    def __init__(self, link: Link) -> None:
        self.link = link
        self._cursor = link.cursor()
        self._streams = count(1)

    @override
    def fetch_all(self, statement: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        return self._cursor.execute(mark(statement), values).fetchall()

    @override
    def fetch_one(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        return self._cursor.execute(mark(statement), values).fetchone()

    @override
    def stream(self, statement: str, values: Sequence[Value] = ()) -> Generator[Row]:
        # Without a name the driver fetches all rows at once.
        with self.link.cursor(f"stream{next(self._streams)}") as cursor:
            cursor.execute(mark(statement), values)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows

    @override
    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        return self._cursor.execute(mark(statement), values).rowcount

    @override
    def lift_time_limits(self, seconds: float = 60) -> None:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            self.run(f"SET LOCAL {limit} = 0")
        self.link.answers_within = seconds


class PostgresqlDatabase(Database):
    """A database of a server.

    Args:
        address: `postgresql+psycopg://user:password@host:port/name?parameters`, or without the
            driver's name.

    Raises:
        LedgerUnwritableError: It is not an address that can be used.
    """

    name = "postgresql"
    error = psycopg.Error
    conflict = psycopg.IntegrityError
    can_lag = True

    def __init__(self, address: str) -> None:
        self._address = Address.parse(address)
        self._readers = ConnectionPool(self.connect, _is_usable)
        self._silence = Silence()
        self._writer: Link | None = None

    def connect(self) -> Link:
        """Make a connection, with the time limits of its session."""
        # Each transaction is begun by a statement of ours, together with its settings.
        link = Link.open(make_conninfo("", **self._address.parameters), self._silence)
        try:
            link.prepared_max = _PREPARED
            mode, backend = link.run(*_SESSION)
            link.durability = Durability(backend, self._address.whole_pages)
            # What is committed with `off` may be lost in a crash. Another mode has what is on disk,
            # here and as the administrator wants it on a standby (section 19.5.1).
            link.commit_mode = "on" if mode == "off" else mode
        except BaseException:
            link.close()
            raise
        return link

    @contextmanager
    @override
    def append(self, *, is_soon: bool) -> Generator[Connection]:
        # The lock on the one row puts the writers of all processes in line. It is let go with the
        # commit, which therefore doesn't wait for the disk: `flush` does (docs/ledger.md).
        with self._transaction("off", _LOCK) as one:
            yield one
        if not is_soon:
            # By this connection: a new one would be of a server that may have lost the commit.
            self.flush(one.link)

    @contextmanager
    @override
    def write(self) -> Generator[Connection]:
        with self._transaction(self._open_writer().commit_mode) as one:
            yield one

    @override
    def sync(self) -> None:
        self.flush(self._open_writer())

    def flush(self, link: Link) -> None:
        """Wait until all that was committed is on disk, whoever committed it.

        A transaction waits for its own commit, and so for all before it: the log is one sequence.

        Raises:
            psycopg.Error: It isn't on disk, or nobody can tell.
        """
        look = f"{SETTINGS} FROM {_MESSAGE}"
        found = link.commit_by(*_begin(link.commit_mode), look, "COMMIT")
        _require(link.durability.find_settings_problem(found, link.commit_mode))

    @contextmanager
    def _transaction(self, commit_mode: str, *lock: str) -> Generator[PostgresqlConnection]:
        writer = self._open_writer()
        try:
            found = writer.run(*_begin(commit_mode), *lock, STATE)
            # An append is committed without waiting for the disk: `flush` looks what it waited by.
            awaited = None if commit_mode == "off" else commit_mode
            _require(writer.durability.find_problem(found, awaited))
            yield PostgresqlConnection(writer)
            writer.commit_by("COMMIT")
        except BaseException as error:
            writer.answers_within = SILENT_SECONDS
            _roll_back(writer)
            if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
                (is_standby,) = writer.run("SELECT pg_is_in_recovery()")
                raise UnfitServerError(describe_read_only(is_standby=is_standby)) from None
            raise
        writer.answers_within = SILENT_SECONDS

    @contextmanager
    @override
    def read(self) -> Generator[Connection]:
        with self._readers.lend() as reader:
            # READ COMMITTED, the default, takes a new snapshot for each statement (section 13.2).
            reader.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
            try:
                yield PostgresqlConnection(reader)
            finally:
                reader.answers_within = SILENT_SECONDS
                _roll_back(reader)

    @override
    def query(self, statement: str, values: Sequence[Value]) -> Sequence[Row]:
        with self._readers.lend() as reader:
            return reader.execute(mark(statement), values).fetchall()

    @override
    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._readers.close()

    def _open_writer(self) -> Link:
        if self._writer is None or not _is_usable(self._writer):
            # None, should the new one fail.
            old, self._writer = self._writer, None
            if old is not None:
                old.close()
            self._writer = self.connect()
        return self._writer


def connect_for_others(address: str) -> psycopg.Connection:
    """Make a connection for a library that runs statements of its own, with our settings.

    Raises:
        LedgerUnwritableError: It is not an address that can be used.
    """
    connection = psycopg.connect(make_conninfo("", **Address.parse(address).parameters))
    for setting in _SETTINGS:
        connection.execute(setting)
    # Committed: the library rolls back what it didn't begin.
    connection.commit()
    return connection


def _begin(commit_mode: str) -> tuple[str, str]:
    # Else a server, database or user may have a level at which processes fail that take turns.
    return "BEGIN ISOLATION LEVEL READ COMMITTED", f"SET LOCAL synchronous_commit = {commit_mode}"


def _require(problem: str | None) -> None:
    if problem is not None:
        raise UnfitServerError(problem)


def _is_usable(link: Link) -> bool:
    """Tell whether a connection is of before the server's restart, without asking the server."""
    with suppress(psycopg.OperationalError):
        # What a server sent that is ending, and then the end itself.
        for _ in range(2):
            link.pgconn.consume_input()
        return link.info.transaction_status is TransactionStatus.IDLE
    return False


def _roll_back(link: Link) -> None:
    """End a transaction that failed; by its connection's end, where that can't be."""
    try:
        if not link.closed:
            link.execute(b"ROLLBACK", prepare=False)
    except psycopg.Error:
        link.close()


@lru_cache(maxsize=512)
def mark(statement: str) -> bytes:
    """Mark the places of values as the driver does, with `%s`, so that any other `%` is doubled."""
    return statement.replace("%", "%%").replace("?", "%s").encode()
