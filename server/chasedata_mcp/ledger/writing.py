"""What is written: intents ahead of their calls, endings after, reads and refusals in batches."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from chasedata_mcp.ledger import reading
from chasedata_mcp.ledger.chain import Chain, indexed
from chasedata_mcp.ledger.events import Draft, What, written
from chasedata_mcp.ledger.faults import NoSuchEntryError
from chasedata_mcp.ledger.folding import draft_of_ending, draft_of_intent
from chasedata_mcp.ledger.tables import ENTRIES
from chasedata_mcp.ledger.values import (
    Ending,
    Intent,
    Kind,
    Twin,
)


def intend(
    chain: Chain,
    intent: Intent,
    twin_within: timedelta | None,
    aware_of: Collection[str] | None,
) -> Twin | None:
    """Append an intent, unless it has a twin or a rival; then append nothing and return that."""
    twin = _twin(chain, intent, twin_within) if twin_within is not None else None
    twin = twin or (None if aware_of is None else _rival(chain, intent, aware_of))
    if twin is None:
        chain.open([draft_of_intent(intent)])
    return twin


def _rival(chain: Chain, intent: Intent, aware_of: Collection[str]) -> Twin | None:
    """A call that takes the same entry back, and that whoever wants this one doesn't know of."""
    if intent.undoes is None:
        return None
    undoings = reading.undoing(chain.connection, intent.undoes)
    unknown = [entry for entry in undoings if entry.id not in aware_of]
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
    found = reading.twin(chain.connection, intent.digest, intent.account, since)
    if found is None:
        return None
    # Another process's clock may be ahead of this one's.
    return Twin(found, max(timedelta(0), intent.at - found.intent.at))
