"""Serving the page on a port of loopback, until it is told to stop."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

import anyio
import uvicorn
from starlette.types import ASGIApp

from chasedata_mcp.errors import SettingsError

HOST: Final = "127.0.0.1"
_LAST_PORT: Final = 65_535
_GRACE_SECONDS: Final = 2


def listening(port: int) -> socket.socket:
    """A socket that listens on a port of this machine; 0 takes one that is free.

    Raises:
        SettingsError: The port can't be had.
    """
    if not 0 <= port <= _LAST_PORT:
        raise SettingsError(f"port {port} can't be had: ports go from 0 to {_LAST_PORT}")
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"port {port} can't be had: {reason}") from None


def address_of(listening: socket.socket) -> str:
    """`http://127.0.0.1:8766`."""
    return f"http://{HOST}:{listening.getsockname()[1]}"


async def serve(
    app: ASGIApp, listening: socket.socket, on_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until a signal comes or it is cancelled; what is under way is let finish."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    on_ready()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        with anyio.CancelScope(shield=True):
            await serving
        raise
