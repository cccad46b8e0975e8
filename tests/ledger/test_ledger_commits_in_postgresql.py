"""Commits in PostgreSQL: on disk before a call is sent, and the chain's lock let go before that."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from typing_extensions import override

from _support.ledger import NOON, Place
from chasedata_mcp.ledger import LedgerUnwritableError
from chasedata_mcp.ledger.chain import Chain, read_end
from chasedata_mcp.ledger.checkpoints import CheckpointFile
from chasedata_mcp.ledger.engine import open_store, prepare
from chasedata_mcp.ledger.events import Draft, EventKind, format_time
from chasedata_mcp.ledger.postgresql import PostgresqlDatabase
from chasedata_mcp.ledger.postgresql_link import Link
from chasedata_mcp.ledger.store import Store

pytestmark = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = open_store(place.where, "sandbox", place.checkpoint)
    opened.late_sync.seconds = 600
    yield opened
    opened.close()


def lost(chain: Chain) -> str:
    """Append an event, and return the place in PostgreSQL's log that is behind it."""
    chain.append([Draft.of(format_time(NOON), EventKind.LOST, {"count": 1})])
    return str(chain.connection.fetch_value("SELECT pg_current_wal_insert_lsn()"))


def is_on_disk(place: Place, position: str) -> bool:
    ((flushed,),) = place.rows(f"SELECT pg_current_wal_flush_lsn() >= '{position}'")
    return bool(flushed)


def test_what_is_appended_is_on_disk_and_what_is_for_soon_is_with_the_next(
    place: Place, store: Store
) -> None:
    assert is_on_disk(place, store.append(lost))
    soon = store.append_soon(lost)
    assert is_on_disk(place, store.append(lost))
    assert is_on_disk(place, soon)
    soon = store.append_soon(lost)
    store.sync()
    assert is_on_disk(place, soon)


class Looking(PostgresqlDatabase):
    """A database at which another process looks whenever a transaction is about to reach disk."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.where)
        self._place = place
        self.seen: list[int] = []

    @override
    def flush(self, link: Link) -> None:
        # The lock on the one row is free, and what was committed is there for whoever is next.
        self._place.rows("SELECT one FROM ledger_store FOR UPDATE NOWAIT")
        ((events,),) = self._place.rows("SELECT count(*) FROM ledger_events")
        self.seen.append(events)
        super().flush(link)


def test_the_chains_lock_is_let_go_before_the_disk_is_waited_for(place: Place) -> None:
    database = Looking(place)
    store = prepare(Store(database, "sandbox"))
    try:
        for _ in range(2):
            store.append(lost)
    finally:
        store.close()
    assert database.seen == [1, 2]


def test_a_flush_that_fails_fails_the_append_and_the_next_goes_on(place: Place) -> None:
    class Unlucky(PostgresqlDatabase):
        fails = False

        @override
        def flush(self, link: Link) -> None:
            if self.fails:
                raise psycopg.OperationalError("the server ended")
            super().flush(link)

    database = Unlucky(place.where)
    store = prepare(Store(database, "sandbox", CheckpointFile(place.checkpoint)))
    try:
        store.append(lost)
        known = store.read(read_end)
        database.fails = True
        with pytest.raises(LedgerUnwritableError):
            store.append(lost)
        assert CheckpointFile(place.checkpoint).read() == known
        # As after a crash, in which the log's end is lost.
        place.tamper("DELETE FROM ledger_events WHERE seq = 2")
        database.fails = False
        store.append(lost)
        assert CheckpointFile(place.checkpoint).read() == store.read(read_end)
    finally:
        store.close()


def test_what_was_for_soon_may_be_lost_in_a_crash_and_what_was_on_disk_may_not(
    place: Place, store: Store
) -> None:
    store.append(lost)
    store.append_soon(lost)
    place.tamper("DELETE FROM ledger_events WHERE seq = 2")
    store.sync()
    store.append(lost)
    assert store.checkpoint_file is not None
    assert store.checkpoint_file.read() == store.read(read_end)
    place.slip("DELETE FROM ledger_events WHERE seq = 2")
    with pytest.raises(LedgerUnwritableError, match="doesn't hold all"):
        store.append(lost)


def test_a_connection_of_before_a_restart_is_replaced_before_it_is_used(place: Place) -> None:
    # The server is other tests' too.
    name = place.where.rpartition("search_path")[2].strip("%3D=")
    store = open_store(f"{place.where}&application_name={name}", "sandbox", None)
    ours = f"FROM pg_stat_activity WHERE application_name = '{name}'"
    try:
        store.append(lost)
        # It returns once they are gone, or after a minute.
        ended = place.rows(f"SELECT pg_terminate_backend(pid, 60000) {ours}")
        assert len(ended) > 1
        store.append(lost)
        assert store.read(read_end).count == 2
    finally:
        store.close()


def test_what_goes_through_whole_tables_may_take_its_time_and_the_next_may_not(
    store: Store,
) -> None:
    shown = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")

    def limits(chain: Chain, *, lifted: bool) -> list[str]:
        if lifted:
            chain.connection.lift_time_limits()
        return [str(chain.connection.fetch_value(f"SHOW {name}")) for name in shown]

    assert store.append(partial(limits, lifted=True)) == ["0", "0", "5s"]
    assert store.append(partial(limits, lifted=False)) == ["6s", "10s", "5s"]


def test_what_may_take_its_time_doesnt_take_it_without_end(store: Store) -> None:
    def never_end(chain: Chain) -> None:
        chain.connection.lift_time_limits(0.1)
        chain.connection.fetch_value("SELECT pg_sleep(600)")

    # The second doesn't ask a server that was silent just now, and would wait for its lock.
    for work in (never_end, lost):
        with pytest.raises(LedgerUnwritableError, match="can't be reached"):
            store.append(work)
