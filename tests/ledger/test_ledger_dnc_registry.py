"""The DNC registry: a number is suppressed until another entry surely releases it."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, PHONE, Place, done, ending, facts, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Ledger, Reservation, SuppressedSince

pytestmark = pytest.mark.anyio
OTHER = "9545550124"


async def suppress(ledger: Ledger, *numbers: str, **other: object) -> str:
    """Have a call suppress numbers, and give its entry."""
    call = intent(tool="insert_dnc", **other)
    assert await ledger.intend(call, Reservation(suppresses=numbers)) is None
    return call.entry


async def release(ledger: Ledger, *numbers: str, **other: object) -> str:
    """Have a call let go of numbers, and give its entry."""
    call = intent(tool="delete_dnc", **other)
    assert await ledger.intend(call, Reservation(unsuppresses=numbers)) is None
    return call.entry


async def suppressed(ledger: Ledger, account: str = "test") -> tuple[list[str], int, bool]:
    """Give the suppressed numbers, how many they are said to be, and whether some are lost."""
    listed = [one.number for one in await ledger.dnc_registry.suppressed(account)]
    found = await facts(ledger, [PHONE, OTHER], account=account)
    assert found.suppressed == set(listed)
    return listed, found.suppressed_count, found.registry_lost


async def test_a_number_is_suppressed_from_the_intent_on(place: Place, ledger: Ledger) -> None:
    assert await suppressed(ledger) == ([], 0, False)
    entry = await suppress(ledger, PHONE)
    async with place.ledger() as another:
        assert await another.dnc_registry.suppressed("test") == [
            SuppressedSince(PHONE, NOON, entry)
        ]
    assert await suppressed(ledger) == ([PHONE], 1, False)


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.UNKNOWN])
async def test_it_is_suppressed_when_that_was_or_may_have_been_done(
    ledger: Ledger, outcome: Outcome
) -> None:
    await ledger.finish(ending(await suppress(ledger, PHONE, OTHER), outcome))
    assert await suppressed(ledger) == ([PHONE, OTHER], 2, False)


@pytest.mark.parametrize("code", ["refused_by_dialer", "not_reached", None])
async def test_what_was_not_done_is_suppressed_all_the_same(
    place: Place, ledger: Ledger, code: str | None
) -> None:
    entry = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry, Outcome.REFUSED, code=code))
    assert await suppressed(ledger) == ([PHONE], 1, False)
    async with place.ledger() as another:
        assert await suppressed(another) == ([PHONE], 1, False)
    await ledger.finish(ending(await release(ledger, PHONE)))
    assert await suppressed(ledger) == ([], 0, False)


@pytest.mark.parametrize(("code", "left"), [("refused_by_dialer", []), ("not_reached", [PHONE])])
async def test_what_the_dialer_refused_to_list_and_to_unlist_is_released(
    place: Place, ledger: Ledger, code: str, left: list[str]
) -> None:
    entry = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry, Outcome.REFUSED, code="refused_by_dialer"))
    await ledger.finish(ending(await release(ledger, PHONE), Outcome.REFUSED, code=code))
    assert await suppressed(ledger) == (left, len(left), False)
    async with place.ledger() as another:
        assert await suppressed(another) == (left, len(left), False)


async def test_what_was_listed_stays_though_the_dialer_refused_it_once_more_and_to_unlist_it(
    ledger: Ledger,
) -> None:
    first = await suppress(ledger, PHONE)
    await ledger.finish(ending(first))
    again = await suppress(ledger, PHONE)
    await ledger.finish(ending(again, Outcome.REFUSED, code="refused_by_dialer"))
    off = await release(ledger, PHONE)
    await ledger.finish(ending(off, Outcome.REFUSED, code="refused_by_dialer"))
    assert await ledger.dnc_registry.suppressed("test") == [SuppressedSince(PHONE, NOON, first)]
    assert await suppressed(ledger) == ([PHONE], 1, False)


async def test_who_was_not_read_stands_back_while_any_number_is_suppressed(ledger: Ledger) -> None:
    unread = Reservation(reaches=(OTHER,), unread=True)
    assert await ledger.intend(intent(), unread) is None
    entry = await suppress(ledger, PHONE)
    assert await ledger.intend(intent(), Reservation(reaches=(OTHER,))) is None
    stopped = await ledger.intend(intent(), unread)
    assert stopped == SuppressedSince(PHONE, NOON, entry, is_reached=False)
    reached = await ledger.intend(intent(), Reservation(reaches=(PHONE,), unread=True))
    assert reached == SuppressedSince(PHONE, NOON, entry)
    assert await ledger.intend(intent(account="another"), unread) is None
    await ledger.finish(ending(await release(ledger, PHONE)))
    assert await ledger.intend(intent(), unread) is None


async def test_a_second_call_that_was_refused_takes_nothing_away(ledger: Ledger) -> None:
    first = await suppress(ledger, PHONE)
    await ledger.finish(ending(first))
    second = await suppress(ledger, PHONE, at=NOON + timedelta(minutes=1))
    assert await suppressed(ledger) == ([PHONE], 1, False)
    await ledger.finish(ending(second, Outcome.REFUSED))
    assert await ledger.dnc_registry.suppressed("test") == [SuppressedSince(PHONE, NOON, first)]
    assert await suppressed(ledger) == ([PHONE], 1, False)
    assert await ledger.dnc_registry.waiting("test", NOON) == []


async def test_a_number_is_released_only_once_that_was_done(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    await suppress(ledger, PHONE)
    entry = await release(ledger, PHONE)
    assert await suppressed(ledger) == ([PHONE], 1, False)
    await ledger.finish(ending(entry, Outcome.UNKNOWN))
    assert await suppressed(ledger) == ([PHONE], 1, False)
    await ledger.settle(ending(entry, Outcome.DONE, how="somebody looked"))
    assert await suppressed(ledger) == ([], 0, False)


async def test_a_number_is_suppressed_where_its_release_was_refused(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE)
    await ledger.finish(ending(await release(ledger, PHONE), Outcome.REFUSED))
    assert await suppressed(ledger) == ([PHONE], 1, False)
    assert place.rows("SELECT way FROM ledger_memory") == [("on",)]


async def test_what_was_suppressed_again_meanwhile_stays(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    entry = await release(ledger, PHONE)
    again = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry))
    assert await suppressed(ledger) == ([PHONE], 1, False)
    assert (await ledger.dnc_registry.suppressed("test"))[0].entry == again


async def test_to_release_what_nobody_suppressed_is_no_harm(ledger: Ledger) -> None:
    await ledger.finish(ending(await release(ledger, PHONE)))
    assert await suppressed(ledger) == ([], 0, False)


async def test_each_account_has_a_registry_of_its_own(ledger: Ledger) -> None:
    await suppress(ledger, PHONE, account="another \N{CAT FACE}")
    assert await suppressed(ledger) == ([], 0, False)
    assert await suppressed(ledger, "another \N{CAT FACE}") == ([PHONE], 1, False)


async def test_other_calls_leave_it_alone(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    await done(ledger)
    await ledger.finish(ending((await ledger.history()).entries[1].id, Outcome.DONE))
    assert await suppressed(ledger) == ([PHONE], 1, False)


async def test_it_is_never_pruned(ledger: Ledger) -> None:
    await ledger.finish(ending(await suppress(ledger, PHONE)))
    await ledger.prune(NOON + timedelta(days=999))
    assert (await ledger.history()).entries == ()
    assert await suppressed(ledger) == ([PHONE], 1, False)


async def test_many_numbers_are_looked_up_at_once(ledger: Ledger) -> None:
    numbers = [f"954555{number:04}" for number in range(1200)]
    await suppress(ledger, *numbers[::2])
    found = await facts(ledger, numbers)
    assert found.suppressed == set(numbers[::2])
    assert found.suppressed_count == 600
