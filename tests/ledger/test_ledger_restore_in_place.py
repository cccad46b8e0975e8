"""A store that was restored by other means, as pg_restore does: that is put on record."""

from datetime import timedelta

import pytest

from _support.ledger import NOON, PHONE, Place, done, ending, facts, intent
from chasedata_mcp.ledger import Checkpoint, Ledger, Reservation
from chasedata_mcp.ledger.errors import BackupError
from chasedata_mcp.ledger.restore_in_place import open_restored
from chasedata_mcp.ledger.restores import GapSource, Restored
from chasedata_mcp.ledger.usage import Limit, Unit

pytestmark = pytest.mark.anyio
LIMIT = Limit("hour", "texts", timedelta(hours=1), 5, stops=True)


def lose_events(place: Place, after: int) -> None:
    """Put an older state of the store in place, as another program restores it."""
    tables = ("events", "calls", "keys", "memory")
    place.tamper(
        *(f"DELETE FROM ledger_{table} WHERE seq > {after}" for table in tables),  # noqa: S608 - ours
        "UPDATE ledger_accounts SET remembered = (SELECT count(*) FROM ledger_memory)",
    )


def record(place: Place, kept: Checkpoint | None = None) -> Restored:
    restored = open_restored(place.where, "sandbox", place.checkpoint, kept)
    try:
        return restored.record("test", "maria/terminal", NOON)
    finally:
        restored.close()


async def used(place: Place, calls: int = 3) -> Checkpoint:
    async with place.ledger() as ledger:
        for _ in range(calls):
            await done(ledger)
        return await ledger.checkpoint()


async def test_verification_is_green_again_and_says_what_is_missing(place: Place) -> None:
    end = await used(place)
    lose_events(place, 2)
    async with place.ledger() as ledger:
        assert not (await ledger.verify()).sound
    restore = record(place).restore
    assert (restore.gap.missing, restore.gap.known_by) == (4, GapSource.HEAD)
    async with place.ledger() as ledger:
        for _ in range(3):
            verified = await ledger.verify(end)
            assert (verified.sound, verified.restores) == (True, (restore,))
            await done(ledger)
    async with place.ledger() as ledger:
        verified = await ledger.verify()
        assert (verified.sound, verified.behind) == (True, 0)
    # The head that told it is evidence, and stays.
    [kept] = place.checkpoint.parent.glob("head-replaced-*.json")
    assert f'"count": {end.count:19}' in kept.read_text()


async def test_the_caps_are_closed_and_a_person_opens_them(place: Place) -> None:
    await used(place)
    lose_events(place, 2)
    record(place)
    async with place.ledger() as ledger:
        assert await is_closed(ledger)
        assert await ledger.limits.open("test", "maria", NOON)
        assert not await is_closed(ledger)


async def is_closed(ledger: Ledger) -> bool:
    found = await facts(ledger, usage=(Unit("texts", PHONE),), limits=(LIMIT,))
    return bool(found.closed)


async def test_a_number_that_is_lost_is_noticed(place: Place) -> None:
    await used(place, 1)
    async with place.ledger() as ledger:
        call = intent(tool="insert_dnc")
        await ledger.intend(call, Reservation(suppresses=(PHONE,)))
        await ledger.finish(ending(call.entry))
    lose_events(place, 2)
    assert record(place).is_registry_lost
    async with place.ledger() as ledger:
        assert await ledger.dnc_registry.is_lost("test")
        assert await ledger.dnc_registry.accept_loss("test", "maria", NOON)
        assert not await ledger.dnc_registry.is_lost("test")


async def test_without_a_head_nothing_tells_what_is_missing(place: Place) -> None:
    await used(place)
    lose_events(place, 2)
    place.checkpoint.unlink()
    done_ = record(place)
    assert done_.restore.gap.missing is None
    assert done_.is_registry_lost


async def test_a_head_from_elsewhere_tells_it(place: Place) -> None:
    end = await used(place)
    lose_events(place, 2)
    place.checkpoint.unlink()
    gap = record(place, end).restore.gap
    assert (gap.missing, gap.known_by) == (4, GapSource.KEPT_HEAD)


async def test_a_head_of_another_ledger_is_refused(place: Place) -> None:
    await used(place)
    with pytest.raises(BackupError, match="doesn't fit"):
        record(place, Checkpoint(2, "0"))


async def test_a_store_that_was_tampered_with_is_not_put_on_record_as_restored(
    place: Place,
) -> None:
    await used(place)
    place.tamper("UPDATE ledger_events SET body = replace(body, 'maria', 'jose') WHERE seq = 1")
    with pytest.raises(BackupError, match="doesn't verify"):
        record(place)
    async with place.ledger() as ledger:
        assert (await ledger.checkpoint()).count == 6
