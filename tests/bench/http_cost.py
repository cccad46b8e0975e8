"""What a small call costs over HTTP: the MCP server's, and the sandbox's on a port.

Run it as `python tests/bench/http_cost.py`; it prints the median time of a call in milliseconds.
"""

import os
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from subprocess import PIPE, Popen
from sys import executable
from tempfile import TemporaryDirectory

import anyio
import httpx

KEY = "a-key-that-nobody-guesses"
CALLS = 200
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
MCP = """
import os
from functools import partial
import anyio
from chasedata_mcp.mcp_server.http import serve_http
from chasedata_mcp.settings import load_settings
ready = lambda url: print(url, flush=True)
anyio.run(partial(serve_http, load_settings(os.environ), 0, key="{key}", on_ready=ready))
"""
SANDBOX = """
from chasedata_mcp.sandbox.standalone import serve_sandbox
serve_sandbox(0, on_ready=lambda url: print(url, flush=True))
"""


async def median(call: Callable[[], Awaitable[httpx.Response]]) -> float:
    """The median time of a call, in milliseconds.

    Raises:
        RuntimeError: A call failed.
    """
    times: list[float] = []
    for _ in range(CALLS):
        began = time.perf_counter()
        answer = await call()
        times.append(time.perf_counter() - began)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise RuntimeError(answer.text)
    return statistics.median(times) * 1000


async def of_mcp(client: httpx.AsyncClient, url: str) -> float:
    """A ping of the older era, which opens a session."""
    begin = {
        **PING,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        },
    }
    headers = {
        "authorization": f"Bearer {KEY}",
        "accept": "application/json, text/event-stream",
    }
    opened = await client.post(url, json=begin, headers=headers)
    headers["mcp-session-id"] = opened.headers["mcp-session-id"]
    return await median(partial(client.post, url, json=PING, headers=headers))


async def of_the_sandbox(client: httpx.AsyncClient, url: str) -> float:
    """A search."""
    form = {"token": "sandbox", "Action": "SearchLead", "SearchField": "LeadId"}
    address = f"{url}/HttpImport/LeadOperations.php"
    return await median(partial(client.post, address, data=form | {"Identifier": "1001"}))


Measure = Callable[[httpx.AsyncClient, str], Awaitable[float]]


async def measured(measure: Measure, url: str) -> float:
    """What a client of its own measures."""
    async with httpx.AsyncClient(trust_env=False, timeout=600) as client:
        return await measure(client, url)


def main() -> None:
    """Measure both."""
    for name, program, measure in (
        ("a ping over HTTP", MCP.format(key=KEY), of_mcp),
        ("a search in the sandbox on a port", SANDBOX, of_the_sandbox),
    ):
        with TemporaryDirectory() as place:
            sandbox = {"CHASEDATA_SANDBOX": "1", "CHASEDATA_SANDBOX_FILE": ":memory:"}
            environ = {**os.environ, **sandbox, "CHASEDATA_STATE_DIR": place}
            words = [executable, "-c", program]
            with Popen(words, stdout=PIPE, env=environ, text=True) as served:  # noqa: S603 - our own
                url = served.stdout.readline().strip() if served.stdout else ""
                print(f"{name}: {anyio.run(measured, measure, url):.2f} ms")  # noqa: T201 - a report
                served.terminate()


if __name__ == "__main__":
    main()
