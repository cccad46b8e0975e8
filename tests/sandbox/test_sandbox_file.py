"""The state in a file."""

import json
import sqlite3
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.dialer import SandboxDialer, utc_now

OK = "<br><br>Result:  OK"


@contextmanager
def opened(path: Path, busy_seconds: float = 5.0) -> Generator[SandboxDialer]:
    with closing(SandboxDialer(path, busy_seconds=busy_seconds)) as dialer:
        yield dialer


def ask(dialer: SandboxDialer, script: str, **sent: str) -> str:
    return answer(dialer, script, {"token": TOKEN, "accid": ACCID} | sent)


def insert(dialer: SandboxDialer, phone: str) -> str:
    return ask(dialer, "InjectLead.php", Campaign="Solar", PrimaryPhone=phone)


def test_a_file_keeps_the_state(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with opened(path) as dialer:
        assert insert(dialer, "9545550171") == OK
        before = dialer.state()
    with opened(path) as dialer:
        assert dialer.state() == before
        dialer.reset()
        assert len(dialer.state()["leads"]) == len(before["leads"]) - 1
    with opened(path) as dialer:
        assert len(dialer.state()["leads"]) == len(before["leads"]) - 1


@pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there")
def test_nobody_else_reads_the_file_and_another_programs_keeps_its_mode(tmp_path: Path) -> None:
    path, another = tmp_path / "sandbox.db", tmp_path / "notes.db"
    for _ in range(2):
        with opened(path) as dialer:
            assert insert(dialer, "9545550171")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
    with closing(sqlite3.connect(another)) as db:
        db.execute("CREATE TABLE notes (text)")
    another.chmod(0o644)
    with pytest.raises(ValueError, match="is not the state"), opened(another):
        pass
    assert stat.S_IMODE(another.stat().st_mode) == 0o644


def test_two_dialers_on_one_file_see_each_others_writes(tmp_path: Path) -> None:
    with opened(tmp_path / "sandbox.db") as one, opened(tmp_path / "sandbox.db") as other:
        assert insert(one, "9545550171") == OK
        assert "Duplicated" in insert(other, "9545550171")
        assert insert(other, "9545550172") == OK
        assert one.state() == other.state()
        other.reset()
        sent = {"Action": "SearchLead", "SearchField": "Phone", "Identifier": "9545550172"}
        assert json.loads(ask(one, "LeadOperations.php", **sent))["LeadExists"] is False
        assert insert(one, "9545550171") == OK


def test_a_file_that_another_holds_is_a_refusal_that_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with opened(path, busy_seconds=0) as dialer, closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        said = insert(dialer, "9545550171")
        assert said == "<br><br>Result: CURL error[500]: The sandbox's file is in use."
        other.execute("ROLLBACK")
        assert insert(dialer, "9545550171") == OK


def test_a_reader_that_holds_the_file_undoes_a_write(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with opened(path, busy_seconds=0) as dialer, closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN")
        other.execute("SELECT * FROM leads").fetchone()
        assert "in use" in insert(dialer, "9545550171")
        other.execute("ROLLBACK")
        assert insert(dialer, "9545550171") == OK


def a_text_file(path: Path) -> None:
    path.write_text("customers, do not lose\n" * 100)


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE leads (id INTEGER)")


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [a_text_file, another_database, a_folder])
def test_a_file_of_something_else_is_refused_and_left_alone(
    tmp_path: Path,
    make: Callable[[Path], None],
) -> None:
    path = tmp_path / "precious"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(ValueError, match="precious"):
        SandboxDialer(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_new_file_that_another_holds_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError):
            SandboxDialer(path, busy_seconds=0)


def test_the_clock_has_a_zone() -> None:
    assert utc_now().tzinfo is not None
