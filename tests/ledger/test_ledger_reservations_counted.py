"""Counting: limits on the same units are counted together, and each has its own count."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, facts, intent
from chasedata_mcp.ledger import Ledger, Reservation
from chasedata_mcp.ledger.usage import Limit, Unit

pytestmark = pytest.mark.anyio
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def limits(*, distinct: bool) -> tuple[Limit, ...]:
    """List limits that ask and that stop, of an hour and of a day, in another order."""
    return tuple(
        Limit(f"{within} {at_most}", "texts", within, at_most, distinct=distinct, stops=stops)
        for within, at_most, stops in (
            (DAY, 8, True),
            (HOUR, 2, False),
            (HOUR, 4, True),
            (DAY, 6, False),
        )
    )


async def use(ledger: Ledger, hours_ago: float, *keys: str) -> None:
    units = tuple(Unit("texts", key) for key in keys)
    at = NOON - timedelta(hours=hours_ago)
    assert await ledger.intend(intent(at=at), Reservation(units)) is None


async def counts(ledger: Ledger, asked: tuple[Limit, ...], *keys: str) -> tuple[int, ...]:
    units = [Unit("texts", key) for key in keys]
    return (await facts(ledger, usage=units, limits=asked)).counts


async def rearm(ledger: Ledger, hours_ago: float) -> None:
    at = NOON - timedelta(hours=hours_ago)
    await ledger.freezes.freeze("test", "Stop.", "jose", at)
    await ledger.freezes.rearm("test", "jose", at)


async def test_each_limit_counts_what_is_within_its_own_time(ledger: Ledger) -> None:
    await use(ledger, 23, "1", "1", "2")
    await use(ledger, 0.5, "2", "3")
    assert await counts(ledger, limits(distinct=False), "3") == (6, 3, 3, 6)
    assert await counts(ledger, limits(distinct=True), "3") == (3, 2, 2, 3)


async def test_what_stops_counts_from_a_rearming_within_its_time_and_what_asks_does_not(
    ledger: Ledger,
) -> None:
    await use(ledger, 23, "1", "1", "2")
    await rearm(ledger, 12)
    await use(ledger, 0.5, "2", "3")
    assert await counts(ledger, limits(distinct=False), "3") == (3, 3, 3, 6)
    assert await counts(ledger, limits(distinct=True), "3") == (2, 2, 2, 3)


async def test_a_rearming_just_now_leaves_nothing_to_what_stops(ledger: Ledger) -> None:
    await use(ledger, 23, "1")
    await use(ledger, 0.5, "2", "3")
    await rearm(ledger, 0)
    assert await counts(ledger, limits(distinct=False)) == (0, 2, 0, 3)
    assert await counts(ledger, limits(distinct=True)) == (0, 2, 0, 3)


async def test_a_rearming_before_the_time_changes_nothing(ledger: Ledger) -> None:
    await rearm(ledger, 25)
    await use(ledger, 23, "1")
    assert await counts(ledger, limits(distinct=False)) == (1, 0, 0, 1)


async def test_the_largest_of_those_that_are_counted_together_is_counted_far_enough(
    ledger: Ledger,
) -> None:
    await use(ledger, 0.5, *(str(number) for number in range(180)))
    small, large = (Limit(str(most), "texts", HOUR, most) for most in (3, 90))
    assert await counts(ledger, (small, large)) == (103, 180)


async def test_limits_for_other_keys_and_of_people_count_beside_each_other(ledger: Ledger) -> None:
    await use(ledger, 0.5, "1", "1", "2")
    asked = (
        Limit("all", "texts", HOUR, 9),
        Limit("to 1", "texts", HOUR, 9, key="1"),
        Limit("people", "texts", HOUR, 9, distinct=True),
        Limit("to 2", "texts", HOUR, 9, key="2"),
        Limit("calls", "called", HOUR, 9),
    )
    assert await counts(ledger, asked, "2") == (4, 2, 2, 2, 0)


async def test_people_are_counted_within_each_of_several_times(ledger: Ledger) -> None:
    await use(ledger, 23, "1", "2")
    await use(ledger, 5, "1", "3", "4")
    await use(ledger, 1, "5")
    await use(ledger, 0.5, "1", "6")
    times = (HOUR, DAY, 6 * HOUR)
    asked = tuple(Limit(str(time), "texts", time, 9, distinct=True) for time in times)
    # What is as old as the time itself doesn't count.
    assert await counts(ledger, asked) == (2, 6, 5)
    assert await counts(ledger, asked, "1", "7", "7") == (3, 7, 6)
