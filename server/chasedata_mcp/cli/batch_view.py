"""A batch on the screen: its columns, its rows by state, and the first that aren't done."""

from rich.text import Text

from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.models import RowState
from chasedata_mcp.batches.question import describe_left_out
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.cli.screen import make_table, out, print_line

_SHOWN = 5
"""The rows of each state that are shown by themselves."""


def show_batch(view: BatchView, store: BatchStore) -> None:
    """Show a batch: its columns, the counts of its rows, and the first that aren't done."""
    batch, counts = view.batch, view.counts
    where = batch.source or "rows of a call"
    print_line(out(), f"Batch {batch.id}: {batch.tool}, {where}, {batch.state}", "bold")
    if batch.stopped_because:
        print_line(out(), f"It stopped: {batch.stopped_because}.".replace("..", "."))
    mapped = [
        f"{column} → {argument}"
        for column, argument in zip(batch.header, batch.arguments, strict=True)
        if argument
    ]
    left = [column for column, to in zip(batch.header, batch.arguments, strict=True) if not to]
    _row("columns", ", ".join(mapped))
    if any(left):
        _row("left over", ", ".join(filter(None, left)))
    for note in batch.notes:
        _row("note", note)
    table = make_table("rows", "state", "why", unwrapped=2)
    for (state, code), count in sorted(counts.by.items()):
        table.add_row(f"{count:,}", state, code)
    out().print(table)
    if sentence := describe_left_out(counts):
        print_line(out(), sentence)
    _show_problems(view, store)


def _show_problems(view: BatchView, store: BatchStore) -> None:
    """Show the first rows that weren't or won't be done, by their place in the file."""
    for state in (RowState.LEFT_OUT, RowState.REFUSED, RowState.UNKNOWN):
        for row in store.read_rows(view.batch.id, limit=_SHOWN, state=state):
            _row(f"row {row.line}", f"{row.code}: {row.reason}")


def _row(label: str, text: str) -> None:
    out().print(Text.assemble((f"  {label:<10} ", "dim"), text), soft_wrap=True)
