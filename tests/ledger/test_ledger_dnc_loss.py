"""Losses of the DNC registry: they are noticed, and stay until a person accepts them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from _support.forks import Child
from _support.ledger import NOON, PHONE, Place, done, ending, facts, intent
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Filter, Ledger, LedgerUnwritableError, Reservation

pytestmark = pytest.mark.anyio
OTHER, THIRD = "9545550124", "9545550125"
GONE = "DELETE FROM ledger_memory WHERE number = '9545550124'"
BUSY = """
import json, os
from pathlib import Path
import anyio
from chasedata_mcp.ledger import Reservation, open_ledger
from _support.ledger import ending, intent
given = json.loads(os.environ["GIVEN"])
async def run():
    place = Path(given["checkpoint"])
    async with open_ledger(given["where"], "sandbox", checkpoint=place) as ledger:
        number = 9545550100
        while True:
            number = number + 1 if number < 9545550199 else 9545550101
            for taken in ({"suppresses": (str(number),)}, {"unsuppresses": (str(number - 1),)}):
                call = intent()
                await ledger.intend(call, Reservation(**taken))
                print("intended", flush=True)
                await ledger.finish(ending(call.entry))
anyio.run(run)
"""


async def suppress(ledger: Ledger, *numbers: str, account: str = "test") -> str:
    """Have a call suppress numbers, and give its entry."""
    call = intent(tool="insert_dnc", account=account)
    assert await ledger.intend(call, Reservation(suppresses=numbers)) is None
    return call.entry


async def release(ledger: Ledger, *numbers: str) -> None:
    """Have a call release numbers."""
    call = intent(tool="delete_dnc")
    assert await ledger.intend(call, Reservation(unsuppresses=numbers)) is None
    await ledger.finish(ending(call.entry))


async def is_lost(ledger: Ledger, account: str = "test") -> bool:
    found = await facts(ledger, [PHONE, OTHER], account=account)
    assert found.registry_lost is await ledger.dnc_registry.is_lost(account)
    return found.registry_lost


def beside(place: Place) -> Path:
    return place.checkpoint.parent / "memory-sandbox.json"


def on_file(place: Place) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(beside(place).read_text())
    return kept


def lose(place: Place) -> None:
    """Empty the store, as if it had been made anew."""
    place.tamper(
        "DELETE FROM ledger_events",
        "DELETE FROM ledger_calls",
        "DELETE FROM ledger_keys",
        "DELETE FROM ledger_memory",
        "DELETE FROM ledger_accounts",
    )


async def test_how_many_it_ever_suppressed_is_kept_beside_the_store(
    place: Place, ledger: Ledger
) -> None:
    await ledger.open()
    assert on_file(place) == {"ever": {}, "lost": [], "others_lost": False}
    entry = await suppress(ledger, PHONE, OTHER)
    assert on_file(place)["ever"] == {"test": 2}
    await release(ledger, OTHER)
    await ledger.finish(ending(entry, Outcome.REFUSED))
    await suppress(ledger, PHONE, account="another")
    assert on_file(place)["ever"] == {"another": 1, "test": 2}
    await suppress(ledger, OTHER)
    assert on_file(place)["ever"] == {"another": 1, "test": 3}
    assert not await is_lost(ledger)


async def test_a_new_number_does_not_make_a_lost_registry_look_whole(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE)
    lose(place)
    assert await is_lost(ledger)
    async with place.ledger() as new:
        await suppress(new, OTHER)
        await suppress(new, THIRD)
        assert await is_lost(new)
    assert on_file(place) == {"ever": {"test": 1}, "lost": ["test"], "others_lost": False}
    async with place.ledger() as another:
        assert await is_lost(another)
        assert not await is_lost(another, "another")


async def test_opening_a_store_that_was_made_anew_is_enough_to_notice(place: Place) -> None:
    async with place.ledger() as ledger:
        await suppress(ledger, PHONE)
    lose(place)
    async with place.ledger() as another:
        await another.open()
    assert on_file(place)["lost"] == ["test"]


async def test_a_store_with_fewer_than_were_suppressed_is_lost(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE)
    await suppress(ledger, OTHER)
    # What a copy from before the second one has.
    place.slip(GONE)
    place.slip("UPDATE ledger_accounts SET remembered = 1")
    assert await is_lost(ledger)


async def test_a_row_that_was_removed_is_noticed_at_the_next_opening(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE, OTHER)
    place.slip(GONE)
    async with place.ledger() as another:
        assert await is_lost(another)


async def test_rows_that_were_removed_are_noticed_without_the_file(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE)
    beside(place).unlink()
    place.slip("DELETE FROM ledger_memory")
    assert await is_lost(ledger)
    await suppress(ledger, OTHER)
    assert await is_lost(ledger)


async def test_what_the_ledger_released_is_not_lost(place: Place, ledger: Ledger) -> None:
    await suppress(ledger, PHONE, OTHER)
    await release(ledger, PHONE, OTHER)
    assert not await is_lost(ledger)
    async with place.ledger() as another:
        assert not await is_lost(another)


async def test_a_file_that_fell_behind_is_no_loss_and_catches_up(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE)
    behind = beside(place).read_text()
    await suppress(ledger, OTHER)
    await release(ledger, PHONE)
    beside(place).write_text(behind)
    assert not await is_lost(ledger)
    async with place.ledger() as another:
        assert not await is_lost(another)
    assert on_file(place)["ever"] == {"test": 2}


async def test_a_file_that_is_gone_is_kept_again(place: Place, ledger: Ledger) -> None:
    await done(ledger)
    await suppress(ledger, PHONE)
    beside(place).unlink()
    assert not await is_lost(ledger)
    async with place.ledger() as another:
        assert not await is_lost(another)
    assert on_file(place)["ever"] == {"test": 1}


@pytest.mark.parametrize("anew", [False, True])
async def test_with_store_and_file_both_gone_the_checkpoint_still_shows_it(
    place: Place, ledger: Ledger, *, anew: bool
) -> None:
    await suppress(ledger, PHONE)
    await done(ledger)
    lose(place)
    beside(place).unlink()
    if anew:
        # Another machine has gone on in the new store meanwhile.
        elsewhere = place.checkpoint.parent / "elsewhere"
        async with Place(place.where, elsewhere / "head.json").ledger() as other:
            for _ in range(3):
                await done(other)
    async with place.ledger() as another:
        assert await is_lost(another)
        assert await is_lost(another, "another")
        await suppress(another, OTHER)
        assert await is_lost(another)
        assert await another.dnc_registry.accept_loss("test", "jose", NOON)
        assert not await is_lost(another)
        assert await is_lost(another, "another")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "[]",
        '{"test": "many"}',
        "\N{CAT FACE}",
        '{"ever": [], "lost": [], "others_lost": false}',
        '{"ever": {"test": "1"}, "lost": [], "others_lost": false}',
        '{"ever": {}, "lost": {}, "others_lost": false}',
        '{"ever": {}, "lost": [], "others_lost": 0}',
    ],
)
async def test_a_file_that_can_not_be_read_may_have_been_anything(
    place: Place, ledger: Ledger, text: str
) -> None:
    await ledger.open()
    beside(place).write_text(text, encoding="utf-8")
    assert await is_lost(ledger)
    await suppress(ledger, PHONE)
    async with place.ledger() as another:
        assert await is_lost(another)
        assert await another.dnc_registry.accept_loss("test", "jose", NOON)
    assert not await is_lost(ledger)
    assert await is_lost(ledger, "another")


async def test_no_call_fails_for_a_file_that_can_not_be_written(
    place: Place, ledger: Ledger
) -> None:
    beside(place).mkdir()
    await suppress(ledger, PHONE)
    assert [one.number for one in await ledger.dnc_registry.suppressed("test")] == [PHONE]
    assert ledger.failing is None
    assert await is_lost(ledger)
    with pytest.raises(LedgerUnwritableError, match="file beside"):
        await ledger.dnc_registry.accept_loss("test", "jose", NOON)
    assert await is_lost(ledger)


async def test_a_person_takes_what_is_left_on_record_and_it_counts_on(
    place: Place, ledger: Ledger
) -> None:
    await suppress(ledger, PHONE, OTHER)
    place.slip(GONE)
    async with place.ledger() as another:
        assert await is_lost(another)
        assert await another.dnc_registry.accept_loss("test", "jose/terminal", NOON)
    assert not await is_lost(ledger)
    events = [json.loads(line) async for line in ledger.export()]
    body = {"account": "test", "by": "jose/terminal", "remembered": 1}
    assert body in [one["body"] for one in events if one["kind"] == "accepted"]
    (entry,) = (await ledger.history(Filter(tool="accept_loss"))).entries
    assert (entry.intent.caller, entry.intent.arguments) == ("jose/terminal", {"numbers_left": 1})
    assert (await ledger.verify()).sound
    assert (await facts(ledger)).suppressed_count == 1
    async with place.ledger() as another:
        assert not await is_lost(another)
        await suppress(another, OTHER)
        lose(place)
        assert await is_lost(another)


async def test_where_nothing_is_lost_there_is_nothing_to_accept(ledger: Ledger) -> None:
    await suppress(ledger, PHONE)
    assert not await ledger.dnc_registry.accept_loss("test", "jose", NOON)
    assert [json.loads(line)["kind"] async for line in ledger.export()] == ["intent"]


async def test_another_machines_file_may_be_behind_and_knows_of_no_loss(
    place: Place, ledger: Ledger
) -> None:
    elsewhere = Place(place.where, place.checkpoint.parent / "elsewhere" / "head.json")
    async with elsewhere.ledger() as other:
        await suppress(other, PHONE, OTHER)
        await suppress(ledger, THIRD)
        await release(ledger, PHONE, OTHER, THIRD)
        assert not await is_lost(other)
        assert not await is_lost(ledger)
    async with elsewhere.ledger() as other:
        assert not await is_lost(other)
        assert (await other.verify()).sound


@pytest.mark.parametrize("lines", [1, 2, 3, 6, 9])
def test_a_crash_is_never_reported_as_a_loss(place: Place, lines: int) -> None:
    with Child(BUSY, where=place.where, checkpoint=str(place.checkpoint)) as child:
        for _ in range(lines):
            assert child.hears() == "intended"
        child.kill()

    async def look() -> None:
        async with place.ledger() as ledger:
            assert not await is_lost(ledger)
            await ledger.prune(NOON + timedelta(hours=1))
            assert not await is_lost(ledger)

    anyio.run(look)
