"""A store, which is a database and the files beside it: its transactions, one writer at a time."""

import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, TypeVarTuple, cast

from chasedata_mcp.ledger import approvals, clock_marks, grants
from chasedata_mcp.ledger.append_groups import (
    OneFailedError,
    build_exists_error,
    run_each,
    run_group,
)
from chasedata_mcp.ledger.chain import Chain, follows, read_end, read_hash
from chasedata_mcp.ledger.checkpoints import Checkpoint, CheckpointFile
from chasedata_mcp.ledger.connection import Connection, Database, lock_store
from chasedata_mcp.ledger.dnc_counts import DncCountsFile
from chasedata_mcp.ledger.errors import (
    LedgerError,
    LedgerUnreadableError,
    LedgerUnwritableError,
    describe_failure,
)
from chasedata_mcp.ledger.events import format_time
from chasedata_mcp.ledger.late_sync import LateSync
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.store_file import StoreFile
from chasedata_mcp.ledger.store_time import CLOCK_ALONE
from chasedata_mcp.ledger.union_query import AnswerRow, Branch, join_branches
from chasedata_mcp.ledger.writes import AnyAppend, Append

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_A_MINUTE = timedelta(minutes=1)


class Store:
    """An open store. Its methods block, and may be called from any thread.

    Args:
        database: The database itself.
        environment: The environment of its calls.
        checkpoint_file: The copy of the chain's end beside the database, if any.
        dnc_counts_file: The copy of the DNC registry's counts beside the database, if any.
        file: The file of the database, if it is one.

    Attributes:
        time: The store's own time; that of the clock, unless another is set.
        late_sync: Has `sync` run by itself, where something is left for it.
    """

    def __init__(
        self,
        database: Database,
        environment: Environment,
        checkpoint_file: CheckpointFile | None = None,
        dnc_counts_file: DncCountsFile | None = None,
        file: StoreFile | None = None,
    ) -> None:
        self.environment: Environment = environment
        self.checkpoint_file = checkpoint_file
        self.dnc_counts_file = dnc_counts_file
        self.file = file
        self.time = CLOCK_ALONE
        self._database = database
        self._one_writer = threading.Lock()
        self._expire_again = ""
        self._written: Checkpoint | None = None
        self._advanced: Checkpoint | None = None
        self._lagging: Checkpoint | None = None
        self.late_sync = LateSync(self.sync)

    @property
    def is_a_file(self) -> bool:
        """True where the database is a file of this machine: it can be read while it is written."""
        return self._database.name == "sqlite"

    @property
    def is_displaced(self) -> bool:
        """True where its path names no file any more, or another: it may only be read."""
        return self.file is not None and self.file.find_problem() is not None

    def append(self, work: Callable[[Chain, *Ts], T], *args: *Ts) -> T:
        """Do work on the chain with all other writers kept out; on disk when this returns.

        Raises:
            LedgerUnwritableError: Nothing was written.
        """
        write = Append(work, *args)
        self.append_group([write])
        return write.get()

    def append_soon(self, work: Callable[[Chain, *Ts], T], *args: *Ts) -> T:
        """Do work as `append` does; it may be on disk only a moment later.

        From then on no end of a process takes it away, but a power cut may, or a crash of
        PostgreSQL, until the next `append` or `sync`.

        Raises:
            LedgerUnwritableError: Nothing was written.
        """
        write = Append(work, *args, is_soon=True)
        self.append_group([write])
        return write.get()

    def append_group(self, group: Sequence[AnyAppend]) -> None:
        """Do works on the chain in their order, as one transaction; each has its own outcome.

        One that fails leaves nothing, and the others go on. All is on disk when this returns,
        unless all of it is for soon.

        Raises:
            LedgerUnwritableError: Nothing of it was written.
        """
        is_soon = self._database.can_lag and all(write.is_soon for write in group)
        with self._one_writer:
            append = partial(self._database.append, is_soon=is_soon)
            try:
                done = self._transact(append, self._on_chain, run_group, group)
            except OneFailedError:
                done = self._transact(append, self._on_chain, run_each, group)
            before, after, afterwards = done
            self._keep_end(before, after, is_soon=is_soon)
        for work in afterwards:
            work()

    def sync(self) -> None:
        """Write to disk what `append_soon` left; what can't be written is left to the next."""
        with self._one_writer, suppress(self._database.error, OSError, LedgerError):
            self.late_sync.end()
            # Not the log of another file, and no head beside another one.
            if self._lagging is None or self.is_displaced:
                return
            self._database.sync()
            if self.read(self._has, self._lagging):
                self._written = self._lagging
                self._advance(self._lagging, self._lagging)
            self._lagging = None

    def change(self, work: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        """Do work on rows that are not of the chain; on disk when this returns.

        Raises:
            LedgerUnwritableError: Nothing was written.
        """
        with self._one_writer:
            return self._transact(self._database.write, work, *args)

    def read(self, work: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
        """Do work that only reads, on one state of the store.

        Raises:
            LedgerUnreadableError: It can't be read.
        """
        try:
            with self._database.read() as connection:
                connection.time = self.time
                return work(connection, *args)
        except self._database.error as error:
            problem = describe_failure(error)
        # Out here, so that the driver's error, which may hold a row, isn't its context.
        raise LedgerUnreadableError(f"The ledger can't be read: {problem}.")

    def query(self, branches: Collection[Branch]) -> Sequence[AnswerRow]:
        """Read rows by one statement, which is of one state of the store by itself.

        Raises:
            LedgerUnreadableError: It can't be read.
        """
        statement, values = join_branches(branches)
        try:
            return cast("Sequence[AnswerRow]", self._database.query(statement, values))
        except self._database.error as error:
            problem = describe_failure(error)
        raise LedgerUnreadableError(f"The ledger can't be read: {problem}.")

    def expire(self, connection: Connection, now: datetime) -> None:
        """Remove the texts of approvals and grants that are over, once a minute."""
        # Every write calls this; docs/ledger.md promises a minute. Times are text of one length, so
        # that text compares as time does.
        store_now = self.time.of(now)
        if format_time(store_now) >= self._expire_again:
            approvals.expire(connection, now)
            grants.forget(connection, now)
            self._expire_again = format_time(store_now + _A_MINUTE)

    def expire_next_time(self) -> None:
        """Have the next write remove them: what this one removed was undone."""
        self._expire_again = ""

    def close(self) -> None:
        """Write to disk what is left, and close its connections."""
        self.sync()
        with self._one_writer:
            self._database.close()

    def _on_chain(
        self,
        connection: Connection,
        run: Callable[[Chain, Database, Sequence[AnyAppend]], None],
        group: Sequence[AnyAppend],
    ) -> tuple[Checkpoint, Checkpoint, Collection[Callable[[], None]]]:
        """Do works on the chain; give its end before and after, and what is to follow."""
        clock_marks.leave(connection)
        chain = Chain(connection, self)
        before = chain.end
        self._require_all(connection, before)
        run(chain, self._database, group)
        return before, chain.end, chain.afterwards.values()

    def _keep_end(self, before: Checkpoint, after: Checkpoint, *, is_soon: bool) -> None:
        """Remember what has to be in the store from now on, and advance its head."""
        if not is_soon or self.file is not None:
            self._written = after
        if after == before:
            return
        if is_soon:
            self._lagging = after
            self.late_sync.begin()
        else:
            # All that came before is on disk with it, whoever committed it.
            self._advance(before, after)

    def _advance(self, before: Checkpoint, after: Checkpoint) -> None:
        """Advance the checkpoint to what is on disk by now, whatever becomes of it."""
        if self.checkpoint_file is not None:
            known = self._advanced, before
            with suppress(LedgerUnreadableError):
                self.checkpoint_file.advance(known, after, self._hash_at)
        self._advanced, self._lagging = after, None

    def _transact(
        self,
        begin: Callable[[], AbstractContextManager[Connection]],
        work: Callable[[Connection, *Ts], T],
        *args: *Ts,
    ) -> T:
        # `problem` is raised from outside the handlers: the driver's error may hold a row, and
        # would be the context of ours.
        try:
            self._require_place()
            with begin() as connection:
                connection.time = self.time
                if self.time.is_doubtful:
                    lock_store(connection)
                    clock_marks.end_open(connection)
                done = work(connection, *args)
                if self.file is not None:
                    self.file.remember_log()
                # Again, as late as it can be: the commit is to be found by whoever opens the path.
                self._require_place()
            self.time.is_doubtful = False
            return done  # noqa: TRY300
        except self._database.conflict:
            problem = None
        except self._database.error as error:
            problem = describe_failure(error)
        if problem is None:
            raise build_exists_error()
        raise LedgerUnwritableError(f"The ledger can't be written: {problem}.")

    def _require_place(self) -> None:
        problem = None if self.file is None else self.file.find_problem()
        if problem is not None:
            raise LedgerUnwritableError(f"The ledger can't be written: {problem}.")

    def _require_all(self, connection: Connection, end: Checkpoint) -> None:
        """Refuse to go on with a chain that has lost events which this store wrote.

        Raises:
            LedgerUnwritableError: It has: an older copy was put into its place, say.
        """
        written = self._written
        # Mostly nobody else wrote meanwhile, and there is nothing to read.
        if written is None or written == end or follows(connection, end, written):
            return
        raise LedgerUnwritableError(
            "The ledger can't be written: it doesn't hold all that was recorded. Put the right one "
            "back; to go on with this one, restart every server and look with "
            "`chasedata-mcp ledger verify` at what is missing."
        )

    def _has(self, connection: Connection, end: Checkpoint) -> bool:
        """Tell whether what was committed is there: a database that crashed may have lost it."""
        return follows(connection, read_end(connection), end)

    def _hash_at(self, count: int) -> str | None:
        return self.read(read_hash, count)
