"""What is written: intents ahead of their calls, endings after, reads and refusals in batches."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import dnc_registry, freeze, grants, queries, reservations
from chasedata_mcp.ledger.chain import Chain, indexed
from chasedata_mcp.ledger.errors import NoSuchEntryError
from chasedata_mcp.ledger.event_bodies import draft_of_ending, draft_of_intent
from chasedata_mcp.ledger.events import Draft, What, written
from chasedata_mcp.ledger.facts import Broken, Frozen, Reserve, SpentGrant, Suppressed
from chasedata_mcp.ledger.models import (
    Ending,
    Intent,
    Kind,
    Twin,
)
from chasedata_mcp.ledger.schema import ENTRIES

_MANY = 10_000


def intend(
    chain: Chain,
    intent: Intent,
    twin_within: timedelta | None,
    aware_of: Collection[str] | None,
    reserve: Reserve,
) -> Twin | Broken | Frozen | SpentGrant | Suppressed | None:
    """Append an intent with what it takes, unless something stands in its way; then give that."""
    connection = chain.connection
    obstacle = freeze.frozen_since(connection, intent.account) or _ahead(
        chain, intent, twin_within, aware_of
    )
    if obstacle is not None:
        return obstacle
    held = dnc_registry.first_of(connection, intent.account, reserve.reaches, unread=reserve.unread)
    if held is not None:
        return held
    broken = reservations.broken(connection, intent, reserve.units, reserve.limits)
    if broken is not None:
        if broken.limit.trips:
            freeze.trip(chain, intent, broken)
        return broken
    if reserve.grant is not None and not grants.use(connection, reserve.grant, intent):
        return SpentGrant(reserve.grant)
    chain.open([draft_of_intent(intent)])
    reservations.reserve(connection, intent, reserve.units)
    dnc_registry.hold(connection, intent, chain.head.count, reserve)
    return None


def _ahead(
    chain: Chain,
    intent: Intent,
    twin_within: timedelta | None,
    aware_of: Collection[str] | None,
) -> Twin | None:
    """A call like this one, or one that takes the same entry back, that got ahead of it."""
    twin = _twin(chain, intent, twin_within) if twin_within is not None else None
    return twin or (None if aware_of is None else _rival(chain, intent, aware_of))


def _rival(chain: Chain, intent: Intent, aware_of: Collection[str]) -> Twin | None:
    """A call that takes the same entry back, or a later one to the same thing, that is unknown."""
    if intent.undoes is None:
        return None
    undone = queries.entry(chain.connection, intent.undoes)
    later = queries.later_touching(chain.connection, undone, _MANY) if undone else []
    undoings = queries.undoing(chain.connection, intent.undoes)
    unknown = [entry for entry in (*undoings, *later) if entry.id not in aware_of]
    return (
        Twin(unknown[0], max(timedelta(0), intent.at - unknown[0].intent.at)) if unknown else None
    )


def end(chain: Chain, ending: Ending, what: What) -> None:
    """Append what came of a call.

    Raises:
        NoSuchEntryError: No intent of this entry was written.
    """
    wanted = select(ENTRIES.c.kind).where(ENTRIES.c.entry == indexed(ending.entry))
    if chain.connection.execute(wanted).scalar() != Kind.WRITE:
        raise NoSuchEntryError("The ledger has no intent of this id, so it can have no outcome.")
    chain.append([draft_of_ending(ending, what)])
    if ending.settles:
        chain.settle(ending.entry, ending.outcome.value)
    if ending.outcome is Outcome.REFUSED:
        reservations.release(chain.connection, ending.entry)
    dnc_registry.settle(chain.connection, ending.entry, ending.outcome, ending.code)


def note(chain: Chain, drafts: Sequence[Draft], lost: int, now: datetime) -> None:
    """Append reads and refusals, after saying how many before them were lost.

    One whose entry exists already is lost too: there is nobody any more to be told.
    """
    fresh = _fresh(chain, drafts)
    lost += len(drafts) - len(fresh)
    if lost:
        chain.append([Draft.of(written(now), What.LOST, {"count": lost})])
    chain.open(fresh)


def _fresh(chain: Chain, drafts: Sequence[Draft]) -> list[Draft]:
    """The first draft for each entry that doesn't exist yet."""
    first = {draft.entry: draft for draft in reversed(drafts)}
    wanted = select(ENTRIES.c.entry).where(ENTRIES.c.entry.in_(first))
    there = set(chain.connection.execute(wanted).scalars())
    return [draft for draft in drafts if first[draft.entry] is draft and draft.entry not in there]


def _twin(chain: Chain, intent: Intent, within: timedelta) -> Twin | None:
    since = intent.at - within
    found = queries.twin(chain.connection, intent.digest, intent.account, since)
    if found is None:
        return None
    # Another process's clock may be ahead of this one's.
    return Twin(found, max(timedelta(0), intent.at - found.intent.at))
