"""Calls like one: whether there may be any comes with what else a call is judged by."""

from datetime import timedelta

import pytest

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Known, Ledger, Likeness
from ledgers import NOON, TEN_MINUTES, done, ending, intent, read

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(seconds=40)
LIKE = Likeness("d1", LATER - TEN_MINUTES)


async def known(ledger: Ledger, like: Likeness | None, account: str = "test") -> Known:
    return await ledger.known(account, "maria", (), (), (), LATER, None, like)


async def test_where_there_is_none_that_is_known(ledger: Ledger) -> None:
    assert not (await known(ledger, LIKE)).may_have_twin
    assert await ledger.twin(LIKE, "test") is None


async def test_where_nobody_asked_there_may_be_one(ledger: Ledger) -> None:
    assert (await known(ledger, None)).may_have_twin


async def test_one_that_was_done_or_is_under_way_is_one(ledger: Ledger) -> None:
    first = await done(ledger)
    assert (await known(ledger, LIKE)).may_have_twin
    found = await ledger.twin(LIKE, "test")
    assert found is not None
    assert found.id == first.entry
    under_way = intent(digest="d2")
    await ledger.intend(under_way)
    assert (await known(ledger, Likeness("d2", LIKE.since))).may_have_twin


@pytest.mark.parametrize(
    "like", [Likeness("another", LIKE.since), Likeness("d1", NOON + timedelta(seconds=1))]
)
async def test_another_call_or_one_before_the_time_is_none(ledger: Ledger, like: Likeness) -> None:
    await done(ledger)
    assert not (await known(ledger, like)).may_have_twin


async def test_one_of_another_account_is_none(ledger: Ledger) -> None:
    await done(ledger)
    assert not (await known(ledger, LIKE, "another")).may_have_twin


async def test_one_that_was_refused_is_none(ledger: Ledger) -> None:
    refused = intent()
    await ledger.intend(refused)
    await ledger.finish(ending(refused.entry, Outcome.REFUSED))
    assert not (await known(ledger, LIKE)).may_have_twin


async def test_a_search_is_none(ledger: Ledger) -> None:
    ledger.note(read())
    await ledger.flush()
    assert not (await known(ledger, LIKE)).may_have_twin
