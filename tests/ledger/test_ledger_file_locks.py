"""A file system whose locks do nothing: nothing is recorded there, since two would damage it."""

import errno
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from _support.ledger import done, intent
from chasedata_mcp.ledger import Ledger, LedgerUnwritableError, open_ledger
from chasedata_mcp.ledger.engine import prepare
from chasedata_mcp.ledger.file_locks import Lock, find_lock_problem
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.store_file import StoreFile

pytestmark = pytest.mark.anyio
FILE = "ledger-sandbox.sqlite3"


def do_nothing(_: int) -> None:
    """Say yes to every lock, as some shared file systems do."""


def have_none(_: int) -> None:
    """Have no locks, as NFS without its lock daemon."""
    raise OSError(errno.ENOLCK, "No locks available")


def a_ledger(directory: Path, find: Callable[[Path], str | None]) -> Ledger:
    """Make a ledger on a file system whose locks are tried like this."""

    def opening() -> Store:
        file = StoreFile(directory / FILE)
        database = SqliteDatabase(file.path, file=file, find_lock_problem=find)
        return prepare(Store(database, "sandbox", file=file))

    return Ledger(opening)


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        (do_nothing, "the locks of its file system do nothing"),
        (have_none, "its file system has no locks"),
    ],
)
async def test_nothing_is_recorded_where_locks_cannot_be_relied_on(
    tmp_path: Path, lock: Lock, said: str
) -> None:
    async with open_ledger(tmp_path, "sandbox") as ledger:
        await done(ledger)
    async with a_ledger(tmp_path, partial(find_lock_problem, lock=lock)) as ledger:
        with pytest.raises(LedgerUnwritableError, match=said) as refused:
            await ledger.intend(intent())
        assert "a disk of this machine" in str(refused.value)
        assert ledger.failing == str(refused.value)
        assert len((await ledger.history()).entries) == 1


async def test_writing_goes_on_once_the_locks_hold(tmp_path: Path) -> None:
    async with open_ledger(tmp_path, "sandbox") as ledger:
        await done(ledger)
    locks = [do_nothing]

    def find(directory: Path) -> str | None:
        return find_lock_problem(directory, *locks)

    async with a_ledger(tmp_path, find) as ledger:
        with pytest.raises(LedgerUnwritableError):
            await ledger.intend(intent())
        locks.clear()
        await done(ledger)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "its disk is full"),
        (errno.EROFS, "it may only be read"),
        (errno.EIO, "its disk fails"),
    ],
)
async def test_a_directory_in_which_locks_cannot_be_tried_is_not_written(
    tmp_path: Path, number: int, said: str
) -> None:
    async with open_ledger(tmp_path, "sandbox") as ledger:
        await done(ledger)

    def fail(_: Path) -> None:
        raise OSError(number, "")

    async with a_ledger(tmp_path, fail) as ledger:
        with pytest.raises(LedgerUnwritableError, match=f"can't be written: {said}"):
            await ledger.intend(intent())


@pytest.mark.skipif(sys.platform != "linux", reason="locks are tried by what Linux has for it")
def test_locks_of_this_machine_hold_and_nothing_is_left_of_the_attempt(tmp_path: Path) -> None:
    assert find_lock_problem(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        find_lock_problem(tmp_path / "nowhere")
