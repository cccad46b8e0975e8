"""The DNC registry after a restore: a lost number is noticed, and a person's word ends the loss."""

from pathlib import Path

import pytest

from _support.ledger import NOON, PHONE, done, ending, intent
from _support.restores import FileStore
from chasedata_mcp.ledger import Reservation
from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile

pytestmark = pytest.mark.anyio
OTHER, THIRD = "9545550124", "9545550125"


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "state")


async def suppress(store: FileStore, *numbers: str, account: str = "test") -> None:
    """Have a call suppress numbers."""
    async with store.ledger() as ledger:
        call = intent(tool="insert_dnc", account=account)
        assert await ledger.intend(call, Reservation(suppresses=numbers)) is None
        await ledger.finish(ending(call.entry))


async def is_lost(store: FileStore, account: str = "test") -> bool:
    async with store.ledger() as ledger:
        return await ledger.dnc_registry.is_lost(account)


async def accept(store: FileStore, account: str = "test") -> bool:
    async with store.ledger() as ledger:
        return await ledger.dnc_registry.accept_loss(account, "maria", NOON)


def counts(store: FileStore) -> DncCounts:
    found = DncCountsFile(store.files.counts).read()
    assert found is not None
    return found


async def test_a_number_that_is_lost_with_the_gap_is_noticed_until_a_person_accepts(
    store: FileStore,
) -> None:
    await suppress(store, PHONE)
    await suppress(store, PHONE, account="another")
    backup = store.back_up()
    await suppress(store, OTHER)
    assert store.restore(backup).is_registry_lost
    assert await is_lost(store)
    # Nothing was lost there.
    assert not await is_lost(store, "another")
    # A new number doesn't hide it.
    await suppress(store, THIRD)
    assert await is_lost(store)
    assert await accept(store)
    assert not await is_lost(store)
    assert (counts(store).lost, counts(store).others_lost) == (frozenset(), False)


async def test_where_no_number_came_since_nothing_is_lost(store: FileStore) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    await store.record(2)
    assert not store.restore(backup).is_registry_lost
    assert not await is_lost(store)


@pytest.mark.parametrize("further", [0, 1])
async def test_where_the_store_is_gone_its_counts_tell(store: FileStore, further: int) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    await store.record(1)
    await suppress(store, *[OTHER][:further])
    store.remove()
    assert store.restore(backup).is_registry_lost is bool(further)
    assert await is_lost(store) is bool(further)


@pytest.mark.parametrize("without", ["counts", "head", "both"])
async def test_where_nothing_tells_every_account_counts_as_lost(
    store: FileStore, without: str
) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    await store.record(1)
    store.remove()
    for name, file in (("counts", store.files.counts), ("head", store.files.head)):
        if without in {name, "both"}:
            file.unlink()
    assert store.restore(backup).is_registry_lost
    assert await is_lost(store)
    assert await is_lost(store, "an account of the gap")
    for account in ("test", "an account of the gap"):
        assert await accept(store, account)
        assert not await is_lost(store, account)


async def test_on_another_machine_every_account_counts_as_lost(
    store: FileStore, tmp_path: Path
) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    elsewhere = FileStore(tmp_path / "other machine")
    # What a server has begun there already tells nothing of the record that is moved there.
    async with elsewhere.ledger() as ledger:
        await done(ledger)
    assert elsewhere.restore(backup).is_registry_lost
    assert await is_lost(elsewhere)


async def test_counts_that_can_not_be_read_tell_nothing(store: FileStore) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    await store.record(1)
    store.remove()
    store.files.counts.write_text("{")
    assert store.restore(backup).is_registry_lost


async def test_a_loss_from_before_the_backup_or_the_restore_stays_one(store: FileStore) -> None:
    await suppress(store, PHONE)
    file = DncCountsFile(store.files.counts)
    whole = counts(store)
    file.write(whole.with_lost(["test"]))
    backup = store.back_up()
    assert await accept(store)
    store.restore(backup)
    assert await is_lost(store)
    assert await accept(store)
    backup = store.back_up("second")
    file.write(counts(store).with_lost(["another"]))
    store.restore(backup)
    assert await is_lost(store, "another")
    assert not await is_lost(store)


async def test_the_counts_of_suppression_files_are_those_that_were_accepted_last(
    store: FileStore,
) -> None:
    await store.record(1)
    file = DncCountsFile(store.files.counts)
    file.write(counts(store).with_file("test", "/dnc.txt", 900).with_file("test", "/b.txt", 5))
    backup = store.back_up()
    file.write(DncCounts().with_file("test", "/dnc.txt", 20))
    store.restore(backup)
    assert counts(store).files == {"test": {"/dnc.txt": 20, "/b.txt": 5}}


async def test_a_second_restore_hides_no_loss_of_the_first(store: FileStore) -> None:
    await suppress(store, PHONE)
    backup = store.back_up()
    await suppress(store, OTHER)
    store.restore(backup)
    store.restore(backup)
    assert await is_lost(store)
    assert await accept(store)
    store.restore(backup)
    assert not await is_lost(store)
