"""Pruning: old entries go, and the chain still verifies from where it was cut."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select, text, update

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import approvals, grants, reservations
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_requests import IS_OPEN_REQUEST
from chasedata_mcp.ledger.event_bodies import carry, parse
from chasedata_mcp.ledger.events import Draft, Event, EventKind, format_time
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.models import EntryKind, Pruned
from chasedata_mcp.ledger.queries import parse_row
from chasedata_mcp.ledger.rows import encode
from chasedata_mcp.ledger.schema import ENTRIES, EVENTS, GRANTS, KEYS, STORE

_IN_FORCE_KINDS = (
    EventKind.FROZEN.value,
    EventKind.GRANTED.value,
    EventKind.REVOKED.value,
    EventKind.CARRIED.value,
)
_OPEN = (ENTRIES.c.kind == EntryKind.WRITE.value) & (ENTRIES.c.outcome == Outcome.UNKNOWN.value)
_STAYS = or_(_OPEN, text(IS_OPEN_REQUEST))


def prune(chain: Chain, before: datetime, now: datetime) -> Pruned:
    """Cut the chain behind the last event that has only older ones before it.

    Entries that are not settled, or were settled behind the cut, are carried: written again behind
    the end, since a call whose outcome is unknown must not be forgotten, nor a request not to be
    called that the dialer's list may not have. Cutting anywhere else
    would break the chain, whose every event has the hash of the one before.
    """
    connection = chain.connection
    approvals.expire(connection, now)
    approvals.forget(connection, before)
    grants.forget(connection, before)
    reservations.forget(connection, before, now)
    cut = _cut(connection, format_time(before))
    if cut is None or not _removable(connection, cut.seq):
        return Pruned(0, 0)
    unsettled = _unsettled(connection, cut.seq)
    in_force = _in_force(connection, cut.seq)
    chain.append([carry(event) for event in (*in_force, *unsettled)])
    removed = _forget_entries(connection, cut.seq)
    body = {"upto": cut.seq, "hash": cut.hash, "removed": removed, "standing": len(in_force)}
    chain.append([Draft.of(format_time(now), EventKind.PRUNED, body)])
    # Before the deletion: the trigger lets events go up to this one only.
    connection.execute(update(STORE).values(pruned=cut.seq))
    connection.execute(delete(EVENTS).where(EVENTS.c.seq <= cut.seq))
    return Pruned(removed, len({event.entry for event in unsettled}))


def _cut(connection: Connection, before: str) -> Event | None:
    """Find the last event of the part that is old throughout."""
    # By the first young event and not the last old one: every machine has a clock of its own, so
    # that an old event may stand behind a young one.
    too_young = select(func.min(EVENTS.c.seq)).where(EVENTS.c.at >= before)
    first = connection.execute(too_young).scalar()
    statement = select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(1)
    if first is not None:
        statement = statement.where(EVENTS.c.seq < first)
    row = connection.execute(statement).first()
    return parse_row(row) if row else None


def _touched_behind(cut: int) -> Select[str]:
    return select(EVENTS.c.entry).where(EVENTS.c.seq > cut)


def _removable(connection: Connection, cut: int) -> int:
    gone = select(func.count()).where(ENTRIES.c.entry.not_in(_touched_behind(cut)), ~_STAYS)
    return connection.execute(gone).scalar_one()


def _unsettled(connection: Connection, cut: int) -> list[Event]:
    """List the events up to the cut of entries that are not settled, or have events behind it."""
    stay = select(ENTRIES.c.entry).where(_STAYS | ENTRIES.c.entry.in_(_touched_behind(cut)))
    statement = select(EVENTS).where(EVENTS.c.seq <= cut, EVENTS.c.entry.in_(stay))
    return [parse_row(row) for row in connection.execute(statement.order_by(EVENTS.c.seq))]


def _in_force(connection: Connection, cut: int) -> list[Event]:
    """List the events up to the cut by which an account is frozen or a grant is in force."""
    freezes = {(who, at) for who, at, *_ in connection.fetch_all(FROZEN_ACCOUNTS)}
    grants = set(connection.execute(select(GRANTS.c.id)).scalars())
    statement = select(EVENTS).where(
        EVENTS.c.seq <= cut, EVENTS.c.entry == "", EVENTS.c.what.in_(_IN_FORCE_KINDS)
    )
    events = map(parse_row, connection.execute(statement.order_by(EVENTS.c.seq)))
    return [event for event in events if _is_in_force(event, freezes, grants)]


def _is_in_force(event: Event, freezes: set[tuple[str, str | None]], grants: set[str]) -> bool:
    # An event that somebody tampered with is reported by verification, not by pruning.
    with suppress(ValueError, KeyError, TypeError):
        parsed = parse(event)
        match parsed.what:
            case EventKind.FROZEN:
                return (encode(parsed.body["account"]), parsed.at) in freezes
            case EventKind.GRANTED | EventKind.REVOKED:
                return encode(parsed.body["id"]) in grants
            case _:
                pass
    return False


def _forget_entries(connection: Connection, cut: int) -> int:
    """Remove the rows that find entries without an event behind the cut, and count the entries."""
    gone = ENTRIES.c.entry.not_in(_touched_behind(cut))
    numbers = select(ENTRIES.c.seq).where(gone)
    connection.execute(delete(KEYS).where(KEYS.c.seq.in_(numbers)))
    return connection.execute(delete(ENTRIES).where(gone)).rowcount
