"""Queries of the history: pages, single entries, and entries that touched the same resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.chain import read_end
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.event_bodies import parse_entry
from chasedata_mcp.ledger.events import Event, format_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.models import Changes, Entry, EntryKind, EntryPage, Filter
from chasedata_mcp.ledger.rows import decode, encode, number_key, subject_key, undoes_key
from chasedata_mcp.ledger.schema import APPROVALS, ENTRIES, EVENTS, KEYS, RESERVATIONS
from chasedata_mcp.ledger.usage import CALLED, TEXTS

_MOST_DIGITS = 18
"""The digits of a sequence number that fits 64 bits, which a column has."""
# An unknown outcome counts as done wherever that is the safer side.
_MAY_BE_DONE = (Outcome.DONE.value, Outcome.UNKNOWN.value)


def read_page(connection: Connection, which: Filter, limit: int, before: str | None) -> EntryPage:
    """Read a page of entries, the newest first.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    # One more than is returned shows whether there is an older page.
    statement = _matching(which).order_by(ENTRIES.c.seq.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(ENTRIES.c.seq < _position(before))
    found = _read_entries(connection, statement)
    older = str(found[limit - 1].seq) if len(found) > limit else None
    return EntryPage(tuple(found[:limit]), older)


def list_accounts(connection: Connection) -> list[str]:
    """List the accounts that have a call or a question on record."""
    # A question may wait in an account that has no entry yet.
    known = select(ENTRIES.c.account).union(select(APPROVALS.c.account))
    return sorted(decode(account) for (account,) in connection.execute(known) if account)


def read_entry(connection: Connection, entry_id: str) -> Entry | None:
    """Read one entry, None where there is none of this id."""
    statement = select(ENTRIES.c.entry).where(ENTRIES.c.entry == encode(entry_id))
    return next(iter(_read_entries(connection, statement)), None)


def list_touching(connection: Connection, subject: str, after: int, limit: int) -> list[Entry]:
    """List writes that touch a resource and were or may have been done, the oldest first."""
    statement = (
        _keyed([subject_key(subject)])
        .where(ENTRIES.c.seq > after)
        .order_by(ENTRIES.c.seq)
        .limit(limit)
    )
    return _read_entries(connection, statement)


def find_duplicate(connection: Connection, query: DuplicateQuery, account: str) -> Entry | None:
    """Find the last duplicate in an account, one whose outcome is unknown before all others."""
    is_unknown = ENTRIES.c.outcome == Outcome.UNKNOWN.value
    people = [encode(unit.key) for unit in query.contacts]
    alike = [
        and_(
            RESERVATIONS.c.cap == unit.cap,
            RESERVATIONS.c.key == encode(unit.key),
            RESERVATIONS.c.at >= format_time(query.since),
        )
        for unit in query.contacts
        if query.since is not None
    ]
    unsettled = and_(
        RESERVATIONS.c.cap.in_((TEXTS, CALLED)), RESERVATIONS.c.key.in_(people), is_unknown
    )
    statement = (
        select(ENTRIES.c.entry)
        .join(RESERVATIONS, RESERVATIONS.c.entry == ENTRIES.c.entry)
        .where(
            RESERVATIONS.c.account == encode(account),
            ENTRIES.c.outcome != Outcome.REFUSED.value,
            or_(*alike, unsettled),
        )
        .order_by(case((is_unknown, 0), else_=1), ENTRIES.c.seq.desc())
        .limit(1)
    )
    return next(iter(_read_entries(connection, statement)), None)


def list_later_touching(connection: Connection, earlier: Entry, limit: int) -> list[Entry]:
    """List writes after an entry that share a resource with it, the oldest first."""
    keys = [subject_key(subject) for subject in earlier.intent.resource_keys]
    statement = _keyed(keys).where(ENTRIES.c.seq > earlier.seq).order_by(ENTRIES.c.seq).limit(limit)
    return _read_entries(connection, statement)


def find_last(connection: Connection, subject: str, tool: str | None) -> Entry | None:
    """Find the last write that touched a resource and was or may have been done."""
    statement = _keyed([subject_key(subject)]).order_by(ENTRIES.c.seq.desc()).limit(1)
    if tool is not None:
        statement = statement.where(ENTRIES.c.tool == encode(tool))
    return next(iter(_read_entries(connection, statement)), None)


def list_undoing(connection: Connection, entry_id: str) -> list[Entry]:
    """List writes that undo an entry and were or may have been done, the oldest first."""
    return _read_entries(connection, _keyed([undoes_key(entry_id)]).order_by(ENTRIES.c.seq))


def list_undone_by(connection: Connection, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List, for each of these entries that was or may have been undone, by which, oldest first."""
    whose = {undoes_key(entry_id): entry_id for entry_id in entry_ids}
    statement = (
        select(KEYS.c.key, ENTRIES.c.entry)
        .join(ENTRIES, ENTRIES.c.seq == KEYS.c.seq)
        .where(
            KEYS.c.key.in_(whose),
            ENTRIES.c.kind == EntryKind.WRITE.value,
            ENTRIES.c.outcome.in_(_MAY_BE_DONE),
        )
        .order_by(KEYS.c.seq)
    )
    undoers: dict[str, tuple[str, ...]] = {}
    for row in connection.execute(statement):
        undoers[whose[row.key]] = (*undoers.get(whose[row.key], ()), row.entry)
    return undoers


def list_unsettled(
    connection: Connection, which: Filter, limit: int, before: int | None
) -> list[Entry]:
    """List writes whose outcome is unknown, the newest first, from before a place in the chain."""
    statement = _unsettled(which).order_by(ENTRIES.c.seq.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ENTRIES.c.seq < before)
    return _read_entries(connection, statement)


def count_unsettled(connection: Connection, which: Filter) -> int:
    """Count the writes whose outcome is unknown."""
    counted = select(func.count()).select_from(_unsettled(which).subquery())
    return connection.execute(counted).scalar_one()


def _unsettled(which: Filter) -> Select[str]:
    return _matching(which).where(
        ENTRIES.c.outcome == Outcome.UNKNOWN.value, ENTRIES.c.kind == EntryKind.WRITE.value
    )


def read_changes(connection: Connection, after: int | None, limit: int) -> Changes:
    """List entries with an event behind a place in the chain; for None, none up to its end."""
    if after is None:
        return Changes((), read_end(connection).count)
    behind = select(EVENTS.c.seq, EVENTS.c.entry).where(EVENTS.c.seq > after)
    rows = connection.execute(behind.order_by(EVENTS.c.seq).limit(limit)).all()
    changed = {row.entry for row in rows}
    entries = select(ENTRIES.c.entry).where(ENTRIES.c.entry.in_(changed)).order_by(ENTRIES.c.seq)
    upto = rows[-1].seq if rows else after
    return Changes(tuple(_read_entries(connection, entries)), upto)


def read_events(connection: Connection, after: int, limit: int) -> list[Event]:
    """List events in their order."""
    statement = select(EVENTS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(limit)
    return [parse_row(row) for row in connection.execute(statement)]


def _read_entries(connection: Connection, statement: Select[str]) -> list[Entry]:
    """Read the entries of these ids, in their order, each made of its events."""
    ids = connection.execute(statement).scalars().all()
    events: dict[str, list[Event]] = {entry_id: [] for entry_id in ids}
    # By their ids and not by a join, for which a planner may read both tables as wholes.
    for row in connection.execute(select(EVENTS).where(EVENTS.c.entry.in_(ids))):
        events[row.entry].append(parse_row(row))
    return [parse_entry(events[entry_id]) for entry_id in ids]


def _matching(which: Filter) -> Select[str]:
    columns: Mapping[str, ColumnElement[str]] = {
        "tool": ENTRIES.c.tool,
        "outcome": ENTRIES.c.outcome,
        "caller": ENTRIES.c.caller,
        "account": ENTRIES.c.account,
        "kind": ENTRIES.c.kind,
    }
    statement = select(ENTRIES.c.entry)
    for name, column in columns.items():
        value: str | None = getattr(which, name)
        if value is not None:
            statement = statement.where(column == encode(value))
    if which.principal is not None:
        begins = encode(f"{which.principal}/")
        # No index has this: the newest entries are compared one by one until a page is full.
        statement = statement.where(func.substr(ENTRIES.c.caller, 1, len(begins)) == begins)
    if which.since is not None:
        statement = statement.where(ENTRIES.c.at >= format_time(which.since))
    if which.until is not None:
        statement = statement.where(ENTRIES.c.at < format_time(which.until))
    if which.number is not None:
        leads = sorted(map(subject_key, which.leads))
        statement = statement.where(_has(number_key(which.number), *leads))
    if which.subject is not None:
        statement = statement.where(_has(subject_key(which.subject)))
    if not which.reads:
        statement = statement.where(ENTRIES.c.kind != EntryKind.READ.value)
    return statement


def _has(*keys: str) -> ColumnElement[bool]:
    """Match the entries that have any of these keys."""
    return ENTRIES.c.seq.in_(select(KEYS.c.seq).where(KEYS.c.key.in_(keys)))


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


def parse_row(row: Row[Any]) -> Event:
    """Make the event of a row."""
    return Event(row.seq, row.at, row.what, row.entry, row.body, row.prev, row.hash)
