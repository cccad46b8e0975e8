"""The server over Streamable HTTP on a real port, and clients of it with a key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import anyio
import httpx2
from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.client.streamable_http import streamable_http_client

from _support.served import SANDBOX
from _support.timeouts import TIMEOUT
from chasedata_mcp.mcp_server.http import serve_http
from chasedata_mcp.mcp_server.http_keys import HttpKeys
from chasedata_mcp.settings import load_settings

KEY = "a-key-that-nobody-guesses"


@asynccontextmanager
async def serving(
    environ: Mapping[str, str] = SANDBOX,
    key: str | None = KEY,
    named: HttpKeys | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[str]:
    """The address of a server that runs as long as what is inside."""
    listening = anyio.Event()
    address: list[str] = []

    def ready(url: str) -> None:
        address.append(url)
        listening.set()

    settings = load_settings(environ)
    serve = partial(serve_http, settings, 0, key=key, named=named, host=host, on_ready=ready)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        await listening.wait()
        yield address[0]
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def connected(
    url: str, era: str, person: ElicitationFnT | None = None, key: str | None = KEY
) -> AsyncIterator[Client]:
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(timeout=TIMEOUT, headers=headers, trust_env=False) as pool,
        Client(
            streamable_http_client(url, http_client=pool), mode=era, elicitation_callback=person
        ) as client,
    ):
        yield client
