"""The sandbox on a real port."""

import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest

from _support.timeouts import TIMEOUT, pass_time
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Faults, parse_faults
from chasedata_mcp.sandbox.standalone import dropping_server, serve_sandbox
from chasedata_mcp.web.sockets import address_of, listen

pytestmark = pytest.mark.anyio

NUMBER = {"Action": "InsertDnc", "Number": "9545550101"}
SCRIPT = "/HttpImport/LeadOperations.php"


def numbers(dialer: SandboxDialer) -> list[str]:
    """What is on the do-not-call list."""
    return [row["number"] for row in dialer.state()["dnc"]]


@asynccontextmanager
async def served(dialer: SandboxDialer, faults: Faults) -> AsyncGenerator[httpx.AsyncClient]:
    with listen(0) as listening:
        server = dropping_server(create_app(dialer, faults=faults))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, [listening])
            async with httpx.AsyncClient(timeout=TIMEOUT, base_url=address_of(listening)) as client:
                yield client
            server.should_exit = True


async def test_the_sandbox_answers_and_drops_on_a_port(
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    faults = Faults()
    async with served(dialer, faults) as client:
        reply = await client.post(SCRIPT, data=signed | NUMBER)
        assert (reply.status_code, reply.text) == (200, "<br><br>Result:  OK")
        assert (await client.get("/sandbox/")).status_code == 200
        taken_off = signed | NUMBER | {"Action": "DeleteDnc"}
        for text, still_there in (("*=drop", True), ("*=drop_after", False)):
            faults.add(parse_faults(text))
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await client.post(SCRIPT, data=taken_off)
            assert (NUMBER["Number"] in numbers(dialer)) is still_there
        faults.add(parse_faults("*=status:503"))
        assert (await client.post(SCRIPT, data=signed | NUMBER)).status_code == 503


async def test_an_answer_on_a_port_comes_too_late_and_the_work_is_done(
    dialer: SandboxDialer,
    signed: dict[str, str],
) -> None:
    async with served(dialer, Faults(parse_faults("*=delay:3000"))) as client:

        async def impatient() -> None:
            with pytest.raises(httpx.ReadTimeout):
                await client.post(SCRIPT, data=signed | NUMBER)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(impatient)
            while NUMBER["Number"] not in numbers(dialer):  # noqa: ASYNC110 - it comes by the port
                await anyio.sleep(0.001)
            pass_time()


async def test_a_request_with_another_host_is_refused_on_a_port(dialer: SandboxDialer) -> None:
    async with served(dialer, Faults()) as client:
        reply = await client.get("/sandbox/state.json", headers={"host": "evil.example"})
        assert reply.status_code == 403


def test_a_port_that_is_taken_is_an_error() -> None:
    with listen(0) as listening, pytest.raises(SettingsError, match="can't be used"):
        serve_sandbox(listening.getsockname()[1])


SERVE = """
import sys
from chasedata_mcp.sandbox.faults import parse_faults
from chasedata_mcp.sandbox.standalone import serve_sandbox

faults = parse_faults("InjectLead.php=status:418")
serve_sandbox(0, sys.argv[1], faults=faults, on_ready=lambda url: print(url, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="another process is interrupted by a signal")
def test_serving_tells_its_address_and_ends_when_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with subprocess.Popen(  # noqa: S603 - our own words to our own interpreter
        [sys.executable, "-c", SERVE, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as served:
        assert served.stdout is not None
        url = served.stdout.readline().strip()
        assert httpx.get(f"{url}/HttpImport/InjectLead.php", timeout=TIMEOUT).status_code == 418
        assert httpx.get(f"{url}/sandbox/names.json", timeout=TIMEOUT).json()["campaigns"]
        served.send_signal(signal.SIGINT)
        _, complaints = served.communicate(timeout=TIMEOUT)
    assert (served.returncode, complaints) == (0, "")
    assert path.exists()
