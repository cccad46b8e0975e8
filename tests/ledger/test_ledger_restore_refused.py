"""Restores that are refused or fail: the store and the files beside it stay as they are."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from _support.ledger import NOON, done
from _support.restores import BY, FileStore
from chasedata_mcp.ledger import Checkpoint, Ledger, LedgerElsewhereError, LedgerError
from chasedata_mcp.ledger.backup_files import StoreFiles
from chasedata_mcp.ledger.engine import prepare
from chasedata_mcp.ledger.errors import BackupError, StoreInUseError
from chasedata_mcp.ledger.restore import prepare_restore
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> FileStore:
    """A store with two calls on record."""
    store = FileStore(tmp_path / "state")
    await store.record(2)
    return store


def tear(backup: StoreFiles) -> None:
    backup.store.write_bytes(backup.store.read_bytes()[:-4096])


def change_a_byte(backup: StoreFiles) -> None:
    content = bytearray(backup.store.read_bytes())
    content[-1] ^= 1
    backup.store.write_bytes(content)


def forget_a_number(backup: StoreFiles) -> None:
    with closing(sqlite3.connect(backup.store)) as store:
        store.execute("DELETE FROM ledger_memory")
        store.execute("UPDATE ledger_accounts SET remembered = 0")
        store.execute("UPDATE ledger_store SET made = made || ' '")
        store.commit()


def take_the_head(backup: StoreFiles) -> None:
    backup.head.unlink()


def change_the_counts(backup: StoreFiles) -> None:
    backup.counts.write_text('{"ever": {}, "lost": [], "others_lost": false}  ')


def damage_the_manifest(backup: StoreFiles) -> None:
    (backup.directory / "backup.json").write_text("{")


def take_the_store(backup: StoreFiles) -> None:
    backup.store.unlink()


@pytest.mark.parametrize(
    "spoil",
    [
        tear,
        change_a_byte,
        forget_a_number,
        take_the_head,
        change_the_counts,
        damage_the_manifest,
        take_the_store,
    ],
)
async def test_a_backup_that_was_torn_or_changed_is_refused(
    store: FileStore, spoil: Callable[[StoreFiles], None]
) -> None:
    backup = store.back_up()
    await store.record(1)
    before, names = await store.head(), store.names()
    spoil(StoreFiles(backup, "sandbox"))
    with pytest.raises(BackupError):
        store.restore(backup)
    assert (await store.head(), store.names()) == (before, names)


async def test_files_that_were_copied_by_hand_have_to_fit_their_head(store: FileStore) -> None:
    backup = store.back_up()
    (backup / "backup.json").unlink()
    files = StoreFiles(backup, "sandbox")
    end = Checkpoint.parse(files.head.read_text())
    files.head.write_text(str(Checkpoint(end.count + 2, "0")))
    with pytest.raises(BackupError, match="The chain had 6 events once and has 4"):
        store.restore(backup)
    files.head.unlink()
    with pytest.raises(BackupError, match="it can't be told whether events are missing"):
        store.restore(backup)
    assert store.restore(backup, end).restore.made is None
    with pytest.raises(BackupError, match="The head that you gave doesn't fit"):
        store.restore(backup, Checkpoint(end.count, "0"))


async def test_files_that_were_copied_with_their_log_are_whole(
    store: FileStore, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    async with store.ledger() as ledger:
        await done(ledger)
        shutil.copytree(store.files.directory, copy)
        assert (copy / f"{store.files.store.name}-wal").stat().st_size
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    elsewhere = FileStore(tmp_path / "other machine")
    assert elsewhere.restore(copy).restore.backup.checkpoint.count == 6
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


async def test_a_backup_of_the_other_environment_is_refused(store: FileStore) -> None:
    backup = store.back_up()
    live = StoreFiles(store.files.directory, "live")
    with (
        pytest.raises(BackupError, match="of the environment 'sandbox'"),
        prepare_restore(live, backup),
    ):
        pass
    # Nor under another name.
    (backup / "backup.json").unlink()
    for file in list(backup.iterdir()):
        file.rename(file.with_name(file.name.replace("sandbox", "live")))
    with pytest.raises(LedgerElsewhereError), prepare_restore(live, backup):
        pass


async def test_nothing_is_replaced_while_somebody_has_the_store_open(store: FileStore) -> None:
    backup = store.back_up()
    async with store.ledger() as ledger:
        await done(ledger)
        with pytest.raises(StoreInUseError):
            store.restore(backup)
        assert (await ledger.checkpoint()).count == 6
        await done(ledger)
    assert store.restore(backup).restore.gap.missing == 4


async def test_nobody_opens_the_store_while_a_person_is_asked(store: FileStore) -> None:
    backup = store.back_up()

    def open_store() -> Store:
        database = SqliteDatabase(store.files.store, busy_seconds=0.1)
        return prepare(Store(database, "sandbox"))

    with prepare_restore(store.files, backup) as restoration:
        async with Ledger(open_store, clock=lambda: NOON) as ledger:
            with pytest.raises(LedgerError, match="held it too long"):
                await done(ledger)
        restoration.put_in_place("test", BY, NOON)
    async with store.ledger() as ledger:
        await done(ledger)
    assert (await store.verify()).sound


@pytest.mark.parametrize("content", [b"no database" * 1000, None])
async def test_a_damaged_store_has_to_be_moved_away_first(
    store: FileStore, content: bytes | None
) -> None:
    backup = store.back_up()
    await store.record(20)
    whole = store.files.store.read_bytes()
    store.files.store.write_bytes(content or whole[: len(whole) // 2])
    damaged, head = store.files.store.read_bytes(), store.files.head.read_bytes()
    with pytest.raises(BackupError, match="move the file away with -wal and -shm"):
        store.restore(backup)
    assert store.files.store.read_bytes() == damaged
    assert store.files.head.read_bytes() == head
    store.remove()
    assert store.restore(backup).restore.gap.missing == 40


async def test_no_store_is_begun_beside_the_log_of_another(store: FileStore) -> None:
    backup = store.back_up()
    store.remove()
    log = store.files.store.with_name(f"{store.files.store.name}-wal")
    log.write_bytes(b"of another")
    with pytest.raises(BackupError, match="-wal are still there"):
        store.restore(backup)
    assert not store.files.store.exists()
    assert log.read_bytes() == b"of another"


@pytest.mark.parametrize("blocked", ["memory-sandbox.json", "ledger-sandbox-head.json"])
async def test_what_can_not_be_finished_leaves_everything_as_it_was(
    store: FileStore, blocked: str
) -> None:
    backup = store.back_up()
    await store.record(1)
    before, names = await store.head(), store.names()
    # A directory can neither be replaced by a file nor removed as one.
    path = store.files.directory / blocked
    path.unlink()
    path.mkdir()
    other = next(file for file in (store.files.head, store.files.counts) if file.name != blocked)
    content = other.read_bytes()
    with pytest.raises(BackupError, match="can't be put in place"):
        store.restore(backup)
    assert [name for name in store.names() if not name.endswith(".new")] == names
    assert other.read_bytes() == content
    path.rmdir()
    assert (await store.head()) == before
