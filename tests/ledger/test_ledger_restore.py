"""Restores: a backup that is whole takes the store's place, with what is missing on record."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from _support.ledger import NOON, done, grant, question, yes
from _support.restores import BY, FileStore
from chasedata_mcp.ledger import Checkpoint, Filter
from chasedata_mcp.ledger.restore import prepare_restore
from chasedata_mcp.ledger.restores import GapSource

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(hours=3)


@pytest.fixture
async def store(tmp_path: Path) -> FileStore:
    """A store with two calls on record."""
    store = FileStore(tmp_path / "state")
    await store.record(2)
    return store


async def test_an_older_backup_goes_on_with_what_is_missing_on_record(store: FileStore) -> None:
    backup, end = store.back_up(), await store.head()
    await store.record(3)
    replaced = await store.head()
    done_ = store.restore(backup, at=LATER)
    assert done_.restore.backup.checkpoint == end
    verified = await store.verify()
    assert verified.sound
    assert verified.checkpoint == done_.head == verified.checkpoint_beside
    [restore] = verified.restores
    assert restore == done_.restore
    assert (restore.at, restore.by, restore.name, restore.made) == (LATER, BY, "backup", NOON)
    assert (restore.gap.missing, restore.gap.known_by) == (6, GapSource.STORE)
    assert restore.gap.replaced is not None
    assert restore.gap.replaced.checkpoint == replaced
    assert "6 events that the replaced record had are missing" in restore.describe(str)
    # The chain goes on, and so does its head.
    await store.record(1)
    verified = await store.verify()
    assert (verified.sound, verified.behind, len(verified.restores)) == (True, 0, 1)


async def test_the_history_shows_the_restore_in_each_account(store: FileStore) -> None:
    async with store.ledger() as ledger:
        await done(ledger, account="another")
    backup = store.back_up()
    store.restore(backup, account="third")
    async with store.ledger() as ledger:
        entries = (await ledger.history(Filter(tool="restore"))).entries
        assert {entry.intent.account for entry in entries} == {"test", "another", "third"}
        assert {entry.intent.caller for entry in entries} == {BY}
        [ending] = {entry.ending.message for entry in entries if entry.ending}
        assert ending.startswith("The record was restored on 2026-03-02 12:00 UTC by maria")


async def test_what_was_replaced_is_kept_as_a_backup_of_its_own(store: FileStore) -> None:
    backup = store.back_up()
    await store.record(3)
    replaced = await store.head()
    kept = store.restore(backup, at=LATER).restore.kept_as
    assert kept == "ledger-sandbox-replaced-20260302T150000Z"
    back = store.restore(store.files.directory / kept, at=LATER)
    assert back.restore.backup.checkpoint == replaced
    assert back.restore.kept_as == f"{kept}-2"
    assert (await store.verify()).sound


async def test_where_there_is_no_store_nothing_tells_how_much_is_missing(
    store: FileStore, tmp_path: Path
) -> None:
    backup = store.back_up()
    elsewhere = FileStore(tmp_path / "other machine")
    gap = elsewhere.restore(backup).restore.gap
    assert (gap.missing, gap.known_by, gap.replaced) == (None, GapSource.NOTHING, None)
    assert elsewhere.names() == sorted(
        ["ledger-sandbox-head.json", "ledger-sandbox.sqlite3", "memory-sandbox.json"]
    )
    verified = await elsewhere.verify()
    assert verified.sound
    assert "How many events after that are missing isn't known" in verified.restores[0].describe(
        str
    )


async def test_the_head_beside_a_store_that_is_gone_tells_how_much_at_least(
    store: FileStore,
) -> None:
    backup = store.back_up()
    await store.record(3)
    store.remove()
    restore = store.restore(backup).restore
    assert (restore.gap.missing, restore.gap.known_by) == (6, GapSource.HEAD)
    assert "At least 6 events" in restore.describe(str)
    assert (await store.verify()).sound


async def test_a_newer_head_from_elsewhere_tells_how_much_at_least(
    store: FileStore, tmp_path: Path
) -> None:
    backup, same = store.back_up(), await store.head()
    await store.record(3)
    last = await store.head()
    elsewhere = FileStore(tmp_path / "other machine")
    gap = elsewhere.restore(backup, last).restore.gap
    assert (gap.missing, gap.known_by) == (6, GapSource.KEPT_HEAD)
    # The head of the backup itself tells nothing of what came after it.
    third = FileStore(tmp_path / "third machine")
    assert third.restore(backup, same).restore.gap.missing is None


async def test_a_whole_copy_over_an_older_one_lacks_nothing(store: FileStore) -> None:
    older = store.back_up("older")
    await store.record(3)
    newer = store.back_up("newer")
    store.remove()
    shutil.copy(older / store.files.store.name, store.files.store)
    gap = store.restore(newer).restore.gap
    assert (gap.missing, gap.known_by) == (0, GapSource.STORE)


async def test_where_the_store_itself_had_lost_events_its_head_tells(store: FileStore) -> None:
    oldest = store.back_up("oldest")
    await store.record(1)
    older = store.back_up("older")
    await store.record(3)
    store.remove()
    shutil.copy(older / store.files.store.name, store.files.store)
    gap = store.restore(oldest).restore.gap
    assert (gap.missing, gap.known_by) == (8, GapSource.HEAD)


async def test_a_record_of_its_own_is_replaced_and_tells_nothing_of_the_gap(
    store: FileStore, tmp_path: Path
) -> None:
    backup = store.back_up()
    elsewhere = FileStore(tmp_path / "other machine")
    await elsewhere.record(4)
    with prepare_restore(elsewhere.files, backup) as restoration:
        assert (restoration.comparison.is_other, restoration.comparison.loses) == (True, 8)
        restore = restoration.put_in_place("test", BY, NOON).restore
    assert (restore.gap.missing, restore.gap.known_by) == (None, GapSource.NOTHING)
    assert restore.kept_as is not None
    assert (await elsewhere.verify()).sound


async def test_a_second_restore_tells_of_the_first_that_it_takes_off_the_record(
    store: FileStore,
) -> None:
    backup = store.back_up()
    await store.record(3)
    first = store.restore(backup).restore
    await store.record(1)
    second = store.restore(backup, at=LATER).restore
    assert second.earlier == (first,)
    third = store.restore(backup, at=LATER).restore
    assert [one.at for one in third.earlier] == [NOON, LATER]
    assert not any(one.earlier for one in third.earlier)
    verified = await store.verify()
    assert (verified.sound, verified.restores) == (True, (third,))


async def test_a_backup_of_what_an_earlier_restore_lost_brings_that_back(
    store: FileStore,
) -> None:
    older = store.back_up("older")
    await store.record(3)
    lost = store.back_up("lost")
    await store.record(1)
    store.restore(older)
    await store.record(4)
    head = (await store.head()).count
    with prepare_restore(store.files, lost) as restoration:
        found = restoration.comparison
        # They go together up to the fourth event.
        assert (found.fork, found.loses) == (4, head - 4)
        restore = restoration.put_in_place("test", BY, LATER).restore
    assert restore.gap.missing == head - 4
    [earlier] = restore.earlier
    assert earlier.gap.missing == 8
    assert (await store.verify()).sound


async def test_a_restore_that_the_backup_has_on_record_stays_there(store: FileStore) -> None:
    first = store.restore(store.back_up("first")).restore
    await store.record(1)
    second = store.restore(store.back_up("second"), at=LATER).restore
    assert second.earlier == ()
    assert (await store.verify()).restores == (first, second)


async def test_a_head_of_the_replaced_record_is_no_sign_of_tampering(store: FileStore) -> None:
    backup, before = store.back_up(), await store.head()
    await store.record(1)
    between = await store.head()
    await store.record(2)
    last = await store.head()
    store.restore(backup)
    for calls in (0, 4):
        await store.record(calls)
        for known in (before, last, await store.head()):
            verified = await store.verify(known)
            assert (verified.sound, verified.is_given_lost) == (True, False)
        # Only the end is on record: any other may as well be of a chain that was written anew.
        verified = await store.verify(between)
        assert (verified.sound, verified.is_given_lost) == (True, True)
        beyond = await store.verify(Checkpoint(11, "0"))
        assert (beyond.sound, beyond.is_given_lost) == (False, False)
        forged = await store.verify(Checkpoint(before.count, "0"))
        assert (forged.sound, forged.is_given_lost) == (False, False)


async def test_the_head_beside_the_store_is_never_explained_by_a_restore(
    store: FileStore,
) -> None:
    backup = store.back_up()
    await store.record(3)
    store.restore(backup)
    store.files.head.write_text(str(Checkpoint(9, "0")))
    assert not (await store.verify()).sound


async def test_an_event_that_was_changed_after_a_restore_is_still_found(store: FileStore) -> None:
    store.restore(store.back_up())
    store.place.tamper(
        "UPDATE ledger_events SET body = replace(body, 'maria', 'jose') WHERE seq = 5"
    )
    assert not (await store.verify()).sound


async def test_pruning_keeps_the_restore_on_record(store: FileStore) -> None:
    store.restore(store.back_up())
    await store.record(1)
    async with store.ledger() as ledger:
        ledger._clock = lambda: NOON + timedelta(days=3)
        assert (await ledger.prune(NOON + timedelta(hours=1))).removed
        verified = await ledger.verify()
    assert (verified.sound, len(verified.restores)) == (True, 1)
    # As when it is pruned once more.
    async with store.ledger() as ledger:
        await done(ledger, at=NOON + timedelta(days=4))
        ledger._clock = lambda: NOON + timedelta(days=5)
        await ledger.prune(NOON + timedelta(days=4, hours=1))
        assert len((await ledger.verify()).restores) == 1


async def test_no_yes_or_grant_of_before_lets_anything_through(store: FileStore) -> None:
    async with store.ledger() as ledger:
        await ledger.grants.give(grant())
        await ledger.approvals.ask(question(id="asked"))
        await ledger.approvals.ask(question(id="granted"))
        await ledger.approvals.answer("granted", yes(NOON, "terminal", "jose"))
    store.restore(store.back_up())
    async with store.ledger() as ledger:
        assert await ledger.grants.all("test", NOON) == []
        for approval in ("asked", "granted"):
            found = await ledger.approvals.get(approval)
            assert found is not None
            assert found.state == "declined"
        assert (await ledger.verify()).sound


async def test_a_freeze_of_the_replaced_store_holds(store: FileStore) -> None:
    backup = store.back_up()
    async with store.ledger() as ledger:
        await ledger.freezes.freeze("test", "the wrong list", "jose", NOON)
    store.restore(backup)
    async with store.ledger() as ledger:
        frozen = await ledger.freezes.frozen("test")
        assert frozen is not None
        assert (frozen.why, frozen.by) == ("the wrong list", "jose")
        assert (await ledger.verify()).sound


async def test_the_record_of_a_restore_can_be_read_by_others(store: FileStore) -> None:
    backup = store.back_up()
    await store.record(1)
    store.restore(backup)
    async with store.ledger() as ledger:
        events = [json.loads(line) async for line in ledger.export()]
    [event] = [event for event in events if event["kind"] == "restored"]
    assert (event["seq"], event["body"]["missing"], event["body"]["by"]) == (5, 2, BY)
    assert event["body"]["backup"]["count"] == 4
    assert event["body"]["replaced"]["count"] == 6
