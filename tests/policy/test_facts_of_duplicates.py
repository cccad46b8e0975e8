"""A possible duplicate is looked up with all other facts of a call."""

from pathlib import Path

import pytest

from _support.faults import Failing
from _support.pipeline import CALLER
from _support.sandbox import TEXT, a_sandbox_pipeline, minutes
from chasedata_mcp.errors import Code
from chasedata_mcp.ledger import Ledger, LedgerUnreadableError
from chasedata_mcp.pipeline.pipeline import Cleared

pytestmark = pytest.mark.anyio


def of_which_no_twin_can_be_read(place: Path) -> Ledger:
    store = Failing(place, LedgerUnreadableError("The ledger can't be read."))
    store.fails = frozenset({"find_duplicate"})
    return Ledger(lambda: store)  # type: ignore[arg-type, return-value]  # as a store


async def test_the_twin_of_a_call_that_was_just_made_is_asked_about() -> None:
    async with a_sandbox_pipeline(duplicates_within=minutes(10)) as live:
        await live.call("send_sms", **TEXT)
        assert await live.rules_that_ask("send_sms", **TEXT) == {"twin"}
        live.clock.move(minutes(11))
        await live.call("send_sms", **TEXT)


async def test_where_there_is_none_like_it_nothing_more_is_read(tmp_path: Path) -> None:
    async with (
        a_sandbox_pipeline(
            environment="sandbox", duplicates_within=minutes(10), ledger=tmp_path
        ) as live,
        of_which_no_twin_can_be_read(tmp_path) as ledger,
    ):
        pipeline = live.over(ledger=ledger)
        assert isinstance(await pipeline.admit(pipeline.read("send_sms", TEXT), CALLER), Cleared)


async def test_where_there_may_be_one_that_can_not_be_read_nothing_is_sent(tmp_path: Path) -> None:
    async with (
        a_sandbox_pipeline(
            environment="sandbox", duplicates_within=minutes(10), ledger=tmp_path
        ) as live,
        of_which_no_twin_can_be_read(tmp_path) as ledger,
    ):
        await live.call("send_sms", **TEXT)
        error = await live.over(ledger=ledger).failure("send_sms", **TEXT)
        assert error.code is Code.NOT_ALLOWED
        assert len(live.dialer.writes) == 1
