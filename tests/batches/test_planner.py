"""Planning: every row of a file is ready or left out with its reason, and nothing is sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from _support.dialer import RecordingDialer
from _support.name_files import a_directory
from _support.pipeline import CALLER, AssembledPipeline, a_pipeline
from _support.sandbox import terms
from _support.workbooks import write_xlsx
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, OnDuplicate, RowState
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio

COMMON = {"campaign": "Solar", "import_only": True}
WRITES = policy_in_force(terms(confirm="writes"))
ALICE, BOB = "9545550101", "9545550102"


@dataclass
class Desk:
    """A planner with its files, its store, and a dialer that must not be posted to."""

    planner: Planner
    store: BatchStore
    pipeline: AssembledPipeline
    folder: Path
    dialer: RecordingDialer

    async def plan(self, content: str | None = None, **other: Any) -> Batch:  # noqa: ANN401 - any field
        if content is not None:
            (self.folder / "leads.csv").write_text(content)
        usual: dict[str, Any] = {"tool": "insert_lead", "file": "leads.csv", "common": COMMON}
        return await self.planner.plan(BatchRequest(**{**usual, **other}), CALLER)

    def rows(self, batch: Batch) -> list[BatchRow]:
        return self.store.read_rows(batch.id, limit=1000)

    async def left_out(self, content: str, **other: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401 - as above
        batch = await self.plan(content, **other)
        return [(row.line, row.code, row.reason) for row in self.rows(batch) if row.code]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    dialer = RecordingDialer()
    pipeline = a_pipeline(dialer=dialer)
    store = BatchStore(SqliteDatabase(tmp_path / "batches.sqlite3"))
    folder = tmp_path / "files"
    folder.mkdir()
    yield Desk(Planner(pipeline, store, folder), store, pipeline, folder, dialer)
    store.close()


async def test_a_file_becomes_a_frozen_batch_of_its_rows(desk: Desk) -> None:
    batch = await desk.plan(f"Phone,First Name,Comments\n{ALICE},Ana,x\n(954) 555-0102,Bo,y\n")
    assert (batch.state, batch.source, batch.tool) == ("planned", "leads.csv", "insert_lead")
    assert batch.arguments == ("primary_phone", "first_name", "")
    assert [(row.number, row.line, row.state) for row in desk.rows(batch)] == [
        (1, 2, RowState.READY),
        (2, 3, RowState.READY),
    ]
    assert desk.rows(batch)[1].arguments == {
        **COMMON,
        "primary_phone": "(954) 555-0102",
        "first_name": "Bo",
    }
    assert desk.rows(batch)[1].cells == ("(954) 555-0102", "Bo", "y")
    assert desk.store.get(batch.id) == batch
    assert desk.dialer.posted == []


async def test_rows_of_a_call_and_of_each_kind_of_file_are_planned_alike(desk: Desk) -> None:
    write_xlsx(desk.folder / "a.xlsx", {"Report": [["Phone", "Zip"], [float(ALICE), 2139.0]]})
    (desk.folder / "a.jsonl").write_text(f'{{"Phone": {ALICE}, "Zip": "2139"}}')
    (desk.folder / "a.tsv").write_text(f"Phone\tZip\n{ALICE}.0\t02139\n")
    ways: list[dict[str, Any]] = [
        *({"file": f"a.{kind}"} for kind in ("xlsx", "jsonl", "tsv")),
        {"file": "", "rows": [{"Phone": ALICE, "Zip": "02139", "City": None}]},
    ]
    for way in ways:
        batch = await desk.plan(**way)
        [row] = desk.rows(batch)
        assert row.state is RowState.READY
        assert row.arguments == {**COMMON, "primary_phone": ALICE, "zip_code": "02139"}


async def test_each_row_that_cannot_be_run_says_why_and_the_others_are_ready(desk: Desk) -> None:
    await desk.pipeline.call("insert_dnc", number=BOB)
    content = (
        "Phone,State\n"
        f"{ALICE},FL\n"
        f"{BOB},FL\n"
        "12345,FL\n"
        "9.5455E+09,FL\n"
        f"{ALICE},FL\n"
        "9545550103,FL,x\n"
        "9545550104,Atlantis\n"
    )
    found = await desk.left_out(content)
    assert [(line, code) for line, code, _ in found] == [
        (3, "suppressed"),
        (4, "invalid"),
        (5, "invalid"),
        (6, "repeated"),
        (7, "unreadable"),
        (8, "invalid"),
    ]
    reasons = {line: reason for line, _, reason in found}
    assert reasons[6] == "the same as row 2"
    assert "primary_phone" in reasons[4]
    assert all(ALICE not in reason and "12345" not in reason for reason in reasons.values())


async def test_the_same_phone_in_another_campaign_is_no_repetition(desk: Desk) -> None:
    content = f"Phone,Campaign\n{ALICE},Solar\n{ALICE},Medicare\n{ALICE},Solar\n"
    found = await desk.left_out(content, common={"import_only": True})
    assert [line for line, _, _ in found] == [4]


async def test_two_leads_of_one_id_are_a_repetition(desk: Desk) -> None:
    found = await desk.left_out(f"Phone,Client ID\n{ALICE},A1\n{BOB},A1\n")
    assert found == [(3, "repeated", "the same as row 2")]


@pytest.mark.parametrize(
    ("tool", "content", "common"),
    [
        ("update_lead", "Client ID,City\nA1,Austin\nA1,Dallas\n", {"search_field": "client_id"}),
        ("search_lead", f"Phone\n{ALICE}\n{ALICE}\n", {"search_field": "phone"}),
        ("insert_dnc", f"Phone\n{ALICE}\n{ALICE}\n", {}),
        ("add_dial_list_phone", f"Agent,List Name,Phone\nJ,L,{ALICE}\nJ,L,{ALICE}\n", {}),
        ("disposition_lead", "Lead Id,Disposition\n1,Booking\n1,Booking\n", {}),
        # Which of the two the dialer would get last, nobody knows.
        ("disposition_lead", "Lead Id,Disposition\n1,Booking\n1,SALE\n", {}),
    ],
)
async def test_each_tool_of_a_batch_sees_its_repetitions(
    desk: Desk, tool: str, content: str, common: dict[str, object]
) -> None:
    found = await desk.left_out(content, tool=tool, common=common)
    assert [(line, code) for line, code, _ in found] == [(3, "repeated")]


async def test_no_other_row_about_a_lead_is_in_the_way_of_its_request_to_stop(desk: Desk) -> None:
    for tool, content, common in (
        ("disposition_lead", "Lead Id,Disposition\n1,SALE\n1,DO NOT CALL\n", {}),
        (
            "update_lead",
            "Client ID,Call Status\nA1,SALE\nA1,DO NOT CALL\n",
            {"search_field": "client_id"},
        ),
    ):
        assert await desk.left_out(content, tool=tool, common=common) == []


async def test_the_same_phone_is_searched_for_in_each_campaign(desk: Desk) -> None:
    content = f"Phone,Campaign\n{ALICE},Solar\n{ALICE},Medicare\n{ALICE},Solar\n"
    found = await desk.left_out(content, tool="search_lead", common={"search_field": "phone"})
    assert [line for line, _, _ in found] == [4]


@pytest.mark.parametrize(
    "opened",
    [
        {"dial_non_callables": True},
        {"dial_non_callables": True, "import_only": True},
        {"allow_dialing_duplicates": True},
        {"check_timezone": False},
    ],
)
async def test_nobody_is_asked_about_rows_that_no_yes_to_a_batch_covers(
    desk: Desk, opened: dict[str, object]
) -> None:
    if opened == {"dial_non_callables": True, "import_only": True}:
        desk.planner = Planner(desk.pipeline.over(policy=WRITES), desk.store, desk.folder)
    common = {**COMMON, "import_only": False, **opened}
    [(line, code, reason)] = await desk.left_out(f"Phone\n{ALICE}\n", common=common)
    assert (line, code) == (2, "not_allowed")
    assert "doesn't cover this row" in reason
    assert "Make this call by itself" in reason


@pytest.mark.parametrize(
    "tool", ["delete_dnc", "delete_dial_list", "send_sms", "conference_call", "undo", "x"]
)
async def test_no_other_tool_takes_many_rows(desk: Desk, tool: str) -> None:
    with pytest.raises(BatchError, match="and no other tool"):
        await desk.plan(f"Phone\n{ALICE}\n", tool=tool)


async def test_a_mapping_is_remembered_for_the_same_header(desk: Desk) -> None:
    content = f"Fon,City\n{ALICE},Austin\n"
    with pytest.raises(BatchError, match="needs primary_phone"):
        await desk.plan(content)
    await desk.plan(content, columns={"Fon": "primary_phone", "City": ""})
    again = await desk.plan(f"Fon,City\n{BOB},Dallas\n")
    assert again.arguments == ("primary_phone", "")


async def test_the_digest_is_of_what_is_ready_and_of_nothing_else(desk: Desk) -> None:
    batches = [
        await desk.plan(content, **other)
        for content, other in (
            (f"Phone,Comments\n{ALICE},x\n", {}),
            (f"Phone,Comments\n{BOB},x\n", {}),
            (f"Phone,Comments\n{ALICE},x\n", {"on_duplicate": OnDuplicate.UPDATE}),
        )
    ]
    assert len({batch.digest for batch in batches}) == 3
    assert all(len(batch.digest) == 64 for batch in batches)


async def test_what_was_assumed_or_mended_is_noted(desk: Desk) -> None:
    (desk.folder / "leads.csv").write_bytes(
        f"Phone,Zip,City\n{ALICE}.0,2139,Québec\n{BOB},2139,x\n".encode("cp1252")
    )
    batch = await desk.plan()
    assert batch.notes[0].startswith("leads.csv isn't UTF-8")
    assert batch.notes[1:] == (
        "1 row: primary_phone without its decimals.",
        "2 rows: zip_code with its zeros.",
    )


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"file": ""}, "rows or the name of a file"),
        ({"rows": [{"Phone": ALICE}]}, "rows or the name of a file"),
        ({"file": "", "rows": [{"Phone": ALICE}] * 201}, "200 rows at most"),
        ({"file": "", "rows": [{"Phone": [ALICE]}]}, "Row 1: Phone has to be a text"),
        ({"file": "", "rows": [{"Phone": ALICE, "phone ": BOB}]}, "“Phone” more than once"),
        ({"columns": {"Phone": "custom_fields.\ud800"}}, "half of a surrogate pair"),
        ({"common": {**COMMON, "city": "\ud800"}}, "half of a surrogate pair"),
        ({"file": "../leads.csv"}, "and no path"),
        ({"file": "gone.csv"}, "no file gone.csv"),
    ],
)
async def test_a_request_that_cannot_be_planned_says_what_to_give(
    desk: Desk, other: dict[str, object], why: str
) -> None:
    with pytest.raises(BatchError) as refused:
        await desk.plan(f"Phone\n{ALICE}\n", **other)
    assert why in str(refused.value)
    assert desk.store.list_batches("test", 9) == []


@pytest.mark.parametrize(
    ("column", "rest", "why"),
    [
        ("Phone", "\n\n", "no rows under the header"),
        ("Contact", f",Where\nPhone Number,City\n{ALICE},Austin\n", "second header in row 2"),
    ],
)
async def test_a_file_without_leads_under_its_header_is_refused(
    desk: Desk, column: str, rest: str, why: str
) -> None:
    with pytest.raises(BatchError, match=why):
        await desk.plan(column + rest, columns={column: "primary_phone"})


async def test_without_a_folder_no_file_is_planned(desk: Desk) -> None:
    planner = Planner(desk.pipeline, desk.store, None)
    with pytest.raises(BatchError, match="No folder for files is set"):
        await planner.plan(
            BatchRequest(tool="insert_lead", file="leads.csv", common=COMMON), CALLER
        )


async def test_a_file_that_changes_while_it_is_planned_leaves_why_and_no_row(
    desk: Desk, tmp_path: Path
) -> None:
    class Growing(BatchStore):
        """A store during whose work the file grows."""

        @override
        def add(self, batch: Batch) -> None:
            super().add(batch)
            (desk.folder / "leads.csv").write_text(f"Phone\n{ALICE}\n{BOB}\n")

    store = Growing(SqliteDatabase(tmp_path / "other.sqlite3"))
    (desk.folder / "leads.csv").write_text(f"Phone\n{ALICE}\n")
    planner = Planner(desk.pipeline, store, desk.folder)
    with pytest.raises(BatchError, match="was changed while it was read"):
        await planner.plan(
            BatchRequest(tool="insert_lead", file="leads.csv", common=COMMON), CALLER
        )
    [left] = store.list_batches("test", 9)
    assert left.state is BatchState.STOPPED
    assert "was changed while it was read" in left.stopped_because
    assert store.count_rows(left.id).total == 0
    store.close()


async def test_an_alias_is_planned_as_the_name_that_it_stands_for(desk: Desk) -> None:
    names = "[agents]\nJoe = 'jsmith'\n[campaigns]\nnames = ['Solar']\ncomplete = true\n"
    pipeline = desk.pipeline.over(names=a_directory(desk.folder, names))
    desk.planner = Planner(pipeline, desk.store, desk.folder)
    content = f"phone,rep,campaign\n{ALICE},Joe,Solar\n{BOB},Joe,Sollar\n"
    batch = await desk.plan(content, common={"import_only": True})
    first, second = desk.rows(batch)
    assert (first.state, first.arguments["rep"]) == (RowState.READY, "jsmith")
    assert "1 row: `rep`: “Joe” means “jsmith”, by the names file." in batch.notes
    assert (second.code, second.state) == ("invalid", RowState.LEFT_OUT)
    assert "did you mean “Solar”?" in second.reason


async def test_what_is_the_same_for_all_rows_is_kept_by_its_name_and_wins_over_a_cell(
    desk: Desk,
) -> None:
    names = "[campaigns]\nHot = 'Solar'\n[custom_fields]\nPay = 'Plan'\n"
    pipeline = desk.pipeline.over(names=a_directory(desk.folder, names))
    desk.planner = Planner(pipeline, desk.store, desk.folder)
    batch = await desk.plan(
        f"phone,A,B\n{ALICE},1,2\n",
        columns={"A": "custom_fields.Plan", "B": "custom_fields.Size"},
        common={"import_only": True, "campaign": "Hot", "custom_fields": '{"Pay": "B"}'},
    )
    fields = {"Plan": "B"}
    assert batch.common == {"import_only": True, "campaign": "Solar", "custom_fields": fields}
    assert "For all rows: `campaign`: “Hot” means “Solar”, by the names file." in batch.notes
    (row,) = desk.rows(batch)
    assert row.arguments["campaign"] == "Solar"
    assert row.arguments["custom_fields"] == {**fields, "Size": "2"}


async def test_a_row_is_repeated_only_where_an_earlier_one_about_the_same_is_sent(
    desk: Desk,
) -> None:
    """The second row is left out for its id, so its phone is that of no row but the third."""
    content = f"Phone,Client ID\n{ALICE},C1\n{BOB},C1\n{BOB},C2\n"
    assert [(line, code) for line, code, _ in await desk.left_out(content)] == [(3, "repeated")]
