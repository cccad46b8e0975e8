"""Uvicorn on a loopback socket with bounds on connections: the one way to serve HTTP here."""

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
from typing_extensions import override

from chasedata_mcp.web.connections import BoundedProtocol, ConnectionLimits, OpenConnections
from chasedata_mcp.web.log_lines import LineLimit

_MOST_OPEN: Final = 256
_MOST_AT_ONCE: Final = 32
_QUEUE: Final = 128
_DEFAULT_FILES: Final = 1024
_LINE_LIMIT: Final = LineLimit()


class BoundedServer(uvicorn.Server):
    """A uvicorn server that accepts few connections at once, and lets more of them queue."""

    @override
    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio takes `backlog` for two things: the queue, and the connections accepted at once.
        # The second has to be small, since files run out else (tests/web/test_web_floods.py).
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
        app: The app to serve.
        grace_seconds: The time that requests under way get once the server stops.
        lifespan: "on" where the app has to know of the start and the end.
        protocol: The class that speaks HTTP on a connection.
        limits: The bounds on connections; by default a share of the files that may be open.
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
            # Logs are set up by the program; access lines would hold addresses with secret parts.
            log_config=None,
            access_log=False,
            server_header=False,
            # Nothing stands in front on loopback: X-Forwarded-* is a client's own word.
            proxy_headers=False,
            # A connection that makes room stays open for some turns of the event loop: beyond the
            # limit as many files are needed as connections are accepted at once.
            backlog=max(1, min(_MOST_AT_ONCE, files // 16)),
            timeout_graceful_shutdown=grace_seconds,
        )
    )


async def serve(
    server: BoundedServer, listening: socket, on_ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until a signal comes or it is cancelled; requests under way may finish."""
    on_ready()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        # Cancelling uvicorn itself would cut off a write that the dialer may have done already.
        server.should_exit = True
        with anyio.CancelScope(shield=True):
            await serving
        raise


def _open_files() -> int:
    """Read the number of files, and so of connections, that this process may have open."""
    if sys.platform == "win32":
        return _DEFAULT_FILES
    import resource  # noqa: PLC0415 - there is none on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _DEFAULT_FILES if soft == resource.RLIM_INFINITY else soft
