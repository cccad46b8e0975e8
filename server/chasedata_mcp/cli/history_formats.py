"""Entries as `history` prints them: a table for people, JSON lines and CSV for programs."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chasedata_mcp.cli.screen import out
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.present import published, told
from chasedata_mcp.ledger import Entry
from chasedata_mcp.tools.history import HistoryEntry
from chasedata_mcp.tools.render import DIALER_SAID

Undone = tuple[Entry, Sequence[str]]
"""An entry, and the ids of those that took it back."""
COLUMNS = tuple(HistoryEntry.model_fields)
_COLOUR = {Outcome.DONE: "green", Outcome.REFUSED: "red", Outcome.UNKNOWN: "yellow"}
# What a spreadsheet takes for a formula when a cell begins with it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Form(Protocol):
    """How entries are printed; several times over where they are followed."""

    def show(self, entries: Sequence[Undone]) -> None:
        """Print entries."""
        ...

    def end(self, *, more: bool) -> None:
        """Say what there is to say behind the last one."""
        ...


def form_of(*, as_json: bool, as_csv: bool, follows: bool) -> Form:
    """The form that was asked for."""
    if as_json:
        return Lines()
    if as_csv:
        return Cells()
    return Feed(out()) if follows else Page(out())


class Lines:
    """A line of JSON for each."""

    def show(self, entries: Sequence[Undone]) -> None:
        """Print entries."""
        for entry, undone_by in entries:
            line = json.dumps(told(entry, undone_by), ensure_ascii=False)
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def end(self, *, more: bool) -> None:
        """Nothing."""


class Cells:
    """A table as CSV, its headings first; times and names are those of the JSON."""

    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def show(self, entries: Sequence[Undone]) -> None:
        """Print entries."""
        for entry, undone_by in entries:
            cells = told(entry, undone_by)
            self._writer.writerow(_cell(cells.get(column)) for column in COLUMNS)
        sys.stdout.flush()

    def end(self, *, more: bool) -> None:
        """Nothing."""


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


class Page:
    """A table for people."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def show(self, entries: Sequence[Undone]) -> None:
        """Print entries, or that there are none."""
        if not entries:
            self._screen.print("No entry fits.")
            return
        self._screen.print(table(entries))

    def end(self, *, more: bool) -> None:
        """Say that there are older ones."""
        if more:
            self._screen.print("There are older ones: --limit or --until.", style="dim")


class Feed:
    """Rows without a frame, one below the other as they come."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen

    def show(self, entries: Sequence[Undone]) -> None:
        """Print entries."""
        if entries:
            self._screen.print(table(entries, framed=False))

    def end(self, *, more: bool) -> None:
        """Nothing."""


def table(entries: Sequence[Undone], *, framed: bool = True) -> Table:
    """Entries for people: below each tool, what it was asked and what came of it."""
    style = box.SIMPLE_HEAD if framed else None
    shown = Table(box=style, pad_edge=False, header_style="bold", show_header=framed)
    shown.add_column("when", no_wrap=True, width=14)
    shown.add_column("entry", no_wrap=True, style="cyan", width=10)
    shown.add_column("outcome", no_wrap=True, width=7)
    shown.add_column("what", ratio=1, overflow="fold")
    for entry, undone_by in entries:
        outcome = Text(entry.outcome, style=_COLOUR[entry.outcome])
        when = Text(_local(entry.intent.at))
        shown.add_row(when, Text(entry.id), outcome, _what(published(entry, undone_by)))
    return shown


def _local(at: datetime) -> str:
    return f"{at.astimezone():%m-%d %H:%M:%S}"


def _what(entry: HistoryEntry) -> Text:
    head = Text.assemble((entry.tool, "bold"), (f"  {entry.who}", "dim"))
    return Text("\n").join([head, *(Text(line) for line in _lines(entry))])


def _lines(entry: HistoryEntry) -> Iterable[str]:
    yield entry.message
    if entry.known not in {"answered", "nothing recorded"}:
        yield f"Found: {entry.known}"
    if entry.question is not None:
        by = f" by {entry.answered_by}" if entry.answered_by else ""
        yield f"Asked: {entry.question} Answered {entry.answered}{by}."
    if entry.undoes is not None:
        yield f"Undoes {entry.undoes}."
    if entry.undone_by:
        yield f"Undone by {', '.join(entry.undone_by)}."
    if entry.dialer_said is not None:
        yield f"{DIALER_SAID}{entry.dialer_said}"
