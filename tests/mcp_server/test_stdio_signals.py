"""Signals end the server as the end of its input does, while the input stays open."""

import json
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from _support.stdio_lines import Spoken, spoken
from _support.terminals import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX's")
ENDING = pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
NUMBER = "3055550199"


def insert(server: Spoken) -> None:
    server.send("tools/call", 1, name="insert_dnc", arguments={"number": NUMBER})


def is_on_the_list(sandbox: Path) -> bool:
    """Whether the dialer has done it; its answer is late."""
    if not sandbox.exists():
        return False
    with closing(sqlite3.connect(f"file:{sandbox}?mode=ro", uri=True)) as db:
        try:
            return db.execute("SELECT 1 FROM dnc WHERE number = ?", [NUMBER]).fetchone() is not None
        except sqlite3.OperationalError:
            return False  # It is being made.


def sent(server: Spoken, sandbox: Path) -> None:
    """Make a write, and wait for the dialer to have it."""
    server.initialize()
    insert(server)
    while not is_on_the_list(sandbox):
        assert server.process.poll() is None
        time.sleep(0.01)


@ENDING
def test_a_signal_ends_an_idle_server_without_a_word(ending: signal.Signals) -> None:
    with spoken() as server:
        server.initialize()
        server.process.send_signal(ending)
        assert server.wait() == 0
        assert server.end() == (0, "")


@ENDING
def test_a_signal_ends_a_server_that_has_been_asked_nothing(ending: signal.Signals) -> None:
    with spoken() as server:
        server.answers()
        server.process.send_signal(ending)
        assert server.wait() == 0


@ENDING
def test_a_write_that_was_sent_is_answered_and_recorded_as_it_ended(
    tmp_path: Path, ending: signal.Signals
) -> None:
    kept = {"SANDBOX_FILE": str(tmp_path / "s.db"), "STATE_DIR": str(tmp_path / "state")}
    with spoken(SANDBOX_FAULTS="*=delay:1.5*9", **kept) as server:
        sent(server, tmp_path / "s.db")
        server.process.send_signal(ending)
        assert server.wait() == 0
        assert server.answer()["result"]["structuredContent"]["outcome"] == "done"

    entry = json.loads(run("history", "--json", SANDBOX="1", **kept).out)
    assert (entry["tool"], entry["outcome"]) == ("insert_dnc", "done")


def test_a_call_that_waits_for_a_person_does_not_keep_the_server(tmp_path: Path) -> None:
    with spoken(STATE_DIR=str(tmp_path)) as server:
        server.initialize()
        server.send("tools/call", 1, name="delete_dnc", arguments={"number": "2125550104"})
        server.answers()
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0


def test_a_second_signal_ends_it_at_once_whatever_is_under_way(tmp_path: Path) -> None:
    kept = {"SANDBOX_FILE": str(tmp_path / "s.db"), "STATE_DIR": str(tmp_path / "state")}
    with spoken(SANDBOX_FAULTS="*=delay:3600*9", WRITE_SECONDS="120", **kept) as server:
        sent(server, tmp_path / "s.db")
        while server.process.poll() is None:
            server.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        assert server.wait() == -signal.SIGINT


def test_a_client_that_reads_nothing_does_not_keep_the_server() -> None:
    with spoken() as server:
        server.initialize()
        for number in range(50):
            server.send("tools/list", number)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 0
