"""Every server of ours, with few files to open, among more connections than it may have."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from _support.timeouts import TIMEOUT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a process has no such limit")
KEY = "a-key-that-nobody-guesses"
FEW = """
import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
from functools import partial
import anyio
say = partial(print, flush=True)
"""
MCP = """
from chasedata_mcp.mcp_server.http import serve_http
from chasedata_mcp.settings import load_settings
found = load_settings(os.environ)
anyio.run(partial(serve_http, found, 0, key="a-key-that-nobody-guesses", on_ready=say))
"""
APPROVALS = """
from chasedata_mcp.cli.approvals import choose_subject, serve_page
from chasedata_mcp.cli.local_ledgers import find_ledgers
from chasedata_mcp.web.sockets import address_of, listen

async def main(bound):
    at = find_ledgers(environ=os.environ)
    await serve_page(at, await choose_subject(at, None, sandbox=True), bound)

with listen(0) as bound:
    say(address_of(bound) + "/approvals")
    anyio.run(main, bound)
"""
SANDBOX = """
from chasedata_mcp.sandbox.standalone import serve_sandbox
serve_sandbox(0, on_ready=lambda address: say(address + "/sandbox/names.json"))
"""
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPTS = {"accept": "application/json, text/event-stream"}
BEARER = {"authorization": f"Bearer {KEY}", **ACCEPTS}
INITIALIZE = {
    **PING,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "flooded", "version": "1"},
    },
}


@contextmanager
def running(program: str, place: Path) -> Generator[tuple[str, Path]]:
    """The address of a server of its own process, and the file with what it logs."""
    environ = {**os.environ, "CHASEDATA_SANDBOX": "1", "CHASEDATA_STATE_DIR": str(place / "state")}
    log = place / "log.txt"
    with (
        log.open("w") as stderr,
        subprocess.Popen(  # noqa: S603 - our own words to our own interpreter
            [sys.executable, "-c", FEW + program],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environ,
            text=True,
        ) as served,
    ):
        assert served.stdout is not None
        try:
            yield served.stdout.readline().strip(), log
        finally:
            served.terminate()


def connected(address: httpx.URL) -> socket.socket:
    return socket.create_connection((address.host, address.port or 80), timeout=TIMEOUT)


@pytest.mark.parametrize(
    ("program", "sent"),
    [(MCP, INITIALIZE), (APPROVALS, None), (SANDBOX, None)],
    ids=["MCP", "approvals", "sandbox"],
)
def test_who_asks_is_answered_and_the_log_stays_short(
    tmp_path: Path, program: str, sent: Mapping[str, object] | None
) -> None:
    with running(program, tmp_path) as (url, log), ExitStack() as idle:
        address = httpx.URL(url)
        for _ in range(3):
            for _ in range(160):
                idle.enter_context(connected(address)).sendall(b"POST / HT")
            for _ in range(3):
                # A client that asks has its answer in the end, however many say nothing.
                with httpx.Client(trust_env=False, timeout=TIMEOUT) as client:
                    if sent is None:
                        answer = client.get(address)
                    else:
                        answer = client.post(address, json=sent, headers=BEARER)
                assert answer.status_code == 200
        assert len(log.read_text("utf-8").splitlines()) < 60
