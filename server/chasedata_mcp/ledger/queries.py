"""Queries of the history: pages, single entries, and entries that touched the same resources."""

from collections.abc import Iterator, Sequence

from chasedata_mcp.ledger.chain import EVENTS, parse_event, read_end, read_hash, read_pruned
from chasedata_mcp.ledger.connection import Connection, Value, marks
from chasedata_mcp.ledger.entry_search import EntrySearch
from chasedata_mcp.ledger.event_bodies import parse_entry
from chasedata_mcp.ledger.events import Event, format_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.models import Changes, Entry, EntryPage, Filter
from chasedata_mcp.ledger.rows import decode, encode, row_key, subject_key, undoes_key

_EVENTS_BEHIND = f"{EVENTS} WHERE seq > ? ORDER BY seq LIMIT ?"
_CHANGED = "SELECT seq, entry FROM ledger_events WHERE seq > ? ORDER BY seq LIMIT ?"
_ENTRIES = "SELECT entry FROM ledger_entries"
_IS_UNSETTLED = "outcome = 'unknown' AND kind = 'write'"
# An unknown outcome counts as done wherever that is the safer side.
_MAY_BE_DONE = "kind = 'write' AND outcome IN ('done', 'unknown')"
# A question may wait in an account that has no entry yet.
_ACCOUNTS = "SELECT account FROM ledger_labels UNION SELECT account FROM ledger_consents"
_REACHED = (
    "SELECT entry, cap = ? AND at >= ? AS is_near FROM ledger_reservations "
    "WHERE account = ? AND cap IN ('texts', 'called') AND key = ?"
)
_DUPLICATES = """
    SELECT call.entry FROM ({reached}) AS used JOIN ledger_entries AS call USING (entry)
    WHERE call.outcome = 'unknown' OR (used.is_near AND call.outcome <> 'refused')
    ORDER BY CASE WHEN call.outcome = 'unknown' THEN 0 ELSE 1 END, call.seq DESC LIMIT 1
"""
_UNDOING = (
    "SELECT found.key, call.entry FROM ledger_keys AS found "
    "JOIN ledger_entries AS call ON call.seq = found.seq "
    "WHERE found.key IN ({keys}) AND call.kind = 'write' AND call.outcome IN ('done', 'unknown') "
    "ORDER BY found.seq"
)
_AFTER_ALL = "~"
"""Text that stands behind every time."""
_MOST_VALUES = 500
"""The most values that a list has: SQLite before 3.32 binds 999 (sqlite.org/limits.html)."""
_MOST_DIGITS = 18
"""The digits of a sequence number that fits 64 bits, which a column has."""


def read_page(connection: Connection, which: Filter, limit: int, before: str | None) -> EntryPage:
    """Read a page of entries, the newest first.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    # One more than is returned shows whether there is an older page.
    upto = None if before is None else _position(before)
    found = _read_entries(connection, EntrySearch(which).find(connection, limit + 1, upto))
    older = str(found[limit - 1].seq) if len(found) > limit else None
    return EntryPage(tuple(found[:limit]), older)


def list_accounts(connection: Connection) -> list[str]:
    """List the accounts that have a call or a question on record."""
    return sorted(decode(account) for (account,) in connection.fetch_all(_ACCOUNTS) if account)


def read_entry(connection: Connection, entry_id: str) -> Entry | None:
    """Read one entry, None where there is none of this id."""
    return next(
        iter(_read_found(connection, f"{_ENTRIES} WHERE entry = ?", [encode(entry_id)])), None
    )


def list_touching(connection: Connection, subject: str, after: int, limit: int) -> list[Entry]:
    """List writes that touch a resource and were or may have been done, the oldest first."""
    return _list_keyed(connection, [subject_key(subject)], after, limit)


def find_duplicate(connection: Connection, query: DuplicateQuery, account: str) -> Entry | None:
    """Find the last duplicate in an account, one whose outcome is unknown before all others."""
    if not query.contacts:
        return None
    since = _AFTER_ALL if query.since is None else format_time(connection.time.of(query.since))
    values = [
        value
        for unit in query.contacts
        for value in (unit.cap, since, encode(account), encode(unit.key))
    ]
    reached = " UNION ALL ".join([_REACHED] * len(query.contacts))
    return next(iter(_read_found(connection, _DUPLICATES.format(reached=reached), values)), None)


def list_later_touching(connection: Connection, earlier: Entry, limit: int) -> list[Entry]:
    """List writes after an entry that share a resource with it, the oldest first."""
    keys = [subject_key(subject) for subject in earlier.intent.resource_keys]
    return _list_keyed(connection, keys, earlier.seq, limit)


def find_last(connection: Connection, subject: str, tool: str | None) -> Entry | None:
    """Find the last write that touched a resource and was or may have been done."""
    where, values = f"{_has(1)} AND {_MAY_BE_DONE}", [subject_key(subject)]
    if tool is not None:
        where, values = f"{where} AND tool = ?", [*values, encode(tool)]
    statement = f"{_ENTRIES} WHERE {where} ORDER BY seq DESC LIMIT 1"
    return next(iter(_read_found(connection, statement, values)), None)


def list_undoing(connection: Connection, entry_id: str) -> list[Entry]:
    """List writes that undo an entry and were or may have been done, the oldest first."""
    statement = f"{_ENTRIES} WHERE {_has(1)} AND {_MAY_BE_DONE} ORDER BY seq"
    return _read_found(connection, statement, [undoes_key(entry_id)])


def list_undone_by(connection: Connection, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List, for each of these entries that was or may have been undone, by which, oldest first."""
    undoers: dict[str, tuple[str, ...]] = {}
    for part in _parts(entry_ids):
        whose = {undoes_key(entry_id): entry_id for entry_id in part}
        statement = _UNDOING.format(keys=marks(len(whose)))
        for key, entry in connection.fetch_all(statement, list(whose)):
            undoers[whose[key]] = (*undoers.get(whose[key], ()), entry)
    return undoers


def list_of_rows(connection: Connection, rows: Sequence[str]) -> dict[str, Entry]:
    """List the last write of each of these rows of batches, for those that have one."""
    found: dict[str, Entry] = {}
    for part in _parts(rows):
        statement = f"{_ENTRIES} WHERE {_has(len(part))} AND kind = 'write' ORDER BY seq"
        entries = _read_found(connection, statement, [row_key(row) for row in part])
        found.update({str(entry.intent.row): entry for entry in entries})
    return found


def list_unsettled(
    connection: Connection, which: Filter, limit: int, before: int | None
) -> list[Entry]:
    """List writes whose outcome is unknown, the newest first, from before a place in the chain."""
    search = EntrySearch(which, _IS_UNSETTLED)
    return _read_entries(connection, search.find(connection, limit, before))


def count_unsettled(connection: Connection, which: Filter) -> int:
    """Count the writes whose outcome is unknown."""
    return EntrySearch(which, _IS_UNSETTLED).count(connection)


def read_changes(connection: Connection, after: int | None, limit: int) -> Changes:
    """List entries with an event behind a place in the chain; for None, none up to its end."""
    if after is None:
        return Changes((), read_end(connection).count)
    rows = connection.fetch_all(_CHANGED, (after, limit))
    entries = [
        entry
        for part in _parts(sorted({entry for _, entry in rows}))
        for entry in _read_found(
            connection, f"{_ENTRIES} WHERE entry IN ({marks(len(part))})", part
        )
    ]
    upto = rows[-1][0] if rows else after
    return Changes(tuple(sorted(entries, key=lambda entry: entry.seq)), upto)


def read_events(connection: Connection, after: int, limit: int) -> list[tuple[Event, str]]:
    """List events in their order, each with the hash of the one before it."""
    events = [parse_event(row) for row in connection.fetch_all(_EVENTS_BEHIND, (after, limit))]
    if not events:
        return []
    first = read_hash(connection, events[0].seq - 1) or read_pruned(connection).hash
    return list(zip(events, [first, *(event.hash for event in events)], strict=False))


def _list_keyed(connection: Connection, keys: Sequence[str], after: int, limit: int) -> list[Entry]:
    if not keys:
        return []
    statement = (
        f"{_ENTRIES} WHERE {_has(len(keys))} AND {_MAY_BE_DONE} AND seq > ? ORDER BY seq LIMIT ?"
    )
    return _read_found(connection, statement, [*keys, after, limit])


def _read_found(connection: Connection, statement: str, values: Sequence[Value]) -> list[Entry]:
    """Read the entries of the ids that a statement finds, in their order."""
    found = connection.fetch_all(statement, values)
    return _read_entries(connection, [entry_id for (entry_id,) in found])


def _read_entries(connection: Connection, ids: Sequence[str]) -> list[Entry]:
    """Read the entries of these ids, each made of its events."""
    events: dict[str, list[Event]] = {entry_id: [] for entry_id in ids}
    # By their ids and not by a join, for which a planner may read both tables as wholes.
    for part in _parts(ids):
        for row in connection.fetch_all(f"{EVENTS} WHERE entry IN ({marks(len(part))})", part):
            event = parse_event(row)
            events[event.entry].append(event)
    return [parse_entry(events[entry_id]) for entry_id in ids]


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _MOST_VALUES] for start in range(0, len(values), _MOST_VALUES))


def _has(keys: int) -> str:
    """Make the condition of the entries that have any of so many keys."""
    return f"seq IN (SELECT seq FROM ledger_keys WHERE key IN ({marks(keys)}))"  # noqa: S608 - of constants and marks


def _position(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _MOST_DIGITS:
        raise ValueError("a cursor is what an earlier page gave")
    return int(cursor)
