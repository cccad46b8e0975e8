"""The hash chain: appends events to its end, with the rows that find their entries."""

from collections.abc import Sequence
from operator import attrgetter

from sqlalchemy import select, update

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import FIRST, Draft, Event, seal
from chasedata_mcp.ledger.rows import encode, insert_rows, list_keys, make_entry_row
from chasedata_mcp.ledger.schema import ENTRIES, EVENTS, KEYS

_row_of = attrgetter(*EVENTS.columns.keys())


class Chain:
    """The end of the chain; only for a transaction that keeps all other writers out."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        # Once a transaction: nobody else appends meanwhile.
        self.end = read_end(connection)

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Append events, without rows that find entries."""
        events: list[Event] = []
        for draft in drafts:
            event = seal(draft, self.end.count + 1, self.end.hash)
            self.end = Checkpoint(event.seq, event.hash)
            events.append(event)
        insert_rows(self.connection, EVENTS, [_row_of(event) for event in events])
        return events

    def open_entries(self, drafts: Sequence[Draft]) -> None:
        """Append events that each open an entry, with the rows that find it."""
        opened = [
            ParsedEvent(event.seq, draft.what, draft.at, draft.entry, draft.body)
            for event, draft in zip(self.append(drafts), drafts, strict=True)
        ]
        found_by = [tuple(row.values()) for event in opened if (row := make_entry_row(event))]
        keys = [(key, event.seq) for event in opened for key in sorted(list_keys(event))]
        insert_rows(self.connection, ENTRIES, found_by)
        insert_rows(self.connection, KEYS, keys)

    def settle(self, entry: str, outcome: str) -> None:
        """Set the outcome in the row that finds an entry."""
        found = ENTRIES.c.entry == encode(entry)
        self.connection.execute(update(ENTRIES).where(found).values(outcome=outcome))


def read_end(connection: Connection) -> Checkpoint:
    """Read the end of the chain."""
    last = select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
    row = connection.execute(last).first()
    return Checkpoint(row.seq, row.hash) if row else Checkpoint(0, FIRST)


def follows(connection: Connection, end: Checkpoint, checkpoint: Checkpoint) -> bool:
    """Tell whether a chain with this end goes on from a checkpoint, as far as it has that event."""
    if checkpoint.count > end.count:
        return False
    statement = select(EVENTS.c.hash).where(EVENTS.c.seq == checkpoint.count)
    # Without that event: it was pruned.
    return connection.execute(statement).scalar() in {checkpoint.hash, None}
