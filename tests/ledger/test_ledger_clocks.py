"""Clocks that are wrong, set while a server runs, or differ: what counts and ends is right."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest

from _support.clock import START
from _support.ledger import Place, done, ending, facts, grant, intent, question, read, yes
from _support.machines import FakeMachine, World
from chasedata_mcp.ledger import (
    FREE_TEXT,
    AssuranceLevel,
    Broken,
    Duplicate,
    DuplicateQuery,
    Ending,
    Ledger,
    Note,
    Obstacle,
    Reservation,
    Unspent,
)
from chasedata_mcp.ledger.usage import TEXTS, Limit, Unit

pytestmark = pytest.mark.anyio
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YEARS = 1000 * DAY
ASK = Limit("asks", TEXTS, HOUR, 3)
STOP = Limit("stops", TEXTS, HOUR, 3, stops=True)


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine(World())


@pytest.fixture
async def ledger(place: Place, machine: FakeMachine) -> AsyncGenerator[Ledger]:
    """The ledger of a process on that machine."""
    async with place.ledger(machine.read()) as new:
        yield new


def ending_of(entry: str) -> Ending:
    """Build the ending of a call that was done."""
    return ending(entry, at=START)


def read_of_text(machine: FakeMachine) -> Note:
    """Build the note of a read that showed free text."""
    note = read(at=machine.clock(), caller="maria/assistant")
    answer = {FREE_TEXT: ["lead 1001"]}
    return replace(note, ending=ending(note.ending.entry, at=machine.clock(), answer=answer))


async def text(
    ledger: Ledger, machine: FakeMachine, to: str = "1", limit: Limit = STOP
) -> Obstacle | None:
    """Send a text, unless something is in the way."""
    reservation = Reservation((Unit(TEXTS, to),), (limit,))
    return await ledger.intend(intent(at=machine.clock()), reservation)


async def fill(ledger: Ledger, machine: FakeMachine) -> None:
    """Send as many texts as may be sent in an hour."""
    for _ in range(STOP.at_most):
        assert await text(ledger, machine) is None


@pytest.mark.parametrize("limit", [STOP, ASK])
async def test_counts_of_a_clock_that_was_ahead_open_again_after_an_hour(
    ledger: Ledger, machine: FakeMachine, limit: Limit
) -> None:
    machine.off = YEARS
    await fill(ledger, machine)
    machine.off = timedelta(0)
    machine.world.move(59 * MINUTE)
    broken = await text(ledger, machine, limit=limit)
    assert isinstance(broken, Broken)
    assert broken.opens == START + HOUR
    machine.world.move(2 * MINUTE)
    assert await text(ledger, machine, limit=limit) is None


@pytest.mark.parametrize("off", [YEARS, -YEARS])
async def test_a_clock_that_is_set_opens_no_cap_and_deletes_no_count(
    place: Place, ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    await fill(ledger, machine)
    machine.off = off
    async with place.ledger(machine.read()) as other:
        for process in (ledger, other):
            assert isinstance(await text(process, machine), Broken)
            counted = await facts(
                process, now=machine.clock(), usage=(Unit(TEXTS, "1"),), limits=(STOP,)
            )
            assert counted.counts == (4,)
        # Neither by the next count nor by pruning.
        assert (
            await other.intend(intent(at=machine.clock()), Reservation((Unit("x", "1"),))) is None
        )
        await other.prune(machine.clock() - 30 * DAY)
        assert len((await other.history()).entries) == STOP.at_most + 1
    machine.off = timedelta(0)
    assert isinstance(await text(ledger, machine), Broken)


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_a_rearming_opens_whatever_the_clock_says(
    place: Place, ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    await fill(ledger, machine)
    machine.off = off
    async with place.ledger(machine.read()) as other:
        assert await other.limits.count_anew("test", "jose", machine.clock(), ["stops"])
    machine.off = timedelta(0)
    await fill(ledger, machine)
    assert isinstance(await text(ledger, machine), Broken)


async def test_a_rearming_takes_away_counts_that_are_dated_ahead(
    place: Place, ledger: Ledger, machine: FakeMachine
) -> None:
    await fill(ledger, machine)
    place.slip("UPDATE ledger_reservations SET at = '2040-01-01T00:00:00.000000Z'")
    machine.world.move(2 * HOUR)
    assert isinstance(await text(ledger, machine), Broken)
    assert await ledger.limits.count_anew("test", "jose", machine.clock(), ["stops"])
    await fill(ledger, machine)
    machine.world.move(61 * MINUTE)
    # What asks has counted them until now.
    assert await text(ledger, machine, limit=ASK) is None


async def test_what_is_counted_behind_a_rearming_counts_though_its_clock_is_behind(
    ledger: Ledger, machine: FakeMachine
) -> None:
    assert await ledger.limits.count_anew("test", "jose", machine.clock() + HOUR, [])
    await fill(ledger, machine)
    assert isinstance(await text(ledger, machine), Broken)


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_a_yes_holds_no_longer_than_it_said(
    place: Place, ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    await ledger.approvals.ask(question(asked=START, ends=START + 5 * MINUTE))
    given = yes(machine.clock(), "terminal", "jose", AssuranceLevel.MACHINE)
    assert await ledger.approvals.answer("c1", given)
    machine.off = off
    machine.world.move(6 * MINUTE)
    async with place.ledger(machine.read()) as other:
        for process in (ledger, other):
            now = machine.clock()
            assert await process.approvals.active("d1", "maria", now) is None
            assert await process.approvals.spend("c1", "d1", "maria", now) is Unspent.LATE


async def test_a_clock_that_is_put_back_keeps_no_question_open_and_no_word_of_it(
    place: Place, ledger: Ledger, machine: FakeMachine
) -> None:
    await ledger.approvals.ask(question(asked=START, ends=START + 5 * MINUTE, code="c"))
    machine.off = -HOUR
    machine.world.move(6 * MINUTE)
    assert await ledger.approvals.pending("test", machine.clock()) == []
    assert not await ledger.approvals.answer("c1", yes(machine.clock(), "terminal", "jose"))
    await text(ledger, machine)
    assert place.rows("SELECT 1 FROM ledger_consents WHERE question LIKE '%Delete%'") == []


@pytest.mark.parametrize("off", [DAY, -DAY])
async def test_a_grant_covers_nothing_after_its_time(
    ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    await ledger.grants.give(grant(given=START, until=START + HOUR))
    machine.world.move(61 * MINUTE)
    machine.off = off
    now = machine.clock()
    assert await ledger.grants.all("test", now) == []
    assert (await facts(ledger, now=now)).grants == ()
    assert await ledger.intend(intent(at=now), Reservation(grant="g1")) is not None
    assert not await ledger.grants.revoke("g1", "jose", now)
    assert (await ledger.verify()).sound


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_a_second_text_within_ten_minutes_is_one_by_the_time_that_passed(
    ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    unit = Unit(TEXTS, "1")
    first = intent(at=machine.clock())
    await ledger.intend(first, Reservation((unit,)))
    await ledger.finish(ending_of(first.entry))
    machine.off = off

    async def is_duplicate() -> bool:
        now = machine.clock()
        query = DuplicateQuery((unit,), now - 10 * MINUTE)
        known = await facts(ledger, now=now, duplicate=query)
        found = await ledger.duplicate(query, "test")
        assert known.may_have_duplicate == (found is not None)
        return found is not None

    machine.world.move(9 * MINUTE)
    assert await is_duplicate()
    again = Reservation((unit,), duplicate_within=10 * MINUTE)
    assert isinstance(await ledger.intend(intent(at=machine.clock()), again), Duplicate)
    machine.world.move(2 * MINUTE)
    assert not await is_duplicate()
    assert await ledger.intend(intent(at=machine.clock()), again) is None


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_what_was_just_read_counts_for_as_long_as_it_matters(
    place: Place, ledger: Ledger, machine: FakeMachine, off: timedelta
) -> None:
    ledger.note(read_of_text(machine))
    await ledger.flush()
    machine.off = off
    machine.world.move(MINUTE)
    ledger.note(read_of_text(machine))
    await ledger.flush()
    async with place.ledger(machine.read()) as other:

        async def ages() -> list[timedelta]:
            now = machine.clock()
            known = await facts(other, now=now, read_since=now - 10 * MINUTE)
            return [now - reading.at for reading in known.readings]

        assert await ages() == [timedelta(0), MINUTE]
        machine.world.move(9 * MINUTE)
        assert await ages() == [9 * MINUTE]
        machine.world.move(2 * MINUTE)
        assert await ages() == []


async def test_the_record_says_the_clock_and_the_stores_own_time_where_they_differ(
    ledger: Ledger, machine: FakeMachine
) -> None:
    before = await done(ledger, at=machine.clock())
    machine.off = HOUR
    after = await done(ledger, at=machine.clock())
    newer, older = (await ledger.history()).entries
    assert (older.id, older.intent.store_time) == (before.entry, None)
    assert (newer.id, newer.intent.at, newer.intent.store_time) == (
        after.entry,
        START + HOUR,
        START,
    )
    assert (await ledger.verify()).sound


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_two_machines_with_other_clocks_count_together(
    place: Place, ledger: Ledger, machine: FakeMachine
) -> None:
    await fill(ledger, machine)
    for off in (DAY, -DAY):
        wrong = FakeMachine(machine.world, off)
        async with place.ledger(wrong.read()) as other:
            assert isinstance(await text(other, wrong), Broken)
    machine.world.move(61 * MINUTE)
    assert await text(ledger, machine) is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_after_a_restart_of_the_machine_counts_go_on_by_its_clock(
    place: Place, machine: FakeMachine
) -> None:
    async with place.ledger(machine.read()) as ledger:
        await fill(ledger, machine)
    machine.world.move(30 * MINUTE)
    machine.restart()
    async with place.ledger(machine.read()) as ledger:
        assert isinstance(await text(ledger, machine), Broken)
    machine.world.move(31 * MINUTE)
    async with place.ledger(machine.read()) as ledger:
        assert await text(ledger, machine) is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_a_clock_that_is_behind_after_a_restart_ends_what_was_open(
    place: Place, machine: FakeMachine
) -> None:
    async with place.ledger(machine.read()) as ledger:
        await fill(ledger, machine)
        await ledger.approvals.ask(question(asked=START, ends=START + 5 * MINUTE))
        await ledger.approvals.answer("c1", yes(START, "terminal", "jose"))
        await ledger.grants.give(grant(given=START, until=START + HOUR))
    machine.restart()
    machine.off = -HOUR
    async with place.ledger(machine.read()) as ledger:
        now = machine.clock()
        assert await ledger.approvals.spend("c1", "d1", "maria", now) is Unspent.LATE
        assert await ledger.grants.all("test", now) == []
        # And no count is forgotten, nor held for longer than the machine was off.
        assert isinstance(await text(ledger, machine), Broken)
        machine.world.move(61 * MINUTE)
        assert await text(ledger, machine) is None


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("off", "said"), [(3 * HOUR, "put ahead by 3 hours"), (-90 * MINUTE, "put back by 90 minutes")]
)
async def test_a_clock_that_was_set_is_said_for_a_while_by_every_process(
    place: Place, ledger: Ledger, machine: FakeMachine, off: timedelta, said: str
) -> None:
    await text(ledger, machine)
    assert ledger.time.describe_problem(2 * DAY) is None
    machine.off = off
    async with place.ledger(machine.read()) as other:
        await other.open()
        for process in (ledger, other):
            assert said in str(process.time.describe_problem(2 * DAY))
        await text(ledger, machine)
    machine.world.move(DAY)
    async with place.ledger(machine.read()) as later:
        await later.open()
        assert said in str(later.time.describe_problem(2 * DAY))
        assert later.time.describe_problem(HOUR) is None
        machine.world.move(DAY + HOUR)
        assert later.time.describe_problem(2 * DAY) is None


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_a_clock_that_differs_from_the_database_servers_is_said(ledger: Ledger) -> None:
    await ledger.open()
    assert ledger.time.ahead == timedelta(0)
    assert ledger.time.moved is None
    # The test's time is long past for the server.
    assert "behind the database server's" in str(ledger.time.describe_problem(2 * DAY))
