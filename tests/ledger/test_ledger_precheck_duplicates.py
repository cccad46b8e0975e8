"""The precheck: somebody may have been contacted just now, or nobody was."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, PHONE, TEN_MINUTES, ending, facts, intent, read
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import DuplicateQuery, Ledger, LedgerFacts, Reservation
from chasedata_mcp.ledger.usage import Unit

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(seconds=40)
TEXTED, CALLED = Unit("texts", PHONE), Unit("called", PHONE)
QUERY = DuplicateQuery((TEXTED,), LATER - TEN_MINUTES)


async def contact(
    ledger: Ledger, outcome: Outcome | None = Outcome.DONE, unit: Unit = TEXTED
) -> str:
    """Record a contact at noon, and give its entry; without an outcome it is under way."""
    call = intent()
    await ledger.intend(call, Reservation((unit,)))
    if outcome is not None:
        await ledger.finish(ending(call.entry, outcome))
    return call.entry


async def facts_with(
    ledger: Ledger, query: DuplicateQuery | None, account: str = "test"
) -> LedgerFacts:
    return await facts(ledger, account=account, now=LATER, duplicate=query)


async def found(ledger: Ledger, query: DuplicateQuery = QUERY, account: str = "test") -> str | None:
    """Give the entry that is found; the precheck must have said the same."""
    entry = await ledger.duplicate(query, account)
    may_be = (await facts_with(ledger, query, account)).may_have_duplicate
    assert may_be is (entry is not None)
    return None if entry is None else entry.id


async def test_where_there_is_none_that_is_known(ledger: Ledger) -> None:
    assert await found(ledger) is None


async def test_where_nobody_asked_there_may_be_one(ledger: Ledger) -> None:
    assert (await facts_with(ledger, None)).may_have_duplicate


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.UNKNOWN, None])
async def test_one_that_was_or_may_have_been_done_or_is_under_way_is_one(
    ledger: Ledger, outcome: Outcome | None
) -> None:
    first = await contact(ledger, outcome)
    assert await found(ledger) == first


async def test_to_somebody_else_or_in_another_way_or_before_the_time_it_is_none(
    ledger: Ledger,
) -> None:
    await contact(ledger)
    for query in (
        DuplicateQuery((Unit("texts", "3055550110"),), QUERY.since),
        DuplicateQuery((CALLED,), QUERY.since),
        DuplicateQuery((TEXTED,), NOON + timedelta(seconds=1)),
        DuplicateQuery((TEXTED,), None),
    ):
        assert await found(ledger, query) is None


async def test_one_whose_outcome_is_unknown_is_one_however_old_and_in_whichever_way(
    ledger: Ledger,
) -> None:
    first = await contact(ledger, Outcome.UNKNOWN)
    for query in (
        DuplicateQuery((CALLED,), QUERY.since),
        DuplicateQuery((TEXTED,), NOON + timedelta(days=9)),
        DuplicateQuery((TEXTED,), None),
    ):
        assert await found(ledger, query) == first
    await ledger.settle(ending(first, Outcome.DONE, how="a person"))
    assert await found(ledger, query) is None


async def test_one_whose_outcome_is_unknown_comes_before_a_later_one(ledger: Ledger) -> None:
    first = await contact(ledger, Outcome.UNKNOWN)
    await contact(ledger)
    assert await found(ledger) == first


async def test_what_is_unknown_is_kept_beyond_the_time_that_reservations_count(
    ledger: Ledger,
) -> None:
    first = await contact(ledger, Outcome.UNKNOWN)
    later = NOON + timedelta(days=3)
    await ledger.intend(intent(at=later), Reservation((Unit("texts", "3055550110"),)))
    await ledger.prune(later)
    assert await found(ledger, DuplicateQuery((TEXTED,), later)) == first


async def test_one_of_another_account_is_none(ledger: Ledger) -> None:
    await contact(ledger)
    assert await found(ledger, account="another") is None


async def test_one_that_was_refused_is_none(ledger: Ledger) -> None:
    await contact(ledger, Outcome.REFUSED)
    assert await found(ledger) is None


async def test_a_search_is_none(ledger: Ledger) -> None:
    ledger.note(read())
    await ledger.flush()
    assert await found(ledger) is None
