"""The store's own time: what it is while clocks are set, machines restart and others join."""

from datetime import timedelta

import pytest

from _support.clock import START
from _support.machines import FakeMachine, World
from chasedata_mcp.ledger.store_time import Machine, StoreTime

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine(World())


def another(time: StoreTime, machine: FakeMachine) -> StoreTime:
    """Begin the time of another process by the mark that this one leaves."""
    other = StoreTime(machine.read())
    other.begin(time.mark())
    return other


@pytest.mark.parametrize("off", [HOUR, -HOUR, timedelta(days=1000)])
def test_it_goes_on_by_what_passes_when_the_clock_is_set(
    machine: FakeMachine, off: timedelta
) -> None:
    time = StoreTime(machine.read())
    machine.world.move(MINUTE)
    machine.off = off
    assert time.now() == START + MINUTE
    assert time.of(machine.clock() + HOUR) == START + MINUTE + HOUR
    assert time.on_clock(START + MINUTE + HOUR) == machine.clock() + HOUR
    machine.world.move(MINUTE)
    machine.off = timedelta(0)
    assert (time.now(), time.ahead) == (START + 2 * MINUTE, timedelta(0))


def test_another_process_of_the_machine_takes_it_up_whatever_the_clock_says(
    machine: FakeMachine,
) -> None:
    time = StoreTime(machine.read())
    machine.off = HOUR
    other = another(time, machine)
    machine.world.move(MINUTE)
    machine.off = -HOUR
    assert other.now() == time.now() == START + MINUTE


def test_after_a_restart_of_the_machine_the_clock_tells_how_much_has_passed(
    machine: FakeMachine,
) -> None:
    time = StoreTime(machine.read())
    mark = time.mark()
    machine.world.move(8 * HOUR)
    machine.restart()
    later = StoreTime(machine.read())
    later.begin(mark)
    assert not later.is_doubtful
    assert later.now() == START + 8 * HOUR


def test_a_clock_that_is_behind_after_a_restart_takes_nothing_back_and_tells_nothing(
    machine: FakeMachine,
) -> None:
    machine.world.move(MINUTE)
    time = StoreTime(machine.read())
    mark = time.mark()
    machine.restart()
    machine.off = -HOUR
    later = StoreTime(machine.read())
    later.begin(mark)
    assert later.is_doubtful
    machine.world.move(MINUTE)
    assert later.now() == START + 2 * MINUTE


def test_another_machine_goes_by_the_clock_that_both_share(machine: FakeMachine) -> None:
    time = StoreTime(machine.read())
    mark = time.mark(machine.world.time)
    machine.world.move(MINUTE)
    wrong = FakeMachine(machine.world, off=HOUR)
    other = StoreTime(wrong.read())
    other.begin(mark, machine.world.time)
    assert not other.is_doubtful
    assert other.now() == time.now() == START + MINUTE


def test_a_clock_that_is_set_by_a_second_is_followed(machine: FakeMachine) -> None:
    time = StoreTime(machine.read())
    machine.off = timedelta(seconds=1)
    assert time.ahead == timedelta(0)
    # And no number of such steps adds up to more.
    for _ in range(10):
        time = another(time, machine)
        machine.off += timedelta(seconds=1)
    assert abs(time.now() - START) <= timedelta(seconds=2)


def test_a_clock_alone_is_the_time(machine: FakeMachine) -> None:
    time = StoreTime(Machine(machine.clock, uptime=None))
    machine.off = HOUR
    assert (time.now(), time.ahead) == (START + HOUR, timedelta(0))
