"""The end of the input: what is at the dialer is answered and recorded before the server ends."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from _support.conversations import each_era
from _support.stdio_lines import Spoken, spoken
from _support.terminals import run
from _support.timeouts import TIMEOUT

NUMBER = "3055550199"


def wait_for_the_dialer(server: Spoken, sandbox: Path) -> None:
    """Wait until the dialer has the write; its answer is late."""
    while not (sandbox.exists() and is_on_the_list(sandbox)):
        assert server.process.poll() is None
        time.sleep(0.01)


def is_on_the_list(sandbox: Path) -> bool:
    with closing(sqlite3.connect(f"file:{sandbox}?mode=ro", uri=True)) as db:
        try:
            return db.execute("SELECT 1 FROM dnc WHERE number = ?", [NUMBER]).fetchone() is not None
        except sqlite3.OperationalError:
            return False  # It is being made.


def last_answers(server: Spoken) -> list[Any]:
    out, _ = server.process.communicate(timeout=TIMEOUT)
    return [json.loads(line) for line in out.splitlines()]


@each_era
def test_a_write_that_is_at_the_dialer_is_answered_and_recorded(era: str, tmp_path: Path) -> None:
    kept = {"SANDBOX_FILE": str(tmp_path / "s.db"), "STATE_DIR": str(tmp_path / "state")}
    with spoken(SANDBOX_FAULTS="*=delay:3.5*9", **kept) as server:
        server.ask(era, 1, "tools/call", name="insert_dnc", arguments={"number": NUMBER})
        wait_for_the_dialer(server, tmp_path / "s.db")
        (answer,) = last_answers(server)
        assert server.process.returncode == 0

    assert (answer["id"], answer["result"]["structuredContent"]["outcome"]) == (1, "done")
    entry = json.loads(run("history", "--json", SANDBOX="1", **kept).out)
    assert (entry["tool"], entry["outcome"]) == ("insert_dnc", "done")


@each_era
def test_a_write_that_the_dialer_never_answers_ends_within_its_time(
    era: str, tmp_path: Path
) -> None:
    kept = {"SANDBOX_FILE": str(tmp_path / "s.db"), "STATE_DIR": str(tmp_path / "state")}
    times = {"WRITE_SECONDS": "3", "SEARCH_SECONDS": "1"}
    with spoken(SANDBOX_FAULTS="*=delay:3600*9", **times, **kept) as server:
        server.ask(era, 1, "tools/call", name="insert_dnc", arguments={"number": NUMBER})
        wait_for_the_dialer(server, tmp_path / "s.db")
        (answer,) = last_answers(server)
        assert server.process.returncode == 0

    assert (answer["id"], answer["result"]["structuredContent"]["outcome"]) == (1, "unknown")


def test_a_call_that_waits_for_a_person_is_not_waited_for(tmp_path: Path) -> None:
    with spoken(STATE_DIR=str(tmp_path)) as server:
        arguments = {"number": "2125550104"}
        server.ask("legacy", 1, "tools/call", name="delete_dnc", arguments=arguments)
        server.answers()
        (answer,) = last_answers(server)
        assert (answer["id"], answer["error"]["message"]) == (1, "Connection closed")
        assert server.process.returncode == 0
