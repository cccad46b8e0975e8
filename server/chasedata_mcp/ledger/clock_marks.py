"""Marks of the store's time, left in the store once a minute, by which a process takes it up."""

from datetime import UTC, datetime, timedelta

from chasedata_mcp.ledger import approvals, grants
from chasedata_mcp.ledger.connection import Connection, Row
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.store_time import ClockMark, ClockMove

_READ = "SELECT time, clock, uptime, boot, moved_at, moved_by FROM ledger_clock"
_LEAVE = """
    INSERT INTO ledger_clock (one, time, clock, uptime, boot, moved_at, moved_by)
    VALUES (1, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (one) DO UPDATE SET time = excluded.time, clock = excluded.clock,
    uptime = excluded.uptime, boot = excluded.boot,
    moved_at = excluded.moved_at, moved_by = excluded.moved_by
"""
_MICROSECOND = timedelta(microseconds=1)


def take_up(connection: Connection) -> None:
    """Take the store's time up where the last mark left it."""
    row = connection.fetch_one(_READ)
    mark = None if row is None else _decode(row)
    connection.time.begin(mark, _read_shared_clock(connection))


def leave(connection: Connection) -> None:
    """Leave a mark where one is due; only for a transaction that keeps all other writers out."""
    if not connection.time.is_mark_due:
        return
    mark = connection.time.mark(_read_shared_clock(connection))
    moved = mark.moved
    values = (
        *(format_time(mark.time), format_time(mark.clock)),
        *(timedelta(seconds=mark.uptime) // _MICROSECOND, mark.boot),
        *(("", 0) if moved is None else (format_time(moved.at), moved.by // _MICROSECOND)),
    )
    connection.run(_LEAVE, values)


def end_open(connection: Connection) -> None:
    """End the open questions and grants, since nobody can tell how long they were open."""
    approvals.end_open(connection)
    grants.end_open(connection)


def _decode(row: Row) -> ClockMark:
    time, clock, uptime, boot, moved_at, moved_by = row
    passed = timedelta(microseconds=uptime).total_seconds()
    moved = None
    if moved_at:
        moved = ClockMove(parse_time(moved_at), timedelta(microseconds=moved_by))
    return ClockMark(parse_time(time), parse_time(clock), passed, boot, moved)


def _read_shared_clock(connection: Connection) -> datetime | None:
    """Read the clock that all processes of a store share, where that isn't their machine's."""
    if connection.database != "postgresql":
        return None
    # Of the machines that write to one database, each has a clock of its own.
    at: datetime = connection.fetch_value("SELECT clock_timestamp()")
    return at.astimezone(UTC)
