"""The database of batches: its transactions, and its tables made by the first use. It blocks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.tables import VERSION, make_tables
from chasedata_mcp.ledger.connection import Connection, Database, Row, Value
from chasedata_mcp.ledger.errors import describe_failure

T = TypeVar("T")


class BatchDatabase:
    """A database with the tables of batches, which may be that of the ledger of a team."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The database's one writer is for one thread at a time.
        self._one_writer = threading.Lock()
        self._is_open = False

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do work that writes.

        Raises:
            BatchStoreError: Nothing was written.
        """
        with self._one_writer:
            try:
                with self._database.write() as connection:
                    self._open(connection)
                    done = work(connection)
                # Not before: where the transaction fails, there are no tables.
                self._is_open = True
            except self._database.error as error:
                problem = describe_failure(error)
            else:
                return done
        # Out here, so that the driver's error, which may hold a row, isn't its context.
        raise BatchStoreError(f"The store of batches can't be written: {problem}.")

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that reads.

        Raises:
            BatchStoreError: It can't be read.
        """
        self._make()
        try:
            with self._database.read() as connection:
                return work(connection)
        except self._database.error as error:
            problem = describe_failure(error)
        raise BatchStoreError(f"The store of batches can't be read: {problem}.")

    def query(self, statement: str, values: Sequence[Value]) -> Sequence[Row]:
        """Read rows by one statement.

        Raises:
            BatchStoreError: They can't be read.
        """
        self._make()
        try:
            return self._database.query(statement, values)
        except self._database.error as error:
            problem = describe_failure(error)
        raise BatchStoreError(f"The store of batches can't be read: {problem}.")

    def stream(self, statement: str, values: Sequence[Value]) -> Iterator[Row]:
        """Read rows that are too many to be in memory at once.

        Raises:
            BatchStoreError: They can't be read.
        """
        try:
            with self._database.read() as connection:
                connection.lift_time_limits()
                yield from connection.stream(statement, values)
                return
        except self._database.error as error:
            problem = describe_failure(error)
        raise BatchStoreError(f"The store of batches can't be read: {problem}.")

    def close(self) -> None:
        """Close its connections."""
        with self._one_writer:
            self._database.close()
            self._is_open = False

    def _make(self) -> None:
        """Make the tables where they may not be there yet."""
        if not self._is_open:
            self.write(lambda _: None)

    def _open(self, connection: Connection) -> None:
        """Make the tables, unless they are there.

        Raises:
            BatchStoreError: A newer version of this program made them.
        """
        if self._is_open:
            return
        if make_tables(connection) > VERSION:
            raise BatchStoreError(
                "The store of batches was made by a newer version of this program. Upgrade it."
            )
