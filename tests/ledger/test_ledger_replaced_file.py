"""A store whose file is gone or replaced: nothing is written, until a file with all of it is there.

Each test has an open ledger, whose file is changed under it as a person or a program may do.
"""

import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from _support.ledger import NOON, Place, done, intent, read
from chasedata_mcp.ledger import Ledger, LedgerUnwritableError

pytestmark = pytest.mark.anyio
FILE = "ledger-sandbox.sqlite3"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def place(state: Path) -> Place:
    return Place(str(state), state / "ledger-sandbox-head.json")


@pytest.fixture
async def used(place: Place) -> AsyncGenerator[Ledger]:
    """A ledger with two calls on record, that stays open while its files change."""
    async with place.ledger() as ledger:
        await done(ledger)
        await done(ledger)
        yield ledger


def copy_of(state: Path) -> Path:
    """Copy the store as SQLite backs it up, whole and without a log beside it."""
    copy = state.with_name("copy.sqlite3")
    with closing(sqlite3.connect(state / FILE)) as store, closing(sqlite3.connect(copy)) as into:
        store.backup(into)
    return copy


def remove_all(state: Path) -> None:
    for one in state.glob(f"{FILE}*"):
        one.unlink()


async def refused(ledger: Ledger) -> str:
    """Say why a write is refused: it has to be."""
    before = (await ledger.checkpoint()).count
    with pytest.raises(LedgerUnwritableError) as raised:
        await ledger.intend(intent())
    assert ledger.failing == str(raised.value)
    assert (await ledger.checkpoint()).count == before
    return str(raised.value)


def take_the_file(state: Path) -> None:
    (state / FILE).unlink()


def take_the_file_and_its_log(state: Path) -> None:
    remove_all(state)


def take_the_directory(state: Path) -> None:
    shutil.rmtree(state)


def move_the_file(state: Path) -> None:
    (state / FILE).rename(state / "elsewhere.sqlite3")


def move_the_directory(state: Path) -> None:
    state.rename(state.with_name("elsewhere"))


@pytest.mark.parametrize(
    "take",
    [
        take_the_file,
        take_the_file_and_its_log,
        take_the_directory,
        move_the_file,
        move_the_directory,
    ],
)
async def test_nothing_is_written_once_the_file_is_gone(
    state: Path, used: Ledger, take: Callable[[Path], None]
) -> None:
    take(state)
    for _ in range(2):
        assert "its file is gone" in await refused(used)
    # Nothing is put in its place either, which a person would then have to tell from the real one.
    assert not (state / FILE).exists()
    assert len((await used.history()).entries) == 2


async def test_an_outcome_and_a_read_find_no_place_either(state: Path, used: Ledger) -> None:
    call, noted = intent(), read()
    await used.intend(call)
    (state / FILE).rename(state / "elsewhere.sqlite3")
    used.note(noted)
    await used.flush()
    assert await used.entry(noted.intent.entry) is None
    (state / "elsewhere.sqlite3").rename(state / FILE)
    await used.flush()
    assert await used.entry(noted.intent.entry) is not None


@pytest.mark.parametrize("moved", ["file", "directory"])
async def test_the_same_file_back_in_its_place_goes_on(
    state: Path, used: Ledger, moved: str
) -> None:
    here = state / FILE if moved == "file" else state
    elsewhere = here.with_name("elsewhere")
    here.rename(elsewhere)
    await refused(used)
    elsewhere.rename(here)
    await done(used)
    assert used.failing is None
    assert (await used.verify()).sound
    assert (await used.checkpoint()).count == 6


@pytest.mark.parametrize("again", [1, 3])
async def test_an_older_copy_moved_over_it_is_not_gone_on_with(
    state: Path, used: Ledger, again: int
) -> None:
    copy = copy_of(state)
    await done(used)
    remove_all(state)
    copy.replace(state / FILE)
    for _ in range(again):
        said = await refused(used)
    assert "another file is in its place" in said
    assert "doesn't hold all that was recorded" in said
    assert "restart every server" in said


@pytest.mark.parametrize("more", [1, 300])
async def test_nor_is_an_older_copy_that_was_written_into_the_same_file(
    state: Path, used: Ledger, more: int
) -> None:
    copy = copy_of(state)
    for _ in range(more):
        used.note(read())
    await used.flush()
    with closing(sqlite3.connect(state / FILE)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(copy, state / FILE)
    with pytest.raises(LedgerUnwritableError, match="doesn't hold all that was recorded"):
        await used.intend(intent())
    with pytest.raises(LedgerUnwritableError):
        await used.intend(intent())


async def test_a_copy_beside_which_the_log_of_the_other_lies_is_left_alone(
    state: Path, used: Ledger
) -> None:
    copy = copy_of(state)
    copy.replace(state / FILE)
    log = (state / f"{FILE}-wal").read_bytes()
    assert "-wal and -shm beside it are of the one before" in await refused(used)
    assert (state / f"{FILE}-wal").read_bytes() == log


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
async def test_a_file_that_is_no_ledger_is_not_gone_on_with_and_stays_as_it_is(
    state: Path, used: Ledger, content: bytes
) -> None:
    remove_all(state)
    (state / FILE).write_bytes(content)
    with pytest.raises(LedgerUnwritableError):
        await used.intend(intent())
    assert len((await used.history()).entries) == 2


async def test_a_new_ledger_that_another_process_began_there_is_not_gone_on_with(
    state: Path, place: Place, used: Ledger
) -> None:
    remove_all(state)
    async with place.ledger() as new:
        await done(new)
        await done(new)
        await done(new)
        assert "doesn't hold all that was recorded" in await refused(used)
        assert len((await new.history()).entries) == 3


async def test_a_whole_copy_in_its_place_is_gone_on_with(
    state: Path, place: Place, used: Ledger
) -> None:
    copy = copy_of(state)
    take_the_file_and_its_log(state)
    await refused(used)
    copy.replace(state / FILE)
    await done(used)
    assert used.failing is None
    assert (await used.checkpoint()).count == 6
    async with place.ledger() as other:
        assert (await other.verify()).sound
        assert len((await other.history()).entries) == 3


async def test_what_another_process_wrote_must_not_be_missing_either(
    state: Path, place: Place, used: Ledger
) -> None:
    copy = copy_of(state)
    async with place.ledger() as other:
        await done(other)
    remove_all(state)
    (state / "ledger-sandbox-head.json").unlink()
    copy.replace(state / FILE)
    assert "doesn't hold all that was recorded" in await refused(used)


async def test_a_log_that_is_gone_is_written_into_the_file_first(
    state: Path, place: Place, used: Ledger
) -> None:
    (state / f"{FILE}-wal").unlink()
    await done(used)
    assert used.failing is None
    async with place.ledger() as other:
        assert (await other.verify()).sound
        assert len((await other.history()).entries) == 3


async def test_what_pruning_took_is_not_missed(state: Path, used: Ledger) -> None:

    await used.prune(NOON + timedelta(hours=1))
    copy = copy_of(state)
    remove_all(state)
    copy.replace(state / FILE)
    await done(used)
    assert (await used.verify()).sound


@pytest.mark.parametrize("left", ["-wal", "-shm"])
async def test_no_new_file_is_begun_beside_what_is_left_of_one_that_is_gone(
    state: Path, place: Place, used: Ledger, left: str
) -> None:
    (state / FILE).rename(state / "elsewhere.sqlite3")
    for end in {"-wal", "-shm"} - {left}:
        (state / f"{FILE}{end}").rename(state / f"elsewhere{end}")
    async with place.ledger() as new:
        with pytest.raises(LedgerUnwritableError, match="its file is gone, and the files -wal"):
            await new.open()
    assert not (state / FILE).exists()
    for end in {"-wal", "-shm"} - {left}:
        (state / f"elsewhere{end}").rename(state / f"{FILE}{end}")
    (state / "elsewhere.sqlite3").rename(state / FILE)
    await done(used)
    async with place.ledger() as other:
        assert (await other.verify()).sound
        assert len((await other.history()).entries) == 3


async def test_a_log_that_another_program_made_is_not_added_to(state: Path, used: Ledger) -> None:
    (state / f"{FILE}-wal").rename(state / "elsewhere-wal")
    (state / f"{FILE}-wal").touch()
    with pytest.raises(LedgerUnwritableError, match="restart every server"):
        await used.intend(intent())
    assert (state / f"{FILE}-wal").read_bytes() == b""
    (state / "elsewhere-wal").replace(state / f"{FILE}-wal")
    await done(used)
    assert (await used.verify()).sound


async def test_every_process_on_the_store_stops(state: Path, place: Place, used: Ledger) -> None:
    async with place.ledger() as other:
        await done(other)
        take_the_file_and_its_log(state)
        assert "its file is gone" in await refused(used)
        assert "its file is gone" in await refused(other)


async def test_a_file_that_a_person_made_shorter_without_a_loss_is_gone_on_with(
    state: Path, used: Ledger
) -> None:
    for _ in range(300):
        used.note(read())
    await used.flush()
    await used.prune(NOON + timedelta(hours=1))
    with closing(sqlite3.connect(state / FILE, isolation_level=None)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await done(used)
        before = (state / FILE).stat().st_size
        store.execute("VACUUM")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (state / FILE).stat().st_size < before
    await done(used)
    assert (await used.verify()).sound
