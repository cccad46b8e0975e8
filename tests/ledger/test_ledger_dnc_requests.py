"""Requests not to be called that the dialer's own list doesn't have yet, on either database."""

from datetime import datetime, timedelta
from random import Random

import pytest

from _support.ledger import NOON, PHONE, LedgerInMemory, Place, ending, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import DroppedRequest, Ledger, NotWaiting, Reservation, WaitingRequest

pytestmark = pytest.mark.anyio
OTHER = "9545550124"
LATER = NOON + timedelta(minutes=2)


async def request(
    ledger: Ledger, outcome: Outcome | None = Outcome.REFUSED, number: str = PHONE, **other: object
) -> str:
    """Have a call suppress a number and end so, or not at all; gives its entry."""
    call = intent(**{"tool": "insert_dnc", **other})
    assert await ledger.intend(call, Reservation(suppresses=(number,))) is None
    if outcome is not None:
        await ledger.finish(ending(call.entry, outcome))
    return call.entry


async def release(ledger: Ledger, outcome: Outcome, number: str = PHONE) -> None:
    call = intent(tool="delete_dnc")
    assert await ledger.intend(call, Reservation(unsuppresses=(number,))) is None
    await ledger.finish(ending(call.entry, outcome))


async def waiting(ledger: Ledger, now: datetime = LATER, account: str = "test") -> list[str]:
    return [one.number for one in await ledger.dnc_registry.waiting(account, now)]


async def test_a_request_that_was_refused_or_never_arrived_waits(
    place: Place, ledger: Ledger
) -> None:
    assert await waiting(ledger) == []
    entry = await request(ledger)
    async with place.ledger() as another:
        assert await another.dnc_registry.waiting("test", LATER) == [
            WaitingRequest(PHONE, NOON, NOON, frozenset({entry}))
        ]
    assert await ledger.dnc_registry.count_waiting("test") == 1
    assert await waiting(ledger, account="another") == []


async def test_the_oldest_stands_first_and_every_attempt_is_known(ledger: Ledger) -> None:
    first = await request(ledger, number=OTHER)
    await request(ledger)
    again = await request(ledger, number=OTHER, at=LATER)
    found = await ledger.dnc_registry.waiting("test", LATER)
    assert [one.number for one in found] == [OTHER, PHONE]
    assert (found[0].since, found[0].last_tried) == (NOON, LATER)
    assert found[0].entries == {first, again}


async def test_it_waits_no_more_once_the_dialer_has_listed_it(ledger: Ledger) -> None:
    await request(ledger)
    await request(ledger, Outcome.DONE)
    assert await waiting(ledger) == []
    # And what was listed before is not to be sent again.
    await request(ledger)
    assert await waiting(ledger) == []


async def test_a_disposition_that_was_done_puts_no_number_on_the_list(ledger: Ledger) -> None:
    await request(ledger, Outcome.DONE, tool="disposition_lead")
    assert await waiting(ledger) == []
    await request(ledger)
    await request(ledger, Outcome.DONE, tool="disposition_lead")
    assert await waiting(ledger) == [PHONE]


async def test_one_of_unknown_outcome_waits_once_it_can_be_under_way_no_more(
    ledger: Ledger,
) -> None:
    entry = await request(ledger, None)
    (found,) = await ledger.dnc_registry.waiting("test", NOON + timedelta(seconds=59))
    assert found.is_under_way
    await ledger.finish(ending(entry, Outcome.UNKNOWN))
    (found,) = await ledger.dnc_registry.waiting("test", LATER)
    assert (found.is_under_way, found.may_be_listed) == (False, True)
    await ledger.settle(ending(entry, Outcome.DONE, how="somebody looked"))
    assert await waiting(ledger) == []


async def test_what_a_person_found_not_done_waits(ledger: Ledger) -> None:
    entry = await request(ledger, Outcome.UNKNOWN)
    await ledger.settle(ending(entry, Outcome.REFUSED, how="somebody looked"))
    (found,) = await ledger.dnc_registry.waiting("test", LATER)
    assert not found.may_be_listed


async def test_a_number_that_is_released_waits_no_more(ledger: Ledger) -> None:
    await request(ledger)
    await release(ledger, Outcome.REFUSED)
    assert await waiting(ledger) == [PHONE]
    await release(ledger, Outcome.DONE)
    assert await waiting(ledger) == []


async def test_it_is_kept_when_old_entries_are_pruned(ledger: Ledger) -> None:
    await request(ledger)
    await request(ledger, Outcome.DONE, number=OTHER)
    await ledger.prune(NOON + timedelta(days=999))
    assert await waiting(ledger) == [PHONE]
    assert (await ledger.verify()).sound


async def test_it_is_sent_again_by_one_process_alone(place: Place, ledger: Ledger) -> None:
    first = await request(ledger)
    again = Reservation(suppresses=(PHONE,), resends=frozenset({first}))
    async with place.ledger() as another:
        sent = intent(tool="insert_dnc", at=LATER)
        assert await another.intend(sent, again) is None
        assert await ledger.intend(intent(at=LATER), again) == NotWaiting(PHONE)
        # One that took the list anew sees that it is under way.
        both = Reservation(suppresses=(PHONE,), resends=frozenset({first, sent.entry}))
        assert await ledger.intend(intent(at=LATER), both) == NotWaiting(PHONE)
        await another.finish(ending(sent.entry, Outcome.REFUSED))
    assert await ledger.intend(intent(tool="insert_dnc", at=LATER), both) is None


@pytest.mark.parametrize("how", ["released", "dropped", "listed"])
async def test_it_is_not_sent_after_its_end_in_between(ledger: Ledger, how: str) -> None:
    first = await request(ledger)
    match how:
        case "released":
            await release(ledger, Outcome.DONE)
        case "dropped":
            assert await ledger.dnc_registry.drop_request(
                "test", DroppedRequest(PHONE, "maria", NOON)
            )
        case _:
            await request(ledger, Outcome.DONE)
    again = Reservation(suppresses=(PHONE,), resends=frozenset({first}))
    assert await ledger.intend(intent(tool="insert_dnc"), again) == NotWaiting(PHONE)


async def test_one_that_a_person_drops_stays_suppressed_and_is_on_record(
    place: Place, ledger: Ledger
) -> None:
    await request(ledger)
    assert await ledger.dnc_registry.drop_request("test", DroppedRequest(PHONE, "maria", LATER))
    assert await waiting(ledger) == []
    assert [one.number for one in await ledger.dnc_registry.suppressed("test")] == [PHONE]
    newest = (await ledger.history(limit=1)).entries[0]
    assert (newest.intent.tool, newest.intent.caller) == ("drop_dnc_request", "maria")
    assert newest.intent.numbers == (PHONE,)
    async with place.ledger() as another:
        assert (await another.verify()).sound
    assert not await ledger.dnc_registry.drop_request("test", DroppedRequest(PHONE, "maria", LATER))
    assert not await ledger.dnc_registry.drop_request("test", DroppedRequest(OTHER, "maria", LATER))


async def test_what_is_dropped_can_be_released_and_asked_for_again(ledger: Ledger) -> None:
    await request(ledger)
    assert await ledger.dnc_registry.drop_request("test", DroppedRequest(PHONE, "maria", LATER))
    await release(ledger, Outcome.DONE)
    assert await ledger.dnc_registry.suppressed("test") == []
    await request(ledger)
    assert await waiting(ledger) == [PHONE]


async def test_what_was_dropped_is_on_the_dialers_list_and_stays_where_that_refuses_to_unlist_it(
    ledger: Ledger,
) -> None:
    await request(ledger)
    assert await ledger.dnc_registry.drop_request("test", DroppedRequest(PHONE, "maria", LATER))
    off = intent(tool="delete_dnc")
    assert await ledger.intend(off, Reservation(unsuppresses=(PHONE,))) is None
    await ledger.finish(ending(off.entry, Outcome.REFUSED, code="refused_by_dialer"))
    assert [one.number for one in await ledger.dnc_registry.suppressed("test")] == [PHONE]
    assert await waiting(ledger) == []


async def test_a_number_that_is_kept_out_of_the_record_is_dropped_without_it(
    ledger: Ledger,
) -> None:
    await request(ledger)
    dropped = DroppedRequest(PHONE, "maria", LATER, is_kept_out=True)
    assert await ledger.dnc_registry.drop_request("test", dropped)
    entry = (await ledger.history(limit=1)).entries[0]
    assert (entry.intent.numbers, entry.intent.arguments) == ((), {"number": None})
    assert await waiting(ledger) == []


async def test_of_a_long_registry_only_what_waits_is_listed(ledger: Ledger) -> None:
    numbers = [f"954555{last:04}" for last in range(1200)]
    for outcome, some in ((Outcome.DONE, numbers[:600]), (Outcome.REFUSED, numbers[600:])):
        call = intent(tool="insert_dnc")
        assert await ledger.intend(call, Reservation(suppresses=tuple(some))) is None
        await ledger.finish(ending(call.entry, outcome))
    assert sorted(await waiting(ledger)) == numbers[600:]


async def test_whatever_happened_to_a_number_in_whatever_order_it_waits_as_it_should() -> None:
    ledger, expected = LedgerInMemory(lambda: NOON), dict[str, list[tuple[str, Outcome]]]()
    for seed in range(40):
        number, chance = f"954555{seed:04}", Random(seed)  # noqa: S311 - no secret
        expected[number] = []
        for _ in range(chance.randint(1, 6)):
            expected[number] = await one_step(ledger, number, chance, expected[number])
    held = {one.number for one in await ledger.dnc_registry.suppressed("test")}
    assert held == {number for number, rows in expected.items() if rows}
    assert set(await waiting(ledger)) == {
        number
        for number, rows in expected.items()
        if any(outcome is not Outcome.DONE for _, outcome in rows)
        and not any(is_on_the_list(*row) for row in rows)
    }


def is_on_the_list(tool: str, outcome: Outcome) -> bool:
    return tool != "disposition_lead" and outcome is Outcome.DONE


async def one_step(
    ledger: Ledger, number: str, chance: Random, rows: list[tuple[str, Outcome]]
) -> list[tuple[str, Outcome]]:
    """Do something with a number by chance; gives what suppresses it from then on."""
    outcome = chance.choice(list(Outcome))
    match chance.choice(["insert_dnc", "insert_dnc", "disposition_lead", "release", "drop"]):
        case "release":
            code = chance.choice(["refused_by_dialer", "not_reached"])
            call = intent(tool="delete_dnc")
            assert await ledger.intend(call, Reservation(unsuppresses=(number,))) is None
            refused = outcome is Outcome.REFUSED
            await ledger.finish(ending(call.entry, outcome, code=code if refused else None))
            if outcome is Outcome.DONE:
                return []
            answered = refused and code == "refused_by_dialer"
            # What was never on the list is let go of; one that may have been stays.
            return [
                row
                for row in rows
                if not answered or (row[0] != "disposition_lead" and row[1] is not Outcome.REFUSED)
            ]
        case "drop":
            dropped = DroppedRequest(number, "maria", LATER)
            if not await ledger.dnc_registry.drop_request("test", dropped):
                return rows
            return [*rows, ("drop_dnc_request", Outcome.DONE)]
        case tool:
            await request(ledger, outcome, number, tool=tool)
            return [*rows, (tool, outcome)]
