"""What only a real terminal shows: questions are asked there, and Ctrl-C ends the waiting."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from _support.terminals import at_a_terminal, press_ctrl_c, read_until, run
from _support.timeouts import TIMEOUT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")


def test_a_question_is_asked_at_the_terminal_and_a_right_answer_does_it() -> None:
    words = ("call", "delete_dnc", "--number", "2125550104", "--sandbox", "--json")
    with at_a_terminal(*words) as (process, ours):
        shown = read_until(ours, "anything else leaves it: ")
        os.write(ours, b"212-555-0104\n")
        out, _ = process.communicate(timeout=TIMEOUT)

    assert "Let the dialer call 212-555-0104 again?" in shown
    assert json.loads(out)["outcome"] == "done"
    assert process.returncode == 0


def test_ctrl_c_at_a_question_ends_with_130() -> None:
    with at_a_terminal("call", "delete_dnc", "--number", "2125550104", "--sandbox") as (
        process,
        ours,
    ):
        read_until(ours, "anything else leaves it: ")
        press_ctrl_c(process)
        told = read_until(ours, "Nothing was sent.")
        out, _ = process.communicate(timeout=TIMEOUT)

    assert "Traceback" not in told
    assert (process.returncode, out) == (130, "")


def test_a_question_that_was_left_with_ctrl_c_is_on_record(tmp_path: Path) -> None:
    kept = {"SANDBOX": "1", "STATE_DIR": str(tmp_path)}
    with at_a_terminal("call", "delete_dnc", "--number", "2125550104", **kept) as (process, ours):
        read_until(ours, "anything else leaves it: ")
        press_ctrl_c(process)
        read_until(ours, "Nothing was sent.")
        process.communicate(timeout=TIMEOUT)
    entry = json.loads(run("history", "--json", **kept).out)
    assert (entry["outcome"], entry["code"]) == ("refused", "declined")
    assert entry["answered"] == "by nobody: it was left with Ctrl-C"


def test_ctrl_c_at_a_rearming_says_that_nothing_changed(tmp_path: Path) -> None:
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path)}
    assert run("freeze", **settings).code == 0
    with at_a_terminal("policy", "rearm", **settings) as (process, ours):
        read_until(ours, "anything else to leave it: ")
        press_ctrl_c(process)
        read_until(ours, "Nothing changed.")
        process.communicate(timeout=TIMEOUT)

    assert process.returncode == 130


def test_a_person_who_starts_the_server_by_hand_is_told_what_it_waits_for() -> None:
    with at_a_terminal("--sandbox") as (process, ours):
        shown = read_until(ours, "--help.")
        os.write(ours, b"\x04")
        process.wait(timeout=TIMEOUT)

    assert "waiting for an MCP client" in shown
    assert process.returncode == 0


def test_ctrl_c_ends_a_server_that_was_started_by_hand() -> None:
    with at_a_terminal("serve", "--sandbox") as (process, ours):
        read_until(ours, "--help.")
        os.write(ours, b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        assert process.stdout is not None
        process.stdout.readline()  # It serves.
        process.send_signal(signal.SIGINT)
        process.wait(timeout=TIMEOUT)

    assert process.returncode == 0
