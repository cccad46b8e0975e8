"""Rows that a call gave itself, as the table that a file would be."""

from collections.abc import Mapping, Sequence

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.files.tables import Table, TableRow
from chasedata_mcp.files.tables.header import read_header
from chasedata_mcp.files.tables.json_values import write_cell


def table_of_rows(rows: Sequence[Mapping[str, object]]) -> Table:
    """Make a table of rows that a call gave itself: a column for each name that any of them has.

    Raises:
        BatchError: A value is none that a cell can hold.
    """
    names = tuple(dict.fromkeys([name for row in rows for name in row]))
    header = read_header(names, "The list of rows")
    numbered = enumerate(rows, 1)
    made = [
        TableRow(number, tuple([_cell(number, name, row.get(name)) for name in names]))
        for number, row in numbered
    ]
    return Table("The list of rows", header, iter(made))


def _cell(number: int, name: str, value: object) -> str:
    """Write a value as a cell.

    Raises:
        BatchError: It is a list or an object.
    """
    text = write_cell(value)
    if text is None:
        raise BatchError(f"Row {number}: {name} has to be a text, a number, true or false.")
    return text.strip()
