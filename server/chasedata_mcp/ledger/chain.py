"""The end of the chain within one transaction, and how events are put behind it."""

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quoted

from sqlalchemy import Connection, insert, select, update

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.events import FIRST, Draft, Event, seal
from chasedata_mcp.ledger.folding import Unfolded
from chasedata_mcp.ledger.tables import ENTRIES, EVENTS, KEYS
from chasedata_mcp.ledger.values import Kind
from chasedata_mcp.ledger.verdicts import Head

_COLUMNS = ("seq", "at", "what", "entry", "body", "prev", "hash")


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
        rows = [{name: getattr(event, name) for name in _COLUMNS} for event in events]
        if rows:
            self.connection.execute(insert(EVENTS), rows)
        return events

    def open(self, drafts: Sequence[Draft]) -> None:
        """Append events that each begin an entry, and what finds them."""
        opened = [
            Unfolded(event.seq, draft.what, draft.at, draft.entry, draft.body)
            for event, draft in zip(self.append(drafts), drafts, strict=True)
        ]
        entries = [row for event in opened if (row := entry_row(event))]
        keys = [
            {"key": key, "seq": event.seq} for event in opened for key in sorted(keys_of(event))
        ]
        if entries:
            self.connection.execute(insert(ENTRIES), entries)
        if keys:
            self.connection.execute(insert(KEYS), keys)

    def settle(self, entry: str, outcome: str) -> None:
        """Have the row that finds an entry say how it ended."""
        found = ENTRIES.c.entry == indexed(entry)
        self.connection.execute(update(ENTRIES).where(found).values(outcome=outcome))


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
