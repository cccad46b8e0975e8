"""Uvicorn as every server of ours runs it: on a socket of loopback, with bounds."""

import asyncio
import logging
import sys
from collections.abc import Callable
from functools import partial
from socket import socket
from typing import Any, Final, Literal

import anyio
import uvicorn
from starlette.types import ASGIApp

from chasedata_mcp.web.connections import BoundedProtocol, ConnectionLimits, OpenConnections
from chasedata_mcp.web.log_lines import LineLimit

_MOST_OPEN: Final = 256
_MOST_AT_ONCE: Final = 32
_QUEUE: Final = 128
_FILES_WHERE_UNSAID: Final = 1024
_LINE_LIMIT: Final = LineLimit()


class BoundedServer(uvicorn.Server):
    """A server that takes in few connections at once, and lets more of them queue."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start; asyncio takes `backlog` for both, the queue and how many it takes at once."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(_QUEUE)


def server_for(
    app: ASGIApp,
    *,
    grace_seconds: int,
    lifespan: Literal["on", "off"] = "off",
    protocol: type[BoundedProtocol] = BoundedProtocol,
    limits: ConnectionLimits | None = None,
) -> BoundedServer:
    """Make a server; run it on a socket that `listen` made.

    Args:
        app: What is served.
        grace_seconds: How long what is under way may take once the server is told to stop.
        lifespan: Whether the app is told of the start and the end.
        protocol: What speaks HTTP on a connection.
        limits: The bounds on connections; what this process can have open, if not given.
    """
    for logger in ("asyncio", "uvicorn.error"):
        logging.getLogger(logger).addFilter(_LINE_LIMIT)
    files = _open_files()
    among = OpenConnections(limits or ConnectionLimits(min(_MOST_OPEN, files // 4)))
    bounded: Any = partial(protocol, among=among)
    return BoundedServer(
        uvicorn.Config(
            app,
            http=bounded,
            ws="none",
            lifespan=lifespan,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # Some turns of the event loop pass until one that makes room is closed.
            backlog=max(1, min(_MOST_AT_ONCE, files // 16)),
            timeout_graceful_shutdown=grace_seconds,
        )
    )


async def serve(
    server: BoundedServer, listening: socket, on_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until a signal comes or it is cancelled; what is under way is let finish."""
    on_ready()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        with anyio.CancelScope(shield=True):
            await serving
        raise


def _open_files() -> int:
    """How many files, and so connections, this process may have open."""
    if sys.platform == "win32":
        return _FILES_WHERE_UNSAID
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _FILES_WHERE_UNSAID if soft == resource.RLIM_INFINITY else soft
