"""The store's own time, by which counts age and a yes ends: it goes on as time passes.

A machine's clock may be wrong, may be set while a server runs, and differs from another machine's.
So a store has a time of its own. It begins with the clock of whoever makes the store, and goes on
by the seconds that pass, which no setting of a clock changes. All processes of a store agree on it
by the marks that they leave in it (`clock_marks.py`).
"""

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

NEAR = timedelta(seconds=2)
"""The difference up to which the clock is followed: one that is set right by a second, say."""
_WORTH_SAYING = timedelta(minutes=1)
_GOES_BY = (
    "Caps, questions and grants go by the time that passed. Calling hours go by this clock: see "
    "that it is right."
)
_LOG = logging.getLogger(__name__)
_MARKED_EVERY = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def read_clock() -> datetime:
    """Read this machine's clock."""
    return datetime.now(UTC)


def read_uptime() -> float:
    """Read the seconds since this machine was started, those in which it slept among them."""
    # `time.monotonic` stands still while Linux and macOS sleep (clock_gettime(2) of either).
    return _read_uptime()


@cache
def read_boot() -> str:
    """Read the name of this machine's last start; empty where the system has none."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return ""


def _choose_uptime() -> Callable[[], float]:
    awake = getattr(time, "CLOCK_BOOTTIME" if sys.platform == "linux" else "CLOCK_MONOTONIC", None)
    return time.monotonic if awake is None else partial(time.clock_gettime, awake)


_read_uptime: Callable[[], float] = _choose_uptime()


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's clock, and the seconds that pass on it, whatever becomes of its clock.

    Attributes:
        clock: The time now, aware.
        uptime: The seconds since its start; None for a clock that is right by definition.
        boot: The name of its start, which its processes share; empty where nobody knows.
        glance: Seconds that stay the same until the clock is set or the machine sleeps, to within
            less than one; None where nothing can be told so cheaply.
    """

    clock: Callable[[], datetime] = read_clock
    uptime: Callable[[], float] | None = read_uptime
    boot: str = ""
    glance: Callable[[], float] | None = None


def this_machine() -> Machine:
    """Return the machine that this program runs on."""
    return Machine(boot=read_boot(), glance=_glance)


def _glance() -> float:
    # Both without a call of the system, unlike CLOCK_BOOTTIME on some: 0.1 µs and not 10.
    return time.time() - time.monotonic()


@dataclass(frozen=True, slots=True)
class ClockMove:
    """A setting of a machine's clock: when, by the store's own time, and by how much ahead."""

    at: datetime
    by: timedelta

    def describe(self) -> str:
        """Say what happened, and what that means."""
        way = "ahead" if self.by > timedelta(0) else "back"
        return f"This machine's clock was put {way} by {_describe_span(abs(self.by))}. {_GOES_BY}"


@dataclass(frozen=True, slots=True)
class ClockMark:
    """The store's time at one moment, with the clocks as they were then.

    Attributes:
        time: The store's own time.
        clock: The clock that all processes share: the machine's, or a database server's.
        uptime: The seconds since the start of the machine that left it.
        boot: The name of that start.
        moved: The last setting of the clock.
    """

    time: datetime
    clock: datetime
    uptime: float
    boot: str
    moved: ClockMove | None = None


class StoreTime:
    """The store's own time, as one process reads it; any thread may.

    Until `begin` it is the machine's clock as it was when this was made, and goes on by its uptime.

    Attributes:
        machine: The machine that it is read on.
        is_doubtful: More may have passed since the last mark than it says.
        moved: The last setting of the clock by a minute or more, as far as that is known.
        differs: The time by which the machine's clock was ahead of the one that all share, when
            this began.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.is_doubtful = False
        self.moved: ClockMove | None = None
        self.differs = timedelta(0)
        self._ahead = timedelta(0)
        self._seen: float | None = None
        self._began = machine.clock(), self._uptime()
        self._marked: datetime | None = None

    def begin(self, mark: ClockMark | None, shared: datetime | None = None) -> None:
        """Take the time up where a mark left it; doubtful if nobody can tell how much has passed.

        Args:
            mark: The last one in the store, if there is one.
            shared: The clock that all processes of the store share, now; that of the machine
                without it.
        """
        if self.machine.uptime is None:
            return
        clock = shared or self.machine.clock()
        self.differs = self.machine.clock() - clock
        self._marked = self._seen = None
        if mark is None:
            return
        uptime = self._uptime()
        passed = timedelta(seconds=uptime - mark.uptime)
        if mark.boot and mark.boot == self.machine.boot and passed >= timedelta(0):
            self._marked = mark.time
        else:
            # The machine was started since, or it is another one: only the clock tells.
            passed = clock - mark.clock
            self.is_doubtful = passed < timedelta(0)
        self._began, self.moved = (mark.time + max(passed, timedelta(0)), uptime), mark.moved
        # As it was then, so that a setting of the clock since is noticed; nobody knows how another
        # machine's was.
        now = self._steady() - self.machine.clock()
        self._ahead = _round(mark.time - mark.clock if shared is None else now)

    @property
    def is_mark_due(self) -> bool:
        """True where the last mark is a minute old, or of another start of the machine."""
        if self.machine.uptime is None:
            return False
        return self._marked is None or self._steady() - self._marked >= _MARKED_EVERY

    def mark(self, shared: datetime | None = None) -> ClockMark:
        """Make the mark by which another process takes the time up; `shared` is as in `begin`."""
        _ = self.ahead
        self._marked = self._steady()
        clock = shared or self.machine.clock()
        return ClockMark(self._marked, clock, self._uptime(), self.machine.boot, self.moved)

    @property
    def ahead(self) -> timedelta:
        """The time by which it is ahead of the machine's clock; none, unless that was set."""
        if self.machine.uptime is None or self._sees_no_change():
            return self._ahead
        ahead = self._steady() - self.machine.clock()
        # Two threads that find this at once find the same.
        if abs(ahead - self._ahead) > NEAR:
            self._notice(self._ahead - ahead)
            self._ahead = _round(ahead)
        return self._ahead

    def now(self) -> datetime:
        """Read the store's time."""
        return self.machine.clock() + self.ahead

    def of(self, at: datetime) -> datetime:
        """Return the store's time at a time by this machine's clock, as it is set now."""
        return at + self.ahead

    def on_clock(self, at: datetime) -> datetime:
        """Return the time by this machine's clock at a time of the store's."""
        return at - self.ahead

    def describe_problem(self, within: timedelta) -> str | None:
        """Describe what was or is wrong of the clock, lately; None where nothing was."""
        now = self.now()
        if self.moved is not None and now - self.moved.at <= within:
            return self.moved.describe()
        if abs(self.differs) < _WORTH_SAYING:
            return None
        way = "ahead of" if self.differs > timedelta(0) else "behind"
        return (
            f"This machine's clock is {_describe_span(abs(self.differs))} {way} the database "
            f"server's. {_GOES_BY}"
        )

    def passed(self) -> timedelta:
        """Read the time that has passed since some moment of this process."""
        if self.machine.uptime is None:
            return self.machine.clock() - _EPOCH
        return timedelta(seconds=self.machine.uptime())

    def _notice(self, by: timedelta) -> None:
        """Notice that the clock was set."""
        if abs(by) >= _WORTH_SAYING:
            self.moved = ClockMove(self._steady(), by)
            # Another process is to know of it.
            self._marked = None
            _LOG.warning("%s", self.moved.describe())

    def _sees_no_change(self) -> bool:
        """Tell at a glance, where that is possible, that the clock was not set since the last."""
        if self.machine.glance is None:
            return False
        now, before = self.machine.glance(), self._seen
        if before is not None and abs(now - before) < 1:
            return True
        self._seen = now
        return False

    def _uptime(self) -> float:
        return 0.0 if self.machine.uptime is None else self.machine.uptime()

    def _steady(self) -> datetime:
        if self.machine.uptime is None:
            return self.machine.clock()
        time_then, uptime_then = self._began
        return time_then + timedelta(seconds=self._uptime() - uptime_then)


def _round(ahead: timedelta) -> timedelta:
    return timedelta(0) if abs(ahead) <= NEAR else ahead


def _describe_span(span: timedelta) -> str:
    minutes = round(span / timedelta(minutes=1))
    for unit, length in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}s"
    return f"{minutes} minute{'s' * (minutes != 1)}"


CLOCK_ALONE = StoreTime(Machine(uptime=None))
"""The time of this machine's clock, whatever becomes of it."""
