"""The pace of a run: how many rows are in flight, how many a second, and when to give up."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio

from chasedata_mcp.batches.models import RowOutcome, RowState

GIVES_UP_AFTER: Final = 20
"""The rows in a row that fail alike until it is no use to go on."""
_FIRST_REST: Final = 0.5
_LONGEST_REST: Final = 30.0
"""The seconds for which no row begins once the dialer struggles; each rest is twice the last."""


class Pace:
    """A pace that slows down where the dialer struggles, and speeds up again as it answers.

    A dialer struggles where an answer is lost or it isn't reached: half as many rows are in flight
    then, and none begins for a while. Of rows that were in flight together the first that fails
    slows it down, since the others say the same of the same moment.

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
        self._clock, self.sleep = clock, sleep
        self._turns = anyio.CapacityLimiter(in_flight)
        self._places = anyio.CapacityLimiter(2 * in_flight)
        self._wanted = in_flight
        self._next = 0.0
        self._answered = 0
        self._alike: tuple[str, int] = ("", 0)
        self._rest = 0.0
        self._slowed = float("-inf")
        self._resumes = float("-inf")

    @property
    def in_flight(self) -> int:
        """The rows that may be in flight now."""
        return int(self._turns.total_tokens)

    @property
    def rest(self) -> float:
        """The seconds for which no row may begin, 0 for none."""
        return max(0.0, self._resumes - self._clock())

    def read(self) -> float:
        """Read the time, by which a row begins."""
        return self._clock()

    @asynccontextmanager
    async def ahead(self) -> AsyncGenerator[None]:
        """Wait for a place among the rows that are looked up or sent, twice as many as are sent."""
        async with self._places:
            yield

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn to be sent, and have it for the block."""
        async with self._turns:
            await self._wait()
            yield

    def note(self, outcome: RowOutcome, began: float) -> str:
        """Note what became of a row; return why it is no use to go on, empty where it is."""
        match outcome.state:
            case RowState.DONE | RowState.DUPLICATE:
                self._speed_up()
                return ""
            case _ if outcome.is_of_row:
                return ""
            case RowState.UNKNOWN | RowState.READY if began > self._slowed:
                self._slow_down()
            case RowState.READY:
                return ""  # nothing was sent, and that was known
            case _:
                pass
        what, times = self._alike
        same = f"{outcome.state} {outcome.code} {outcome.reason}"
        self._alike = (same, times + 1 if same == what else 1)
        self._set_turns()
        if self._alike[1] < GIVES_UP_AFTER:
            return ""
        return f"{GIVES_UP_AFTER} rows in a row failed alike: {outcome.reason}"

    def _speed_up(self) -> None:
        self._alike, self._rest = ("", 0), 0.0
        self._answered += 1
        if self._answered >= self._wanted and self._wanted < self._most:
            self._wanted += 1
            self._answered = 0
        self._set_turns()

    def _slow_down(self) -> None:
        self._wanted = max(1, self._wanted // 2)
        self._set_turns()
        self._answered = 0
        self._rest = min(max(2 * self._rest, _FIRST_REST), _LONGEST_REST)
        self._slowed = self._clock()
        self._resumes = self._slowed + self._rest

    def _set_turns(self) -> None:
        # No more than can fail alike before it is noticed that it is no use.
        turns = max(1, min(self._wanted, GIVES_UP_AFTER - self._alike[1]))
        self._turns.total_tokens, self._places.total_tokens = turns, 2 * turns

    async def _wait(self) -> None:
        if not self._interval:
            return
        now = self._clock()
        begins = max(now, self._next)
        self._next = begins + self._interval
        if begins > now:
            await self.sleep(begins - now)
