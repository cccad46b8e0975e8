"""The planning of one row: its cells become a call's arguments, or the row is left out and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chasedata_mcp.batches.cells import CellReader
from chasedata_mcp.batches.columns import ColumnMapping
from chasedata_mcp.batches.models import BatchRow, LeftOut, RowOutcome, RowState
from chasedata_mcp.batches.repeated_rows import RepeatedRows
from chasedata_mcp.batches.row_checker import RowChecker
from chasedata_mcp.batches.row_marks import RowMarks
from chasedata_mcp.fields.format import format_count, quote_name
from chasedata_mcp.files.tables import TableRow


class RowPlanner:
    """A planner of the rows of one table, in their order; it counts what is to be told of them.

    Args:
        checker: Checks a row's arguments.
        mapping: The arguments of the table's columns.
        common: The arguments that are the same for all rows.
        repeated: What the rows so far were about.
    """

    def __init__(
        self,
        checker: RowChecker,
        mapping: ColumnMapping,
        common: Mapping[str, object],
        repeated: RepeatedRows,
    ) -> None:
        self._checker, self._repeated = checker, repeated
        self._reader = CellReader(checker.tool, mapping, common)
        self._marks = RowMarks(mapping.header, checker.stopping)
        self._told: Counter[str] = Counter()
        self._marked_again: dict[int, int] = {}

    def plan(self, number: int, row: TableRow) -> BatchRow:
        """Plan a row."""
        left_out = BatchRow(number, row.number, row.cells, {}, RowState.LEFT_OUT)
        if row.problem:
            return replace(left_out, code=LeftOut.UNREADABLE, reason=row.problem)
        read = self._reader.read(row.cells)
        left_out = replace(left_out, arguments=read.arguments)
        if read.problems:
            return replace(left_out, code=LeftOut.INVALID, reason=read.problems[0])
        check = self._checker.check(read.arguments)
        if check.left_out is not None:
            return replace(left_out, code=check.left_out, reason=check.reason)
        first = self._repeated.find_first(check.keys, number, row.number)
        if check.reaches and (column := self._marks.find_mark(row.cells)):
            if first is not None:
                self._marked_again[first[0]] = row.number
            return replace(left_out, code=LeftOut.MARKED, reason=_describe_mark(quote_name(column)))
        if first is not None:
            return replace(left_out, code=LeftOut.REPEATED, reason=f"the same as row {first[1]}")
        self._told.update([*read.repairs, *(one.rstrip(".") for one in check.meanings)])
        if check.reaches:
            self._told.update(self._marks.list_doubts(row.cells))
        return replace(left_out, state=RowState.READY, arguments=check.arguments)

    def list_marked_again(self) -> Sequence[RowOutcome]:
        """List the rows about somebody of whom a later row says that they must not be called."""
        return [
            RowOutcome(number, RowState.LEFT_OUT, LeftOut.MARKED, _describe_mark(f"row {line}"))
            for number, line in self._marked_again.items()
        ]

    def list_notes(self) -> Sequence[str]:
        """List what is to be told of the rows that are ready."""
        told = sorted(self._told.items())
        return [f"{format_count(count, 'row', 'rows')}: {what}." for what, count in told]


def _describe_mark(where: str) -> str:
    return (
        f"{where} says that they must not be called. Plan such rows for insert_dnc to stop every "
        "call to them."
    )
