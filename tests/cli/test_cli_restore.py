"""`ledger restore` at a terminal: a backup in the place of the record, and what follows of it."""

import json
import os
import sys
from pathlib import Path

import pytest

from _support.served_sandbox import RecordOnDisk, call
from _support.stdio_lines import spoken
from _support.terminals import Ended, answered, at_a_terminal, read_until
from _support.timeouts import TIMEOUT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
PHONE, OTHER = "6025550121", "6025550122"


@pytest.fixture
def record(tmp_path: Path) -> RecordOnDisk:
    """A record with one call, of two events."""
    record = RecordOnDisk(tmp_path / "state")
    record.write()
    return record


def backed_up(record: RecordOnDisk, name: str = "backup") -> str:
    to = str(record.directory.parent.with_name(name))
    assert record.run("ledger", "backup", to).code == 0
    return to


def asked(record: RecordOnDisk, *words: str, typed: str = "yes") -> tuple[str, Ended]:
    """Run a command where a person answers, and give its question without its frame."""
    question, ended = answered(*words, typed=typed, **record.settings)
    return " ".join(question.replace("│", " ").split()), ended


def restored(record: RecordOnDisk, backup: str, typed: str = "yes") -> tuple[str, Ended]:
    return asked(record, "ledger", "restore", backup, typed=typed)


def rearmed(record: RecordOnDisk, typed: str = "yes") -> tuple[str, Ended]:
    return asked(record, "policy", "rearm", typed=typed)


def stopped(record: RecordOnDisk) -> dict[str, object]:
    state: dict[str, object] = json.loads(record.run("policy", "show", "--json").out)
    return {name: state[name] for name in ("caps_closed_since", "memory_lost")}


def test_a_person_sees_what_is_lost_types_yes_and_it_is_on_record(record: RecordOnDisk) -> None:
    backup = backed_up(record)
    record.write(2)
    question, ended = restored(record, backup)
    assert "has 4 events that the backup lacks, the last of 20" in question
    assert "What was done in the dialer stays done" in question
    assert ended.code == 0
    assert "✓ Restored: " in ended.out
    assert "4 events that the replaced record had are missing" in ended.words
    assert "To go on: chasedata-mcp policy rearm" in ended.words
    verified = record.run("ledger", "verify")
    assert verified.code == 0
    assert "✓ The ledger is whole" in verified.out
    assert "4 events that the replaced record had are missing, the last of 20" in verified.words
    assert "What those calls did in the dialer isn't known here" in verified.words
    history = record.run("history").words
    assert "restore" in history
    assert "4 events that the replaced record had are missing" in history
    [kept] = record.directory.glob("ledger-sandbox-replaced-*")
    assert (kept / "ledger-sandbox.sqlite3").is_file()


@pytest.mark.parametrize("typed", ["no", ""])
def test_anything_but_yes_leaves_the_record_as_it_is(record: RecordOnDisk, typed: str) -> None:
    backup = backed_up(record)
    record.write()
    before = sorted(file.name for file in record.directory.iterdir())
    _, ended = restored(record, backup, typed)
    assert ended.code == 3
    assert sorted(file.name for file in record.directory.iterdir()) == before
    assert record.count() == 4
    assert stopped(record) == {"caps_closed_since": None, "memory_lost": False}


def test_without_a_terminal_nothing_is_lost(record: RecordOnDisk) -> None:
    backup = backed_up(record)
    record.write()
    ended = record.run("ledger", "restore", backup)
    assert (ended.code, ended.out) == (3, "")
    assert "a person must confirm this at a terminal" in ended.err
    assert record.count() == 4


def test_what_loses_nothing_asks_nobody(record: RecordOnDisk) -> None:
    ended = record.run("ledger", "restore", backed_up(record))
    assert ended.code == 0
    assert "Nothing that was recorded after that is known to be missing" in ended.words


def test_a_server_that_has_the_record_open_keeps_it(record: RecordOnDisk) -> None:
    backup = backed_up(record)
    with spoken(STATE_DIR=record.settings["STATE_DIR"]) as server:
        server.initialize()
        assert call(server, "enable_playlist_filter", 1)["outcome"] == "done"
        ended = record.run("ledger", "restore", backup)
        assert (ended.code, ended.out) == (2, "")
        assert "the ledger is in use" in ended.err
        assert "end every server" in ended.err
        assert call(server, "enable_playlist_filter", 2)["outcome"] == "done"
        assert server.end() == (0, "")
    assert record.count() == 6
    _, ended = restored(record, backup)
    assert ended.code == 0


def test_a_server_goes_on_with_what_was_restored_and_its_caps_are_closed(
    record: RecordOnDisk,
) -> None:
    backup = backed_up(record)
    record.write()
    restored(record, backup)
    with spoken(STATE_DIR=record.settings["STATE_DIR"]) as server:
        server.initialize()
        refused = call(server, "enable_playlist_filter", 1)
        assert refused["code"] == "not_allowed"
        assert "restored from a backup" in refused["message"]
        question, ended = rearmed(record)
        assert "each counts as used up until its time has passed" in question
        assert (ended.code, ended.out) == (0, "The caps count what is on record.\n")
        assert call(server, "enable_playlist_filter", 2)["outcome"] == "done"
        assert server.end() == (0, "")
    assert record.run("policy", "rearm").out == "Nothing is stopped.\n"
    verified = record.run("ledger", "verify")
    assert (verified.code, "is whole" in verified.out) == (0, True)


def test_the_caps_that_are_closed_are_shown_until_a_yes(record: RecordOnDisk) -> None:
    record.run("ledger", "restore", backed_up(record))
    assert stopped(record)["caps_closed_since"]
    for words in (("policy", "show"), ("doctor",)):
        assert "each counts as used up until its time has passed" in record.run(*words).words
    _, ended = rearmed(record, "no")
    assert ended.code == 3
    assert stopped(record)["caps_closed_since"]
    rearmed(record)
    assert stopped(record)["caps_closed_since"] is None
    assert "used up" not in record.run("doctor").words


def test_a_request_not_to_be_called_that_is_lost_stops_what_reaches_anybody(
    record: RecordOnDisk,
) -> None:
    assert record.run("call", "insert_dnc", "--number", PHONE).code == 0
    backup = backed_up(record)
    assert record.run("call", "insert_dnc", "--number", OTHER).code == 0
    _, ended = restored(record, backup)
    assert "Numbers that were asked not to be called may be missing" in ended.words
    assert stopped(record)["memory_lost"] is True
    # Each yes is for what its question says.
    with at_a_terminal("policy", "rearm", **record.settings) as (process, ours):
        assert "used up" in read_until(ours, " it: ")
        os.write(ours, b"yes\n")
        assert "remembers fewer numbers" in " ".join(read_until(ours, " it: ").split())
        os.write(ours, b"no\n")
        assert process.wait(timeout=TIMEOUT) == 3
    assert stopped(record) == {"caps_closed_since": None, "memory_lost": True}
    _, ended = rearmed(record)
    assert ended.out == "The ledger goes on with the numbers that it has.\n"
    assert stopped(record)["memory_lost"] is False


def test_a_head_from_elsewhere_says_how_much_is_lost_at_least(
    record: RecordOnDisk, tmp_path: Path
) -> None:
    backup = backed_up(record)
    record.write(2)
    head = record.run("ledger", "head").out.strip()
    elsewhere = RecordOnDisk(tmp_path / "other machine")
    ended = elsewhere.run("ledger", "restore", backup, "--head", head)
    assert ended.code == 0
    assert "At least 4 events after that are missing" in ended.words
    # It is the one that the restore names, and one in between can't be told from a forged one.
    assert elsewhere.run("ledger", "verify", "--head", head).code == 0
    between = elsewhere.run("ledger", "verify", "--head", '{"count": 5, "hash": "0"}')
    assert between.code == 1
    assert "The head that you gave can't be compared" in between.words
    assert "✗" not in between.out


def test_a_backup_that_was_changed_is_refused(record: RecordOnDisk) -> None:
    backup = Path(backed_up(record))
    store = backup / "ledger-sandbox.sqlite3"
    store.write_bytes(store.read_bytes() + b"\0")
    ended = record.run("ledger", "restore", str(backup))
    assert (ended.code, ended.out) == (1, "")
    assert "The backup isn't what was written" in ended.err
    assert record.run("ledger", "verify").code == 0


@pytest.mark.parametrize("name", ["nowhere", "state"])
def test_what_is_no_backup_is_refused(record: RecordOnDisk, name: str) -> None:
    ended = record.run("ledger", "restore", str(record.directory.parent.with_name(name)))
    assert ended.code == 1
    assert "There is no backup in that directory" in ended.err


def test_a_head_that_is_none_ends_with_2(record: RecordOnDisk) -> None:
    ended = record.run("ledger", "restore", backed_up(record), "--head", "{}")
    assert ended.code == 2
    assert "--head is a line that" in ended.err
    assert record.count() == 2


def test_a_restored_sandbox_can_be_reset(record: RecordOnDisk) -> None:
    backup = backed_up(record)
    record.write()
    restored(record, backup)
    assert record.run("sandbox", "reset").code == 0
    assert not list(record.directory.glob("ledger-*"))


def test_a_copy_that_was_put_in_place_by_hand_is_put_on_record(record: RecordOnDisk) -> None:
    backup = Path(backed_up(record))
    record.write(2)
    store = record.directory / "ledger-sandbox.sqlite3"
    store.write_bytes((backup / store.name).read_bytes())
    assert record.run("ledger", "verify").code == 1
    assert record.run("ledger", "restore").code == 3
    question, ended = asked(record, "ledger", "restore")
    assert "has 2 events" in question
    assert "At least 4 events after that are missing" in question
    assert ended.code == 0
    verified = record.run("ledger", "verify")
    assert verified.code == 0
    assert "At least 4 events after that are missing" in verified.words
    assert stopped(record)["caps_closed_since"]


def test_without_a_ledger_in_place_there_is_nothing_to_put_on_record(tmp_path: Path) -> None:
    ended = RecordOnDisk(tmp_path / "state").run("ledger", "restore")
    assert ended.code == 2
    assert "there is no ledger in place" in ended.err
