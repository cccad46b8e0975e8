"""The lease of this process, by which the others know that it lives. It blocks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from chasedata_mcp.batches.process_identity import identify_process
from chasedata_mcp.batches.worker_names import WorkerNames
from chasedata_mcp.ledger.models import fresh_id

LEASE: Final = timedelta(seconds=6)
"""The time after which a process that says nothing is taken for dead."""
BEAT: Final = 1.0
"""The seconds between two signs of life."""


class Time(Protocol):
    """The ledger's own time."""

    def now(self) -> datetime:
        """Read the time, aware."""
        ...

    def passed(self) -> timedelta:
        """Read the time that has passed since some moment of this process."""
        ...


class WorkerLease:
    """A name that this process holds for as long as it says that it lives.

    Once it has run out, here or in the store, it is lost for good: another process may have taken
    the runs over, and two must not go on with the same one.
    """

    def __init__(self, names: WorkerNames, time: Time) -> None:
        self._names, self._time = names, time
        # The id apart, since a process may have had another lease before.
        self._holder = f"{fresh_id()} {identify_process()}"
        self._ends = time.passed() + LEASE
        self._is_lost = False
        now = time.now()
        self.name = names.take_first(self._holder, now, now + LEASE)

    @property
    def is_held(self) -> bool:
        """True while no other process can have taken the runs of this one over."""
        return not self._is_lost and self._time.passed() < self._ends

    def keep(self) -> None:
        """Say that this process lives.

        Raises:
            BatchStoreError: The store can't be written; the lease goes on until it runs out.
        """
        ends, now = self._time.passed() + LEASE, self._time.now()
        if self.is_held and self._names.keep(self.name, self._holder, now + LEASE):
            self._ends = ends
        else:
            self._is_lost = True

    def release(self) -> None:
        """Give the name up: whoever is there goes on with what this process ran.

        Raises:
            BatchStoreError: The store can't be written; the lease runs out by itself.
        """
        self._is_lost = True
        self._names.release(self.name, self._holder)

    def take_over(self, recover: Callable[[str], object]) -> None:
        """Have the runs of processes that are surely gone recovered, each by one process alone.

        Raises:
            BatchStoreError: The store can't be used.
        """
        now = self._time.now()
        gone = [one for one in self._names.list_held() if one.is_free(now)]
        for one in gone:
            # Held meanwhile, so that none that starts under this name runs what is recovered.
            if one.name != self.name and self._names.take(one, self._holder, now + LEASE):
                recover(one.name)
                self._names.forget(one.name, self._holder)
