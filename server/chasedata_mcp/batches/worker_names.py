"""The names of the processes that run batches, each held under a lease in the store. It blocks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chasedata_mcp.batches.database import BatchDatabase
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.process_identity import is_surely_gone
from chasedata_mcp.ledger.events import format_time

MOST: Final = 64
"""The most processes that run batches of one store at once."""

# One that nobody has, or that is still this one's who is gone.
_TAKE = """
INSERT INTO batch_workers (name, holder, until) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE batch_workers.holder = ? AND batch_workers.until = ?"""
_KEEP = "UPDATE batch_workers SET until = ? WHERE name = ? AND holder = ?"
_RELEASE = "UPDATE batch_workers SET until = '' WHERE name = ? AND holder = ?"
_FORGET = "DELETE FROM batch_workers WHERE name = ? AND holder = ?"
_ALL = "SELECT name, holder, until FROM batch_workers ORDER BY name"


@dataclass(frozen=True, slots=True)
class HeldName:
    """A name, the identity of the process that holds it, and until when it does."""

    name: str
    holder: str
    until: str

    def is_free(self, now: datetime) -> bool:
        """Tell whether its holder is surely gone: by its time, or since it was seen to end."""
        return self.until < format_time(now) or is_surely_gone(self.holder.partition(" ")[2])


class WorkerNames:
    """The names `worker-1`, `worker-2` and so on, which no two living processes have.

    A process that starts takes the first that is free or whose holder is gone, so that the names
    stay the same from start to start, and with them whose runs are whose. All times are the
    ledger's own.
    """

    def __init__(self, database: BatchDatabase) -> None:
        self._database = database

    def take_first(self, holder: str, now: datetime, until: datetime) -> str:
        """Take the first name that can be had.

        Raises:
            BatchStoreError: There is none, or the store can't be written.
        """
        held = {one.name: one for one in self.list_held()}
        for name in [f"worker-{number}" for number in range(1, MOST + 1)]:
            before = held.get(name, HeldName(name, "", ""))
            if before.is_free(now) and self.take(before, holder, until):
                return name
        raise BatchStoreError(f"{MOST} processes run batches already; end one of them.")

    def take(self, before: HeldName, holder: str, until: datetime) -> bool:
        """Take a name from a holder that is gone; false where another process was faster."""
        values = (before.name, holder, format_time(until), before.holder, before.until)
        return self._database.write(lambda connection: connection.run(_TAKE, values)) == 1

    def keep(self, name: str, holder: str, until: datetime) -> bool:
        """Keep a name; false where another process took it."""
        values = (format_time(until), name, holder)
        return self._database.write(lambda connection: connection.run(_KEEP, values)) == 1

    def release(self, name: str, holder: str) -> None:
        """Give a name up whose runs another process is to go on with."""
        self._database.write(lambda connection: connection.run(_RELEASE, (name, holder)))

    def forget(self, name: str, holder: str) -> None:
        """Give a name up that has no runs left."""
        self._database.write(lambda connection: connection.run(_FORGET, (name, holder)))

    def list_held(self) -> list[HeldName]:
        """List the names that are held, or were by a process that is gone."""
        return [HeldName(*row) for row in self._database.query(_ALL, ())]
