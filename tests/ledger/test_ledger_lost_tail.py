"""A power cut: what was not on disk yet is gone, and no more than outcomes can be.

The disk of a machine that lost its power is a copy of the store's files, whose log ends somewhere
behind what was last written to disk.
"""

import shutil
import threading
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest

from _support.ledger import NOON, Place, done, ending, intent
from _support.timeouts import TIMEOUT
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Checkpoint, Ledger, Reservation
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.engine import open_store
from chasedata_mcp.ledger.store import Store

pytestmark = pytest.mark.anyio
LOG = "ledger-sandbox.sqlite3-wal"
NUMBER = "9545550177"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "state"), tmp_path / "state" / "ledger-sandbox-head.json")


def opened(place: Place, syncs_after: float) -> Store:
    store = open_store(place.where, "sandbox", None, NOON)
    store.late_sync.seconds = syncs_after
    return store


@pytest.fixture
async def ledger(place: Place) -> AsyncGenerator[Ledger]:
    """A ledger with a call on record, whose outcomes go to the disk with the next intent only."""
    async with Ledger(partial(opened, place, TIMEOUT), clock=lambda: NOON) as new:
        await done(new)
        yield new


def length_of_log(place: Place) -> int:
    return Path(place.where, LOG).stat().st_size


def disk_after_a_power_cut(place: Place, length: int) -> Place:
    """Copy the files as they are on a disk whose log has only so many bytes."""
    state = Path(place.where)
    copy = state.with_name(f"disk-{length}")
    shutil.copytree(state, copy, ignore=shutil.ignore_patterns("*-shm"))
    with (copy / LOG).open("r+b") as log:
        log.truncate(length)
    return Place(str(copy), copy / place.checkpoint.name)


async def test_an_outcome_that_a_power_cut_takes_reads_as_unknown_and_not_as_tampering(
    place: Place, ledger: Ledger
) -> None:
    call = intent()
    await ledger.intend(call)
    on_disk = length_of_log(place)
    await ledger.finish(ending(call.entry))
    written = length_of_log(place)
    assert written > on_disk
    for length in (on_disk, on_disk + 1, (on_disk + written) // 2, written - 1, written):
        disk = disk_after_a_power_cut(place, length)
        async with disk.ledger() as after:
            entry = await after.entry(call.entry)
            assert entry is not None
            assert entry.outcome is (Outcome.DONE if length == written else Outcome.UNKNOWN)
            assert (await after.verify()).sound
            if entry.outcome is Outcome.UNKNOWN:
                await after.settle(ending(call.entry, how="a search"))
            await done(after)
            assert (await after.verify()).sound


async def test_the_next_intent_takes_the_outcomes_before_it_to_the_disk(
    place: Place, ledger: Ledger
) -> None:
    calls = [await done(ledger) for _ in range(3)]
    await ledger.intend(intent())
    async with disk_after_a_power_cut(place, length_of_log(place)).ledger() as after:
        entries = [await after.entry(call.entry) for call in calls]
        assert [entry.outcome for entry in entries if entry] == [Outcome.DONE] * 3
        assert (await after.verify()).behind == 0


async def test_a_release_that_a_power_cut_takes_leaves_the_number_suppressed(
    place: Place, ledger: Ledger
) -> None:
    listed, unlisted = intent(tool="insert_dnc"), intent(tool="delete_dnc")
    await ledger.intend(listed, Reservation(suppresses=(NUMBER,)))
    await ledger.finish(ending(listed.entry))
    await ledger.intend(unlisted, Reservation(unsuppresses=(NUMBER,)))
    on_disk = length_of_log(place)
    await ledger.finish(ending(unlisted.entry))
    assert not await ledger.dnc_registry.suppressed("test")
    async with disk_after_a_power_cut(place, on_disk).ledger() as after:
        assert [one.number for one in await after.dnc_registry.suppressed("test")] == [NUMBER]
        assert not await after.dnc_registry.is_lost("test")


async def test_the_head_never_runs_ahead_of_the_disk_and_has_it_all_when_a_process_ends(
    place: Place,
) -> None:
    async with Ledger(partial(opened, place, TIMEOUT)) as ledger:
        for _ in range(3):
            call = intent()
            await ledger.intend(call)
            on_disk = await ledger.checkpoint()
            assert Checkpoint.parse(place.checkpoint.read_text()) == on_disk
            await ledger.finish(ending(call.entry))
            assert Checkpoint.parse(place.checkpoint.read_text()) == on_disk
        end = await ledger.checkpoint()
    assert Checkpoint.parse(place.checkpoint.read_text()) == end


async def test_outcomes_are_on_disk_a_moment_later_where_no_intent_follows(place: Place) -> None:
    async with Ledger(partial(opened, place, 0)) as ledger:
        await done(ledger)
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join(TIMEOUT)
        verification = await ledger.verify()
        assert verification.checkpoint_beside == await ledger.checkpoint()


def test_intents_wait_for_the_disk_and_outcomes_do_not(tmp_path: Path) -> None:
    def mode(chain: Chain) -> object:
        return chain.connection.fetch_value("PRAGMA synchronous")

    full, normal = 2, 1
    store = open_store(tmp_path, "sandbox", None)
    try:
        ways = (store.append, store.append_soon, store.append, store.append_soon)
        assert [way(mode) for way in ways] == [full, normal, full, normal]
        assert store.change(lambda one: one.fetch_value("PRAGMA synchronous")) == full
    finally:
        store.close()
