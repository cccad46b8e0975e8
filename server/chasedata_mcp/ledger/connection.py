"""A connection in a transaction: it runs statements, which are SQL as text with `?` for a value."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, ClassVar, Literal

from chasedata_mcp.ledger.store_time import CLOCK_ALONE, StoreTime

Value = str | bytes | int | None
"""A value that a statement takes; columns hold text, bytes and whole numbers alone."""

Row = tuple[Any, ...]
"""A row, whose columns are in the order in which the statement names them."""


class Connection(ABC):
    """A transaction of a store. Statements are the same text for SQLite and for PostgreSQL.

    Attributes:
        database: The name of the database, for the few statements that differ.
        error: What its driver raises; the text may quote a row (see `errors.describe_failure`).
        time: The store's own time.
    """

    time: StoreTime = CLOCK_ALONE
    database: ClassVar[Literal["sqlite", "postgresql"]]
    error: ClassVar[type[Exception]]

    @abstractmethod
    def fetch_all(self, statement: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """Read all rows that a statement finds."""

    @abstractmethod
    def fetch_one(self, statement: str, values: Sequence[Value] = ()) -> Row | None:
        """Read the first row that a statement finds, None where there is none."""

    def fetch_value(self, statement: str, values: Sequence[Value] = ()) -> Any:  # noqa: ANN401 - the column's own type
        """Read the first column of the first row that a statement finds, None without a row."""
        row = self.fetch_one(statement, values)
        return None if row is None else row[0]

    @abstractmethod
    def stream(self, statement: str, values: Sequence[Value] = ()) -> Generator[Row]:
        """Read rows as they come, a thousand at a time; close it where it isn't read to its end."""

    @abstractmethod
    def run(self, statement: str, values: Sequence[Value] = ()) -> int:
        """Run a statement that changes rows, and return how many it changed."""

    def lift_time_limits(self, seconds: float = 60) -> None:  # noqa: B027 - only a server has any
        """Let the rest of the transaction take its time: it goes through whole tables.

        Each statement may take so many seconds, and each thousand rows of a stream.
        """


class Database(ABC):
    """A database that a store is in: one connection that writes, and some that read.

    Whoever writes keeps all other threads from it; reading is for any thread at any time.

    Attributes:
        name: The name of the database, as its connections have it.
        error: What its driver raises.
        conflict: What its driver raises where a row is there already.
        can_lag: What is committed may be on disk only a moment later.
    """

    name: ClassVar[Literal["sqlite", "postgresql"]]
    error: ClassVar[type[Exception]]
    conflict: ClassVar[type[Exception]]
    can_lag: bool

    @abstractmethod
    def append(self, *, is_soon: bool) -> AbstractContextManager[Connection]:
        """Open a transaction that appends to the chain, and keep all other writers out of it.

        It is on disk at the block's end; one for soon is with the next that isn't, or with `sync`.
        """

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """Open a transaction that writes other rows; it is on disk at the block's end."""

    @abstractmethod
    def sync(self) -> None:
        """Write to disk what was committed.

        Raises:
            Exception: `error`, or an `OSError`: it can't be.
        """

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """Open a transaction that reads one state of the database."""

    @abstractmethod
    def query(self, statement: str, values: Sequence[Value]) -> Sequence[Row]:
        """Read rows by one statement, which is of one state of the database by itself."""

    @abstractmethod
    def close(self) -> None:
        """Close its connections; the next use opens new ones."""


@lru_cache(maxsize=256)
def marks(count: int) -> str:
    """Make the marks of so many values: `?, ?, ?`."""
    return ", ".join("?" * count)


def lock_store(connection: Connection) -> None:
    """Put the writers of all processes in line until the end of the transaction."""
    # By the one row of the store; in SQLite BEGIN IMMEDIATE does it.
    if connection.database == "postgresql":
        connection.fetch_one("SELECT one FROM ledger_store FOR UPDATE")
