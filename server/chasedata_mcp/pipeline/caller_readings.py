"""Readings: the times at which a caller has been shown free text, as this process knows them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chasedata_mcp.ledger import Ledger, Reading, is_at_terminal, read_principal
from chasedata_mcp.policy.rules.prompt_injection import can_be_steered
from chasedata_mcp.tools.base import Action

_MOST = 5


class CallerReadings:
    """The readings of each caller's principal; at a terminal it is a person, who isn't steered.

    Args:
        ledger: Tells the time that passes.
        clock: The time now, aware.
        within: The time for which a reading matters; none where no rule depends on it.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime], within: timedelta) -> None:
        self._ledger, self._clock, self._within = ledger, clock, within
        self._read: dict[str, tuple[tuple[timedelta, Reading], ...]] = {}

    def note(self, caller: str, sources: tuple[str, ...]) -> None:
        """Note that a caller's principal has been shown free text, and whose."""
        if is_at_terminal(caller):
            return
        passed = self._ledger.time.passed()
        before = [(passed - age, reading) for age, reading in self._list_with_ages(caller)]
        reading = Reading(self._clock(), sources)
        self._read[read_principal(caller)] = ((passed, reading), *before)[:_MOST]

    def find_since(self, action: Action, caller: str, now: datetime) -> datetime | None:
        """Find from when on another process's readings matter; None where they don't."""
        if not self._within or is_at_terminal(caller) or not can_be_steered(action):
            return None
        return None if self.find(caller, now) else now - self._within

    def find(self, caller: str, now: datetime) -> tuple[Reading, ...]:
        """Find what was read in this process as long as it matters, the newest first."""
        return tuple(
            [
                # By the clock as it is set now.
                Reading(now - age, reading.sources)
                for age, reading in self._list_with_ages(caller)
            ]
        )

    def _list_with_ages(self, caller: str) -> list[tuple[timedelta, Reading]]:
        read = self._read.get(read_principal(caller), ())
        if not read:
            return []
        passed = self._ledger.time.passed()
        ages = [(passed - then, reading) for then, reading in read]
        return [(age, reading) for age, reading in ages if age <= self._within]
