"""docs/calling-hours.md has every row and every list of the shipped table, with its sources.

Write these parts of it anew with `python tests/policy/test_calling_hours_page.py`.
"""

from collections.abc import Iterator
from pathlib import Path

from chasedata_mcp.cli.schemas import insert_tables
from chasedata_mcp.policy.calling_window import LegalHolidays
from chasedata_mcp.policy.hours_table import load_shipped_table

PAGE = Path(__file__).parents[2] / "docs" / "calling-hours.md"


def row_lines() -> Iterator[str]:
    for row in load_shipped_table().rows:
        until = f", until {row.ends}" if row.ends else ""
        yield f"- **{row.place}**{until}, {row.source}: {row.says}"
        yield f"  Compared: {row.compared} Looked up {row.date}."


def lists() -> list[LegalHolidays]:
    return [row.holidays for row in load_shipped_table().rows if row.holidays]


def list_lines() -> Iterator[str]:
    yield "| State | From | Until | Source | Looked up |"
    yield "| --- | --- | --- | --- | --- |"
    for known in {one.place: one for one in lists()}.values():
        cells = (known.place, known.first, known.last, known.source, known.date)
        yield f"| {' | '.join(map(str, cells))} |"


def page() -> str:
    """The page as it has to read, by the table."""
    made = {
        "rows": lambda: "".join(f"{line}\n" for line in row_lines()),
        "holidays": lambda: "".join(f"{line}\n" for line in list_lines()),
    }
    return insert_tables(PAGE.read_text("utf-8"), made)


def test_the_page_has_every_row_and_every_list_with_its_sources() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_the_page_says_when_the_table_was_looked_up_and_that_it_is_no_legal_advice() -> None:
    introduction = PAGE.read_text("utf-8").partition("##")[0]
    assert "None of this is legal advice" in introduction
    assert f"{load_shipped_table().looked_up}" in introduction


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
