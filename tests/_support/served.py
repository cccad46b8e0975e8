"""The whole server as a client sees it, in memory: for tests of the surfaces."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import pytest
from mcp import Client
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from _support.spelling import wire_settings
from chasedata_mcp.app.composition import opened
from chasedata_mcp.mcp_server.callers import caller_of
from chasedata_mcp.mcp_server.server import build
from chasedata_mcp.mcp_server.server_context import ServerContext, server_context_of
from chasedata_mcp.settings import load_settings
from chasedata_mcp.tools.published import load_published

SANDBOX: Final = {
    "CHASEDATA_SANDBOX": "1",
    "CHASEDATA_SANDBOX_FILE": ":memory:",
    **{f"CHASEDATA_{name}": text for name, text in wire_settings().items()},
}
TOKEN: Final = "5E55A0C2-7B1D-4F61-9C1E-2D3A4B5C6D7E"
LISTED: Final = [
    name
    for name, tool in load_published().items()
    if tool.toolset in load_settings({}).offered_toolsets
]
"""The tools that are listed where no setting says otherwise."""
LIVE: Final = {"CHASEDATA_TOKEN": TOKEN, "CHASEDATA_ACCID": "acme"}


@asynccontextmanager
async def server_of(
    environ: Mapping[str, str], **of_the_site: object
) -> AsyncIterator[Server[dict[str, object]]]:
    settings = load_settings(environ)
    async with opened(settings) as way:
        site: ServerContext = replace(server_context_of(way, settings), **of_the_site)  # type: ignore[arg-type] # a test's own
        yield build(way.pipeline, caller_of("tester"), site)


@asynccontextmanager
async def client_of(
    era: str, environ: Mapping[str, str] = SANDBOX, **of_the_site: object
) -> AsyncIterator[Client]:
    async with (
        server_of(environ, **of_the_site) as server,
        Client(server, mode=era) as client,
    ):
        yield client


@asynccontextmanager
async def refused_as_invalid() -> AsyncIterator[list[str]]:
    """Assert that the requests inside are refused with -32602; gives the messages."""
    said: list[str] = []
    with pytest.raises(MCPError) as caught:
        yield said
    assert caught.value.code == INVALID_PARAMS
    said.append(caught.value.message)
