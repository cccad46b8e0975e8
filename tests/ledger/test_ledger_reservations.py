"""Reservations: units are counted and reserved in one step, and given back by a refusal."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from _support.ledger import NOON, TEN_MINUTES, Place, ending, facts, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Broken, Frozen, Ledger, Reservation
from chasedata_mcp.ledger.usage import Limit, Unit

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
FIVE = Limit("texts in an hour", "texts", HOUR, 5)
PEOPLE = Limit("people in an hour", "texts", HOUR, 2, distinct=True)
STOP = Limit("the most texts", "texts", HOUR, 2, stops=True, trips=True)


def texts(*keys: str, limits: tuple[Limit, ...] = ()) -> Reservation:
    return Reservation(units=tuple(Unit("texts", key) for key in keys), limits=limits)


async def use(ledger: Ledger, *keys: str, **other: object) -> str:
    """Have a call use something, and give its entry."""
    call = intent(**other)
    assert await ledger.intend(call, texts(*keys)) is None
    return call.entry


async def count(ledger: Ledger, limit: Limit, *keys: str, **other: object) -> int:
    """Count as for a call that uses these units."""
    call = intent(**other)
    units = texts(*keys).units
    found = await facts(ledger, account=call.account, now=call.at, usage=units, limits=(limit,))
    return found.counts[0]


async def test_as_much_as_may_be_used_is_used_and_no_more(ledger: Ledger) -> None:
    await use(ledger, "1", "1", "2")
    assert await ledger.intend(intent(), texts("3", "4", limits=(FIVE,))) is None
    end = await ledger.checkpoint()
    assert await ledger.intend(intent(), texts("5", limits=(FIVE,))) == Broken(FIVE, 6)
    assert await ledger.checkpoint() == end
    assert await count(ledger, FIVE) == 5


async def test_where_people_are_counted_each_counts_once(ledger: Ledger) -> None:
    await use(ledger, "1", "1", "2")
    assert await ledger.intend(intent(), texts("2", "1", "1", limits=(PEOPLE,))) is None
    broken = await ledger.intend(intent(), texts("1", "3", limits=(PEOPLE,)))
    assert broken == Broken(PEOPLE, 3)


async def test_a_limit_for_one_key_counts_nothing_else(ledger: Ledger) -> None:
    await use(ledger, "1", "2", "2")
    one = Limit("texts to 2", "texts", HOUR, 3, key="2")
    assert await count(ledger, one, "1", "2") == 3
    assert await count(ledger, Limit("is 2 met", "texts", HOUR, 3, key="2", distinct=True)) == 1


@pytest.mark.parametrize(
    ("ago", "counted"), [(HOUR - timedelta(seconds=1), 1), (HOUR, 0), (-2 * HOUR, 1)]
)
async def test_what_is_older_than_the_limit_looks_back_is_not_counted(
    ledger: Ledger, ago: timedelta, counted: int
) -> None:
    # The last is of a clock that was ahead, or that has jumped back since.
    await use(ledger, "1", at=NOON - ago)
    assert await count(ledger, FIVE) == counted


async def test_another_cap_and_another_account_count_for_themselves(ledger: Ledger) -> None:
    await use(ledger, "1", account="another")
    other = Reservation(units=(Unit("deletions", "1"),))
    assert await ledger.intend(intent(), other) is None
    assert await count(ledger, FIVE) == 0


async def test_odd_words_are_counted_as_what_they_are(ledger: Ledger) -> None:
    odd = "?%s \N{CAT FACE} \ud800\0'"
    await use(ledger, odd, account=odd)
    assert await count(ledger, FIVE, odd, account=odd) == 2
    assert await count(ledger, PEOPLE, odd, account=odd) == 1


async def test_what_was_refused_is_given_back(ledger: Ledger) -> None:
    first, second, third = [await use(ledger, number) for number in "123"]
    await ledger.finish(ending(first, Outcome.REFUSED))
    await ledger.finish(ending(second, Outcome.UNKNOWN))
    await ledger.finish(ending(third, Outcome.DONE))
    assert await count(ledger, FIVE) == 2
    await ledger.settle(ending(second, Outcome.REFUSED, how="search_lead by phone"))
    assert await count(ledger, FIVE) == 1


async def test_an_intent_that_has_a_duplicate_uses_nothing(ledger: Ledger) -> None:
    await use(ledger, "1")
    again = replace(texts("1", limits=(FIVE,)), duplicate_within=TEN_MINUTES)
    assert await ledger.intend(intent(), again)
    assert await count(ledger, FIVE) == 1


async def test_a_count_far_above_its_limit_is_not_counted_to_the_end(ledger: Ledger) -> None:
    await use(ledger, *(str(number) for number in range(200)))
    assert await count(ledger, PEOPLE, "another") == 103
    assert await count(ledger, FIVE, "another") == 106


async def test_a_limit_can_not_look_back_further_than_there_is_something_kept(
    ledger: Ledger,
) -> None:
    with pytest.raises(ValueError, match="looks back"):
        await count(ledger, Limit("texts in a year", "texts", timedelta(days=365), 5))


async def test_what_is_too_old_to_count_goes_as_new_ones_come(place: Place, ledger: Ledger) -> None:
    old = await use(ledger, *("old",) * 250, at=NOON - timedelta(hours=48, seconds=1))
    kept = await use(ledger, "kept", at=NOON - timedelta(hours=48))
    for entry in (old, kept):
        await ledger.finish(ending(entry))
    rows = "SELECT count(*) FROM ledger_reservations"
    await use(ledger, "1")
    assert place.rows(rows) == [(52,)]
    await use(ledger, "2")
    assert place.rows(rows) == [(3,)]


async def test_a_clock_that_jumps_back_takes_nothing_away(place: Place, ledger: Ledger) -> None:
    await use(ledger, "1")
    await use(ledger, "2", at=NOON - timedelta(days=9))
    assert place.rows("SELECT key FROM ledger_reservations ORDER BY id") == [("1",), ("2",)]


async def test_pruning_takes_only_what_does_not_count(place: Place, ledger: Ledger) -> None:
    old = await use(ledger, "old", at=NOON - timedelta(hours=49))
    await ledger.finish(ending(old))
    await use(ledger, "new", at=NOON - timedelta(hours=47))
    await ledger.prune(NOON)
    assert place.rows("SELECT key FROM ledger_reservations") == [("new",)]


async def test_breaking_a_limit_that_trips_freezes_the_account_and_that_is_recorded(
    ledger: Ledger,
) -> None:
    await use(ledger, "1", "2")
    broken = await ledger.intend(intent(), texts("3", limits=(PEOPLE, STOP)))
    assert broken == Broken(STOP, 3)
    frozen = await ledger.freezes.frozen("test")
    assert frozen is not None
    assert (frozen.at, frozen.by) == (NOON, "maria")
    assert "the most texts" in frozen.why
    assert (await ledger.checkpoint()).count == 4
    assert (await ledger.verify()).sound
    assert await ledger.intend(intent(), texts("3", limits=(STOP,))) == frozen
    assert (await ledger.checkpoint()).count == 4


async def test_of_limits_that_do_not_trip_the_first_that_breaks_is_given(ledger: Ledger) -> None:
    await use(ledger, *"123456")
    given = (Limit("plenty", "texts", HOUR, 90), PEOPLE, FIVE)
    assert await ledger.intend(intent(), texts("7", limits=given)) == Broken(PEOPLE, 7)
    assert await ledger.freezes.frozen("test") is None


async def test_a_limit_that_trips_counts_from_the_rearming_on_and_others_go_on_counting(
    ledger: Ledger,
) -> None:
    await use(ledger, "1", "2")
    assert isinstance(await ledger.intend(intent(), texts("3", limits=(STOP,))), Broken)
    await ledger.freezes.rearm("test", "jose", NOON)
    later = NOON + timedelta(minutes=1)
    call = intent(at=later)
    assert await ledger.intend(call, texts("3", limits=(STOP,))) is None
    assert await count(ledger, STOP, at=later) == 1
    assert await count(ledger, FIVE, at=later) == 3


async def test_of_fifteen_at_once_over_two_connections_five_pass(
    place: Place, ledger: Ledger
) -> None:
    answers: list[object] = []

    async def attempt(through: Ledger, number: int) -> None:
        wanted = texts(str(number), limits=(FIVE,))
        answers.append(await through.intend(intent(digest=str(number)), wanted))

    async with place.ledger() as other, anyio.create_task_group() as group:
        for number in range(15):
            group.start_soon(attempt, (ledger, other)[number % 2], number)
    assert answers.count(None) == 5
    assert answers.count(Broken(FIVE, 6)) == 10
    assert (await ledger.checkpoint()).count == 5


async def test_of_fifteen_at_once_that_trip_a_limit_one_freezes(
    place: Place, ledger: Ledger
) -> None:
    answers: list[object] = []

    async def attempt(through: Ledger) -> None:
        answers.append(await through.intend(intent(), texts("1", limits=(STOP,))))

    async with place.ledger() as other, anyio.create_task_group() as group:
        for number in range(15):
            group.start_soon(attempt, (ledger, other)[number % 2])
    assert answers.count(None) == 2
    assert answers.count(Broken(STOP, 3)) == 1
    assert sum(isinstance(answer, Frozen) for answer in answers) == 12
    assert (await ledger.checkpoint()).count == 5
