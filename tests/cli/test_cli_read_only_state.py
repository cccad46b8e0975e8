"""A state directory on a read-only mount: what is in it can be read, and nothing is written."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import anyio
import pytest

from _support.commands import settings
from _support.ledger import ending, intent
from _support.own_permissions import BoundChild, run_bound
from _support.terminals import Ended, environment
from chasedata_mcp.ledger import LedgerUnreadableError, open_ledger
from chasedata_mcp.ledger.read_only_file import open_read_only

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
Leave = Callable[[Path], None]
FILE = "ledger-sandbox.sqlite3"
EVENTS = 6


def leave_ended(directory: Path) -> None:
    """Leave the files of a server that has ended."""
    anyio.run(_record, directory / "state", None)


def leave_killed(directory: Path) -> None:
    """Leave the files of a server that was killed: the last events are in the log."""
    anyio.run(_record, directory / "elsewhere", directory / "state")


def leave_without_index(directory: Path) -> None:
    """Leave such files as somebody copies them who leaves out the log's index."""
    leave_killed(directory)
    (directory / "state" / f"{FILE}-shm").unlink()


async def _record(state: Path, copy: Path | None) -> None:
    async with open_ledger(state, "sandbox") as ledger:
        for _ in range(EVENTS // 2):
            call = intent(account="sandbox")
            await ledger.intend(call)
            await ledger.finish(ending(call.entry))
        if copy is not None:
            shutil.copytree(state, copy)


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    """Take away every permission to write, and hold that nothing was changed."""
    state = directory / "state"
    before = contents(state)
    for file in state.iterdir():
        file.chmod(0o400)
    state.chmod(0o500)
    try:
        yield
        assert contents(state) == before
    finally:
        state.chmod(0o700)


def contents(state: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in state.iterdir()}


def command(directory: Path, *words: str) -> Ended:
    return run_bound(words, environment(200, **settings(directory)))


LEFT = pytest.mark.parametrize("leave", [leave_ended, leave_killed, leave_without_index])


@LEFT
def test_history_verification_and_export_read_all_that_is_there(
    tmp_path: Path, leave: Leave
) -> None:
    leave(tmp_path)
    with read_only(tmp_path):
        listed = command(tmp_path, "history", "--json")
        verified = command(tmp_path, "ledger", "verify")
        exported = command(tmp_path, "ledger", "export")
    assert (listed.code, verified.code, exported.code) == (0, 0, 0)
    outcomes = [json.loads(line)["outcome"] for line in listed.out.splitlines()]
    assert outcomes == ["done"] * (EVENTS // 2)
    assert f"The ledger is whole: {EVENTS} events." in verified.out
    assert [json.loads(line)["seq"] for line in exported.out.splitlines()] == [
        *range(1, EVENTS + 1)
    ]


@LEFT
def test_a_write_is_refused_for_the_reason_and_a_search_is_not(
    tmp_path: Path, leave: Leave
) -> None:
    leave(tmp_path)
    with read_only(tmp_path):
        refused = command(tmp_path, "call", "insert_dnc", "--number", "9545550111")
        found = command(
            tmp_path, "call", "search_lead", "--search-field", "lead_id", "--identifier", "1001"
        )
        examined = command(tmp_path, "doctor")
    assert refused.code == 3
    assert "The ledger can't be written: it may only be read. Nothing was sent." in refused.words
    assert found.code == 0
    assert examined.code == 1
    assert "✗ The ledger can't be written: it may only be read." in examined.words


@LEFT
def test_the_record_is_backed_up_all_the_same(tmp_path: Path, leave: Leave) -> None:
    leave(tmp_path)
    with read_only(tmp_path):
        ended = command(tmp_path, "ledger", "backup", str(tmp_path / "backup"))
    assert (ended.code, ended.err) == (0, "")
    assert f"Backed up and verified: {EVENTS} events." in ended.out


def test_a_place_that_takes_no_backup_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    leave_ended(tmp_path)
    with read_only(tmp_path):
        ended = command(tmp_path, "ledger", "backup", str(tmp_path / "state" / "backup"))
    assert ended.code == 1
    assert "The backup can't be written: Permission denied." in ended.err


@LEFT
def test_a_store_of_an_older_version_is_named_by_its_version(tmp_path: Path, leave: Leave) -> None:
    leave(tmp_path)
    with closing(sqlite3.connect(tmp_path / "state" / FILE)) as store:
        store.execute("UPDATE ledger_store SET version = 4")
        store.commit()
    with read_only(tmp_path):
        for words in (
            ("history",),
            ("ledger", "verify"),
            ("ledger", "backup", str(tmp_path / "b")),
        ):
            ended = command(tmp_path, *words)
            assert ended.code == 1, words
            assert "version 4, not 5" in ended.err, (words, ended.err)
    assert not (tmp_path / "b").exists()


_WAITING = """
import json, sys
import anyio
from chasedata_mcp.ledger import LedgerUnwritableError, open_ledger
from _support.ledger import intent
async def run():
    async with open_ledger(json.loads(os.environ["GIVEN"])["where"], "sandbox") as ledger:
        for _ in range(2):
            sys.stdin.readline()
            try:
                await ledger.intend(intent())
                print("recorded", len((await ledger.history()).entries), flush=True)
            except LedgerUnwritableError as error:
                print(error, flush=True)
anyio.run(run)
"""


@LEFT
def test_it_is_written_again_as_soon_as_that_is_possible(tmp_path: Path, leave: Leave) -> None:
    leave(tmp_path)
    with BoundChild(_WAITING, where=str(tmp_path / "state")) as child:
        with read_only(tmp_path):
            child.go()
            assert child.hears() == "The ledger can't be written: it may only be read."
        for file in (tmp_path / "state").iterdir():
            file.chmod(0o600)
        child.go()
        assert child.hears() == f"recorded {EVENTS // 2 + 1}"


def test_it_is_written_again_though_others_have_begun_a_new_log_meanwhile(tmp_path: Path) -> None:
    leave_killed(tmp_path)
    state = tmp_path / "state"

    async def record(*, lets_write: bool = False) -> None:
        async with open_ledger(state, "sandbox") as ledger:
            await ledger.intend(intent())
            if lets_write:
                child.go()
                assert child.hears() == f"recorded {EVENTS // 2 + 3}"

    with BoundChild(_WAITING, where=str(state)) as child:
        with read_only(tmp_path):
            child.go()
            assert child.hears() == "The ledger can't be written: it may only be read."
        for file in state.iterdir():
            file.chmod(0o600)
        # The last who closes it takes the log away.
        anyio.run(record)
        assert not (state / f"{FILE}-wal").exists()
        anyio.run(partial(record, lets_write=True))


def test_what_was_read_without_a_lock_is_not_taken_once_somebody_writes(tmp_path: Path) -> None:
    leave_ended(tmp_path)
    path = tmp_path / "state" / FILE
    reader = open_read_only(path)
    assert reader.execute("SELECT count(*) FROM ledger_events").fetchone() == (EVENTS,)
    reader.require_unchanged()
    path.with_name(f"{FILE}-wal").touch()
    with pytest.raises(LedgerUnreadableError, match="another process began to write it"):
        reader.require_unchanged()
    reader.close()
