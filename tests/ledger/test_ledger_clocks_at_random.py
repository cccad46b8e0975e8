"""Processes whose clock is set at random: what was promised holds by the true time.

No more texts within an hour than the cap says, and as many; a rearming always opens; and no yes
lives longer than it said.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from _support.ledger import Place, intent, question, yes
from _support.machines import FakeMachine, World
from chasedata_mcp.ledger import Broken, Ledger, Reservation
from chasedata_mcp.ledger.store_time import NEAR
from chasedata_mcp.ledger.usage import TEXTS, Limit, Unit

pytestmark = pytest.mark.anyio
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CAP = Limit("stops", TEXTS, HOUR, 3, stops=True)
HOLDS = 5 * MINUTE
CLOSE = 2 * NEAR
"""The clock is followed where it is set by less, so that times are right up to twice that."""
OFF = [
    *(timedelta(0), timedelta(seconds=1), -timedelta(seconds=1)),
    *(-HOUR, HOUR, timedelta(minutes=7), timedelta(days=3), -timedelta(days=3)),
    *(timedelta(days=4000), -timedelta(days=4000)),
]


@dataclass
class Trial:
    """Several processes on one store, and what truly happened by them."""

    place: Place
    machine: FakeMachine
    random: Random
    ledgers: list[Ledger] = field(default_factory=list[Ledger])
    sent: list[datetime] = field(default_factory=list[datetime])
    granted: dict[str, datetime] = field(default_factory=dict[str, datetime])

    @property
    def now(self) -> datetime:
        """The true time."""
        return self.machine.world.time

    def any_process(self) -> Ledger:
        return self.random.choice(self.ledgers)

    async def step(self) -> None:
        """Do one thing, and hold it against the truth."""
        kinds = [self.pass_time, self.set_clock, self.text, self.text, self.spend, self.say_yes]
        await self.random.choices([*kinds, self.rearm, self.restart], [4, 3, 4, 4, 3, 2, 1, 1])[0]()

    async def pass_time(self) -> None:
        self.machine.world.move(timedelta(seconds=self.random.choice([1, 60, 290, 1200, 3590])))

    async def set_clock(self) -> None:
        self.machine.off = self.random.choice(OFF)

    async def text(self) -> None:
        obstacle = await self.any_process().intend(
            intent(at=self.machine.clock()), Reservation((Unit(TEXTS, "1"),), (CAP,))
        )
        within = self._count_since(HOUR - CLOSE)
        assert obstacle is None or isinstance(obstacle, Broken)
        if obstacle is None:
            assert within < CAP.at_most
            self.sent.append(self.now)
        else:
            assert self._count_since(HOUR + CLOSE) >= CAP.at_most

    def _count_since(self, ago: timedelta) -> int:
        return sum(self.now - at <= ago for at in self.sent)

    async def say_yes(self) -> None:
        name, at = f"q{len(self.granted)}", self.machine.clock()
        ledger = self.any_process()
        await ledger.approvals.ask(question(id=name, digest=name, asked=at, ends=at + HOLDS))
        assert await ledger.approvals.answer(name, yes(at, "terminal", "jose"))
        self.granted[name] = self.now

    async def spend(self) -> None:
        if self.granted:
            name = self.random.choice(list(self.granted))
            now = self.machine.clock()
            unspent = await self.any_process().approvals.spend(name, name, "maria", now)
            if unspent is None:
                assert self.now - self.granted[name] <= HOLDS + CLOSE

    async def rearm(self) -> None:
        assert await self.any_process().limits.count_anew("test", "jose", self.machine.clock(), [])
        self.sent.clear()
        for _ in range(CAP.at_most):
            await self.text()
        assert len(self.sent) == CAP.at_most

    async def restart(self) -> None:
        """End a process, and start another in its place."""
        ended = self.ledgers.pop(self.random.randrange(len(self.ledgers)))
        await ended.aclose()
        self.ledgers.append(self.place.ledger(self.machine.read()))


@asynccontextmanager
async def a_trial(place: Place, seed: int) -> AsyncGenerator[Trial]:
    """Begin with three processes on one machine."""
    trial = Trial(place, FakeMachine(World()), Random(seed))  # noqa: S311 - the seed of a test
    trial.ledgers += [place.ledger(trial.machine.read()) for _ in range(3)]
    try:
        yield trial
    finally:
        for ledger in trial.ledgers:
            await ledger.aclose()


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_promised_holds_by_the_true_time_however_the_clock_is_set(
    place: Place, seed: int
) -> None:
    async with a_trial(place, seed) as trial:
        for _ in range(250):
            await trial.step()
        assert len(trial.sent) + len(trial.granted) > 10
        assert (await trial.any_process().verify()).sound
