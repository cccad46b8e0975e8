"""A table of a file: its header, its rows one by one, and what had to be assumed about it."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from chasedata_mcp.files.tables.delimited import read_delimited
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells, read_header
from chasedata_mcp.files.tables.json_lines import read_json_lines
from chasedata_mcp.files.tables.source import open_source
from chasedata_mcp.files.tables.spreadsheet import read_spreadsheet

MAX_ROWS: Final = 2_000_000
"""The most rows with something in them; a sheet of Excel has 1,048,576 at most."""
MAX_CELL: Final = 32_767
"""The longest text of a cell; Excel's own bound."""
_CELL_ERRORS: Final = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
_FORMULA: Final = ("=", "+", "-", "@")
_NUMBER: Final = re.compile(r"[0-9(][0-9 ().-]*")
_READERS: Final = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".xlsx": read_spreadsheet,
    ".xls": read_spreadsheet,
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that isn't empty.

    `number` is its line or row in the file, from 1 on with the header. Its `cells` are as many as
    the table's columns. With a `problem` they aren't to be used: it says why.
    """

    number: int
    cells: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is being read: its rows come once, and `notes` grow while they do."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[TableRow]
    notes: list[str] = field(default_factory=list[str])


@contextmanager
def open_table(
    folder: Path, name: str, most: int = MAX_ROWS, *, is_titled: bool = False
) -> Generator[Table]:
    """Open a file of the folder as a table of at most so many rows.

    One that `is_titled` may have a title over its header, which is among its rows then.

    Raises:
        TableError: It is none that can be read, or was changed while it was read; the latter is
            known only at the end.
    """
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise TableError(
            f"{name} is of no kind that can be read: .csv, .tsv, .jsonl, .xlsx or .xls."
        )
    if is_titled and reader is read_spreadsheet:
        reader = partial(read_spreadsheet, is_titled=True)
    with open_source(folder, name) as file:
        notes: list[str] = []
        with closing(reader(file, name, notes)) as rows:
            header = _find_header(rows, name)
            yield Table(name, header, _read_rows(rows, header, name, most), notes)


def _find_header(rows: Iterator[Cells], name: str) -> tuple[str, ...]:
    """Take the first row that isn't empty for the header.

    Raises:
        TableError: There is no header.
    """
    for _, cells in rows:
        if header := read_header(cells, name):
            return header
    raise TableError(f"{name} holds nothing but empty rows.")


def _read_rows(
    rows: Iterator[Cells], header: Sequence[str], name: str, most: int
) -> Iterator[TableRow]:
    found = 0
    for number, cells in rows:
        if any(map(str.strip, cells)):
            found += 1
            if found > most:
                raise TableError(f"{name} has more than {most:,} rows. Split it.")
            yield _make_row(number, cells, header)


def _make_row(number: int, cells: list[str], header: Sequence[str]) -> TableRow:
    columns = len(header)
    trimmed = [_without_excels_marks(cell.strip()) for cell in cells]
    while len(trimmed) > columns and not trimmed[-1]:
        trimmed.pop()
    kept = tuple(trimmed)
    if len(kept) != columns:
        many = "1 cell" if len(kept) == 1 else f"{len(kept)} cells"
        return TableRow(number, kept, f"it has {many} where the header names {columns}")
    if kept == header:
        return TableRow(number, kept, "it is the header once more")
    if any(len(cell) > MAX_CELL for cell in kept):
        return TableRow(number, kept, f"a cell has more than {MAX_CELL:,} characters")
    for cell in kept:
        if cell.startswith("="):
            return TableRow(number, kept, "a cell holds a formula instead of its value")
        if cell in _CELL_ERRORS:
            return TableRow(number, kept, f"a cell holds Excel's error {cell}")
    return TableRow(number, kept)


def _without_excels_marks(cell: str) -> str:
    """Take the text out of `="02139"`, `'02139` and `'+1954…`, which is so marked for Excel.

    The first two keep zeros, the third keeps formulas from being run.
    """
    if cell.startswith("'") and (cell[1:].startswith(_FORMULA) or _NUMBER.fullmatch(cell[1:])):
        return cell[1:]
    marked = cell.startswith('="') and cell.endswith('"') and '"' not in cell[2:-1]
    return cell[2:-1] if marked else cell
