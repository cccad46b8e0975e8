"""A client that can't ask: its result's command, typed word for word in a shell of no settings."""

import json
import os
import re
import select
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult

from _support.forks import forking_python
from _support.timeouts import TIMEOUT

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's"),
]
NUMBER = "2125550104"
CALL = {"number": NUMBER}
_SERVER = """
import itertools, sys
from dataclasses import replace
import anyio
from mcp.server.stdio import stdio_server
from chasedata_mcp.app.composition import opened
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import server_context_of
from chasedata_mcp.settings import load_settings

async def serve(settings):
    '''As it is served, but that half a minute is over at each look.'''
    sys.executable = sys.argv.pop(1)  # what is beside it is what a person is told to type
    times = itertools.count(0, 30)
    async with opened(settings) as way:
        site = server_context_of(way, settings)
        hurried = replace(site.out_of_band, clock=lambda: next(times))
        server = build(way.pipeline, caller_of("root"), replace(site, out_of_band=hurried))
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

anyio.run(serve, load_settings(**({"sandbox": True} if "--sandbox" in sys.argv else {})))
"""


def shell(home: Path) -> dict[str, str]:
    """What a new terminal has: a home and a path, and no setting of anything."""
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


@asynccontextmanager
async def assistant(home: Path, *words: str, **settings: str) -> AsyncIterator[Client]:
    """A client that can't ask, with a server that a host started, with the host's settings."""
    env = shell(home) | {f"CHASEDATA_{name}": text for name, text in settings.items()}
    python = forking_python()
    server = StdioServerParameters(
        command=python, args=["-c", _SERVER, python, *words], env=env, cwd=str(home)
    )
    async with Client(server) as connected:
        yield connected


async def told(connected: Client) -> dict[str, Any]:
    result = await connected.call_tool("delete_dnc", dict(CALL))
    assert isinstance(result, CallToolResult)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def typed(command: str, env: Mapping[str, str], *lines: str) -> str:
    """What a command shows at a terminal where a person types these lines at its questions."""
    ours, theirs = os.openpty()
    words = shlex.split(command)
    with subprocess.Popen(  # noqa: S603 - as a person copies it
        words, env=env, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd="/"
    ) as process:
        os.close(theirs)
        shown, answers = b"", list(lines)
        while select.select([ours], [], [], TIMEOUT)[0]:
            try:
                shown += os.read(ours, 1024)
            except OSError:  # the other end is closed
                break
            if answers and shown.rstrip().endswith(b":"):
                os.write(ours, f"{answers.pop(0)}\n".encode())
                shown += b"\n"
    os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


@pytest.mark.parametrize("words", [("--sandbox",), ("--sandbox", "elsewhere"), ("file",)])
async def test_the_command_of_the_result_works_word_for_word_and_the_call_goes_through_once(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    settings = {
        ("--sandbox",): {},
        ("--sandbox", "elsewhere"): {"STATE_DIR": str(tmp_path / "a place")},
        ("file",): {"SANDBOX": "1", "SANDBOX_FILE": str(tmp_path / "dialer.db")},
    }[words]
    flags = [word for word in words if word == "--sandbox"]
    async with assistant(home, *flags, **settings) as connected:
        first = await told(connected)
        assert first["code"] == "needs_confirmation"
        found = re.search(r"`([^`]+)` in a terminal", first["hint"])
        assert found is not None
        shown = await anyio.to_thread.run_sync(typed, found[1], shell(home), "212-555-0104")
        assert "Let the dialer call 212-555-0104 again?" in " ".join(shown.split())
        assert "The assistant's call has ended meanwhile" in " ".join(shown.split())
        assert (await told(connected))["outcome"] == "done"
        assert (await told(connected))["code"] == "needs_confirmation"
    assert "CHASEDATA_" not in first["hint"] + first["message"]


async def test_without_a_code_what_waits_is_listed_with_what_to_type(tmp_path: Path) -> None:
    async with assistant(tmp_path, "--sandbox") as connected:
        code = (await told(connected))["approval_code"]
        listed = run(tmp_path, "approve")
        assert "SANDBOX" in listed
        assert f"approve {code} --sandbox" in listed
        assert f"approve {code} --sandbox" in run(tmp_path, "approve", "--sandbox")
        live = {"CHASEDATA_TOKEN": "T0K3N-0F-MINE", "CHASEDATA_ACCID": "acme"}
        there = run(tmp_path, "approve", **live)
    assert "No question is open." in there
    assert re.search(r"1 question waits in the sandbox: \S+ approve --sandbox", there)


async def test_several_programs_share_one_sandbox_and_reset_waits_for_all_of_them(
    tmp_path: Path,
) -> None:
    call = ("call", "insert_dnc", "--number", "9545550101", "--sandbox", "--json")
    async with assistant(tmp_path, "--sandbox") as connected:
        assert json.loads(run(tmp_path, *call))["outcome"] == "done"
        result = await connected.call_tool("list_history", {})
        assert isinstance(result, CallToolResult)
        assert result.structured_content is not None
        [entry] = result.structured_content["entries"]
        assert entry["tool"] == "insert_dnc"
        ended = ran(tmp_path, "sandbox", "reset")
        assert (ended.returncode, "in use" in ended.stderr) == (2, True)
    assert "as new" in run(tmp_path, "sandbox", "reset")
    assert run(tmp_path, "history", "--sandbox", "--json") == ""


def ran(home: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A command in a shell of its own."""
    return subprocess.run(  # noqa: S603 - our own command
        [forking_python(), "-m", "chasedata_mcp", *words],
        env=shell(home) | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )


def run(home: Path, *words: str, **settings: str) -> str:
    ended = ran(home, *words, **settings)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
