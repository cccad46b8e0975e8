"""JSON Lines: one object a line, whose names are the columns (jsonlines.org)."""

import io
import json
from collections.abc import Generator, Iterator
from typing import BinaryIO, Final

from chasedata_mcp.files.tables.charset import find_encoding, read_bounded
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import MAX_COLUMNS, MAX_NAME, Cells
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
        if len(header) > MAX_COLUMNS:
            raise TableError(f"{name} has more than {MAX_COLUMNS} different names in its lines.")
    file.seek(0)
    yield 1, list(header)
    for line, pairs in _read_objects(file, encoding, name):
        given = {key: _text(key, value, name, line) for key, value in pairs}
        yield line, [given.get(key, "") for key in header]


def _read_objects(file: BinaryIO, encoding: str, name: str) -> Iterator[tuple[int, Pairs]]:
    text = io.TextIOWrapper(file, encoding)
    try:
        for number, line in enumerate(read_bounded(text, name), 1):
            if number == 1 and line.lstrip().startswith("["):
                raise TableError(
                    f"{name} begins a JSON array. Write each of its objects on a line of its own, "
                    "without the brackets and without commas between them."
                )
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
        pairs = _DECODER.decode(line.strip())
    except json.JSONDecodeError as error:
        raise _build_error(number, name, f"is no JSON from its column {error.colno} on") from None
    except (ValueError, RecursionError):
        raise _build_error(number, name, "is no JSON that can be read") from None
    if not isinstance(pairs, _Pairs):
        raise _build_error(number, name, "is no JSON object, as each line has to be")
    names = [key.strip() for key, _ in pairs]
    if len(set(names)) < len(names):
        raise _build_error(number, name, "has a name twice")
    if not all(names):
        raise _build_error(number, name, "has an empty name")
    return pairs


def _build_error(number: int, name: str, problem: str) -> TableError:
    return TableError(f"Line {number} of {name} {problem}. Mend it; nothing was kept.")


class _Pairs(Pairs):
    """An object's names and values, which a list of pairs in JSON isn't."""


def _refuse_constant(_: str) -> None:
    """Refuse NaN and Infinity, which aren't JSON (RFC 8259, 6) and would be somebody's name.

    Raises:
        ValueError: Always.
    """
    raise ValueError


# A number stays as it is written: a phone that lost its digits, 9.54555E+09, must still show it.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_refuse_constant
)


def _text(key: str, value: object, name: str, line: int) -> str:
    """Make a cell's text of a value.

    Raises:
        TableError: It is a list or an object.
    """
    text = write_cell(value)
    if text is None:
        raise TableError(
            f"Line {line} of {name} has a list or an object in “{key[:MAX_NAME]}”; a cell is a "
            "text, a number, true or false. Mend it; nothing was kept."
        )
    return text
