"""Pruning: old entries go, and the chain still verifies from where it was cut."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Select, delete, func, select, update

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import approvals, grants, reservations
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.event_bodies import carry, parse
from chasedata_mcp.ledger.events import Draft, Event, EventKind, format_time
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.models import EntryKind, Pruned
from chasedata_mcp.ledger.queries import event_of
from chasedata_mcp.ledger.rows import encode
from chasedata_mcp.ledger.schema import ENTRIES, EVENTS, GRANTS, KEYS, STORE

_MAY_STAND = (
    EventKind.FROZEN.value,
    EventKind.GRANTED.value,
    EventKind.REVOKED.value,
    EventKind.CARRIED.value,
)
_OPEN = (ENTRIES.c.kind == EntryKind.WRITE.value) & (ENTRIES.c.outcome == Outcome.UNKNOWN.value)


def prune(chain: Chain, before: datetime, now: datetime) -> Pruned:
    """Cut the chain behind the last event that has only older ones before it.

    What is not settled, or was settled later, is carried: written again behind the end, since a
    call whose outcome is unknown must not be forgotten.
    """
    connection = chain.connection
    approvals.expire(connection, now)
    approvals.forget(connection, before)
    grants.forget(connection, before)
    reservations.forget(connection, before, now)
    cut = _cut(connection, format_time(before))
    if cut is None or not _removable(connection, cut.seq):
        return Pruned(0, 0)
    kept = _to_carry(connection, cut.seq)
    stands = _standing(connection, cut.seq)
    chain.append([carry(event) for event in (*stands, *kept)])
    removed = _forget_entries(connection, cut.seq)
    done = {"upto": cut.seq, "hash": cut.hash, "removed": removed, "standing": len(stands)}
    chain.append([Draft.of(format_time(now), EventKind.PRUNED, done)])
    connection.execute(update(STORE).values(pruned=cut.seq))
    connection.execute(delete(EVENTS).where(EVENTS.c.seq <= cut.seq))
    return Pruned(removed, len({event.entry for event in kept}))


def _cut(connection: Connection, before: str) -> Event | None:
    """Find the last event of the part that is old throughout."""
    young = select(func.min(EVENTS.c.seq)).where(EVENTS.c.at >= before)
    first = connection.execute(young).scalar()
    wanted = select(EVENTS).order_by(EVENTS.c.seq.desc()).limit(1)
    if first is not None:
        wanted = wanted.where(EVENTS.c.seq < first)
    row = connection.execute(wanted).first()
    return event_of(row) if row else None


def _touched_behind(cut: int) -> Select[str]:
    return select(EVENTS.c.entry).where(EVENTS.c.seq > cut)


def _removable(connection: Connection, cut: int) -> int:
    gone = select(func.count()).where(ENTRIES.c.entry.not_in(_touched_behind(cut)), ~_OPEN)
    return connection.execute(gone).scalar_one()


def _to_carry(connection: Connection, cut: int) -> list[Event]:
    """List the events to be cut of entries that are not settled, or not within that part."""
    stay = select(ENTRIES.c.entry).where(_OPEN | ENTRIES.c.entry.in_(_touched_behind(cut)))
    wanted = select(EVENTS).where(EVENTS.c.seq <= cut, EVENTS.c.entry.in_(stay))
    return [event_of(row) for row in connection.execute(wanted.order_by(EVENTS.c.seq))]


def _standing(connection: Connection, cut: int) -> list[Event]:
    """List the events to be cut by which an account is frozen or a grant stands."""
    freezes = {(who, at) for who, at, *_ in connection.execute(FROZEN_ACCOUNTS)}
    grants = set(connection.execute(select(GRANTS.c.id)).scalars())
    wanted = select(EVENTS).where(
        EVENTS.c.seq <= cut, EVENTS.c.entry == "", EVENTS.c.what.in_(_MAY_STAND)
    )
    found = map(event_of, connection.execute(wanted.order_by(EVENTS.c.seq)))
    return [event for event in found if _stands(event, freezes, grants)]


def _stands(event: Event, freezes: set[tuple[str, str | None]], grants: set[str]) -> bool:
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
    """Remove what finds the entries that have no event behind the cut; others have by now."""
    gone = ENTRIES.c.entry.not_in(_touched_behind(cut))
    numbers = select(ENTRIES.c.seq).where(gone)
    connection.execute(delete(KEYS).where(KEYS.c.seq.in_(numbers)))
    return connection.execute(delete(ENTRIES).where(gone)).rowcount
