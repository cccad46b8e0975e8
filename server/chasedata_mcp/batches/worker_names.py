"""The names of the processes that run batches, each held under a lease in the store. It blocks."""

from datetime import datetime
from typing import Final

from chasedata_mcp.batches.database import BatchDatabase
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.ledger.events import format_time

MOST: Final = 64
"""The most processes that run batches of one store at once."""

# One that nobody has, or whose holder is gone.
_TAKE = """
INSERT INTO batch_workers (name, holder, until) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE batch_workers.until < ?"""
_KEEP = "UPDATE batch_workers SET until = ? WHERE name = ? AND holder = ?"
_RELEASE = "UPDATE batch_workers SET until = '' WHERE name = ? AND holder = ?"
_FORGET = "DELETE FROM batch_workers WHERE name = ? AND holder = ?"
_GONE = "SELECT name FROM batch_workers WHERE until < ? ORDER BY name"


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
        names = [f"worker-{number}" for number in range(1, MOST + 1)]
        found = next((name for name in names if self.take(name, holder, now, until)), None)
        if found is None:
            raise BatchStoreError(f"{MOST} processes run batches already; end one of them.")
        return found

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take a name, unless another process holds it."""
        values = (name, holder, format_time(until), format_time(now))
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

    def list_gone(self, now: datetime) -> list[str]:
        """List the names whose holders are gone."""
        return [name for (name,) in self._database.query(_GONE, (format_time(now),))]
