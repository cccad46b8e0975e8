"""The server over standard input and output, as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import ElicitRequestParams, ElicitResult

from _support.conversations import each_era
from _support.served import LISTED, SANDBOX
from _support.terminals import unmeasured
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.machine_user import machine_user

pytestmark = pytest.mark.anyio
SERVE = """
import anyio, sys
from chasedata_mcp.settings import load_settings
from chasedata_mcp.mcp_server.stdio import serve_stdio
anyio.run(serve_stdio, load_settings())
"""


def environment(**settings: str) -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith("CHASEDATA_")}
    return unmeasured(own) | settings  # forked servers do the same, and are measured


def run(program: str, sent: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this file's own programs
        [sys.executable, "-c", program],
        input=sent,
        capture_output=True,
        encoding="utf-8",
        env=environment(**settings),
        timeout=TIMEOUT,
        check=False,
    )


async def types_the_number(
    context: ClientRequestContext,  # noqa: ARG001 - the SDK's signature
    params: ElicitRequestParams,  # noqa: ARG001 - as above
) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirm": "9545550101"})


@each_era
async def test_a_client_works_over_stdio(era: str) -> None:
    program = StdioServerParameters(
        command=sys.executable, args=["-c", SERVE], env=environment(**SANDBOX)
    )
    async with Client(
        stdio_client(program), mode=era, elicitation_callback=types_the_number
    ) as client:
        assert (client.instructions or "").startswith("This is a SANDBOX")
        assert len((await client.list_tools()).tools) == len(LISTED)
        sought = {"search_field": "client_id", "identifier": "WEB-1001"}
        found = await client.call_tool("search_lead", sought)
        assert (found.structured_content or {})["found"] is True
        deleted = await client.call_tool("delete_dnc", {"number": "954-555-0101"})
        assert (deleted.structured_content or {})["outcome"] == "done"


def test_it_ends_with_its_input_and_writes_nothing_that_was_not_asked_for() -> None:
    ended = run(SERVE, CHASEDATA_LOG_LEVEL="debug", **SANDBOX)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_nothing_but_the_protocol_is_on_standard_output() -> None:
    noisy = SERVE.replace("anyio.run", "import logging; logging.error('loud'); anyio.run")
    discover = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        '"capabilities":{},"clientInfo":{"name":"c","version":"1"}}}\n'
    )
    ended = run(noisy, "this is no message\n" + discover, **SANDBOX)
    lines = ended.stdout.splitlines()
    assert lines
    assert all(line.startswith('{"jsonrpc":"2.0"') for line in lines)
    assert "loud" in ended.stderr


@pytest.mark.parametrize("error", [OSError, KeyError, ImportError])
def test_a_machine_that_knows_no_user_has_a_name_all_the_same(error: type[Exception]) -> None:
    def unknown() -> NoReturn:
        raise error

    asked: Callable[[], str] = unknown
    assert machine_user(asked) == "unknown user"


def test_the_machines_user_is_named() -> None:
    assert machine_user(lambda: "dana") == "dana"
