"""The pace of a run: slower where the dialer struggles, at most so many rows a second."""

from dataclasses import replace

import anyio
import pytest

from _support.passing_time import PassingTime
from chasedata_mcp.batches.models import RowOutcome, RowState
from chasedata_mcp.batches.pace import Pace

pytestmark = pytest.mark.anyio
DONE, LOST, UNREACHED, REFUSED = (
    RowOutcome(1, state, code="no_answer", reason="No answer came.")
    for state in (RowState.DONE, RowState.UNKNOWN, RowState.READY, RowState.REFUSED)
)


class Run:
    """A pace and its time."""

    def __init__(self, in_flight: int = 16, per_second: float = 0) -> None:
        self.time = PassingTime()
        self.time._now = 100.0
        self.pace = Pace(in_flight, per_second, self.time.read, self.time.sleep)

    async def note(self, *outcomes: RowOutcome) -> str:
        """Have rows end one after another, each begun when the rest was over."""
        why = ""
        for outcome in outcomes:
            await self.time.sleep(self.pace.rest + 0.01)
            why = self.pace.note(outcome, self.time.read()) or why
        return why


async def test_each_lost_answer_halves_the_rows_in_flight_and_lengthens_the_rest() -> None:
    run = Run()
    seen = []
    for _ in range(8):
        await run.note(LOST)
        seen.append((run.pace.in_flight, run.pace.rest))
    assert seen == [(8, 0.5), (4, 1), (2, 2), (1, 4), (1, 8), (1, 16), (1, 30), (1, 30)]


async def test_rows_that_were_in_flight_together_slow_it_down_once() -> None:
    run = Run()
    began = run.time.read()
    await run.time.sleep(3)
    for _ in range(5):
        assert run.pace.note(UNREACHED, began) == ""
    assert (run.pace.in_flight, run.pace.rest) == (8, 0.5)


async def test_it_speeds_up_again_as_answers_come() -> None:
    run = Run()
    await run.note(LOST, LOST)
    assert run.pace.in_flight == 4
    await run.note(*[DONE] * (4 + 5 + 6))
    assert run.pace.in_flight == 7
    await run.note(LOST)
    assert (run.pace.in_flight, run.pace.rest) == (3, 0.5)
    await run.note(*[DONE] * 500)
    assert run.pace.in_flight == 16


async def test_a_row_that_was_refused_for_itself_slows_nothing_down() -> None:
    run = Run()
    assert await run.note(REFUSED, DONE, REFUSED) == ""
    assert (run.pace.in_flight, run.pace.rest) == (16, 0)


async def test_it_is_no_use_after_twenty_alike_in_a_row() -> None:
    run = Run()
    assert await run.note(*[REFUSED] * 19, DONE, *[REFUSED] * 19) == ""
    assert run.pace.in_flight == 1  # another that fails is the last
    assert (await run.note(REFUSED)).startswith("20 rows in a row failed alike")


async def test_numbers_that_must_not_be_called_say_nothing_of_the_next_ones() -> None:
    run = Run()
    of_person = replace(REFUSED, is_of_row=True)
    assert await run.note(*[REFUSED] * 19, *[of_person] * 40) == ""
    assert (await run.note(REFUSED)).startswith("20 rows in a row failed alike")


async def test_no_more_rows_begin_within_a_second_than_are_allowed() -> None:
    run = Run(per_second=4)
    began: list[float] = []

    async def row() -> None:
        async with run.pace.turn():
            began.append(run.time.read())

    for _ in range(9):
        await row()
    assert began == [100 + number / 4 for number in range(9)]


async def test_no_more_rows_are_in_flight_than_are_allowed() -> None:
    run = Run(in_flight=3)
    most = now = 0

    async def row() -> None:
        nonlocal most, now
        async with run.pace.turn():
            now += 1
            most = max(most, now)
            await anyio.lowlevel.checkpoint()
            now -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(row)
    assert most == 3
