"""Leads that are looked up while they are planned, and duplicates that are named in the account."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from _support.batch_engine import AtOnce
from _support.faults import Watching
from _support.pipeline import CALLER
from _support.row_runs import COMMON, NEW, THERE, YES
from _support.sandbox import SandboxPipeline, a_sandbox_pipeline
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import BatchRow, OnDuplicate, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """A planner of leads before a sandbox."""

    pipeline: SandboxPipeline
    store: BatchStore

    async def planned(self, *phones: str, **other: Any) -> list[BatchRow]:  # noqa: ANN401 - any field
        usual: dict[str, Any] = {"tool": "insert_lead", "common": COMMON, "already_there": True}
        rows = [{"Phone": phone} for phone in phones]
        request = BatchRequest(**{**usual, "rows": rows, **other})
        batch = await Planner(self.pipeline, self.store, None).plan(request, CALLER)
        self.notes, self.id = batch.notes, batch.id
        return self.store.read_rows(batch.id, limit=100)

    notes: tuple[str, ...] = ()
    id: str = ""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = BatchStore(SqliteDatabase(tmp_path / "batches.sqlite3"))
    async with a_sandbox_pipeline() as pipeline:
        yield Desk(pipeline, store)
    store.close()


async def test_a_lead_that_is_there_is_left_out_and_named(desk: Desk) -> None:
    new, there = await desk.planned(NEW[0], THERE)
    assert new.state is RowState.READY
    assert (there.state, there.code) == (RowState.LEFT_OUT, "already_there")
    assert there.reason == f"lead {there.lead_id} is there already"
    assert desk.pipeline.dialer.writes == []


async def test_a_lead_of_another_campaign_is_in_the_way_only_where_all_are_compared(
    desk: Desk,
) -> None:
    other = {"campaign": "Roofing", "import_only": True}
    (row,) = await desk.planned(THERE, common=other)
    assert row.state is RowState.READY
    (row,) = await desk.planned(THERE, common={**other, "duplicates_check": "all_campaigns"})
    assert row.code == "already_there"


async def test_what_can_not_be_looked_up_stays_ready_and_is_said(desk: Desk) -> None:
    desk.pipeline.set_faults("LeadOperations.php=drop*99")
    (row,) = await desk.planned(NEW[0])
    assert row.state is RowState.READY
    assert "1 row could not be looked up." in desk.notes


async def test_a_callback_that_passes_while_rows_are_looked_up_ends_no_planning(
    desk: Desk,
) -> None:
    async def let_a_minute_pass() -> None:
        desk.pipeline.clock.move(timedelta(minutes=1))

    way = desk.pipeline.over(dialer=Watching(desk.pipeline.dialer, let_a_minute_pass))
    common = {**COMMON, "callback": {"agent": "Maria", "at": "2026-06-01T12:02:30"}}
    request = BatchRequest(
        tool="insert_lead",
        rows=[{"Phone": phone} for phone in NEW[:9]],
        common=common,
        already_there=True,
    )
    batch = await Planner(way, desk.store, None).plan(request, CALLER)
    rows = desk.store.read_rows(batch.id, limit=100)
    assert {row.state for row in rows} == {RowState.READY}
    assert any("could not be looked up" in note for note in batch.notes)


async def test_a_lead_is_found_by_its_phone_and_by_its_client_id(desk: Desk) -> None:
    rows = [
        {"Phone": THERE, "Client ID": "CRM-NEW"},
        {"Phone": NEW[0], "Client ID": "WEB-1001"},
        {"Phone": NEW[1], "Client ID": "CRM-NEWER"},
    ]
    found = await desk.planned(rows=rows)
    assert [row.code for row in found] == ["already_there", "already_there", ""]


async def test_without_being_asked_for_nothing_is_looked_up(desk: Desk) -> None:
    (row,) = await desk.planned(THERE, already_there=False)
    assert row.state is RowState.READY
    assert desk.pipeline.dialer.forms == []


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"tool": "insert_dnc", "common": {}}, "Only leads that are to be stored"),
        ({"on_duplicate": OnDuplicate.UPDATE}, "give one of the two"),
    ],
)
async def test_a_look_up_that_makes_no_sense_is_refused(
    desk: Desk, other: dict[str, Any], why: str
) -> None:
    with pytest.raises(BatchError, match=why):
        await desk.planned(THERE, **other)


async def test_a_duplicate_that_is_to_be_reported_is_told_apart_and_named(desk: Desk) -> None:
    outcomes = dict[OnDuplicate, BatchRow]()
    for what in (OnDuplicate.SKIP, OnDuplicate.REPORT):
        await desk.planned(THERE, already_there=False, on_duplicate=what)
        ledger = desk.pipeline.ledger
        service = BatchService(desk.pipeline, ledger, desk.store, lambda: Pace(5), AtOnce())
        await service.approve(await service.view(desk.id), YES, desk.pipeline.clock())
        await service.run(desk.id, lambda _: None)
        (outcomes[what],) = desk.store.read_rows(desk.id, limit=1)
    assert {row.state for row in outcomes.values()} == {RowState.DUPLICATE}
    assert outcomes[OnDuplicate.SKIP].code == "duplicate_lead"
    reported = outcomes[OnDuplicate.REPORT]
    assert (reported.code, reported.lead_id != "") == ("reported", True)
    assert f"It is lead {reported.lead_id}." in reported.reason
