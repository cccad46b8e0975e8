"""The writer: of several duplicates within a time, one passes."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from _support.ledger import NOON, PHONE, TEN_MINUTES, Place, ending, intent, read
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Duplicate, Intent, Ledger, Reservation
from chasedata_mcp.ledger.fact_query import DuplicateQuery
from chasedata_mcp.ledger.queries import find_duplicate
from chasedata_mcp.ledger.sqlite import SqliteConnection
from chasedata_mcp.ledger.usage import Unit

pytestmark = pytest.mark.anyio
TEXTED = (Unit("texts", PHONE),)
NOT_TWICE = Reservation(TEXTED, duplicate_within=TEN_MINUTES)
LATER = NOON + timedelta(seconds=40)


async def intended(ledger: Ledger) -> Intent:
    call = intent()
    await ledger.intend(call, Reservation(TEXTED))
    return call


async def done(ledger: Ledger, **other: object) -> Intent:
    """Have a text be sent and done."""
    call = intent(**other)
    await ledger.intend(call, Reservation(TEXTED))
    await ledger.finish(ending(call.entry))
    return call


async def test_a_call_that_was_done_just_now_is_given_back_and_nothing_is_recorded(
    ledger: Ledger,
) -> None:
    first = await done(ledger)
    duplicate = await ledger.intend(intent(at=LATER), NOT_TWICE)
    assert isinstance(duplicate, Duplicate)
    assert (duplicate.entry.id, duplicate.ago, duplicate.entry.outcome) == (
        first.entry,
        timedelta(seconds=40),
        Outcome.DONE,
    )
    assert (await ledger.checkpoint()).count == 2


async def test_a_call_that_may_have_been_done_or_is_under_way_is_a_duplicate(
    ledger: Ledger,
) -> None:
    first = await intended(ledger)
    assert await ledger.intend(intent(at=LATER), NOT_TWICE)
    await ledger.finish(ending(first.entry, Outcome.UNKNOWN))
    assert await ledger.intend(intent(at=LATER), NOT_TWICE)


async def test_a_call_that_was_refused_is_no_duplicate(ledger: Ledger) -> None:
    first = await intended(ledger)
    await ledger.finish(ending(first.entry, Outcome.REFUSED))
    assert await ledger.intend(intent(at=LATER), NOT_TWICE) is None


async def test_a_call_that_was_found_not_to_have_been_done_is_no_duplicate(ledger: Ledger) -> None:
    first = await intended(ledger)
    await ledger.settle(ending(first.entry, Outcome.REFUSED, how="search_lead by client_id"))
    assert await ledger.intend(intent(at=LATER), NOT_TWICE) is None


@pytest.mark.parametrize(
    "other", [{"account": "another"}, {"at": NOON + timedelta(minutes=10, seconds=1)}]
)
async def test_another_account_or_another_time_is_no_duplicate(
    ledger: Ledger, other: dict[str, object]
) -> None:
    await done(ledger)
    assert await ledger.intend(intent(**other), NOT_TWICE) is None


async def test_the_same_person_in_other_words_is_a_duplicate_and_another_person_is_none(
    ledger: Ledger,
) -> None:
    await done(ledger)
    assert isinstance(await ledger.intend(intent(digest="d2"), NOT_TWICE), Duplicate)
    another = replace(NOT_TWICE, units=(Unit("texts", "3055550110"),))
    assert await ledger.intend(intent(), another) is None


async def test_a_search_is_no_duplicate(ledger: Ledger) -> None:
    ledger.note(read())
    await ledger.flush()
    assert await ledger.intend(intent(at=LATER), NOT_TWICE) is None


async def test_of_several_duplicates_the_last_is_given(ledger: Ledger) -> None:
    await done(ledger)
    second = await done(ledger, at=NOON + timedelta(seconds=10))
    duplicate = await ledger.intend(intent(at=LATER), NOT_TWICE)
    assert isinstance(duplicate, Duplicate)
    assert duplicate.entry.id == second.entry


async def test_who_does_not_ask_for_duplicates_is_given_none(ledger: Ledger) -> None:
    await done(ledger)
    assert await ledger.intend(intent(at=LATER)) is None
    assert len((await ledger.history()).entries) == 2


async def test_a_duplicate_by_a_clock_that_is_ahead_was_no_time_ago(ledger: Ledger) -> None:
    await done(ledger, at=LATER)
    duplicate = await ledger.intend(intent(), NOT_TWICE)
    assert isinstance(duplicate, Duplicate)
    assert duplicate.ago == timedelta(0)


async def test_of_fifteen_at_once_over_two_connections_one_passes(
    place: Place, ledger: Ledger
) -> None:
    answers: list[object] = []

    async def attempt(through: Ledger) -> None:
        answers.append(await through.intend(intent(), NOT_TWICE))

    async with place.ledger() as other, anyio.create_task_group() as group:
        for number in range(15):
            group.start_soon(attempt, (ledger, other)[number % 2])
    assert answers.count(None) == 1
    assert (
        len({duplicate.entry.id for duplicate in answers if isinstance(duplicate, Duplicate)}) == 1
    )
    assert (await ledger.checkpoint()).count == 1


def steps_of_a_search(place: Place) -> int:
    """Count the steps of SQLite that the search for a duplicate takes."""
    steps: list[None] = []
    file = sqlite3.connect(Path(place.where, "ledger-sandbox.sqlite3"))
    file.set_progress_handler(lambda: steps.append(None), 1)
    query = DuplicateQuery((Unit("texts", PHONE),), NOON - TEN_MINUTES)
    assert find_duplicate(SqliteConnection(file), query, "test") is not None
    file.close()
    return len(steps)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_the_search_for_a_duplicate_is_as_long_however_many_others_were_reached(
    place: Place, ledger: Ledger
) -> None:
    await done(ledger)
    alone = steps_of_a_search(place)
    async with anyio.create_task_group() as group:
        for number in range(200):
            others = Reservation((Unit("texts", f"9545551{number:03}"),))
            group.start_soon(ledger.intend, intent(), others)
    assert steps_of_a_search(place) < 2 * alone
