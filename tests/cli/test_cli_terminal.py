"""What only a real terminal shows: questions are asked there, and Ctrl-C ends the waiting."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from terminals import SERVER, environment, plain, press_ctrl_c

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")


@contextmanager
def at_a_terminal(*words: str) -> "Generator[tuple[subprocess.Popen[str], int]]":
    """A command whose standard input and error are a terminal, and the terminal's other end."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*SERVER, *words],
        env=environment(),
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    os.close(theirs)
    try:
        with process:
            yield process, ours
    finally:
        process.kill()
        os.close(ours)


def read_until(ours: int, text: str) -> str:
    shown = ""
    while text not in shown:
        readable, _, _ = select.select([ours], [], [], 30)
        assert readable, f"nothing more came after {shown!r}"
        shown += plain(os.read(ours, 1024).decode())
    return shown


def test_a_question_is_asked_at_the_terminal_and_a_right_answer_does_it() -> None:
    words = ("call", "delete_dnc", "--number", "2125550104", "--sandbox", "--json")
    with at_a_terminal(*words) as (process, ours):
        shown = read_until(ours, "anything else leaves it: ")
        os.write(ours, b"212-555-0104\n")
        out, _ = process.communicate(timeout=30)

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
        out, _ = process.communicate(timeout=30)

    assert (process.returncode, out) == (130, "")


def test_a_person_who_starts_the_server_by_hand_is_told_what_it_waits_for() -> None:
    with at_a_terminal("--sandbox") as (process, ours):
        shown = read_until(ours, "--help.")
        os.write(ours, b"\x04")
        process.wait(timeout=30)

    assert "waiting for an MCP client" in shown
    assert process.returncode == 0


def test_ctrl_c_ends_a_server_that_was_started_by_hand_at_once() -> None:
    with at_a_terminal("serve", "--sandbox") as (process, ours):
        read_until(ours, "--help.")
        press_ctrl_c(process)

    assert process.returncode == -signal.SIGINT
