"""Caps after a restore: each counts as used up until a person opens them or its time has passed."""

from datetime import datetime, timedelta

import pytest

from _support.ledger import NOON, done, facts, intent
from _support.restores import record_restore
from chasedata_mcp.ledger import Broken, Ledger, Reservation
from chasedata_mcp.ledger.usage import Limit, Unit

pytestmark = pytest.mark.anyio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IN_AN_HOUR = Limit("hour", "texts", HOUR, 5, stops=True)
IN_A_DAY = Limit("day", "texts", DAY, 9, stops=True)
ASKS = Limit("asks", "texts", HOUR, 2)
TRIPS = Limit("trips", "texts", HOUR, 5, stops=True, trips=True)
PROTECTS = Limit("protects", "dnc_insertions", HOUR, 2, closes=False)
ALL = (IN_AN_HOUR, IN_A_DAY, ASKS, TRIPS, PROTECTS)


async def closed(ledger: Ledger, at: datetime = NOON, account: str = "test") -> dict[str, datetime]:
    """Find the limits that count as used up, with the time that each opens."""
    found = await facts(ledger, now=at, account=account, limits=ALL)
    return dict(found.closed)


async def test_without_a_restore_nothing_is_closed(ledger: Ledger) -> None:
    await done(ledger)
    assert await closed(ledger) == {}
    assert await ledger.limits.closing("test") is None
    assert not await ledger.limits.open("test", "maria", NOON)


async def test_from_a_restore_on_each_limit_is_closed_for_its_own_time(ledger: Ledger) -> None:
    await record_restore(ledger)
    of_an_hour = dict.fromkeys(("hour", "asks", "trips"), NOON + HOUR)
    assert await closed(ledger) == {**of_an_hour, "day": NOON + DAY}
    moment = timedelta(microseconds=1)
    assert (await closed(ledger, NOON + HOUR - moment)).keys() == {*of_an_hour, "day"}
    assert (await closed(ledger, NOON + HOUR)).keys() == {"day"}
    assert await closed(ledger, NOON + DAY) == {}
    # In an account that the backup doesn't know, too.
    assert await closed(ledger, account="of the gap") == await closed(ledger)


async def test_no_intent_gets_past_a_closed_limit_and_nothing_is_frozen(ledger: Ledger) -> None:
    await record_restore(ledger)
    end = await ledger.checkpoint()
    for limits in ((IN_AN_HOUR, IN_A_DAY), (TRIPS, ASKS), (ASKS,)):
        reservation = Reservation(units=(Unit("texts", "1"),), limits=limits)
        obstacle = await ledger.intend(intent(), reservation)
        assert isinstance(obstacle, Broken)
        assert obstacle.is_closed
        assert obstacle.opens == NOON + max(limit.within for limit in limits if limit in ALL)
    assert await ledger.checkpoint() == end
    assert await ledger.freezes.frozen("test") is None
    protecting = Reservation(units=(Unit("dnc_insertions", "1"),), limits=(PROTECTS,))
    assert await ledger.intend(intent(), protecting) is None
    assert await ledger.intend(intent()) is None


async def test_a_person_opens_them_for_their_account_on_record(ledger: Ledger) -> None:
    await record_restore(ledger)
    assert await ledger.limits.open("test", "jose", NOON)
    assert await closed(ledger) == {}
    assert await closed(ledger, account="another")
    assert not await ledger.limits.open("test", "jose", NOON)
    [entry] = [one for one in (await ledger.history()).entries if one.intent.tool == "open_caps"]
    assert (entry.intent.caller, entry.intent.account) == ("jose", "test")
    # From then on they count again what is on record.
    used = Reservation(units=(Unit("texts", "1"),) * 5, limits=(IN_AN_HOUR,))
    assert await ledger.intend(intent(), used) is None
    more = Reservation(units=(Unit("texts", "1"),), limits=(IN_AN_HOUR,))
    assert await ledger.intend(intent(), more) == Broken(IN_AN_HOUR, 6)


async def test_a_rearming_for_another_reason_opens_nothing(ledger: Ledger) -> None:
    await record_restore(ledger)
    await ledger.freezes.freeze("test", "why", "jose", NOON)
    await ledger.freezes.rearm("test", "jose", NOON)
    await ledger.limits.count_anew("test", "jose", NOON, ["hour"])
    assert await closed(ledger)


async def test_another_restore_closes_them_again(ledger: Ledger) -> None:
    await record_restore(ledger)
    await ledger.limits.open("test", "jose", NOON)
    await record_restore(ledger)
    assert (await closed(ledger))["hour"] == NOON + HOUR


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(days=900)])
async def test_they_are_opened_by_what_comes_after_the_restore_whatever_the_clock(
    ledger: Ledger, back: timedelta
) -> None:
    # A person's word from a time when the clock was ahead opens nothing later.
    await record_restore(ledger, NOON + back)
    await ledger.limits.open("test", "jose", NOON + back)
    await record_restore(ledger)
    assert await closed(ledger)
    # And one by a clock that went back does.
    await record_restore(ledger, NOON + back)
    assert await ledger.limits.open("test", "jose", NOON)
    assert await closed(ledger) == {}


@pytest.mark.parametrize("opened", [[], ["test"]])
async def test_pruning_neither_opens_them_nor_closes_them_again(
    ledger: Ledger, opened: list[str]
) -> None:
    await done(ledger, at=NOON - DAY)
    await record_restore(ledger)
    await done(ledger)
    for account in opened:
        await ledger.limits.open(account, "jose", NOON)
    ledger._clock = lambda: NOON + HOUR / 2
    assert (await ledger.prune(NOON + HOUR / 4)).removed
    assert (await ledger.verify()).sound
    assert bool(await closed(ledger)) is not bool(opened)
