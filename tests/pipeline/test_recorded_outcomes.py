"""The outcome of an update: on record with what its read-back finds, or without waiting for it."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread

from _support.faults import Watching
from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import SandboxPipeline, a_recorded_pipeline, a_sandbox_pipeline, terms
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.engine import open_store
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.writes import AnyAppend
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
UPDATE: dict[str, object] = {"search_field": "lead_id", "identifier": "1001", "city": "Tampa"}
READ_BACK = 3
"""An update searches its lead, is posted, and is read back by its third post."""


class Transactions:
    """A store that keeps what was appended in each of its transactions."""

    def __init__(self, place: Path) -> None:
        self._store = open_store(place, "sandbox", None)
        self.appended: list[list[str]] = []
        self.an_outcome = threading.Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else the store has
        return getattr(self._store, name)

    def append_group(self, group: Sequence[AnyAppend]) -> None:
        self._store.append_group(group)
        self.appended.append([write.work.__name__ for write in group])
        if "end" in self.appended[-1]:
            self.an_outcome.set()


@pytest.fixture
async def updating(
    tmp_path: Path,
) -> AsyncIterator[tuple[SandboxPipeline, Callable[[], Transactions]]]:
    opened: list[Transactions] = []

    def opening() -> Store:
        opened.append(Transactions(tmp_path))
        return cast("Store", opened[-1])

    async with a_recorded_pipeline(opening, policy_in_force(terms())) as pipeline:
        yield pipeline, lambda: opened[-1]


async def update(pipeline: AssembledPipeline) -> None:
    cleared = await pipeline.admit(pipeline.read("update_lead", UPDATE), CALLER)
    assert isinstance(cleared, Cleared)
    assert (await pipeline.send(cleared)).outcome == "done"


def at_read_back(
    pipeline: SandboxPipeline, look: Callable[[], Awaitable[None]]
) -> AssembledPipeline:
    """Have something done while an update is read back."""
    posts = 0

    async def counted() -> None:
        nonlocal posts
        posts += 1
        if posts == READ_BACK:
            await look()

    return pipeline.over(dialer=Watching(pipeline.dialer, counted))


async def test_an_outcome_and_its_read_back_are_one_transaction(
    updating: tuple[SandboxPipeline, Callable[[], Transactions]],
) -> None:
    pipeline, transactions = updating
    await update(pipeline)
    assert transactions().appended == [["intend"], ["end", "end"]]
    entry = await pipeline.newest()
    assert [one.how for one in entry.endings] == ["answered", "read back"]


async def test_an_outcome_is_recorded_though_its_read_back_takes_long(
    updating: tuple[SandboxPipeline, Callable[[], Transactions]],
) -> None:
    pipeline, transactions = updating
    known: list[Outcome] = []

    async def look() -> None:
        assert await to_thread.run_sync(transactions().an_outcome.wait, TIMEOUT)
        known.append((await pipeline.newest()).outcome)

    await update(at_read_back(pipeline, look))
    assert known == [Outcome.DONE]
    assert transactions().appended == [["intend"], ["end"], ["end"]]


async def test_a_call_that_is_cancelled_while_it_is_read_back_has_its_outcome_on_record(
    updating: tuple[SandboxPipeline, Callable[[], Transactions]],
) -> None:
    pipeline, _ = updating
    with anyio.CancelScope() as scope:

        async def look() -> None:
            scope.cancel()
            await anyio.lowlevel.checkpoint()

        await update(at_read_back(pipeline, look))
    assert scope.cancelled_caught
    entry = await pipeline.newest()
    assert (entry.outcome, len(entry.endings)) == (Outcome.DONE, 1)


async def test_a_duplicate_is_on_record_whoever_gives_up_while_its_lead_is_looked_up() -> None:
    async with a_sandbox_pipeline() as pipeline:
        with anyio.CancelScope() as scope:

            class GivenUp:
                """A dialer whose caller gives up once it has refused an insert."""

                refused = False

                async def post(self, request: Request) -> Answer:
                    if self.refused:
                        scope.cancel()
                        await anyio.lowlevel.checkpoint()
                    self.refused = request.script is Script.INSERT
                    return await pipeline.dialer.post(request)

            there = {"campaign": "Solar", "primary_phone": "9545550101", "import_only": True}
            way = pipeline.over(dialer=GivenUp())
            await way.run("insert_lead", **there)
        assert scope.cancelled_caught
        entry = await pipeline.newest()
        assert (entry.outcome, entry.ending and entry.ending.code) == ("refused", "duplicate_lead")
