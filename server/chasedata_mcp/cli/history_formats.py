"""The formats in which `history` prints entries: a table for people, JSON lines and CSV."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.screen import out, print_json
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.present import dump_entry, publish_entry
from chasedata_mcp.ledger import Entry
from chasedata_mcp.tools.history import HistoryEntry
from chasedata_mcp.tools.render import DIALER_SAID_PREFIX

WithUndoing = tuple[Entry, Sequence[str]]
"""An entry, and the ids of the entries that took it back."""
COLUMNS = tuple(HistoryEntry.model_fields)
_COLOUR = {Outcome.DONE: "green", Outcome.REFUSED: "red", Outcome.UNKNOWN: "yellow"}
# CSV injection (OWASP): a spreadsheet runs a cell that begins so as a formula, and a lead's text
# may be written by anybody. An apostrophe in front makes text of it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


Print = Callable[[Sequence[WithUndoing]], None]
"""A way to print entries; it is called again and again where they are followed."""


def print_json_lines(entries: Sequence[WithUndoing]) -> None:
    """Print a line of JSON for each entry, at once: a program may read them as they come."""
    for entry, undone_by in entries:
        print_json(dump_entry(entry, undone_by))
    sys.stdout.flush()


def start_csv() -> Print:
    """Print the headings of CSV, and return what prints rows; values are those of the JSON."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)

    def print_rows(entries: Sequence[WithUndoing]) -> None:
        for entry, undone_by in entries:
            cells = dump_entry(entry, undone_by)
            writer.writerow(_cell(cells.get(column)) for column in COLUMNS)
        sys.stdout.flush()

    return print_rows


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case list():
            return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType] - ids
        case _:
            return json.dumps(value, ensure_ascii=False)


def print_table(entries: Sequence[WithUndoing]) -> None:
    """Print a table of entries, or that there are none."""
    out().print(_table(entries, framed=True) if entries else "No entry fits.")


def print_new_rows(entries: Sequence[WithUndoing]) -> None:
    """Print rows without a frame, which follow those before as they come."""
    if entries:
        out().print(_table(entries, framed=False))


def _table(entries: Sequence[WithUndoing], *, framed: bool) -> Table:
    """Make a table of entries: below each tool its message and its question."""
    style = box.SIMPLE_HEAD if framed else None
    table = Table(box=style, pad_edge=False, header_style="bold", show_header=framed)
    # Fixed widths, so that tables that are printed one after the other stand below each other.
    table.add_column("when", no_wrap=True, width=19)
    table.add_column("entry", no_wrap=True, style="cyan", width=10)
    table.add_column("outcome", no_wrap=True, width=7)
    table.add_column("what", ratio=1, overflow="fold")
    for entry, undone_by in entries:
        outcome = Text(entry.outcome, style=_COLOUR[entry.outcome])
        when = Text(_local(entry.intent.at))
        table.add_row(when, Text(entry.id), outcome, _describe(publish_entry(entry, undone_by)))
    return table


def _local(at: datetime) -> str:
    return f"{at.astimezone():%m-%d %H:%M:%S %Z}"


def _describe(entry: HistoryEntry) -> Text:
    head = Text.assemble((entry.tool, "bold"), (f"  {entry.who}", "dim"))
    return Text("\n").join([head, *(Text(line) for line in _lines(entry))])


def _says(entry: HistoryEntry, known: str) -> bool:
    return known.casefold() in entry.message.casefold()


def _lines(entry: HistoryEntry) -> Iterable[str]:
    yield entry.message
    if entry.known not in {"answered", "nothing recorded"} and not _says(entry, entry.known):
        yield f"Found: {entry.known}"
    if entry.question is not None:
        by = f" by {entry.answered_by}" if entry.answered_by else ""
        yield f"Asked: {entry.question} Answered {entry.answered}{by}."
    if entry.undoes is not None:
        yield f"Undoes {entry.undoes}."
    if entry.undone_by:
        yield f"Undone by {', '.join(entry.undone_by)}."
    if entry.dialer_said is not None:
        yield f"{DIALER_SAID_PREFIX}{entry.dialer_said}"
