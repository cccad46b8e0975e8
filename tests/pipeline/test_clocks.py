"""A clock that is set while a server runs: what is said of it, and what doesn't go by it."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from _support.machines import FakeMachine, MachineClock, World
from _support.pipeline import RecordedPipeline, a_pipeline
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.policy.evaluator import Policy

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
READ = Policy(after_reading=timedelta(minutes=10))


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine(World())


@pytest.fixture
async def pipeline(tmp_path: Path, machine: FakeMachine) -> AsyncGenerator[RecordedPipeline]:
    """A pipeline on that machine."""
    async with open_ledger(tmp_path, "live", clock=machine.read()) as ledger:
        yield a_pipeline(READ, clock=MachineClock(machine), ledger=ledger)


async def test_results_of_writes_say_for_an_hour_that_the_clock_was_set(
    pipeline: RecordedPipeline, machine: FakeMachine
) -> None:
    number = {"number": "9545550123"}
    assert (await pipeline.call("insert_dnc", **number)).warnings == []
    machine.off = 2 * HOUR
    result = await pipeline.call("insert_dnc", **number)
    assert any("This machine's clock was put ahead by 2 hours" in one for one in result.warnings)
    machine.world.move(HOUR + timedelta(minutes=1))
    assert (await pipeline.call("insert_dnc", **number)).warnings == []


@pytest.mark.parametrize("off", [HOUR, -HOUR])
async def test_what_this_process_has_read_counts_for_as_long_as_it_matters(
    pipeline: RecordedPipeline, machine: FakeMachine, off: timedelta
) -> None:
    text = {"to_number": "9545550123", "from_number": "9545550100", "message": "Hello"}
    pipeline.facts.has_read("somebody/an assistant", ("lead 1001",))
    machine.off = off
    machine.world.move(timedelta(minutes=9))
    assert await pipeline.asks("send_sms", **text)
    machine.world.move(timedelta(minutes=2))
    assert not await pipeline.asks("send_sms", **text)
