"""`names list`, `find`, `import`, `forget` and `check`."""

import json
from pathlib import Path
from typing import Any

import pytest

from _support.name_files import OWN
from _support.terminals import run_wide
from _support.workbooks import Cell, write_xlsx

HEADER: list[Cell] = [
    "Rep",
    "Team",
    "Skill",
    "Campaign",
    "Subcampaign",
    "call_status",
    "Phone",
    "Calls",
]
ROWS: list[list[Cell]] = [
    ["jsmith", "A", "Sales", "Spring Sale", "Web", "Ans. Machine", "9545550101", 12],
    ["lena.k", "A", "Sales", "Fall Sale", "Web", "DQ - Dissqualified", "9545550102", 3],
    ["lena.k", "B", "Sales", "Fall Sale", "", "call 954-555-0103 now", "9545550103", 1],
    ["Total", "", "", "", "", "", "", 16],
]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state")}


def list_names(settings: dict[str, str], *words: str) -> list[dict[str, Any]]:
    ended = run_wide("names", "list", *words, "--json", **settings)
    assert ended.code == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def list_imported(settings: dict[str, str]) -> set[tuple[str, str]]:
    names = list_names(settings)
    return {(one["kind"], one["name"]) for one in names if "imported" in one["sources"]}


def test_a_mailed_report_gives_its_names_and_nothing_else(
    settings: dict[str, str], tmp_path: Path
) -> None:
    titled: list[list[Cell]] = [
        ["Agent Summary", *[""] * 7],
        ["11/01/2026", *[""] * 7],
        HEADER,
        *ROWS,
        HEADER,
    ]
    report = write_xlsx(tmp_path / "AgentSummary.xlsx", {"Report": titled}, merged=["A1:H1"])
    shown = run_wide("names", "import", str(report), "--dry-run", **settings)
    assert "Nothing was kept." in shown.out
    assert list_imported(settings) == set()
    ended = run_wide("names", "import", str(report), **settings)
    assert "call_status (dispositions): 2" in ended.out
    assert "Rows: 3" in ended.out
    assert "with a phone: 1" in ended.out
    assert "New: 8." in ended.out
    assert list_imported(settings) == {
        *(("agents", "jsmith"), ("agents", "lena.k"), ("skills", "Sales")),
        *(("campaigns", "Spring Sale"), ("campaigns", "Fall Sale"), ("subcampaigns", "Web")),
        *(("dispositions", "Ans. Machine"), ("dispositions", "DQ - Dissqualified")),
    }
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("names-sandbox*"))
    assert b"jsmith" in kept
    assert b"95455501" not in kept
    assert "New: 0." in run_wide("names", "import", str(report), **settings).out


def test_a_column_of_another_name_is_named_by_the_person(
    settings: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "outcomes.csv"
    file.write_text("Result;Number\nBooking;9545550101\n", encoding="utf-8")
    refused = run_wide("names", "import", str(file), **settings)
    assert (refused.code, "its columns are “Result”, “Number”" in refused.err) == (2, True)
    for wrong in ("Outcome=dispositions", "Result=outcomes", "dispositions"):
        assert run_wide("names", "import", str(file), "--column", wrong, **settings).code == 2
    column = ("--column", "Result=dispositions")
    assert run_wide("names", "import", str(file), *column, **settings).code == 0
    assert list_imported(settings) == {("dispositions", "Booking")}


def test_names_are_found_and_forgotten(settings: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "agents.csv"
    file.write_text("Agent,Campaign\njsmith,Sumer Sale\nlena.k,Solar\n", encoding="utf-8")
    run_wide("names", "import", str(file), **settings)
    found = run_wide("names", "find", "jsmiht", **settings)
    assert (found.code, "jsmith" in found.out, "imported" in found.out) == (0, True, True)
    nothing = run_wide("names", "find", "jsmith", "--kind", "skills", **settings)
    assert (nothing.code, nothing.out) == (1, "No such name is known.\n")
    for words in ((), ("jsmith", "--all"), ("--source", "file")):
        assert run_wide("names", "forget", *words, **settings).code == 2
    assert run_wide("names", "forget", "Sumer Sale", **settings).out == "1 forgotten.\n"
    assert run_wide("names", "forget", "Sumer Sale", **settings).code == 1
    assert run_wide("names", "forget", "--kind", "agents", **settings).out == "2 forgotten.\n"
    assert list_imported(settings) == {("campaigns", "Solar")}
    assert run_wide("names", "forget", "--all", **settings).out == "1 forgotten.\n"


def test_the_names_file_is_checked_and_its_names_are_listed(
    settings: dict[str, str], tmp_path: Path
) -> None:
    assert run_wide("names", "check", **settings).code == 2
    file = tmp_path / "names.toml"
    file.write_text(OWN, encoding="utf-8")
    checked = run_wide("names", "check", str(file), **settings)
    assert "campaigns: 2; aliases: 1, complete: any other is refused" in checked.out
    assert "default sender: 954-555-0195" in checked.out
    (joe, *_) = list_names({**settings, "NAMES": str(file)}, "agents")
    assert joe["name"] == "DQ - Dissqualified"
    assert {"jsmith": ["Joe"]}.items() <= {
        one["name"]: one["aliases"] for one in list_names({**settings, "NAMES": str(file)})
    }.items()
    file.write_text("[agents\n", encoding="utf-8")
    wrong = run_wide("names", "check", NAMES=str(file), **settings)
    assert (wrong.code, "no TOML (at line 1, column 8)" in wrong.err) == (2, True)
    examined = run_wide("doctor", NAMES=str(file), **settings)
    assert (examined.code, "no TOML (at line 1, column 8)" in examined.words) == (2, True)


def test_where_nothing_is_kept_nothing_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "agents.csv"
    file.write_text("Agent\njsmith\n", encoding="utf-8")
    passing = {"SANDBOX": "1", "SANDBOX_FILE": ":memory:"}
    assert run_wide("names", "import", str(file), **passing).code == 2
    assert run_wide("names", "list").code == 2
