"""Queries of the history: pages, single entries, and entries that touched the same resources."""

from collections.abc import Iterator, Sequence

from chasedata_mcp.ledger.chain import read_end
from chasedata_mcp.ledger.connection import Connection, Row, Value, marks
from chasedata_mcp.ledger.event_bodies import parse_entry
from chasedata_mcp.ledger.events import Event, format_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.models import Changes, Entry, EntryPage, Filter
from chasedata_mcp.ledger.rows import decode, encode, number_key, row_key, subject_key, undoes_key

EVENTS = "SELECT seq, at, what, entry, body, prev, hash FROM ledger_events"
"""All events; their columns are in the order of `Event`'s fields."""
_EVENTS_BEHIND = f"{EVENTS} WHERE seq > ? ORDER BY seq LIMIT ?"
_CHANGED = "SELECT seq, entry FROM ledger_events WHERE seq > ? ORDER BY seq LIMIT ?"
_ENTRIES = "SELECT entry FROM ledger_entries"
_IS_UNSETTLED = "outcome = 'unknown' AND kind = 'write'"
# An unknown outcome counts as done wherever that is the safer side.
_MAY_BE_DONE = "kind = 'write' AND outcome IN ('done', 'unknown')"
# A question may wait in an account that has no entry yet.
_ACCOUNTS = "SELECT account FROM ledger_entries UNION SELECT account FROM ledger_consents"
_MAY_HAVE_REACHED = "call.outcome = 'unknown'"
_HAS_REACHED = "used.cap = ? AND used.key = ? AND used.at >= ?"
# By its people first: else a planner reads all that the account used in 48 hours.
_DUPLICATES = (
    "SELECT call.entry FROM ledger_entries AS call "
    "JOIN ledger_reservations AS used ON used.entry = call.entry "
    "WHERE used.account = ? AND used.cap IN ('texts', 'called') AND used.key IN ({keys}) "
    "AND call.outcome <> 'refused' AND ({reached}) "
    "ORDER BY CASE WHEN call.outcome = 'unknown' THEN 0 ELSE 1 END, call.seq DESC LIMIT 1"
)
_UNDOING = (
    "SELECT found.key, call.entry FROM ledger_keys AS found "
    "JOIN ledger_entries AS call ON call.seq = found.seq "
    "WHERE found.key IN ({keys}) AND call.kind = 'write' AND call.outcome IN ('done', 'unknown') "
    "ORDER BY found.seq"
)
_MOST_VALUES = 500
"""The most values that a list has: SQLite before 3.32 binds 999 (sqlite.org/limits.html)."""
_MOST_DIGITS = 18
"""The digits of a sequence number that fits 64 bits, which a column has."""


def read_page(connection: Connection, which: Filter, limit: int, before: str | None) -> EntryPage:
    """Read a page of entries, the newest first.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    where, values = _match(which)
    if before is not None:
        where, values = f"{where} AND seq < ?", [*values, _position(before)]
    # One more than is returned shows whether there is an older page.
    statement = f"{_ENTRIES} WHERE {where} ORDER BY seq DESC LIMIT ?"
    found = _read_entries(connection, statement, [*values, limit + 1])
    older = str(found[limit - 1].seq) if len(found) > limit else None
    return EntryPage(tuple(found[:limit]), older)


def list_accounts(connection: Connection) -> list[str]:
    """List the accounts that have a call or a question on record."""
    return sorted(decode(account) for (account,) in connection.fetch_all(_ACCOUNTS) if account)


def read_entry(connection: Connection, entry_id: str) -> Entry | None:
    """Read one entry, None where there is none of this id."""
    found = _read_entries(connection, f"{_ENTRIES} WHERE entry = ?", [encode(entry_id)])
    return next(iter(found), None)


def list_touching(connection: Connection, subject: str, after: int, limit: int) -> list[Entry]:
    """List writes that touch a resource and were or may have been done, the oldest first."""
    return _list_keyed(connection, [subject_key(subject)], after, limit)


def find_duplicate(connection: Connection, query: DuplicateQuery, account: str) -> Entry | None:
    """Find the last duplicate in an account, one whose outcome is unknown before all others."""
    if not query.contacts:
        return None
    people = [encode(unit.key) for unit in query.contacts]
    reached, values = [_MAY_HAVE_REACHED], [encode(account), *people]
    if query.since is not None:
        for unit, person in zip(query.contacts, people, strict=True):
            reached.append(_HAS_REACHED)
            values += [unit.cap, person, format_time(connection.time.of(query.since))]
    statement = _DUPLICATES.format(keys=marks(len(people)), reached=" OR ".join(reached))
    return next(iter(_read_entries(connection, statement, values)), None)


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
    return next(iter(_read_entries(connection, statement, values)), None)


def list_undoing(connection: Connection, entry_id: str) -> list[Entry]:
    """List writes that undo an entry and were or may have been done, the oldest first."""
    statement = f"{_ENTRIES} WHERE {_has(1)} AND {_MAY_BE_DONE} ORDER BY seq"
    return _read_entries(connection, statement, [undoes_key(entry_id)])


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
        entries = _read_entries(connection, statement, [row_key(row) for row in part])
        found.update({str(entry.intent.row): entry for entry in entries})
    return found


def list_unsettled(
    connection: Connection, which: Filter, limit: int, before: int | None
) -> list[Entry]:
    """List writes whose outcome is unknown, the newest first, from before a place in the chain."""
    where, values = _match(which)
    if before is not None:
        where, values = f"{where} AND seq < ?", [*values, before]
    statement = f"{_ENTRIES} WHERE {where} AND {_IS_UNSETTLED} ORDER BY seq DESC LIMIT ?"
    return _read_entries(connection, statement, [*values, limit])


def count_unsettled(connection: Connection, which: Filter) -> int:
    """Count the writes whose outcome is unknown."""
    where, values = _match(which)
    statement = f"SELECT count(*) FROM ledger_entries WHERE {where} AND {_IS_UNSETTLED}"  # noqa: S608 - of constants and marks
    return int(connection.fetch_value(statement, values))


def read_changes(connection: Connection, after: int | None, limit: int) -> Changes:
    """List entries with an event behind a place in the chain; for None, none up to its end."""
    if after is None:
        return Changes((), read_end(connection).count)
    rows = connection.fetch_all(_CHANGED, (after, limit))
    entries = [
        entry
        for part in _parts(sorted({entry for _, entry in rows}))
        for entry in _read_entries(
            connection, f"{_ENTRIES} WHERE entry IN ({marks(len(part))})", part
        )
    ]
    upto = rows[-1][0] if rows else after
    return Changes(tuple(sorted(entries, key=lambda entry: entry.seq)), upto)


def read_events(connection: Connection, after: int, limit: int) -> list[Event]:
    """List events in their order."""
    return [parse_event(row) for row in connection.fetch_all(_EVENTS_BEHIND, (after, limit))]


def parse_event(row: Row) -> Event:
    """Make the event of a row."""
    return Event(*row)


def _list_keyed(connection: Connection, keys: Sequence[str], after: int, limit: int) -> list[Entry]:
    if not keys:
        return []
    statement = (
        f"{_ENTRIES} WHERE {_has(len(keys))} AND {_MAY_BE_DONE} AND seq > ? ORDER BY seq LIMIT ?"
    )
    return _read_entries(connection, statement, [*keys, after, limit])


def _read_entries(connection: Connection, statement: str, values: Sequence[Value]) -> list[Entry]:
    """Read the entries of the ids that a statement finds, in their order."""
    ids: list[str] = [entry_id for (entry_id,) in connection.fetch_all(statement, values)]
    events: dict[str, list[Event]] = {entry_id: [] for entry_id in ids}
    # By their ids and not by a join, for which a planner may read both tables as wholes.
    for part in _parts(ids):
        for row in connection.fetch_all(f"{EVENTS} WHERE entry IN ({marks(len(part))})", part):
            event = parse_event(row)
            events[event.entry].append(event)
    return [parse_entry(events[entry_id]) for entry_id in ids]


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _MOST_VALUES] for start in range(0, len(values), _MOST_VALUES))


def _match(which: Filter) -> tuple[str, list[Value]]:
    """Make the condition of a filter, and its values."""
    conditions: dict[str, Sequence[Value]] = {"seq > 0": []}
    for column in ("tool", "outcome", "caller", "account", "kind"):
        value: str | None = getattr(which, column)
        if value is not None:
            conditions[f"{column} = ?"] = [encode(value)]
    if which.principal is not None:
        begins = encode(f"{which.principal}/")
        # No index has this: the newest entries are compared one by one until a page is full.
        conditions[f"substr(caller, 1, {len(begins)}) = ?"] = [begins]
    if which.since is not None:
        conditions["at >= ?"] = [format_time(which.since)]
    if which.until is not None:
        conditions["at < ?"] = [format_time(which.until)]
    if which.number is not None:
        keys = [number_key(which.number), *sorted(map(subject_key, which.leads))]
        conditions[_has(len(keys))] = keys
    if which.subject is not None:
        conditions[f"({_has(1)})"] = [subject_key(which.subject)]
    if not which.reads:
        conditions["kind <> 'read'"] = []
    return " AND ".join(conditions), [value for values in conditions.values() for value in values]


def _has(keys: int) -> str:
    """Make the condition of the entries that have any of so many keys."""
    return f"seq IN (SELECT seq FROM ledger_keys WHERE key IN ({marks(keys)}))"  # noqa: S608 - of constants and marks


def _position(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _MOST_DIGITS:
        raise ValueError("a cursor is what an earlier page gave")
    return int(cursor)
