"""The header of a table: names that are there once, and no title or second header around them."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from chasedata_mcp.files.tables.errors import TableError

Cells = tuple[int, list[str]]
"""A row's place in the file as a person counts it, from 1 on, and its cells."""

MAX_COLUMNS: Final = 500
"""The most columns; an export of HubSpot with all of its own properties has some 250."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOT_DIGITS: Final = re.compile("[^0-9]")
_PHONE: Final = 10
"""The digits of a phone, with which no column is called."""
MAX_NAME: Final = 200
"""The longest name of a column."""


def read_header(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """Read the names of a file's columns, empty for a column without one.

    Raises:
        TableError: They are no header.
    """
    header = tuple([" ".join(cell.split()) for cell in cells])
    while header and not header[-1]:
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise TableError(f"{name} has {len(header):,} columns; {MAX_COLUMNS} are the most.")
    if any(len(column) > MAX_NAME for column in header):
        raise TableError(f"{name} has no header: its first row holds long texts.")
    if header and _holds_data(header):
        raise TableError(
            f"{name} has no header: its first row holds numbers. Put a row with the names of the "
            "columns above it."
        )
    if any(_SURROGATE.search(column) for column in header):
        raise TableError(f"{name} has a column whose name has half of a surrogate pair in it.")
    _require_single(header, name)
    return header


def _require_single(header: Sequence[str], name: str) -> None:
    """Refuse names that only case and blanks tell apart, since nobody can say which is meant.

    Raises:
        TableError: There are such names.
    """
    counted = Counter([column.casefold() for column in header if column])
    twice = [column for column in header if counted[column.casefold()] > 1]
    if twice:
        same = twice[0].casefold()
        places = [str(n) for n, column in enumerate(header, 1) if column.casefold() == same]
        raise TableError(
            f"{name} has the column “{twice[0]}” more than once (columns {', '.join(places)}). "
            "Give each its own name, or remove what isn't needed."
        )


def _holds_data(header: Sequence[str]) -> bool:
    """Tell whether a first row has a phone in it, or nothing but numbers."""
    digits = [_NOT_DIGITS.sub("", column) for column in header]
    has_phone = any(
        len(number) >= _PHONE and len(number) * 2 > len(column)
        for number, column in zip(digits, header, strict=True)
    )
    return has_phone or all(_is_a_number(column) for column in header if column)


def _is_a_number(cell: str) -> bool:
    return cell.replace(".", "").replace("-", "").replace("+", "").isdecimal()
