"""Machines whose clocks a test sets, while the time itself goes on by what passes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from typing_extensions import override

from _support.clock import START, Clock
from chasedata_mcp.ledger import Machine

_BOOTS = count(1)


@dataclass
class World:
    """The true time, which nothing in the program under test can read."""

    time: datetime = START

    def move(self, by: timedelta) -> None:
        """Let so much time pass, on every machine."""
        self.time += by


@dataclass
class FakeMachine:
    """A machine in the world; what is wrong of its clock is `off`.

    A process reads it as any machine is read, with `Machine`.
    """

    world: World
    off: timedelta = timedelta(0)
    started: datetime = field(init=False)
    boot: str = field(init=False)

    def __post_init__(self) -> None:
        """Start it."""
        self.restart()

    def restart(self) -> None:
        """Start it anew: its uptime begins again."""
        self.started, self.boot = self.world.time, f"boot {next(_BOOTS)}"

    def clock(self) -> datetime:
        """Read its clock."""
        return self.world.time + self.off

    def uptime(self) -> float:
        """Read the seconds since its start."""
        return (self.world.time - self.started).total_seconds()

    def read(self) -> Machine:
        """Give it to a process, as it is since its last start."""
        return Machine(self.clock, self.uptime, self.boot)


class MachineClock(Clock):
    """The clock of a machine, which a test sets there."""

    def __init__(self, machine: FakeMachine) -> None:
        super().__init__()
        self._machine = machine

    @override
    def __call__(self) -> datetime:
        return self._machine.clock()
