"""The hash chain: appends events to its end, with the rows that find their entries."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import FIRST, Draft, Event, seal
from chasedata_mcp.ledger.rows import encode, insert_rows, list_keys, make_entry_row

if TYPE_CHECKING:
    from chasedata_mcp.ledger.store import Store

EVENT_COLUMNS = ("seq", "at", "what", "entry", "body", "prev", "hash")
"""The columns of an event, in the order of its fields."""
_row_of = attrgetter(*EVENT_COLUMNS)


class Chain:
    """The end of the chain; only for a transaction that keeps all other writers out.

    Attributes:
        connection: The transaction.
        store: Its store.
        end: The last event.
        afterwards: Work for the time when all is on disk, once for each key.
    """

    def __init__(self, connection: Connection, store: "Store") -> None:
        self.connection, self.store = connection, store
        # Once a transaction: nobody else appends meanwhile.
        self.end = read_end(connection)
        self.afterwards: dict[tuple[str, str], Callable[[], None]] = {}

    def append(self, drafts: Sequence[Draft]) -> list[Event]:
        """Append events, without rows that find entries."""
        events: list[Event] = []
        for draft in drafts:
            event = seal(draft, self.end.count + 1, self.end.hash)
            self.end = Checkpoint(event.seq, event.hash)
            events.append(event)
        rows = [_row_of(event) for event in events]
        insert_rows(self.connection, "ledger_events", EVENT_COLUMNS, rows)
        return events

    def open_entries(self, drafts: Sequence[Draft]) -> None:
        """Append events that each open an entry, with the rows that find it."""
        opened = [
            ParsedEvent(event.seq, draft.what, draft.at, draft.entry, draft.body)
            for event, draft in zip(self.append(drafts), drafts, strict=True)
        ]
        found_by = [row for event in opened if (row := make_entry_row(event))]
        keys = [(key, event.seq) for event in opened for key in sorted(list_keys(event))]
        columns = tuple(found_by[0]) if found_by else ()
        rows = [tuple(row.values()) for row in found_by]
        insert_rows(self.connection, "ledger_entries", columns, rows)
        insert_rows(self.connection, "ledger_keys", ("key", "seq"), keys)

    def settle(self, entry: str, outcome: str) -> None:
        """Set the outcome in the row that finds an entry."""
        statement = "UPDATE ledger_entries SET outcome = ? WHERE entry = ?"
        self.connection.run(statement, (outcome, encode(entry)))


def read_end(connection: Connection) -> Checkpoint:
    """Read the end of the chain."""
    last = "SELECT seq, hash FROM ledger_events ORDER BY seq DESC LIMIT 1"
    row = connection.fetch_one(last)
    return Checkpoint(*row) if row else Checkpoint(0, FIRST)


def read_hash(connection: Connection, count: int) -> str | None:
    """Read the hash of the event at a place, None where there is none or it was pruned."""
    found = connection.fetch_value("SELECT hash FROM ledger_events WHERE seq = ?", (count,))
    return None if found is None else str(found)


def follows(connection: Connection, end: Checkpoint, checkpoint: Checkpoint) -> bool:
    """Tell whether a chain with this end goes on from a checkpoint, as far as it has that event."""
    if checkpoint.count > end.count:
        return False
    # Without that event: it was pruned.
    return read_hash(connection, checkpoint.count) in {checkpoint.hash, None}
