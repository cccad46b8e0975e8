"""Queries of the history: pages, single entries, and entries that touched the same resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import end_of
from chasedata_mcp.ledger.event_bodies import entry_from
from chasedata_mcp.ledger.events import Event, format_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.models import Changes, Entry, EntryKind, EntryPage, Filter
from chasedata_mcp.ledger.rows import decode, encode, number_key, subject_key, undoes_key
from chasedata_mcp.ledger.schema import APPROVALS, ENTRIES, EVENTS, KEYS

_MOST_DIGITS = 18
_MAY_BE_DONE = (Outcome.DONE.value, Outcome.UNKNOWN.value)


def page(connection: Connection, which: Filter, limit: int, before: str | None) -> EntryPage:
    """Read a page of entries, the newest first.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    wanted = _matching(which).order_by(ENTRIES.c.seq.desc()).limit(limit + 1)
    if before is not None:
        wanted = wanted.where(ENTRIES.c.seq < _position(before))
    found = entries_of(connection, wanted)
    older = str(found[limit - 1].seq) if len(found) > limit else None
    return EntryPage(tuple(found[:limit]), older)


def accounts(connection: Connection) -> list[str]:
    """List the accounts that anything is kept of, a call or a question."""
    known = select(ENTRIES.c.account).union(select(APPROVALS.c.account))
    return sorted(decode(account) for (account,) in connection.execute(known) if account)


def entry(connection: Connection, entry_id: str) -> Entry | None:
    """Read one entry, None where there is none of this id."""
    wanted = select(ENTRIES.c.entry).where(ENTRIES.c.entry == encode(entry_id))
    return next(iter(entries_of(connection, wanted)), None)


def touching(connection: Connection, subject: str, after: int, limit: int) -> list[Entry]:
    """List writes that touch a resource and were or may have been done, the oldest first."""
    wanted = (
        _keyed([subject_key(subject)])
        .where(ENTRIES.c.seq > after)
        .order_by(ENTRIES.c.seq)
        .limit(limit)
    )
    return entries_of(connection, wanted)


def duplicate(connection: Connection, query: DuplicateQuery, account: str) -> Entry | None:
    """Find the last duplicate in an account that was or may have been done."""
    wanted = (
        select(ENTRIES.c.entry)
        .where(
            ENTRIES.c.digest == encode(query.digest),
            ENTRIES.c.account == encode(account),
            ENTRIES.c.kind == EntryKind.WRITE.value,
            ENTRIES.c.outcome != Outcome.REFUSED.value,
            ENTRIES.c.at >= format_time(query.since),
        )
        .order_by(ENTRIES.c.seq.desc())
        .limit(1)
    )
    return next(iter(entries_of(connection, wanted)), None)


def later_touching(connection: Connection, earlier: Entry, limit: int) -> list[Entry]:
    """List writes after an entry that share a subject with it, the oldest first."""
    keys = [subject_key(subject) for subject in earlier.intent.resource_keys]
    wanted = _keyed(keys).where(ENTRIES.c.seq > earlier.seq).order_by(ENTRIES.c.seq).limit(limit)
    return entries_of(connection, wanted)


def last_for(connection: Connection, subject: str, tool: str | None) -> Entry | None:
    """Find the last write that touched a resource and was or may have been done."""
    wanted = _keyed([subject_key(subject)]).order_by(ENTRIES.c.seq.desc()).limit(1)
    if tool is not None:
        wanted = wanted.where(ENTRIES.c.tool == encode(tool))
    return next(iter(entries_of(connection, wanted)), None)


def undoing(connection: Connection, entry_id: str) -> list[Entry]:
    """List writes that undo an entry and were or may have been done, the oldest first."""
    return entries_of(connection, _keyed([undoes_key(entry_id)]).order_by(ENTRIES.c.seq))


def undone_by(connection: Connection, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List, for each of these entries that was or may have been undone, by which, oldest first."""
    whose = {undoes_key(entry_id): entry_id for entry_id in entry_ids}
    wanted = (
        select(KEYS.c.key, ENTRIES.c.entry)
        .join(ENTRIES, ENTRIES.c.seq == KEYS.c.seq)
        .where(
            KEYS.c.key.in_(whose),
            ENTRIES.c.kind == EntryKind.WRITE.value,
            ENTRIES.c.outcome.in_(_MAY_BE_DONE),
        )
        .order_by(KEYS.c.seq)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(wanted):
        found[whose[row.key]] = (*found.get(whose[row.key], ()), row.entry)
    return found


def unsettled(connection: Connection, which: Filter, limit: int) -> list[Entry]:
    """List writes whose outcome is unknown, the oldest first."""
    wanted = (
        _matching(which)
        .where(ENTRIES.c.outcome == Outcome.UNKNOWN.value, ENTRIES.c.kind == EntryKind.WRITE.value)
        .order_by(ENTRIES.c.seq)
        .limit(limit)
    )
    return entries_of(connection, wanted)


def changes(connection: Connection, after: int | None, limit: int) -> Changes:
    """List entries with an event behind a place in the chain; for None, none up to its end."""
    if after is None:
        return Changes((), end_of(connection).count)
    behind = select(EVENTS.c.seq, EVENTS.c.entry).where(EVENTS.c.seq > after)
    rows = connection.execute(behind.order_by(EVENTS.c.seq).limit(limit)).all()
    changed = {row.entry for row in rows}
    wanted = select(ENTRIES.c.entry).where(ENTRIES.c.entry.in_(changed)).order_by(ENTRIES.c.seq)
    upto = rows[-1].seq if rows else after
    return Changes(tuple(entries_of(connection, wanted)), upto)


def events_after(connection: Connection, after: int, limit: int) -> list[Event]:
    """List events in their order."""
    wanted = select(EVENTS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(limit)
    return [event_of(row) for row in connection.execute(wanted)]


def entries_of(connection: Connection, wanted: Select[str]) -> list[Entry]:
    """Read the entries of these ids, in their order, each made of its events."""
    ids = connection.execute(wanted).scalars().all()
    events: dict[str, list[Event]] = {entry_id: [] for entry_id in ids}
    # With the ids at hand, no database is tempted to join the two tables as wholes.
    for row in connection.execute(select(EVENTS).where(EVENTS.c.entry.in_(ids))):
        events[row.entry].append(event_of(row))
    return [entry_from(events[entry_id]) for entry_id in ids]


def _matching(which: Filter) -> Select[str]:
    columns: Mapping[str, ColumnElement[str]] = {
        "tool": ENTRIES.c.tool,
        "outcome": ENTRIES.c.outcome,
        "caller": ENTRIES.c.caller,
        "account": ENTRIES.c.account,
        "kind": ENTRIES.c.kind,
    }
    wanted = select(ENTRIES.c.entry)
    for name, column in columns.items():
        value: str | None = getattr(which, name)
        if value is not None:
            wanted = wanted.where(column == encode(value))
    if which.principal is not None:
        begins = encode(f"{which.principal}/")
        # In no index's reach: the newest first, until a page is full, is the shorter way.
        wanted = wanted.where(func.substr(ENTRIES.c.caller, 1, len(begins)) == begins)
    if which.since is not None:
        wanted = wanted.where(ENTRIES.c.at >= format_time(which.since))
    if which.until is not None:
        wanted = wanted.where(ENTRIES.c.at < format_time(which.until))
    if which.number is not None:
        wanted = wanted.where(_has(number_key(which.number)))
    if which.subject is not None:
        wanted = wanted.where(_has(subject_key(which.subject)))
    return wanted


def _has(key: str) -> ColumnElement[bool]:
    return ENTRIES.c.seq.in_(select(KEYS.c.seq).where(KEYS.c.key == key))


def _keyed(keys: Sequence[str]) -> Select[str]:
    return select(ENTRIES.c.entry).where(
        ENTRIES.c.seq.in_(select(KEYS.c.seq).where(KEYS.c.key.in_(keys))),
        ENTRIES.c.kind == EntryKind.WRITE.value,
        ENTRIES.c.outcome.in_(_MAY_BE_DONE),
    )


def _position(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > _MOST_DIGITS:
        raise ValueError("a cursor is what an earlier page gave")
    return int(cursor)


def event_of(row: Row[Any]) -> Event:
    """Make the event of a row."""
    return Event(row.seq, row.at, row.what, row.entry, row.body, row.prev, row.hash)
