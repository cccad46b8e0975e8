"""The writer: intents ahead of their calls, endings after, reads and refusals in batches."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    confirmations,
    dnc_loss,
    dnc_registry,
    dnc_requests,
    freeze,
    grants,
    queries,
    reservations,
)
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection, marks
from chasedata_mcp.ledger.errors import NoSuchEntryError
from chasedata_mcp.ledger.event_bodies import draft_ending, draft_intent
from chasedata_mcp.ledger.events import Draft, EventKind, format_time
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.models import Duplicate, Ending, Entry, EntryKind, Intent
from chasedata_mcp.ledger.obstacles import Broken, Obstacle, Reservation, SentRow, SpentGrant
from chasedata_mcp.ledger.store_time import StoreTime

Dated = TypeVar("Dated", Intent, Ending)
_MANY = 10_000
"""The most later calls to the same resources that an undo is compared with."""


def intend(chain: Chain, intent: Intent, reservation: Reservation) -> Obstacle | None:
    """Append an intent with its reservation, unless there is an obstacle; then return that.

    Raises:
        ValueError: It is of another environment.
    """
    connection, store = chain.connection, chain.store
    if intent.environment != store.environment:
        raise ValueError("an intent is of the ledger's own environment")
    store.expire(connection, intent.at)
    # Before the new numbers are counted, which would make up for the lost ones.
    if reservation.suppresses:
        dnc_loss.remember_loss(store, connection, intent.account)
    obstacle = _obstacle(connection, intent, reservation)
    if isinstance(obstacle, Broken) and obstacle.limit.trips and not obstacle.is_closed:
        freeze.trip(chain, intent, obstacle)
    if obstacle is not None:
        return obstacle
    if reservation.grant is not None and not grants.use(connection, reservation.grant, intent):
        return SpentGrant(reservation.grant)
    chain.open_entries([draft_intent(_dated(intent, connection.time))])
    reservations.reserve(connection, intent, reservation.units)
    dnc_registry.register(connection, intent, chain.end.count, reservation)
    confirmations.register(connection, intent, chain.end.count, reservation)
    if reservation.suppresses:
        # Once it is on disk: the copy of the count must never be ahead of the store.
        copy = partial(dnc_loss.copy_count, store, intent.account)
        chain.afterwards["count", intent.account] = copy
    return None


def _obstacle(connection: Connection, intent: Intent, reservation: Reservation) -> Obstacle | None:
    return (
        (None if reservation.passes_freeze else freeze.read_freeze(connection, intent.account))
        or dnc_requests.find_settled(connection, intent.account, reservation, intent.at)
        or _duplicate(connection, intent, reservation)
        or _rival(connection, intent, reservation.aware_of)
        or _touched(connection, intent, reservation.untouched_since)
        or _sent_row(connection, intent, reservation.row_entry)
        or confirmations.find_unconfirmable(connection, intent, reservation)
        or dnc_registry.find_suppressed(
            connection,
            intent.account,
            [number for number in reservation.reaches if number != reservation.confirms],
            unread=reservation.unread,
        )
        or reservations.find_broken_limit(connection, intent, reservation.units, reservation.limits)
    )


def _duplicate(
    connection: Connection, intent: Intent, reservation: Reservation
) -> Duplicate | None:
    """Find a call to the same people that got ahead of this one."""
    within = reservation.duplicate_within
    contacts = tuple([unit for unit in reservation.units if unit.is_contact])
    if within is None or not contacts:
        return None
    query = DuplicateQuery(contacts, intent.at - within if within else None)
    found = queries.find_duplicate(connection, query, intent.account)
    return None if found is None else _ahead(intent, found)


def _rival(
    connection: Connection, intent: Intent, aware_of: Collection[str] | None
) -> Duplicate | None:
    """Find a call that undoes the same entry, or a later one to the same resource."""
    if intent.undoes is None or aware_of is None:
        return None
    undone = queries.read_entry(connection, intent.undoes)
    later = queries.list_later_touching(connection, undone, _MANY) if undone else []
    undoings = queries.list_undoing(connection, intent.undoes)
    ahead = (entry for entry in (*undoings, *later) if entry.id not in aware_of)
    return next((_ahead(intent, entry) for entry in ahead), None)


def _touched(connection: Connection, intent: Intent, since: int | None) -> Duplicate | None:
    """Find a call that touched the same resources since they were read."""
    if since is None:
        return None
    for key in intent.resource_keys:
        for entry in queries.list_touching(connection, key, since, 1):
            return _ahead(intent, entry)
    return None


def _sent_row(connection: Connection, intent: Intent, known: str) -> SentRow | None:
    """Find another call of the same row of a batch that was or may have been done."""
    if intent.row is None:
        return None
    entry = queries.list_of_rows(connection, [intent.row]).get(intent.row)
    if entry is None or entry.id == known or entry.outcome is Outcome.REFUSED:
        return None
    return SentRow(entry)


def _ahead(intent: Intent, entry: Entry) -> Duplicate:
    # Another process's clock may be ahead of this one's.
    return Duplicate(entry, max(timedelta(0), intent.at - entry.intent.at))


def _dated(one: Dated, time: StoreTime) -> Dated:
    """Date a call or its outcome by the store's own time as well, where the clock is off."""
    return replace(one, store_time=time.of(one.at)) if time.ahead else one


def end(chain: Chain, ending: Ending, what: EventKind) -> None:
    """Append the outcome of a call.

    Raises:
        NoSuchEntryError: No intent of this entry was written.
    """
    label = chain.read_label(ending.entry)
    if label is None or label.kind != EntryKind.WRITE:
        raise NoSuchEntryError("The ledger has no intent of this id, so it can have no outcome.")
    chain.end_entry(label, draft_ending(_dated(ending, chain.connection.time), what))
    # An unknown outcome keeps its units: the call may have been done.
    if ending.outcome is Outcome.REFUSED:
        reservations.release(chain.connection, ending.entry)
    dnc_registry.settle(chain.connection, ending.entry, ending.outcome, ending.code)


def note(chain: Chain, drafts: Sequence[Draft], lost: int, now: datetime) -> None:
    """Append reads and refusals, behind an event that counts those lost before them.

    One whose entry exists already counts as lost, since its caller is gone and can't be refused.
    """
    chain.store.expire(chain.connection, now)
    fresh = _fresh(chain, drafts)
    lost += len(drafts) - len(fresh)
    if lost:
        chain.append([Draft.of(format_time(now), EventKind.LOST, {"count": lost})])
    chain.open_entries(fresh)


def _fresh(chain: Chain, drafts: Sequence[Draft]) -> list[Draft]:
    """Pick the first draft for each entry that doesn't exist yet."""
    if not drafts:
        return []
    first = {draft.entry: draft for draft in reversed(drafts)}
    statement = f"SELECT entry FROM ledger_entries WHERE entry IN ({marks(len(first))})"  # noqa: S608 - marks alone
    existing = {entry for (entry,) in chain.connection.fetch_all(statement, tuple(first))}
    return [one for one in drafts if first[one.entry] is one and one.entry not in existing]
