"""The pace of a run: how many rows are in flight, how many a second, and when to give up."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio

from chasedata_mcp.batches.models import RowOutcome, RowState

GIVES_UP_AFTER: Final = 20
"""The rows in a row that fail alike until it is no use to go on."""


class Pace:
    """A pace that slows down where the dialer struggles, and speeds up again as it answers.

    Args:
        in_flight: The most rows in flight.
        per_second: The most rows that begin within a second, 0 for any number.
        clock: The time in seconds, which only grows.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        in_flight: int,
        per_second: float = 0,
        clock: Callable[[], float] = anyio.current_time,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._most, self._interval = in_flight, 1 / per_second if per_second else 0.0
        self._clock, self._sleep = clock, sleep
        self._turns = anyio.CapacityLimiter(in_flight)
        self._next = 0.0
        self._answered = 0
        self._alike: tuple[str, int] = ("", 0)

    @property
    def in_flight(self) -> int:
        """The rows that may be in flight now."""
        return int(self._turns.total_tokens)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn, and have it for the block."""
        async with self._turns:
            await self._wait()
            yield

    def note(self, outcome: RowOutcome) -> str:
        """Note what became of a row; return why it is no use to go on, empty where it is."""
        if outcome.state in {RowState.DONE, RowState.DUPLICATE}:
            self._alike = ("", 0)
            self._answered += 1
            if self._answered >= self.in_flight and self.in_flight < self._most:
                self._turns.total_tokens += 1
                self._answered = 0
            return ""
        # A lost answer, or a dialer that could not be reached.
        if outcome.state in {RowState.UNKNOWN, RowState.READY}:
            self._turns.total_tokens = max(1, self.in_flight // 2)
            self._answered = 0
        what, times = self._alike
        same = f"{outcome.state} {outcome.code} {outcome.reason}"
        self._alike = (same, times + 1 if same == what else 1)
        if self._alike[1] < GIVES_UP_AFTER:
            return ""
        return f"{GIVES_UP_AFTER} rows in a row failed alike: {outcome.reason}"

    async def _wait(self) -> None:
        if not self._interval:
            return
        now = self._clock()
        begins = max(now, self._next)
        self._next = begins + self._interval
        if begins > now:
            await self._sleep(begins - now)
