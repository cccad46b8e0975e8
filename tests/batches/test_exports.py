"""Whole files as programs export them, of people who aren't there: each is planned at first try."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from _support.old_workbooks import write_xls
from _support.pipeline import CALLER, a_pipeline
from _support.workbooks import Cell, write_xlsx
from chasedata_mcp.batches.models import BatchRow, RowState
from chasedata_mcp.batches.planner import BatchRequest, Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio
COMMON = {"campaign": "Solar", "import_only": True}


@dataclass(frozen=True)
class Export:
    """A file of a program, and what its rows are planned as.

    Attributes:
        name: The file's name.
        write: Writes it.
        first: The arguments of its first row, beside those that are the same for all.
        ready: How many rows are ready.
        columns: The one mapping that it takes, if its names don't say all.
        left_out: What is left out, by the line and the reason.
    """

    name: str
    write: Callable[[Path], object]
    first: Mapping[str, str]
    ready: int
    columns: Mapping[str, str] | None = None
    left_out: tuple[tuple[int, str], ...] = ()


def text(content: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content.encode(encoding))


VICIDIAL = """\
lead_id\tentry_date\tmodify_date\tstatus\tuser\tvendor_lead_code\tsource_id\tlist_id\t\
gmt_offset_now\tcalled_since_last_reset\tphone_code\tphone_number\ttitle\tfirst_name\t\
middle_initial\tlast_name\taddress1\taddress2\taddress3\tcity\tstate\tprovince\tpostal_code\t\
country_code\tgender\tdate_of_birth\talt_phone\temail\tsecurity_phrase\tcomments\tcalled_count
2840117\t2026-10-02 09:14:21\t2026-11-20 16:02:11\tNA\t6001\tWEB-7001\tweb\t1001\t-5.00\tY\t1\t\
9545550121\t\tAnn\t\tO'Hara\t12 Palm Ave\t\t\tMiami\tFL\t\t33101\tUSA\tF\t0000-00-00\t\t\t\tlater\t2
2840118\t2026-10-02 09:15:02\t2026-11-20 16:05:40\tNEW\t\tWEB-7002\tweb\t1001\t-5.00\tN\t1\t\
9545550122\t\tBen\tQ\tRoy\t\t\t\tTampa\tFL\t\t33602\tUSA\tM\t0000-00-00\t\t\t\t\t0
"""
FIVE9 = """\
number1,number2,number3,first_name,last_name,company,street,city,state,zip,Last Disposition
9545550121,,,Ann,O'Hara,"Palm, Inc.",12 Palm Ave,Miami,FL,33101,No Answer
(954) 555-0122,9545550199,,Ben,Roy,,,Tampa,FL,33602,Busy
5550123,,,Cy,Short,,,Tampa,FL,33602,
"""
HUBSPOT = """\
"Record ID - Contact","First Name","Last Name","Email","Phone Number","Contact owner",\
"Lead Status","Street Address","City","State/Region","Postal Code","Create Date"
"51000121","Ann","O'Hara","ann@example.com","+1 954-555-0121","Kim Lee","Open","12 Palm Ave",\
"Miami","Florida","33101","2026-10-02 09:14"
"51000122","Ben","Roy","ben@example.com","+19545550122","","","","Tampa","FL","33602","2026-10-03"
"""
SALESFORCE = """\
"First Name","Last Name","Title","Company / Account","Street","City","State/Province",\
"Zip/Postal Code","Country","Phone","Mobile","Email","Lead Owner","Lead Status"
"Ann","Núñez","Owner","Palm Inc.","12 Palm Ave\nSuite 4","Miami","FL","33101",\
"US","(954) 555-0121","","ann@example.com","Kim Lee","Open - Not Contacted"
"Ben","Roy","","Roy LLC","","Tampa","FL","02139","US","954.555.0122","","","Kim Lee","Open"
"""
GOHIGHLEVEL = """\
Contact Id,First Name,Last Name,Business Name,Company Name,Phone,Email,Created,Last Activity,Tags
q8XwZ1,ann,o'hara,,,+19545550121,ann@example.com,Oct 02 2026 09:14 AM,,"web, solar"
q8XwZ2,ben,roy,,,+19545550122,,Oct 03 2026 10:00 AM,,
q8XwZ3,dup,roy,,,+19545550122,,Oct 03 2026 10:00 AM,,
"""
DIALEDIN: list[list[str | float]] = [
    ["Rep", "Team", "Skill", "Campaign", "Subcampaign", "call_status", "Phone", "First Name",
     "Last Name", "Zip"],
    ["lena", "Day", "Sales", "Solar", "Web", "Ans. Machine", 9545550121.0, "Ann", "O'Hara", 2139.0],
    ["sam", "Day", "Sales", "Solar", "Web", "No English", 9545550122.0, "Ben", "Roy", 33602.0],
]  # fmt: skip
LISTED: list[list[Cell]] = [["Telefon", "Vorname"], [9545550121.0, "Ann"], [9545550122.0, "Ben"]]
ANN = {"primary_phone": "9545550121", "first_name": "Ann"}

EXPORTS = {
    "VICIdial": Export(
        "list_1001.txt",
        text(VICIDIAL.replace("\t\\\n", "\t")),
        {**ANN, "client_id": "WEB-7001", "address": "12 Palm Ave", "zip_code": "33101"},
        2,
    ),
    "Five9": Export(
        "five9.csv", text(FIVE9), {**ANN, "city": "Miami"}, 2, left_out=((4, "invalid"),)
    ),
    "HubSpot": Export(
        "hubspot-crm-exports-all-contacts.csv",
        text(HUBSPOT, "utf-8-sig"),
        {**ANN, "primary_phone": "+1 954-555-0121", "client_id": "51000121", "state": "FL"},
        2,
    ),
    "Salesforce": Export(
        "report1764.csv",
        text(SALESFORCE, "cp1252"),
        {
            **ANN,
            "primary_phone": "(954) 555-0121",
            "last_name": "Núñez",
            "address": "12 Palm Ave, Suite 4",
        },
        2,
    ),
    "GoHighLevel": Export(
        "Export_Contacts.csv",
        text(GOHIGHLEVEL),
        {"primary_phone": "+19545550121", "client_id": "q8XwZ1"},
        2,
        left_out=((4, "repeated"),),
    ),
    "DialedIn": Export(
        "ProductionReport.xls",
        lambda path: write_xls(path, "Report", DIALEDIN),
        {**ANN, "zip_code": "02139", "rep": "lena", "call_status": "Ans. Machine"},
        2,
    ),
    "a workbook in other words": Export(
        "kontakte.xlsx",
        lambda path: write_xlsx(path, {"Liste": LISTED}),
        ANN,
        2,
        columns={"Telefon": "primary_phone", "Vorname": "first_name"},
    ),
}


@dataclass
class Desk:
    """A planner, its folder and its store."""

    planner: Planner
    store: BatchStore
    folder: Path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = BatchStore(SqliteDatabase(tmp_path / "batches.sqlite3"))
    yield Desk(Planner(a_pipeline(), store, tmp_path), store, tmp_path)
    store.close()


@pytest.mark.parametrize("program", EXPORTS)
async def test_the_export_of_each_program_is_planned_at_the_first_try(
    desk: Desk, program: str
) -> None:
    export = EXPORTS[program]
    export.write(desk.folder / export.name)
    common = {name: value for name, value in COMMON.items() if not program.startswith("Dialed")}
    request = BatchRequest(
        tool="insert_lead",
        file=export.name,
        common={"import_only": True, **common},
        columns=export.columns or {},
    )
    batch = await desk.planner.plan(request, CALLER)
    rows = desk.store.read_rows(batch.id, limit=100)
    assert len([row for row in rows if row.state is RowState.READY]) == export.ready
    assert _left_out(rows) == list(export.left_out)
    assert rows[0].arguments.items() >= export.first.items()


def _left_out(rows: list[BatchRow]) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in rows if row.state is RowState.LEFT_OUT]
