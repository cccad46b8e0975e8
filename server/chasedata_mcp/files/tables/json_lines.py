"""JSON Lines: one object a line, whose names are the columns (jsonlines.org)."""

import io
import json
from collections.abc import Generator, Iterator
from typing import BinaryIO

from chasedata_mcp.files.tables.charset import find_encoding
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells
from chasedata_mcp.files.tables.json_values import write_cell

Pairs = list[tuple[str, object]]


def read_json_lines(file: BinaryIO, name: str, notes: list[str]) -> Generator[Cells]:
    """Read a header of all names in the order of their coming, then the rows with their line.

    The file is read twice, since a name may first come in its last line.

    Raises:
        TableError: A line is no flat object.
    """
    del notes
    encoding = find_encoding(file, name)
    if encoding not in {"utf-8", "utf-8-sig"}:
        raise TableError(f"{name} isn't UTF-8, which JSON has to be (RFC 8259).")
    header: dict[str, None] = {}
    for _, pairs in _read_objects(file, encoding, name):
        header.update(dict.fromkeys([key for key, _ in pairs]))
    file.seek(0)
    yield 1, list(header)
    for line, pairs in _read_objects(file, encoding, name):
        given = {key: _text(value, name, line) for key, value in pairs}
        yield line, [given.get(key, "") for key in header]


def _read_objects(file: BinaryIO, encoding: str, name: str) -> Iterator[tuple[int, Pairs]]:
    text = io.TextIOWrapper(file, encoding)
    try:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, _parse(line, name, number)
    finally:
        text.detach()


def _parse(line: str, name: str, number: int) -> Pairs:
    """Parse a line as an object.

    Raises:
        TableError: It is none, or has a name twice.
    """
    try:
        pairs = json.loads(line, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, _Pairs):
        raise TableError(f"Line {number} of {name} is no JSON object. Mend it; nothing was kept.")
    if len(dict(pairs)) < len(pairs):
        raise TableError(f"Line {number} of {name} has a name twice. Mend it; nothing was kept.")
    return pairs


class _Pairs(Pairs):
    """An object's names and values, which a list of pairs in JSON isn't."""


def _text(value: object, name: str, line: int) -> str:
    """Make a cell's text of a value.

    Raises:
        TableError: It is a list or an object.
    """
    text = write_cell(value)
    if text is None:
        raise TableError(
            f"Line {line} of {name} has a list or an object as a value; a cell is a text, a "
            "number, true or false. Mend it; nothing was kept."
        )
    return text
