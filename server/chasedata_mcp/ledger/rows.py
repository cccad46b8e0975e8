"""Rows: text as columns hold it, what finds entries, statements that insert many."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple, cast

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.connection import Connection, Value, marks
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import Body
from chasedata_mcp.ledger.models import FREE_TEXT, EntryKind

_AT_ONCE = (64, 8, 4, 3, 2, 1)
"""The numbers of rows that one statement inserts: a call has a few keys.

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


class Label(NamedTuple):
    """Values that an entry shares with many others; its fields are the columns of its row."""

    account: str
    caller: str
    tool: str
    kind: str
    outcome: str
    free_text: int

    def ended(self, ending: Body) -> "Label":
        """Return the label of the same entry after one more ending."""
        # A later read that finds nothing out doesn't take a known outcome back.
        known = ending["outcome"] != Outcome.UNKNOWN
        outcome = ending["outcome"] if known else self.outcome
        return self._replace(outcome=outcome, free_text=self.free_text or shows_free_text(ending))


def make_label(event: ParsedEvent, kind: EntryKind) -> Label:
    """Make the label of the entry of this kind that an event opens."""
    call = event.called
    opened = Label(
        account=encode(call["account"]),
        caller=encode(call["caller"]),
        tool=encode(call["tool"]),
        kind=kind.value,
        outcome=Outcome.UNKNOWN.value,
        free_text=0,
    )
    return opened if event.ended is None else opened.ended(event.ended)


def shows_free_text(ending: Body) -> int:
    """Tell, as a column does, whether the answer to a call showed free text."""
    answer = ending["answer"]
    if not isinstance(answer, Mapping):
        return 0
    return int(isinstance(cast("Mapping[str, object]", answer).get(FREE_TEXT), list))


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
