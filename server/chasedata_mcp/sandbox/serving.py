"""The sandbox on a port of loopback, for any program on this machine."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from chasedata_mcp.sandbox import store
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.endpoint import DROP
from chasedata_mcp.sandbox.faults import Fault, Faults

LOOPBACK: Final = "127.0.0.1"

# A long delay that was set as a fault doesn't keep the server from ending.
_GRACE_SECONDS: Final = 1


def serve(
    port: int,
    path: str | Path | None = None,
    *,
    faults: Sequence[Fault] = (),
    on_ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the sandbox until it is interrupted.

    Args:
        port: The port of 127.0.0.1; 0 takes one that is free.
        path: A file for the state; without it the state is in memory and ends with the server.
        faults: What goes wrong on purpose from the beginning.
        on_ready: Called with the address, `http://127.0.0.1:8080`, once connections are taken.

    Raises:
        OSError: The port is taken or may not be used.
        ValueError: The file holds something other than a sandbox's state.
    """
    dialer = SandboxDialer(store.IN_MEMORY if path is None else path)
    try:
        with socket.create_server((LOOPBACK, port)) as listening:
            on_ready(address(listening))
            with suppress(KeyboardInterrupt):
                server_for(create_app(dialer, faults=Faults(faults))).run([listening])
    finally:
        dialer.close()


def address(listening: socket.socket) -> str:
    """Give the address of a listening socket."""
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


def server_for(app: ASGIApp) -> uvicorn.Server:
    """Make a server that can drop a connection; run it on a socket that listens on loopback."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Droppable,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        ),
    )


class _Droppable(H11Protocol):
    """Gives each request the means to end its connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _with_drop(self.app, transport.abort)


def _with_drop(app: ASGIApp, drop: Callable[[], None]) -> ASGIApp:
    async def handed_on(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DROP] = drop
        await app(scope, receive, send)

    return handed_on
