"""The line of writes: one thread does them in order, and appends that wait together as one group.

What stands in line is known to the event loop's thread alone and needs no lock: that thread forms a
group once the one before is done, hands it to the thread that writes, and hears of its end.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from anyio import CancelScope

from chasedata_mcp.ledger.writes import AnyWrite, Append

MOST_TOGETHER: Final = 64
"""The most appends of a group, so that none waits long for the others."""
LONG: Final = 1.0
"""The seconds after which a failure is that of all who waited nearly as long: with a store that
another process holds they fail together, and not each after the one before. Who came within so many
seconds of its beginning did: calls made at once come into line one by one."""

Do = Callable[[Sequence[AnyWrite]], Exception | None]
"""Does a group of writes and sets what came of each; returns why the store took none of them."""


@dataclass(slots=True, eq=False)
class Place:
    """A place in line, and the scope in which its caller waits."""

    write: AnyWrite
    scope: CancelScope
    is_done: asyncio.Future[None]
    since: float
    is_in_line: bool = True


class WriteLine:
    """The writes that wait in the running event loop.

    Args:
        do: Does a group, in the thread that writes.
        thread: Gives that thread.
    """

    def __init__(self, do: Do, thread: Callable[[], Executor]) -> None:
        self._do, self._thread = do, thread
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Place] = deque()
        self._is_busy = False

    async def wait_for(self, write: AnyWrite, *, shield: bool = False) -> None:
        """Wait until a write is done, after all that came before it.

        A caller that is cancelled leaves the line, unless it has a shield; once its write has
        begun, it waits for the end.
        """
        await self.wait(self.enter(write, shield=shield))

    def enter(self, write: AnyWrite, *, shield: bool = False) -> Place:
        """Put a write in line, which begins once somebody waits for it or for one behind it."""
        scope = CancelScope(shield=shield)
        place = Place(write, scope, self._loop.create_future(), self._loop.time())
        self._waiting.append(place)
        return place

    async def wait(self, place: Place) -> None:
        """Wait until the write of a place is done, as `wait_for` does."""
        if place.is_done.done():
            return
        with place.scope:
            self.begin_soon()
            try:
                await place.is_done
            finally:
                if place.is_in_line:
                    self._leave(place)

    def begin_within(self, place: Place, seconds: float) -> None:
        """Begin with a place that is still in line by then, and with those before it."""
        self._loop.call_later(seconds, self._begin_with, place)

    def begin_soon(self) -> None:
        """Begin with what is in line, after the others that are about to write at this moment."""
        if not self._is_busy:
            self._is_busy = True
            self._loop.call_soon(self._begin)

    def _begin_with(self, place: Place) -> None:
        # Once it has begun, what is in line by then has a time of its own.
        if place.is_in_line:
            self.begin_soon()

    def _leave(self, place: Place) -> None:
        self._waiting.remove(place)
        place.is_in_line = False

    def _begin(self) -> None:
        group = self._take_group()
        self._is_busy = bool(group)
        if group:
            for place in group:
                # What has begun is finished.
                place.scope.shield = True
            self._thread().submit(self._do_group, group, self._loop.time())

    def _do_group(self, group: Sequence[Place], began: float) -> None:
        """Do the writes of a group, in the thread that writes, and have the loop hear of it."""
        problem = self._do([place.write for place in group])
        # Not by a future for the loop, which takes it two rounds and 50 µs to be told by one.
        self._loop.call_soon_threadsafe(self._end, group, began, problem)

    def _take_group(self) -> list[Place]:
        """Take the first that waits, and the appends behind it if it is one."""
        group: list[Place] = []
        while self._waiting and len(group) < MOST_TOGETHER:
            first, other = self._waiting[0], group[0] if group else None
            if other and not (isinstance(first.write, Append) and isinstance(other.write, Append)):
                break
            self._waiting.popleft().is_in_line = False
            # Else its caller was cancelled a moment ago, and has not left the line yet.
            if not first.is_done.done():
                group.append(first)
        return group

    def _end(self, group: Sequence[Place], began: float, problem: Exception | None) -> None:
        if problem is not None and self._loop.time() - began > LONG:
            late = [place for place in self._waiting if place.since <= began + LONG]
            for place in late:
                place.write.fail(problem)
            group = [*group, *late]
        for place in group:
            if not place.is_done.done():
                place.is_done.set_result(None)
        self._begin()
