"""The commands at a terminal of their own, on the machine's own clock."""

import os
import re
import select
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from pyotp.totp import TOTP

from _support.forks import Forked, forked
from _support.open_approvals import ACCOUNT, SHOWN, Now, open_approvals
from _support.terminals import environment, plain, press_ctrl_c
from _support.timeouts import TIMEOUT
from chasedata_mcp.approvals.page_address import announced
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.ledger import Approval, ApprovalState

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
# A shell may start what it runs in the background, tests too, with Ctrl-C switched off.
_COMMANDS = """
import signal, typer
signal.signal(signal.SIGINT, signal.default_int_handler)
from chasedata_mcp.cli import approvals, approve, second_factor
commands = typer.Typer()
for command in (approve.approve, approvals.approvals, second_factor.enroll, second_factor.remove):
    commands.command()(command)
commands()
"""


@contextmanager
def at_a_terminal(place: Path, *words: str) -> "Generator[tuple[Forked, int]]":
    """A command whose three streams are a terminal, and the terminal's other end."""
    ours, theirs = os.openpty()
    environ = environment(160, SANDBOX="1", STATE_DIR=str(place))
    process = forked(_COMMANDS, words, environ, (theirs, theirs, theirs))
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(ours: int, text: str) -> str:
    """What the terminal shows up to this text; a box's characters come in parts."""
    shown = b""
    while text not in plain(shown.decode(errors="ignore")):
        readable, _, _ = select.select([ours], [], [], TIMEOUT)
        assert readable, f"nothing more came after {shown!r}"
        shown += os.read(ours, 1024)
    return plain(shown.decode(errors="ignore"))


def write(ours: int, line: str) -> None:
    os.write(ours, f"{line}\n".encode())


async def _asked(place: Path) -> Approval:
    async with open_approvals(place, clock=Now()) as at:
        return await at.deletion()


async def _state(place: Path, asked: Approval) -> ApprovalState:
    async with open_approvals(place, clock=Now()) as at:
        return await at.state(asked)


def test_a_number_typed_at_the_terminal_approves(tmp_path: Path) -> None:
    asked = anyio.run(_asked, tmp_path)
    with at_a_terminal(tmp_path, "approve", asked.code) as (process, ours):
        assert "Let the dialer call" in read_until(ours, f"({SHOWN}):")
        write(ours, SHOWN)
        read_until(ours, "Approved.")
        assert process.wait(TIMEOUT) == 0
    assert anyio.run(_state, tmp_path, asked) is ApprovalState.GRANTED


def test_a_question_that_is_left_open_ends_with_3(tmp_path: Path) -> None:
    asked = anyio.run(_asked, tmp_path)
    with at_a_terminal(tmp_path, "approve", asked.code) as (process, ours):
        read_until(ours, f"({SHOWN}):")
        write(ours, "yes")
        read_until(ours, "no declines it:")
        write(ours, "")
        read_until(ours, "Left open.")
        assert process.wait(TIMEOUT) == 3
    assert anyio.run(_state, tmp_path, asked) is ApprovalState.ASKED


def test_ctrl_c_once_answers_nothing_and_ends_the_command(tmp_path: Path) -> None:
    asked = anyio.run(_asked, tmp_path)
    with at_a_terminal(tmp_path, "approve", asked.code) as (process, ours):
        read_until(ours, f"({SHOWN}):")
        process.send_signal(signal.SIGINT)
        read_until(ours, "Left open. Nothing was approved.")
        assert process.wait(TIMEOUT) != 0
    assert anyio.run(_state, tmp_path, asked) is ApprovalState.ASKED


def test_a_device_is_enrolled_and_removed_at_the_terminal(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, "enroll") as (process, ours):
        shown = read_until(ours, "shows now:")
        found = re.search(r"secret=([A-Z2-7]+)", shown)
        assert found is not None
        write(ours, TOTP(found[1]).now())
        read_until(ours, "Enrolled.")
        assert process.wait(TIMEOUT) == 0
    assert SecondFactor(tmp_path).enrolled
    with at_a_terminal(tmp_path, "remove") as (process, ours):
        read_until(ours, "second factor:")
        write(ours, "000000")
        read_until(ours, "nothing changed")
        assert process.wait(TIMEOUT) == 1


def test_the_page_is_served_until_ctrl_c(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, "approvals", "--port", "0") as (process, ours):
        shown = read_until(ours, "Ctrl-C ends it.")
        address = re.search(r"at (http://127\.0\.0\.1:\d+)/approvals", shown)
        assert address is not None
        assert announced(tmp_path / "sandbox", ACCOUNT) == address[1]
        press_ctrl_c(process)
    assert announced(tmp_path / "sandbox", ACCOUNT) is None
