"""The lease of a process that runs batches: a name, held for as long as it says that it lives."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from typing_extensions import override

from _support.machines import FakeMachine, World
from _support.timeouts import TIMEOUT
from chasedata_mcp.batches.database import BatchDatabase
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.process_identity import (
    identify_process,
    identify_system,
    is_surely_gone,
)
from chasedata_mcp.batches.worker_lease import LEASE, WorkerLease
from chasedata_mcp.batches.worker_names import MOST, HeldName, WorkerNames
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store_time import StoreTime

T = TypeVar("T")
ALMOST = LEASE - timedelta(seconds=1)


@dataclass
class Store:
    """A store of names, and the machine of its processes."""

    names: WorkerNames
    machine: FakeMachine = field(default_factory=lambda: FakeMachine(World()))

    def lease(self) -> WorkerLease:
        """Take a lease, as a process that starts."""
        return WorkerLease(self.names, StoreTime(self.machine.read()))

    def move(self, by: timedelta) -> None:
        self.machine.world.move(by)

    def now(self) -> datetime:
        return self.machine.clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = BatchDatabase(SqliteDatabase(tmp_path / "batches.sqlite3"))
    yield Store(WorkerNames(database))
    database.close()


def test_names_are_distinct_and_stay_the_same_from_start_to_start(store: Store) -> None:
    first, second = store.lease(), store.lease()
    assert (first.name, second.name) == ("worker-1", "worker-2")
    first.release()
    assert store.lease().name == "worker-1"
    store.move(LEASE + timedelta(seconds=1))
    assert store.lease().name == "worker-1"


def test_a_name_is_kept_for_as_long_as_its_process_says_that_it_lives(store: Store) -> None:
    lease = store.lease()
    for _ in range(5):
        store.move(ALMOST)
        lease.keep()
    assert lease.is_held
    assert store.lease().name == "worker-2"
    store.move(LEASE)
    assert not lease.is_held


def test_a_lease_that_ran_out_is_lost_for_good(store: Store) -> None:
    lease = store.lease()
    store.move(LEASE)
    lease.keep()
    store.machine.off = -LEASE
    assert not lease.is_held


def test_a_clock_that_is_set_ends_no_lease(store: Store) -> None:
    lease = store.lease()
    for off in (timedelta(hours=3), -timedelta(hours=3)):
        store.machine.off = off
        lease.keep()
        assert lease.is_held


def test_what_a_gone_process_ran_is_recovered_once(store: Store) -> None:
    gone, one, other = store.lease(), store.lease(), store.lease()
    store.move(ALMOST)
    one.keep()
    other.keep()
    recovered: list[str] = []
    one.take_over(recovered.append)
    assert recovered == []
    store.move(timedelta(seconds=2))
    assert not gone.is_held
    one.take_over(recovered.append)
    other.take_over(recovered.append)
    assert recovered == ["worker-1"]


def test_what_was_being_recovered_is_recovered_by_another(store: Store) -> None:
    gone, one, other = store.lease(), store.lease(), store.lease()
    gone.release()

    def die(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.take_over(die)
    recovered: list[str] = []
    other.take_over(recovered.append)
    assert recovered == []
    store.move(ALMOST)
    other.keep()
    store.move(timedelta(seconds=2))
    other.take_over(recovered.append)
    assert recovered == ["worker-1", "worker-2"]


def test_a_store_that_fails_ends_a_lease_only_by_its_time(store: Store, tmp_path: Path) -> None:
    class Broken(BatchDatabase):
        fails = False

        @override
        def write(self, work: Callable[[Connection], T]) -> T:
            if self.fails:
                raise BatchStoreError("The store of batches can't be written: its disk is full.")
            return super().write(work)

    broken = Broken(SqliteDatabase(tmp_path / "batches.sqlite3"))
    store.names = WorkerNames(broken)
    lease = store.lease()
    broken.fails = True
    with pytest.raises(BatchStoreError, match="its disk is full"):
        lease.keep()
    held = [lease.is_held]
    store.move(LEASE)
    assert [*held, lease.is_held] == [True, False]
    broken.close()


def test_no_more_than_so_many_processes_have_a_name(store: Store) -> None:
    for number in range(1, MOST + 1):
        free = HeldName(f"worker-{number}", "", "")
        assert store.names.take(free, "h", store.now() + LEASE)
    with pytest.raises(BatchStoreError, match="64 processes run batches already"):
        store.lease()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the lease tells")
def test_a_process_that_was_seen_to_end_is_gone_at_once(store: Store) -> None:
    asks = "from chasedata_mcp.batches.process_identity import *; print(identify_process())"
    ended = subprocess.run(  # noqa: S603 - our own words to our own interpreter
        [sys.executable, "-c", asks], capture_output=True, text=True, check=True, timeout=TIMEOUT
    )
    identity = ended.stdout.strip()
    assert (is_surely_gone(identity), is_surely_gone(identify_process())) == (True, False)
    free = HeldName("worker-1", "", "")
    assert store.names.take(free, f"one {identity}", store.now() + LEASE)
    assert store.lease().name == "worker-1"


def test_of_a_process_elsewhere_nothing_is_known() -> None:
    for identity in ("", "other-boot/pid:[1] 999999999 1", f"{identify_system()} x y", "1 2 3"):
        assert not is_surely_gone(identity)
