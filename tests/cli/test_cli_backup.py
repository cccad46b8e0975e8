"""`ledger backup`: a whole copy of the record, made while a server writes it."""

import json
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from _support.served_sandbox import RecordOnDisk, call
from _support.stdio_lines import spoken
from _support.terminals import Ended, run

FILES = {"backup.json", "ledger-sandbox-head.json", "ledger-sandbox.sqlite3", "memory-sandbox.json"}


@pytest.fixture
def record(tmp_path: Path) -> RecordOnDisk:
    return RecordOnDisk(tmp_path / "state")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def head_in(ended: Ended) -> str:
    [line] = [line for line in ended.out.splitlines() if line.startswith("  head ")]
    return line.removeprefix("  head ")


def test_a_record_is_backed_up_while_a_server_writes_it(record: RecordOnDisk, to: Path) -> None:
    with spoken(STATE_DIR=record.settings["STATE_DIR"]) as server:
        server.initialize()
        assert call(server, "enable_playlist_filter", 1)["outcome"] == "done"
        ended = record.run("ledger", "backup", str(to))
        assert call(server, "enable_playlist_filter", 2)["outcome"] == "done"
        assert server.end() == (0, "")
    assert (ended.code, ended.err) == (0, "")
    assert "✓ Backed up and verified: 2 events." in ended.out
    assert record.count() == 4
    assert {file.name for file in to.iterdir()} == FILES
    # A copy can be used as it is, which shows what is in it.
    copied = RecordOnDisk(to.parent / "try")
    to.rename(copied.directory.parent.with_name("copied"))
    copied.directory.parent.mkdir()
    to.with_name("copied").rename(copied.directory)
    verified = copied.run("ledger", "verify", "--head", head_in(ended))
    assert (verified.code, copied.count()) == (0, 2)


def test_what_is_in_the_log_of_the_file_is_in_the_backup(record: RecordOnDisk, to: Path) -> None:
    record.write()
    store = record.directory / "ledger-sandbox.sqlite3"
    with closing(sqlite3.connect(store)) as reader:
        # The log isn't written into the file while somebody reads an older state.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ledger_events").fetchone()
        record.write(3)
        assert "8 events" in record.run("ledger", "backup", str(to)).out
    with closing(sqlite3.connect(to / store.name)) as copy:
        assert copy.execute("SELECT count(*) FROM ledger_events").fetchone() == (8,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_only_its_owner_can_read_a_backup(record: RecordOnDisk, to: Path) -> None:
    record.write()
    assert record.run("ledger", "backup", str(to)).code == 0
    for file in (to, *to.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0


def make_a_file(to: Path) -> None:
    to.write_text("mine")


def make_an_empty_directory(to: Path) -> None:
    to.mkdir()


def make_a_link_to_nowhere(to: Path) -> None:
    to.symlink_to(to.with_name("nowhere"))


@pytest.mark.parametrize("make", [make_a_file, make_an_empty_directory, make_a_link_to_nowhere])
def test_nothing_is_ever_overwritten(
    record: RecordOnDisk, to: Path, make: Callable[[Path], None]
) -> None:
    record.write()
    make(to)
    before = to.lstat()
    ended = record.run("ledger", "backup", str(to))
    assert (ended.code, ended.out) == (2, "")
    assert "is there already" in ended.err
    assert to.lstat() == before
    assert sorted(file.name for file in to.parent.iterdir()) == ["backup", "state"]


def test_a_folder_that_is_not_there_is_not_made(record: RecordOnDisk, to: Path) -> None:
    record.write()
    ended = record.run("ledger", "backup", str(to / "of" / "today"))
    assert ended.code == 1
    assert "No such file or directory" in ended.err
    assert not to.exists()


def test_where_there_is_no_ledger_none_is_made(record: RecordOnDisk, to: Path) -> None:
    ended = record.run("ledger", "backup", str(to))
    assert ended.code == 1
    assert "There is no ledger yet" in ended.err
    assert not to.exists()
    assert not list(record.directory.glob("ledger-*"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_events SET body = replace(body, 'done', 'DONE') WHERE seq = 2",
        "DELETE FROM ledger_events WHERE seq = 1",
        "UPDATE ledger_labels SET tool = 'send_sms'",
    ],
)
def test_a_record_that_does_not_verify_is_not_backed_up(
    record: RecordOnDisk, to: Path, change: str
) -> None:
    record.write()
    with closing(sqlite3.connect(record.directory / "ledger-sandbox.sqlite3")) as store:
        store.execute("DROP TRIGGER ledger_events_stay")
        store.execute("DROP TRIGGER ledger_events_last")
        store.execute(change)
        store.commit()
    ended = record.run("ledger", "backup", str(to))
    assert (ended.code, ended.out) == (1, "")
    assert "doesn't verify" in ended.err
    assert [file.name for file in to.parent.iterdir()] == ["state"]


def test_a_damaged_index_is_found_though_no_hash_is_of_it(record: RecordOnDisk, to: Path) -> None:
    record.write(3)
    store = record.directory / "ledger-sandbox.sqlite3"
    with closing(sqlite3.connect(store)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        find = "SELECT rootpage FROM sqlite_master WHERE name = 'ledger_events_entry'"
        [page] = opened.execute(find).fetchone()
        [size] = opened.execute("PRAGMA page_size").fetchone()
        [entry] = opened.execute("SELECT entry FROM ledger_events WHERE seq = 3").fetchone()
    content = bytearray(store.read_bytes())
    # The id of one entry in the index, which nothing reads that verifies the chain.
    place = content.rindex(entry.encode(), (page - 1) * size, page * size)
    content[place : place + 2] = b"!!"
    store.write_bytes(content)
    ended = record.run("ledger", "backup", str(to))
    assert ended.code == 1
    assert "SQLite finds damage in it" in ended.err
    assert not to.exists()


def test_the_counts_beside_it_are_copied_and_hashed(record: RecordOnDisk, to: Path) -> None:
    record.write()
    counts = record.directory / "memory-sandbox.json"
    counts.write_text('{"ever": {"sandbox": 3}, "lost": [], "others_lost": false}')
    assert record.run("ledger", "backup", str(to)).code == 0
    assert (to / counts.name).read_bytes() == counts.read_bytes()
    assert json.loads((to / "backup.json").read_text())["sha256"].keys() == FILES - {"backup.json"}


def test_a_sandbox_in_memory_has_nothing_to_back_up(to: Path) -> None:
    ended = run("ledger", "backup", str(to), SANDBOX="1", SANDBOX_FILE=":memory:")
    assert ended.code == 2
    assert "a sandbox in memory" in ended.err
