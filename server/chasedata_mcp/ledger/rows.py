"""Rows: text as columns hold it, the keys that find entries, statements that insert many."""

import json
from collections.abc import Sequence
from functools import cache
from itertools import chain
from json.encoder import encode_basestring_ascii as quoted

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.connection import Connection, Value, marks
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.models import EntryKind

_AT_ONCE = (64, 8, 1)
"""The numbers of rows that one statement inserts.

Few numbers, since a driver keeps a bounded number of parsed statements. 64 rows of the widest table
bind 576 values; SQLite before 3.32 takes 999 at most (sqlite.org/limits.html).
"""


def insert_rows(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Value, ...]],
) -> None:
    """Insert rows, whose values are in the order of the columns.

    Many rows are one statement: Python's SQLite driver lets go of the interpreter once a statement,
    and by `executemany` once a row (docs/performance.md).
    """
    first = 0
    while first < len(rows):
        many = next(many for many in _AT_ONCE if many <= len(rows) - first)
        values = tuple(chain.from_iterable(rows[first : first + many]))
        connection.run(_statement(table, columns, many), values)
        first += many


@cache
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({marks(len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - names of our own


def make_entry_row(event: ParsedEvent) -> dict[str, Value]:
    """Make the row that finds the entry opened by an event; empty for any other event."""
    if event.opens is None:
        return {}
    call, ending = event.called, event.ended
    return {
        "seq": event.seq,
        "entry": encode(event.entry),
        "at": event.happened,
        "kind": event.opens.value,
        "tool": encode(call["tool"]),
        "caller": encode(call["caller"]),
        "account": encode(call["account"]),
        "digest": encode(call["digest"]),
        "outcome": ending["outcome"] if ending else Outcome.UNKNOWN.value,
    }


def list_keys(event: ParsedEvent) -> set[str]:
    """List the keys that find the entry opened by an event; none for any other event."""
    if event.opens is None:
        return set()
    call = event.called
    numbers = {number_key(number) for number in call["numbers"]}
    subjects = {subject_key(subject) for subject in call["subjects"]}
    # A read or a refusal has undone nothing, since nothing was sent.
    if call["undoes"] is not None and event.opens is EntryKind.WRITE:
        subjects.add(undoes_key(call["undoes"]))
    if "row" in call:
        subjects.add(row_key(call["row"]))
    return numbers | subjects


def number_key(number: str) -> str:
    """Make the key of the entries that touch a number."""
    return encode(f"number:{number}")


def subject_key(subject: str) -> str:
    """Make the key of the entries that touch a resource."""
    return encode(f"subject:{subject}")


def undoes_key(entry: str) -> str:
    """Make the key of the entries that undo another one."""
    return encode(f"undoes:{entry}")


def row_key(row: str) -> str:
    """Make the key of the entries of a batch's row: `ID/12`."""
    return encode(f"row:{row}")


def encode(text: str) -> str:
    """Write text in ASCII for a column.

    PostgreSQL takes no NUL, and neither database a lone surrogate; a caller may send either.
    """
    return quoted(text)[1:-1]


def decode(text: str) -> str:
    """Read text that `encode` wrote."""
    return text if "\\" not in text else str(json.loads(f'"{text}"'))
