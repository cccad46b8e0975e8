"""The end of the chain within one transaction, and how events are put behind it."""

import json
from collections.abc import Sequence
from functools import cache
from itertools import chain
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter

from sqlalchemy import Connection, Table, select, update

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.event_bodies import Unfolded
from chasedata_mcp.ledger.events import FIRST, Draft, Event, seal
from chasedata_mcp.ledger.models import Kind
from chasedata_mcp.ledger.schema import ENTRIES, EVENTS, KEYS
from chasedata_mcp.ledger.verdicts import Head

_AT_ONCE = (64, 8, 1)
"""So many rows are one statement: few lengths, since a database keeps what it has read of each."""
_row_of = attrgetter(*EVENTS.columns.keys())


class Chain:
    """Appends to the chain; only for a transaction that keeps all other writers out."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.head = head_of(connection)

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Put events behind the last one, and nothing else."""
        events: list[Event] = []
        for draft in drafts:
            event = seal(draft, self.head.count + 1, self.head.hash)
            self.head = Head(event.seq, event.hash)
            events.append(event)
        _insert(self.connection, EVENTS, [_row_of(event) for event in events])
        return events

    def open(self, drafts: Sequence[Draft]) -> None:
        """Append events that each begin an entry, and what finds them."""
        opened = [
            Unfolded(event.seq, draft.what, draft.at, draft.entry, draft.body)
            for event, draft in zip(self.append(drafts), drafts, strict=True)
        ]
        found_by = [tuple(row.values()) for event in opened if (row := entry_row(event))]
        keys = [(key, event.seq) for event in opened for key in sorted(keys_of(event))]
        _insert(self.connection, ENTRIES, found_by)
        _insert(self.connection, KEYS, keys)

    def settle(self, entry: str, outcome: str) -> None:
        """Have the row that finds an entry say how it ended."""
        found = ENTRIES.c.entry == indexed(entry)
        self.connection.execute(update(ENTRIES).where(found).values(outcome=outcome))


def _insert(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, whose values stand in the order of the table's columns.

    Many rows are one statement, since each statement takes its turn with the server's other work.
    """
    place = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    first = 0
    while first < len(rows):
        many = next(many for many in _AT_ONCE if many <= len(rows) - first)
        values = tuple(chain.from_iterable(rows[first : first + many]))
        connection.exec_driver_sql(_statement(table, place, many), values)
        first += many


@cache
def _statement(table: Table, place: str, rows: int) -> str:
    row = f"({', '.join(place for _ in table.columns)})"
    columns = ", ".join(table.columns.keys())
    return f"INSERT INTO {table.name} ({columns}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - names of our own


def head_of(connection: Connection) -> Head:
    """The end of the chain as it is."""
    last = select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
    row = connection.execute(last).first()
    return Head(row.seq, row.hash) if row else Head(0, FIRST)


def entry_row(event: Unfolded) -> dict[str, object]:
    """The row that finds the entry which an event begins; empty for any other event."""
    if event.opens is None:
        return {}
    call, ending = event.called, event.ended
    return {
        "seq": event.seq,
        "entry": indexed(event.entry),
        "at": event.at,
        "kind": event.opens.value,
        "tool": indexed(call["tool"]),
        "caller": indexed(call["caller"]),
        "account": indexed(call["account"]),
        "digest": indexed(call["digest"]),
        "outcome": ending["outcome"] if ending else Outcome.UNKNOWN.value,
    }


def keys_of(event: Unfolded) -> set[str]:
    """The keys that find the entry which an event begins; none for any other event."""
    if event.opens is None:
        return set()
    call = event.called
    numbers = {number_key(number) for number in call["numbers"]}
    subjects = {subject_key(subject) for subject in call["subjects"]}
    # Only what was sent stands in the way of undoing, or has undone, anything.
    if call["undoes"] is not None and event.opens is Kind.WRITE:
        subjects.add(undoes_key(call["undoes"]))
    return numbers | subjects


def number_key(number: str) -> str:
    """What finds the entries that touch a number."""
    return indexed(f"number:{number}")


def subject_key(subject: str) -> str:
    """What finds the entries that touch a thing."""
    return indexed(f"subject:{subject}")


def undoes_key(entry: str) -> str:
    """What finds the entries that take another one back."""
    return indexed(f"undoes:{entry}")


def indexed(text: str) -> str:
    """Text as it stands in a column: in ASCII, since no database takes every text there is."""
    return quoted(text)[1:-1]


def plain(text: str) -> str:
    """What `indexed` made into ASCII."""
    return text if "\\" not in text else str(json.loads(f'"{text}"'))
