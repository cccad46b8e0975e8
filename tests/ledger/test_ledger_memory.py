"""The do-not-call memory: what an entry suppresses is held until another one surely lets go."""

from datetime import timedelta

import pytest

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Ledger, Reserve, Suppressed
from ledgers import NOON, PHONE, Place, done, ending, intent

pytestmark = pytest.mark.anyio
OTHER = "9545550124"


async def suppress(ledger: Ledger, *numbers: str, **other: object) -> str:
    """Have a call suppress numbers, and give its entry."""
    call = intent(tool="insert_dnc", **other)
    assert await ledger.intend(call, reserve=Reserve(suppresses=numbers)) is None
    return call.entry


async def let_go(ledger: Ledger, *numbers: str, **other: object) -> str:
    """Have a call let go of numbers, and give its entry."""
    call = intent(tool="delete_dnc", **other)
    assert await ledger.intend(call, reserve=Reserve(unsuppresses=numbers)) is None
    return call.entry


async def held(ledger: Ledger, account: str = "test") -> tuple[list[str], int, bool]:
    """Which numbers are held, how many that is said to be, and whether the memory is lost."""
    listed = [one.number for one in await ledger.memory.suppressed(account)]
    known = await ledger.known(account, "maria", [PHONE, OTHER], (), (), NOON)
    assert known.suppressed == set(listed)
    return listed, known.remembered, known.memory_lost


async def test_a_number_is_held_from_the_intent_on(place: Place, ledger: Ledger) -> None:
    assert await held(ledger) == ([], 0, False)
    entry = await suppress(ledger, PHONE)
    async with place.ledger() as another:
        assert await another.memory.suppressed("test") == [Suppressed(PHONE, NOON, entry)]
    assert await held(ledger) == ([PHONE], 1, False)


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.UNKNOWN])
async def test_it_is_held_when_that_was_or_may_have_been_done(
    ledger: Ledger, outcome: Outcome
) -> None:
    await ledger.finish(ending(await suppress(ledger, PHONE, OTHER), outcome))
    assert await held(ledger) == ([PHONE, OTHER], 2, False)


async def test_what_was_refused_holds_nothing(ledger: Ledger) -> None:
    await ledger.finish(ending(await suppress(ledger, PHONE), Outcome.REFUSED))
    assert await held(ledger) == ([], 0, False)


async def test_what_the_dialer_itself_refused_is_held_all_the_same(
    place: Place, ledger: Ledger
) -> None:
    entry = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry, Outcome.REFUSED, code="refused_by_dialer"))
    assert await held(ledger) == ([PHONE], 1, False)
    async with place.ledger() as another:
        assert await held(another) == ([PHONE], 1, False)
    await ledger.finish(ending(await let_go(ledger, PHONE)))
    assert await held(ledger) == ([], 0, False)


@pytest.mark.parametrize(("code", "left"), [("refused_by_dialer", []), ("not_reached", [PHONE])])
async def test_what_the_dialer_refused_to_list_and_to_unlist_is_let_go_of(
    place: Place, ledger: Ledger, code: str, left: list[str]
) -> None:
    entry = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry, Outcome.REFUSED, code="refused_by_dialer"))
    await ledger.finish(ending(await let_go(ledger, PHONE), Outcome.REFUSED, code=code))
    assert await held(ledger) == (left, len(left), False)
    async with place.ledger() as another:
        assert await held(another) == (left, len(left), False)


async def test_what_was_listed_is_held_though_the_dialer_refused_it_once_more_and_to_unlist_it(
    ledger: Ledger,
) -> None:
    first = await suppress(ledger, PHONE)
    await ledger.finish(ending(first))
    again = await suppress(ledger, PHONE)
    await ledger.finish(ending(again, Outcome.REFUSED, code="refused_by_dialer"))
    off = await let_go(ledger, PHONE)
    await ledger.finish(ending(off, Outcome.REFUSED, code="refused_by_dialer"))
    assert await ledger.memory.suppressed("test") == [Suppressed(PHONE, NOON, first)]
    assert await held(ledger) == ([PHONE], 1, False)


async def test_who_was_not_read_stands_back_while_any_number_is_held(ledger: Ledger) -> None:
    unread = Reserve(reaches=(OTHER,), unread=True)
    assert await ledger.intend(intent(), reserve=unread) is None
    entry = await suppress(ledger, PHONE)
    assert await ledger.intend(intent(), reserve=Reserve(reaches=(OTHER,))) is None
    stopped = await ledger.intend(intent(), reserve=unread)
    assert stopped == Suppressed(PHONE, NOON, entry, is_reached=False)
    reached = await ledger.intend(intent(), reserve=Reserve(reaches=(PHONE,), unread=True))
    assert reached == Suppressed(PHONE, NOON, entry)
    assert await ledger.intend(intent(account="another"), reserve=unread) is None
    await ledger.finish(ending(await let_go(ledger, PHONE)))
    assert await ledger.intend(intent(), reserve=unread) is None


async def test_a_second_call_that_was_refused_takes_nothing_away(ledger: Ledger) -> None:
    first = await suppress(ledger, PHONE)
    await ledger.finish(ending(first))
    second = await suppress(ledger, PHONE, at=NOON + timedelta(minutes=1))
    assert await held(ledger) == ([PHONE], 1, False)
    await ledger.finish(ending(second, Outcome.REFUSED))
    assert await ledger.memory.suppressed("test") == [Suppressed(PHONE, NOON, first)]
    assert await held(ledger) == ([PHONE], 1, False)


async def test_a_number_is_let_go_of_only_once_that_was_done(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    await suppress(ledger, PHONE)
    entry = await let_go(ledger, PHONE)
    assert await held(ledger) == ([PHONE], 1, False)
    await ledger.finish(ending(entry, Outcome.UNKNOWN))
    assert await held(ledger) == ([PHONE], 1, False)
    await ledger.found(ending(entry, Outcome.DONE, how="somebody looked"))
    assert await held(ledger) == ([], 0, False)


async def test_a_number_is_held_where_letting_go_was_refused(place: Place, ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    await ledger.finish(ending(await let_go(ledger, PHONE), Outcome.REFUSED))
    assert await held(ledger) == ([PHONE], 1, False)
    assert place.rows("SELECT way FROM ledger_memory") == [("on",)]


async def test_what_was_suppressed_again_meanwhile_is_held(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    entry = await let_go(ledger, PHONE)
    again = await suppress(ledger, PHONE)
    await ledger.finish(ending(entry))
    assert await held(ledger) == ([PHONE], 1, False)
    assert (await ledger.memory.suppressed("test"))[0].entry == again


async def test_to_let_go_of_what_nobody_held_is_no_harm(ledger: Ledger) -> None:
    await ledger.finish(ending(await let_go(ledger, PHONE)))
    assert await held(ledger) == ([], 0, False)


async def test_each_account_has_a_memory_of_its_own(ledger: Ledger) -> None:
    await suppress(ledger, PHONE, account="another \N{CAT FACE}")
    assert await held(ledger) == ([], 0, False)
    assert await held(ledger, "another \N{CAT FACE}") == ([PHONE], 1, False)


async def test_other_calls_leave_it_alone(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    await done(ledger)
    await ledger.finish(ending((await ledger.history()).entries[1].id, Outcome.DONE))
    assert await held(ledger) == ([PHONE], 1, False)


async def test_it_is_never_pruned(ledger: Ledger) -> None:
    await ledger.finish(ending(await suppress(ledger, PHONE)))
    await ledger.prune(NOON + timedelta(days=999))
    assert (await ledger.history()).entries == ()
    assert await held(ledger) == ([PHONE], 1, False)


async def test_many_numbers_are_looked_up_at_once(ledger: Ledger) -> None:
    numbers = [f"954555{number:04}" for number in range(1200)]
    await suppress(ledger, *numbers[::2])
    known = await ledger.known("test", "maria", numbers, (), (), NOON)
    assert known.suppressed == set(numbers[::2])
    assert known.remembered == 600
