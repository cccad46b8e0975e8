"""DialedIn's own mailed reports, and other tables, read for the names in them and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from chasedata_mcp.files.tables import Table, TableError, TableRow, open_table
from chasedata_mcp.tools.names.kinds import NameKind, read_name
from chasedata_mcp.tools.names.lessons import is_plain_name
from chasedata_mcp.tools.names.likeness import fold
from chasedata_mcp.tools.names.own_names import MOST_NAMES

COLUMNS: Final[Mapping[str, NameKind]] = {
    **dict.fromkeys(["rep", "repname", "agent", "agentname", "agentlogin"], NameKind.AGENTS),
    **dict.fromkeys(["campaign", "campaignname"], NameKind.CAMPAIGNS),
    **dict.fromkeys(["subcampaign", "subcampaignname"], NameKind.SUBCAMPAIGNS),
    **dict.fromkeys(["skill", "skillname"], NameKind.SKILLS),
    **dict.fromkeys(
        ["callstatus", "disposition", "dispositionname", "lastdisposition"], NameKind.DISPOSITIONS
    ),
    **dict.fromkeys(["playlist", "playlistname"], NameKind.PLAYLISTS),
}
"""The columns of reports that hold names, without case and signs (docs/names.md)."""
_TOTALS: Final = frozenset({"total", "totals", "grandtotal", "subtotal", "all"})
_UP_TO_THE_HEADER: Final = 30
"""The rows in which the names of the columns are looked for, under a title and a time."""


@dataclass(slots=True)
class ReportNames:
    """The names of a report, the columns that they are from, and what is to be said of it."""

    columns: Mapping[str, NameKind]
    names: dict[NameKind, dict[str, None]] = field(default_factory=dict[NameKind, dict[str, None]])
    rows: int = 0
    left_out: int = 0
    """Texts that are no name: too long, a sentence, or a number too many."""
    notes: list[str] = field(default_factory=list[str])

    def add(self, kind: NameKind, cell: str) -> None:
        """Add what a cell holds, if that is a name."""
        text = cell.strip()
        if not text or fold(text) in _TOTALS:
            return
        names = self.names.setdefault(kind, {})
        if text in names:
            return
        try:
            name = read_name(kind, text)
        except ValueError:
            name = ""
        if not name or not is_plain_name(kind, name):
            self.left_out += 1
        elif len(names) < MOST_NAMES:
            names[name] = None
        else:
            self.left_out += 1


def read_report(folder: Path, name: str, given: Mapping[str, NameKind]) -> ReportNames:
    """Read the names in a file of a folder; `given` are further columns and what they hold.

    Raises:
        TableError: It is no table that can be read, or none of its columns holds names.
    """
    with open_table(folder, name, is_titled=True) as table:
        header, rows = _find_header(table, given)
        places = _place(header, given)
        missing = [column for column in given if fold(column) not in {*map(fold, header)}]
        if not places or missing:
            raise TableError(_describe_columns(table, header, missing))
        found = ReportNames({header[at]: kind for at, kind in places.items()})
        for row in rows:
            _add_row(found, row.cells, places, header)
    found.notes += table.notes
    return found


def _add_row(
    found: ReportNames, cells: Sequence[str], places: Mapping[int, NameKind], header: Sequence[str]
) -> None:
    """Add the names of a row, but for one of totals, or the header again on a further page."""
    first = next((cell for cell in cells if cell), "")
    is_header = all(fold(cells[at]) == fold(header[at]) for at in places if at < len(cells))
    if fold(first) in _TOTALS or is_header:
        return
    found.rows += 1
    for at, kind in places.items():
        if at < len(cells):
            found.add(kind, cells[at])


def _find_header(
    table: Table, given: Mapping[str, NameKind]
) -> tuple[Sequence[str], Iterator[TableRow]]:
    """Find the row with the names of the columns: the first, or one under a title."""
    if _place(table.header, given):
        return table.header, table.rows
    for row in islice(table.rows, _UP_TO_THE_HEADER):
        if len(_place(row.cells, given)) > len(given) or (given and _place(row.cells, given)):
            return row.cells, table.rows
    return table.header, iter(())


def _place(header: Sequence[str], given: Mapping[str, NameKind]) -> dict[int, NameKind]:
    """Find the columns that hold names, by their place."""
    known = {**COLUMNS, **{fold(column): kind for column, kind in given.items()}}
    return {at: known[fold(name)] for at, name in enumerate(header) if fold(name) in known}


def _describe_columns(table: Table, header: Sequence[str], missing: Sequence[str]) -> str:
    columns = ", ".join(f"“{column}”" for column in header if column) or "none"
    if missing:
        return f"{table.name} has no column “{missing[0]}”; its columns are {columns}."
    return (
        f"{table.name} has no column of names that is known here; its columns are {columns}. Say "
        "what one holds with --column COLUMN=KIND."
    )
