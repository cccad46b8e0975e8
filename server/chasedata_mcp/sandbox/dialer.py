"""The dialer itself: its state, its clock and its transactions."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from chasedata_mcp.sandbox import seed, state, store
from chasedata_mcp.sandbox.answer_bodies import AnswerBodies, Found
from chasedata_mcp.sandbox.operations import Operation
from chasedata_mcp.sandbox.routes import Route
from chasedata_mcp.sandbox.state import Names, State
from chasedata_mcp.sandbox.transcript import name_scripts
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.settings.wire.profile import WireProfile


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


class SandboxDialer:
    """A dialer that keeps state, in memory or in a file, and never rings.

    It starts as the small call centre of `sandbox.seed`, or goes on with what its file holds.
    Use it from one thread at a time. Several dialers, in several processes, may share a file.

    Args:
        path: A file for the state, made where there is none; without it the state is in memory.
        now: The clock, with a time zone.
        busy_seconds: Seconds that a request waits for another process to release the file.
        profile: How it spells, if not as the profile that ships says.

    Raises:
        ValueError: The file holds something other than a sandbox's state.
        sqlite3.OperationalError: Another process did not release the file in time.
    """

    def __init__(
        self,
        path: str | Path = store.IN_MEMORY,
        *,
        now: Callable[[], datetime] = utc_now,
        busy_seconds: float = 5.0,
        profile: WireProfile | None = None,
    ) -> None:
        self.now = now
        profile = profile or load_shipped_profile()
        self.bodies = AnswerBodies(profile)
        self.scripts = name_scripts(
            {script.value: name for script, name in profile.scripts.items()}
        )
        self._alone = path == store.IN_MEMORY
        self._db = store.connect(path, busy_seconds)
        try:
            with store.transaction(self._db):
                if store.is_new(self._db):
                    self._fill()
        except BaseException:
            self._db.close()
            raise

    def run(self, route: Route, sent: Mapping[str, str]) -> Found | None:
        """Run one operation in a transaction and give what it found, or None for done.

        Raises:
            OperationError: The dialer refuses; nothing has changed.
            sqlite3.OperationalError: Another process did not release the file; nothing changed.
        """
        with self._reading() if route.reads else store.transaction(self._db):
            return route.handle(Operation(self._db, self.now(), sent))

    def reset(self) -> None:
        """Put everything back to the call centre that the sandbox starts with."""
        with store.transaction(self._db):
            self._fill()

    def state(self) -> State:
        """Give the rows of every table as plain values that fit JSON."""
        with self._reading():
            return state.read_state(self._db)

    def names(self) -> Names:
        """Give the names that the account knows, which no call of the API lists."""
        with self._reading():
            return state.read_names(self._db)

    def close(self) -> None:
        """Close the file; what was in memory is gone."""
        self._db.close()

    def _reading(self) -> AbstractContextManager[None]:
        """Hold one state for several reads. In memory nobody else writes, so it costs nothing."""
        return nullcontext() if self._alone else store.transaction(self._db, reads=True)

    def _fill(self) -> None:
        store.make_tables(self._db)
        seed.fill(self._db, self.now())
