"""A store that fails: writes stop with a clear error, and reads go on."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from typing_extensions import override

from _support.forks import Child
from _support.ledger import PHONE, Place, done, ending, intent, read
from chasedata_mcp.ledger import Ledger, LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.checkpoints import CheckpointFile
from chasedata_mcp.ledger.engine import open_store, prepare
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store

pytestmark = pytest.mark.anyio


class Faulty:
    """Opens a store, or for some time can't."""

    def __init__(self, directory: Path, error: Exception) -> None:
        self._directory = directory
        self._error: Exception | None = error

    def mend(self) -> None:
        self._error = None

    def __call__(self) -> Store:
        if self._error is not None:
            raise self._error
        return open_store(self._directory, "sandbox", None)


def unwritable() -> Exception:
    return LedgerUnwritableError("The ledger can't be written: its disk is full.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (unwritable, "The ledger can't be written: its disk is full."),
        (lambda: RuntimeError(PHONE), "The ledger fails: RuntimeError."),
    ],
)
async def test_a_store_that_cannot_be_opened_stops_writes_and_is_tried_again(
    tmp_path: Path, error: Callable[[], Exception], said: str
) -> None:
    opening = Faulty(tmp_path, error())
    async with Ledger(opening) as ledger:
        noted = read()
        ledger.note(noted)
        await ledger.flush()
        assert str(ledger.failing) == said
        with pytest.raises(type(error())):
            await ledger.intend(intent())
        opening.mend()
        await done(ledger)
        assert ledger.failing is None
        assert await ledger.entry(noted.intent.entry) is not None


async def test_a_store_that_breaks_stops_writes_without_quoting_them(
    place: Place, ledger: Ledger
) -> None:
    call = await done(ledger)
    place.slip("ALTER TABLE ledger_events RENAME TO gone")
    with pytest.raises(LedgerUnwritableError) as raised:
        await ledger.intend(intent())
    assert PHONE not in str(raised.value)
    assert raised.value.__context__ is None
    assert ledger.failing == str(raised.value)
    with pytest.raises(LedgerUnwritableError):
        await ledger.finish(ending(call.entry))
    with pytest.raises(LedgerUnreadableError) as unread:
        await ledger.history()
    assert unread.value.__context__ is None
    ledger.note(read())
    await ledger.flush()
    (problem,) = (await ledger.verify()).problems
    assert problem.text == "The database can't read the store."
    place.slip("ALTER TABLE gone RENAME TO ledger_events")
    assert (await ledger.history()).older is None
    assert ledger.failing is None


async def test_a_store_that_another_process_holds_is_not_waited_for_for_ever(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ledger.sqlite3"

    def opening() -> Store:
        return prepare(Store(SqliteDatabase(path, busy_seconds=0.01), "sandbox"))

    async with Ledger(opening) as ledger:
        await done(ledger)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnwritableError, match="another process has held it too long"):
            await ledger.intend(intent())
        assert len((await ledger.history()).entries) == 1
        async with Ledger(opening) as new:
            assert len((await new.history()).entries) == 1
        holder.execute("ROLLBACK")
        holder.close()
        await done(ledger)


async def test_what_is_on_disk_is_not_failed_by_a_checkpoint_that_cannot_be_compared(
    tmp_path: Path,
) -> None:
    class Unlucky(CheckpointFile):
        @override
        def advance(self, *_: object) -> None:
            raise LedgerUnreadableError("The ledger can't be read: its disk fails.")

    path = tmp_path / "ledger.sqlite3"
    beside = Unlucky(tmp_path / "head.json")

    def opening() -> Store:
        return prepare(Store(SqliteDatabase(path), "sandbox", beside))

    async with Ledger(opening) as ledger:
        await done(ledger)
        assert (await ledger.checkpoint()).count == 2


async def test_a_caller_who_is_cancelled_leaves_a_whole_store(ledger: Ledger) -> None:
    call = intent()
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as group:
            group.start_soon(ledger.intend, call)
            await anyio.lowlevel.checkpoint()
            scope.cancel()
    entry = await ledger.entry(call.entry)
    assert entry is None or entry.endings == ()
    assert (await ledger.verify()).sound


async def test_what_came_of_a_call_is_recorded_for_a_caller_who_is_cancelled_too(
    place: Place, ledger: Ledger
) -> None:
    call, noted = intent(), read()
    await ledger.intend(call)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await ledger.finish(ending(call.entry))
    with anyio.CancelScope() as scope:
        async with place.ledger() as other:
            other.note(noted)
            scope.cancel()
    assert [entry.settled for entry in (await ledger.history()).entries] == [True, True]


async def test_export_gives_every_event_as_a_line_of_json(ledger: Ledger) -> None:
    for _ in range(3):
        await done(ledger)
    ledger.note(read())
    lines = [line async for line in ledger.export()]
    assert len(lines) == 7
    assert all("\n" not in line for line in lines)
    assert [line async for line in ledger.export(after=5)] == lines[5:]


async def test_anybody_can_verify_what_was_exported(ledger: Ledger) -> None:
    await done(ledger, caller="mar\u00eda \ud800")
    last = "0" * 64
    async for line in ledger.export():
        event = json.loads(line)
        prev, digest = event.pop("prev"), event.pop("hash")
        text = json.dumps(event, sort_keys=True, separators=(",", ":"))
        assert prev == last
        assert hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest() == digest
        last = digest
    assert last == (await ledger.checkpoint()).hash


async def test_export_goes_on_beyond_what_is_read_at_once(ledger: Ledger) -> None:
    for _ in range(2500):
        ledger.note(read())
    assert len([line async for line in ledger.export()]) == 2500


async def test_two_processes_write_one_chain(place: Place, ledger: Ledger) -> None:
    script = """
import json, os
from pathlib import Path
import anyio
from chasedata_mcp.ledger import open_ledger
from _support.ledger import done
given = json.loads(os.environ["GIVEN"])
async def write():
    place = Path(given["checkpoint"])
    async with open_ledger(given["where"], "sandbox", checkpoint=place) as ledger:
        for _ in range(20):
            await done(ledger)
    print("written", flush=True)
anyio.run(write)
"""
    with Child(script, where=place.where, checkpoint=str(place.checkpoint)) as child:
        for _ in range(20):
            await done(ledger)
        assert await anyio.to_thread.run_sync(child.hears) == "written"
    verification = await ledger.verify()
    assert (verification.sound, verification.checkpoint.count) == (True, 80)
