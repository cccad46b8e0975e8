"""An open store: its transactions, each of them whole, one writer at a time."""

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import TypeVar, TypeVarTuple, cast

from sqlalchemy import Connection, Engine, PoolProxiedConnection, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from chasedata_mcp.ledger import approvals, grants
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.checkpoints import Checkpoint, CheckpointFile
from chasedata_mcp.ledger.dnc_counts import DncCountsFile
from chasedata_mcp.ledger.errors import (
    EntryExistsError,
    LedgerUnreadableError,
    LedgerUnwritableError,
    describe_failure,
)
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.schema import EVENTS, STORE
from chasedata_mcp.ledger.union_query import Branch, Found, union

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_A_MINUTE = timedelta(minutes=1)


class Store:
    """An open store. Its methods block, and may be called from any thread.

    Args:
        engine: Of its database.
        environment: What its calls are of.
        checkpoint_file: Where the end of the chain is kept beside it, if anywhere.
        registry_file: Where it is kept how many numbers the DNC registry has held, if anywhere.
    """

    def __init__(
        self,
        engine: Engine,
        environment: Environment,
        checkpoint_file: CheckpointFile | None = None,
        registry_file: DncCountsFile | None = None,
    ) -> None:
        self.environment: Environment = environment
        self.checkpoint_file = checkpoint_file
        self.registry_file = registry_file
        self._engine = engine
        self._driver = engine.dialect.loaded_dbapi
        self._one_writer, self._one_reader = threading.Lock(), threading.Lock()
        self._kept: PoolProxiedConnection | None = None
        self._expire_again = ""

    @property
    def is_a_file(self) -> bool:
        """True where the database is a file of this machine, which is read beside who writes it."""
        return self._engine.dialect.name == "sqlite"

    def append(self, work: Callable[[Chain, *Ts], T], *args: *Ts) -> T:
        """Do work on the chain with all other writers kept out; on disk when this returns.

        Raises:
            LedgerUnwritableError: Nothing was written.
        """

        def on_chain(connection: Connection) -> tuple[T, Checkpoint, Checkpoint]:
            connection.execute(select(STORE.c.one).with_for_update())
            chain = Chain(connection)
            before = chain.end
            return work(chain, *args), before, chain.end

        with self._one_writer:
            done, before, after = self._change(on_chain)
            if self.checkpoint_file is not None and after != before:
                # It is on disk by now: whatever becomes of the checkpoint, this has succeeded.
                with suppress(LedgerUnreadableError):
                    self.checkpoint_file.advance(before, after, self._hash_at)
            return done

    def change(self, work: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        """Do work on rows that are not of the chain; on disk when this returns.

        Raises:
            LedgerUnwritableError: Nothing was written.
        """
        with self._one_writer:
            return self._change(work, *args)

    def read(self, work: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        """Do work that only reads, on one state of the store.

        Raises:
            LedgerUnreadableError: It can't be read.
        """
        try:
            with self._snapshot() as connection, connection.begin():
                return work(connection, *args)
        except SQLAlchemyError as error:
            problem = describe_failure(error)
        # Out here, so that the driver's error, which may hold a row, isn't its context.
        raise LedgerUnreadableError(f"The ledger can't be read: {problem}.")

    def query(self, branches: Collection[Branch]) -> Sequence[Found]:
        """Read rows by one statement, which is of one state of the store by itself.

        Raises:
            LedgerUnreadableError: It can't be read.
        """
        statement, values = union(branches, self._engine.dialect.paramstyle)
        try:
            # Past SQLAlchemy's own connection, which would take as long as all the rest.
            if self.is_a_file:
                return self._query_file(statement, values)
            with closing(self._engine.raw_connection()) as connection:
                return _rows(connection, statement, values)
        except (SQLAlchemyError, self._driver.Error) as error:
            problem = describe_failure(error)
        raise LedgerUnreadableError(f"The ledger can't be read: {problem}.")

    def expire(self, connection: Connection, now: datetime) -> None:
        """Take the words of approvals and grants that are over, once a minute."""
        if format_time(now) >= self._expire_again:
            approvals.expire(connection, now)
            grants.forget(connection, now)
            self._expire_again = format_time(now + _A_MINUTE)

    def close(self) -> None:
        """Close its connections."""
        with self._one_reader:
            if self._kept is not None:
                self._kept.close()
                self._kept = None
        self._engine.dispose()

    def _query_file(self, statement: str, values: Sequence[str | int]) -> Sequence[Found]:
        """Use a connection that is kept, since a file is quick to answer."""
        with self._one_reader:
            if self._kept is None:
                self._kept = self._engine.raw_connection()
            try:
                return _rows(self._kept, statement, values)
            except self._driver.Error:
                self._kept.close()
                self._kept = None
                raise

    def _change(self, work: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        try:
            connection = self._engine.connect().execution_options(writes=True)
            with connection, connection.begin():
                return work(connection, *args)
        except IntegrityError:
            problem = None
        except SQLAlchemyError as error:
            problem = describe_failure(error)
        if problem is None:
            raise EntryExistsError("The ledger has something of this id already.")
        raise LedgerUnwritableError(f"The ledger can't be written: {problem}.")

    def _snapshot(self) -> Connection:
        connection = self._engine.connect()
        if connection.dialect.name == "postgresql":
            return connection.execution_options(isolation_level="REPEATABLE READ")
        return connection

    def _hash_at(self, count: int) -> str | None:
        wanted = select(EVENTS.c.hash).where(EVENTS.c.seq == count)
        return self.read(lambda connection: connection.execute(wanted).scalar())


def _rows(
    connection: PoolProxiedConnection, statement: str, values: Sequence[str | int]
) -> Sequence[Found]:
    cursor = connection.cursor()
    cursor.execute(statement, values)
    return cast("Sequence[Found]", cursor.fetchall())
