"""Pruning: old entries go, and the chain still verifies from where it was cut."""

from contextlib import suppress
from datetime import datetime

from chasedata_mcp.ledger import approvals, grants, reservations
from chasedata_mcp.ledger.chain import EVENTS, Chain, parse_event
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_requests import IS_OPEN_REQUEST
from chasedata_mcp.ledger.event_bodies import carry, parse
from chasedata_mcp.ledger.events import Draft, Event, EventKind, format_time
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS
from chasedata_mcp.ledger.limit_groups import COUNTED_FOR
from chasedata_mcp.ledger.models import Pruned
from chasedata_mcp.ledger.restores import RESTORE_ENTRY
from chasedata_mcp.ledger.rows import encode

_TOUCHED_BEHIND = "entry IN (SELECT entry FROM ledger_events WHERE seq > ?)"
_STAYS = f"(kind = 'write' AND outcome = 'unknown' OR {IS_OPEN_REQUEST})"
# By the chain and no index: all before it is read anyhow, to be removed.
_FIRST_YOUNG = (
    "SELECT seq FROM ledger_events "  # noqa: S608 - of constants and marks
    f"WHERE at >= ? OR entry = '{RESTORE_ENTRY}' AND at >= ? ORDER BY seq LIMIT 1"
)
_LAST = f"{EVENTS} ORDER BY seq DESC LIMIT 1"
_LAST_BEFORE = f"{EVENTS} WHERE seq < ? ORDER BY seq DESC LIMIT 1"
_REMOVABLE = f"SELECT count(*) FROM ledger_entries WHERE NOT {_TOUCHED_BEHIND} AND NOT {_STAYS}"  # noqa: S608 - of constants and marks
_UNSETTLED = (
    f"{EVENTS} WHERE seq <= ? AND entry IN "  # noqa: S608 - of constants and marks
    f"(SELECT entry FROM ledger_entries WHERE {_STAYS} OR {_TOUCHED_BEHIND}) ORDER BY seq"
)
_IN_FORCE = (
    f"{EVENTS} WHERE seq <= ? AND (entry = '{RESTORE_ENTRY}' OR entry = '' "
    "AND what IN ('frozen', 'granted', 'revoked', 'carried')) ORDER BY seq"
)
_GRANTS = "SELECT id FROM ledger_grants"
_FORGET_KEYS = (
    "DELETE FROM ledger_keys WHERE seq IN "  # noqa: S608 - of constants and marks
    f"(SELECT seq FROM ledger_calls WHERE NOT {_TOUCHED_BEHIND})"
)
_FORGET_CALLS = f"DELETE FROM ledger_calls WHERE NOT {_TOUCHED_BEHIND}"  # noqa: S608 - of constants and marks
_FORGET_LABELS = """
    DELETE FROM ledger_labels WHERE NOT EXISTS
    (SELECT 1 FROM ledger_calls WHERE label = ledger_labels.id)
"""
_FORGET_SPANS = """
    DELETE FROM ledger_spans WHERE NOT EXISTS
    (SELECT 1 FROM ledger_calls WHERE seq BETWEEN first AND last)
"""
_CUT = "UPDATE ledger_store SET pruned = ?, pruned_hash = ?"
_FORGET_EVENTS = "DELETE FROM ledger_events WHERE seq <= ?"


def prune(chain: Chain, before: datetime, now: datetime) -> Pruned:
    """Cut the chain behind the last event that has only older ones before it.

    Entries that are not settled, or were settled behind the cut, are carried: written again behind
    the end, since a call whose outcome is unknown must not be forgotten, nor a request not to be
    called that the dialer's list may not have. Cutting anywhere else
    would break the chain, whose every event has the hash of the one before.
    """
    connection = chain.connection
    # It removes a million rows by one statement.
    connection.lift_time_limits(3600)
    # Nothing younger goes where this machine's clock is ahead.
    before = min(before, connection.time.of(before))
    approvals.expire(connection, now)
    approvals.forget(connection, before)
    grants.forget(connection, before)
    reservations.forget(connection, before, now)
    cut = _cut(connection, before, now)
    if cut is None or connection.fetch_value(_REMOVABLE, (cut.seq,)) == 0:
        return Pruned(0, 0)
    unsettled = _unsettled(connection, cut.seq)
    in_force = _in_force(connection, cut.seq)
    chain.append([carry(event) for event in (*in_force, *unsettled)])
    removed = _forget_entries(connection, cut.seq)
    body = {"upto": cut.seq, "hash": cut.hash, "removed": removed, "standing": len(in_force)}
    chain.append([Draft.of(format_time(now), EventKind.PRUNED, body)])
    # Before the deletion: the trigger lets events go up to this one only.
    connection.run(_CUT, (cut.seq, bytes.fromhex(cut.hash)))
    connection.run(_FORGET_EVENTS, (cut.seq,))
    return Pruned(removed, len({event.entry for event in unsettled}))


def _cut(connection: Connection, before: datetime, now: datetime) -> Event | None:
    """Find the last event of the part that is old throughout.

    A restore is young as long as it may close caps: a person's word that opens them comes after it.
    """
    # By the first young event and not the last old one: every machine has a clock of its own, so
    # that an old event may stand behind a young one.
    young = format_time(before), format_time(now - COUNTED_FOR)
    first = connection.fetch_value(_FIRST_YOUNG, young)
    row = (
        connection.fetch_one(_LAST)
        if first is None
        else connection.fetch_one(_LAST_BEFORE, (first,))
    )
    return None if row is None else parse_event(row)


def _unsettled(connection: Connection, cut: int) -> list[Event]:
    """List the events up to the cut of entries that are not settled, or have events behind it."""
    return [parse_event(row) for row in connection.fetch_all(_UNSETTLED, (cut, cut))]


def _in_force(connection: Connection, cut: int) -> list[Event]:
    """List the events up to the cut by which a freeze, a grant or a restore is in force."""
    freezes = {(who, at) for who, at, *_ in connection.fetch_all(FROZEN_ACCOUNTS)}
    grants = {grant for (grant,) in connection.fetch_all(_GRANTS)}
    events = map(parse_event, connection.fetch_all(_IN_FORCE, (cut,)))
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
            case EventKind.RESTORED:
                return True
            case _:
                pass
    return False


def _forget_entries(connection: Connection, cut: int) -> int:
    """Remove the rows that find entries without an event behind the cut, and count the entries."""
    connection.run(_FORGET_KEYS, (cut,))
    removed = connection.run(_FORGET_CALLS, (cut,))
    connection.run(_FORGET_LABELS)
    connection.run(_FORGET_SPANS)
    return removed
