"""Rows that say themselves not to call: none is loaded as if its column were not there."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from _support.pipeline import CALLER, a_pipeline
from _support.tables import each
from chasedata_mcp.batches.models import Batch, BatchRow, RowState
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.row_marks import RowMarks
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio
COMMON = {"campaign": "Solar", "import_only": True}
ANN, BO = "9545550121", "9545550122"


@dataclass
class Desk:
    """A planner and its store, for rows that a call gives itself."""

    planner: Planner
    store: BatchStore

    async def plan(
        self,
        rows: list[dict[str, object]],
        tool: str = "insert_lead",
        common: Mapping[str, object] = COMMON,
    ) -> tuple[Batch, list[BatchRow]]:
        request = BatchRequest(tool=tool, rows=rows, common=common)
        batch = await self.planner.plan(request, CALLER)
        return batch, self.store.read_rows(batch.id, limit=100)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = BatchStore(SqliteDatabase(tmp_path / "batches.sqlite3"))
    yield Desk(Planner(a_pipeline(), store, None), store)
    store.close()


@each(
    "column, cell",
    [
        ("Do Not Call", "1"),  # a report of Salesforce
        ("DONOTCALL", "true"),  # Data Loader
        ("status", "DNC"),  # VICIdial
        ("status_name", "DO NOT CALL"),
        ("Status Name", "Do Not Call"),  # Convoso
        ("Last Disposition", "Do Not Call"),  # Five9
        ("DISPOSITION", "Do Not Call"),
        ("DND", "true"),  # GoHighLevel
        ("DND Call", "Inbound"),
        ("Tags", "web, dnc"),
        ("ContactCallable", "0"),  # Genesys
        ("CallRecordLastResult-HomePhone", "ININ-OUTBOUND-DNC"),
        ("Federal DNC", "Y"),  # a list that was scrubbed
        ("DNC Status", "National DNC"),
        ("Litigator", "Y"),
        ("Opt Out", "2026-03-04"),
        ("TCPA Consent", "Revoked"),
        ("Call Preference", "Don\u2019t call"),
        ("Last Name", "DO NOT CALL"),
        ("Call Status", "DO NOT CALL"),  # DialedIn's own report, mapped to call_status
    ],
)
def test_a_column_that_says_not_to_call_is_found(column: str, cell: str) -> None:
    assert RowMarks(["Phone", column, "City"], ()).find_mark([ANN, cell, "Miami"]) == column


@each(
    "column, cell",
    [
        ("Do Not Call", "0"),
        ("DONOTCALL", "false"),
        ("DNC Status", "Clean"),
        ("DNC Date", "0000-00-00"),
        ("DND", ""),
        ("status", "NEW"),
        ("ContactCallable", "1"),
        ("Email Opt Out", "true"),
        ("Unsubscribed from all email", "true"),
        ("Marketing contact status", "Non-marketing contact"),
        ("TCPA Consent", "No"),
        ("Last Call Date", "2026-11-02"),
        ("Called Count", "3"),
        ("Company", "Do-It-Right Roofing"),
        ("Notes", "asked not to be called before noon"),
    ],
)
def test_a_column_that_says_nothing_of_the_kind_is_no_mark(column: str, cell: str) -> None:
    assert RowMarks(["Phone", column], ()).find_mark([ANN, cell]) is None


def test_the_accounts_own_word_for_it_is_a_mark() -> None:
    assert RowMarks(["Status"], frozenset({"finished"})).find_mark(["Finished"]) == "Status"


async def test_a_marked_row_is_left_out_with_its_column_and_the_others_are_ready(
    desk: Desk,
) -> None:
    _, rows = await desk.plan([{"Phone": ANN, "DNC": "Y"}, {"Phone": BO, "DNC": "N"}])
    assert [(row.state, row.code) for row in rows] == [("left_out", "marked"), ("ready", "")]
    assert "“DNC” says that they must not be called" in rows[0].reason


@pytest.mark.parametrize("marked_first", [True, False])
async def test_somebody_marked_in_one_row_is_loaded_by_no_other(
    desk: Desk,
    marked_first: bool,  # noqa: FBT001 - a case of the table
) -> None:
    rows: list[dict[str, object]] = [{"Phone": ANN, "DNC": "Y"}, {"Phone": f"1{ANN}", "DNC": ""}]
    batch, planned = await desk.plan(rows if marked_first else rows[::-1])
    assert {row.state for row in planned} == {RowState.LEFT_OUT}
    assert {row.code for row in planned} <= {"marked", "repeated"}
    assert batch.digest == desk.store.digest_planned(batch)


@each(
    "tool, rows, common",
    [
        (
            "insert_lead",
            [{"Phone": ANN, "Campaign": "Solar"}, {"Phone": ANN, "Campaign": "Medicare"}],
            {"import_only": True},
        ),
        (
            "insert_lead",
            [{"Phone": ANN, "Client ID": "C1"}, {"Phone": BO, "Client ID": "C1"}],
            COMMON,
        ),
        (
            "insert_lead",
            [{"Phone": ANN, "State": "Floridaa"}, {"Phone": ANN, "State": "FL"}],
            COMMON,
        ),
        (
            "add_dial_list_phone",
            [{"Phone": ANN, "List": "Warm"}, {"Phone": ANN, "List": "Cold"}],
            {"agent": "Maria"},
        ),
    ],
)
async def test_a_mark_counts_for_every_row_of_its_person(
    desk: Desk, tool: str, rows: list[dict[str, object]], common: Mapping[str, object]
) -> None:
    for marked in (0, 1):
        for order in (1, -1):
            given = [{**row, "DNC": "Y" if at == marked else ""} for at, row in enumerate(rows)]
            _, planned = await desk.plan(given[::order], tool, common)
            assert [row.state for row in planned] == [RowState.LEFT_OUT] * 2, (tool, marked, order)


async def test_what_is_no_mark_and_should_be_known_is_told(desk: Desk) -> None:
    batch, rows = await desk.plan(
        [{"Phone": ANN, "TCPA Consent": "No", "Comments": "do not call again"}]
    )
    assert [row.state for row in rows] == [RowState.READY]
    assert batch.notes == (
        "1 row: “Comments” may say that they must not be called.",
        "1 row: “TCPA Consent” says no, and is no reason to leave it out.",
    )


@pytest.mark.parametrize(
    ("tool", "further", "common", "state"),
    [
        ("add_dial_list_phone", {"Agent": "J", "List Name": "L"}, {}, RowState.LEFT_OUT),
        ("update_lead", {"Campaign": "Solar"}, {"search_field": "phone"}, RowState.LEFT_OUT),
        ("update_lead", {"City": "Miami"}, {"search_field": "phone"}, RowState.READY),
        ("search_lead", {}, {"search_field": "phone"}, RowState.READY),
        ("insert_dnc", {}, {}, RowState.READY),
    ],
)
async def test_a_mark_is_in_the_way_of_what_reaches_somebody_and_of_nothing_else(
    desk: Desk,
    tool: str,
    further: dict[str, object],
    common: dict[str, object],
    state: RowState,
) -> None:
    _, [row] = await desk.plan([{"Phone": ANN, "DNC": "Y", **further}], tool, common=common)
    assert row.state is state
