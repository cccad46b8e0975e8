"""The precheck: there may be a duplicate, or there is none."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, TEN_MINUTES, done, ending, facts, intent, read
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import DuplicateQuery, Ledger, LedgerFacts

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(seconds=40)
QUERY = DuplicateQuery("d1", LATER - TEN_MINUTES)


async def facts_with(
    ledger: Ledger, query: DuplicateQuery | None, account: str = "test"
) -> LedgerFacts:
    return await facts(ledger, account=account, now=LATER, duplicate=query)


async def test_where_there_is_none_that_is_known(ledger: Ledger) -> None:
    assert not (await facts_with(ledger, QUERY)).may_have_duplicate
    assert await ledger.duplicate(QUERY, "test") is None


async def test_where_nobody_asked_there_may_be_one(ledger: Ledger) -> None:
    assert (await facts_with(ledger, None)).may_have_duplicate


async def test_one_that_was_done_or_is_under_way_is_one(ledger: Ledger) -> None:
    first = await done(ledger)
    assert (await facts_with(ledger, QUERY)).may_have_duplicate
    found = await ledger.duplicate(QUERY, "test")
    assert found is not None
    assert found.id == first.entry
    under_way = intent(digest="d2")
    await ledger.intend(under_way)
    assert (await facts_with(ledger, DuplicateQuery("d2", QUERY.since))).may_have_duplicate


@pytest.mark.parametrize(
    "query",
    [DuplicateQuery("another", QUERY.since), DuplicateQuery("d1", NOON + timedelta(seconds=1))],
)
async def test_another_call_or_one_before_the_time_is_none(
    ledger: Ledger, query: DuplicateQuery
) -> None:
    await done(ledger)
    assert not (await facts_with(ledger, query)).may_have_duplicate


async def test_one_of_another_account_is_none(ledger: Ledger) -> None:
    await done(ledger)
    assert not (await facts_with(ledger, QUERY, "another")).may_have_duplicate


async def test_one_that_was_refused_is_none(ledger: Ledger) -> None:
    refused = intent()
    await ledger.intend(refused)
    await ledger.finish(ending(refused.entry, Outcome.REFUSED))
    assert not (await facts_with(ledger, QUERY)).may_have_duplicate


async def test_a_search_is_none(ledger: Ledger) -> None:
    ledger.note(read())
    await ledger.flush()
    assert not (await facts_with(ledger, QUERY)).may_have_duplicate
