"""The hash chain: appends events to its end, with the rows that find their entries."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.connection import Connection, Row, Value
from chasedata_mcp.ledger.event_bodies import ParsedEvent
from chasedata_mcp.ledger.events import FIRST, Draft, Event, seal
from chasedata_mcp.ledger.packed_texts import pack, unpack
from chasedata_mcp.ledger.rows import Label, encode, insert_rows, list_keys, make_label
from chasedata_mcp.ledger.spans import close_spans

if TYPE_CHECKING:
    from chasedata_mcp.ledger.store import Store

EVENTS = "SELECT seq, at, what, entry, body, hash FROM ledger_events"
"""All events, as `parse_event` reads them."""
_END = "SELECT seq, hash FROM ledger_events ORDER BY seq DESC LIMIT 1"
_HASH = "SELECT hash FROM ledger_events WHERE seq = ?"
_PRUNED = "SELECT pruned, pruned_hash FROM ledger_store"
_IS_LABEL = (
    "FROM ledger_labels WHERE account = ? AND caller = ? AND tool = ? AND kind = ? "
    "AND outcome = ? AND free_text = ?"
)
_LABEL = f"SELECT id {_IS_LABEL}"
_LABEL_OF_ENTRY = """
    SELECT account, caller, tool, kind, outcome, free_text FROM ledger_entries WHERE entry = ?
"""
_RELABEL = (
    f"UPDATE ledger_calls SET label = (SELECT id {_IS_LABEL}) "  # noqa: S608 - of the text above
    f"WHERE entry = ? AND EXISTS (SELECT 1 {_IS_LABEL})"
)
"""Changes nothing where there is no such label yet."""


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
        self._ended: dict[str, Label] = {}

    def append(self, drafts: Sequence[Draft]) -> None:
        """Append events, without rows that find entries."""
        before = self.end.count
        self._append(drafts)
        close_spans(self.connection, before, self.end.count)

    def open_entries(self, drafts: Sequence[Draft]) -> Sequence[Label]:
        """Append events that each open an entry, with the rows that find it; return its labels."""
        before = self.end.count
        opened = [
            ParsedEvent(event.seq, draft.what, draft.at, draft.entry, draft.body)
            for event, draft in zip(self._append(drafts), drafts, strict=True)
        ]
        labels = [make_label(event, event.opens) for event in opened if event.opens is not None]
        numbers = {label: self._number(label) for label in dict.fromkeys(labels)}
        calls = [
            (event.seq, encode(event.entry), event.happened, numbers[label])
            for event, label in zip(opened, labels, strict=True)
        ]
        keys = [(key, event.seq) for event in opened for key in sorted(list_keys(event))]
        insert_rows(self.connection, "ledger_calls", ("seq", "entry", "at", "label"), calls)
        insert_rows(self.connection, "ledger_keys", ("key", "seq"), keys)
        close_spans(self.connection, before, self.end.count)
        return labels

    def read_label(self, entry: str) -> Label | None:
        """Read the label of an entry, None where it was not opened."""
        if entry in self._ended:
            return self._ended[entry]
        row = self.connection.fetch_one(_LABEL_OF_ENTRY, (encode(entry),))
        return None if row is None else Label(*row)

    def end_entry(self, label: Label, draft: Draft) -> None:
        """Append an event that ends the entry which has this label."""
        self.append([draft])
        ended = label.ended(draft.body)
        if ended != label:
            values = *ended, encode(draft.entry), *ended
            if not self.connection.run(_RELABEL, values):
                self._number(ended)
                self.connection.run(_RELABEL, values)
        self._ended[draft.entry] = ended

    def go_back(self, end: Checkpoint) -> None:
        """Go back to an end of before, where what came since in the transaction is undone."""
        self.end = end
        self._ended.clear()

    def _append(self, drafts: Sequence[Draft]) -> list[Event]:
        events: list[Event] = []
        for draft in drafts:
            event = seal(draft, self.end.count + 1, self.end.hash)
            self.end = Checkpoint(event.seq, event.hash)
            events.append(event)
        columns = ("seq", "at", "what", "entry", "body", "hash")
        packs = self.connection.database == "sqlite"
        rows = [_make_row(event, packs=packs) for event in events]
        insert_rows(self.connection, "ledger_events", columns, rows)
        return events

    def _number(self, label: Label) -> int:
        """Find the number of a label's row, and make one where there is none."""
        number: int | None = self.connection.fetch_value(_LABEL, label)
        if number is None:
            insert_rows(self.connection, "ledger_labels", Label._fields, [label])
            number = self.connection.fetch_value(_LABEL, label)
        return int(number or 0)


def _make_row(event: Event, *, packs: bool) -> tuple[Value, ...]:
    body = pack(event.body) if packs else event.body
    return event.seq, event.at, event.what, event.entry, body, bytes.fromhex(event.hash)


def parse_event(row: Row) -> Event:
    """Make the event of a row of `EVENTS`."""
    seq, at, what, entry, body, digest = row
    try:
        text = unpack(body)
    except ValueError:
        # Somebody tampered with it: it is no JSON, which whoever reads it says.
        text = ""
    return Event(seq, at, what, entry, text, show_hash(digest))


def show_hash(stored: bytes | str) -> str:
    """Write a hash in hexadecimal digits; what somebody put there who tampers, as it is."""
    return stored.hex() if isinstance(stored, bytes) else str(stored)


def read_end(connection: Connection) -> Checkpoint:
    """Read the end of the chain."""
    row = connection.fetch_one(_END)
    return Checkpoint(row[0], show_hash(row[1])) if row else Checkpoint(0, FIRST)


def read_hash(connection: Connection, count: int) -> str | None:
    """Read the hash of the event at a place, None where there is none or it was pruned."""
    found: bytes | None = connection.fetch_value(_HASH, (count,))
    return None if found is None else show_hash(found)


def read_pruned(connection: Connection) -> Checkpoint:
    """Read the place up to which events were pruned, the beginning where none were."""
    ((count, digest),) = connection.fetch_all(_PRUNED)
    return Checkpoint(count, show_hash(digest))


def follows(connection: Connection, end: Checkpoint, checkpoint: Checkpoint) -> bool:
    """Tell whether a chain with this end goes on from a checkpoint, as far as it has that event."""
    if checkpoint.count > end.count:
        return False
    # Without that event: it was pruned.
    return read_hash(connection, checkpoint.count) in {checkpoint.hash, None}
