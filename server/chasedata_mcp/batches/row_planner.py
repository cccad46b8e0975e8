"""The planning of one row: its cells become a call's arguments, or the row is left out and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chasedata_mcp.batches.cells import CellReader, RowArguments
from chasedata_mcp.batches.columns import ColumnMapping
from chasedata_mcp.batches.models import BatchRow, LeftOut, RowOutcome, RowState
from chasedata_mcp.batches.repeated_rows import RepeatedRows
from chasedata_mcp.batches.row_checker import RowCheck, RowChecker
from chasedata_mcp.batches.row_marks import RowMarks
from chasedata_mcp.batches.row_people import RowPeople, list_people
from chasedata_mcp.fields.format import format_count, quote_name
from chasedata_mcp.files.tables import TableRow


class RowPlanner:
    """A planner of the rows of one table, in their order; it counts what is to be told of them.

    Args:
        checker: Checks a row's arguments.
        mapping: The arguments of the table's columns.
        common: The arguments that are the same for all rows.
        repeated: What the rows so far were about.
        people: Whom they were about.
    """

    def __init__(
        self,
        checker: RowChecker,
        mapping: ColumnMapping,
        common: Mapping[str, object],
        repeated: RepeatedRows,
        people: RowPeople,
    ) -> None:
        self._checker, self._repeated, self._people = checker, repeated, people
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
        check = self._check(read)
        people, column = list_people(read.arguments), ""
        # Of a row that reaches nobody, a request to stop perhaps, a mark is no news.
        if check.left_out is not None or check.reaches:
            column = self._mark(people, row)
        if check.left_out is not None:
            return replace(left_out, code=check.left_out, reason=check.reason)
        if check.reaches and (where := self._find_mark(people, column)):
            return replace(left_out, code=LeftOut.MARKED, reason=_describe_mark(where))
        first = self._repeated.find_first(check.keys, row.number)
        if first is not None:
            return replace(left_out, code=LeftOut.REPEATED, reason=f"the same as row {first}")
        self._told.update([*read.repairs, *(one.rstrip(".") for one in check.meanings)])
        if check.reaches:
            self._people.add_ready(people, number)
            self._told.update(self._marks.list_doubts(row.cells))
        return replace(left_out, state=RowState.READY, arguments=check.arguments)

    def _check(self, read: RowArguments) -> RowCheck:
        if read.problems:
            return RowCheck(LeftOut.INVALID, read.problems[0])
        return self._checker.check(read.arguments)

    def _mark(self, people: Sequence[str], row: TableRow) -> str:
        """Find the column of a row that says not to call; then no row of its person does."""
        column = self._marks.find_mark(row.cells)
        if column is None:
            return ""
        again = self._people.mark(people, row.number)
        self._marked_again.update(dict.fromkeys(again, row.number))
        return column

    def _find_mark(self, people: Sequence[str], column: str) -> str:
        """Find what says not to call: a column of the row, or an earlier row of its person."""
        if column:
            return quote_name(column)
        line = self._people.find_mark(people)
        return "" if line is None else f"row {line}"

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
