"""A server of ours with next to nothing behind it, on a port, and what it sees of connections."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from chasedata_mcp.web.connections import BoundedProtocol, ConnectionLimits
from chasedata_mcp.web.sockets import listen
from chasedata_mcp.web.uvicorn_server import serve, server_for

KEY = b"Bearer a-key-that-nobody-guesses"
LONG = ConnectionLimits(20, header=3600, body=3600, unread=3600)
"""No time-out comes in the way of a test that is about something else."""


class Watched:
    """The sockets that a server accepted, and the requests that it was sent."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self._changed = anyio.Event()

    def sees(self, accepted: socket.socket) -> None:
        self.sockets.append(accepted)
        self._changed.set()
        self._changed = anyio.Event()

    async def made(self, number: int) -> None:
        """Wait until so many connections were made."""
        while len(self.sockets) < number:
            await self._changed.wait()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer who has the key, and for ever where an endless answer is asked for."""
    if dict(scope["headers"]).get(b"authorization") != KEY:
        await PlainTextResponse("no", 401)(scope, receive, send)
    elif scope["path"] == "/stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
    else:
        await PlainTextResponse("yes")(scope, receive, send)


@asynccontextmanager
async def answering(
    limits: ConnectionLimits = LONG,
) -> AsyncGenerator[tuple[tuple[str, int], Watched]]:
    """Run a server for the block; gives its address, and a record of its connections."""
    watched = Watched()

    class Watching(BoundedProtocol):
        @override
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            watched.sees(transport.get_extra_info("socket"))

    with listen(0) as listening:
        address: tuple[str, int] = listening.getsockname()
        server = server_for(app, grace_seconds=1, protocol=Watching, limits=limits)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, server, listening)
            yield address, watched
            tasks.cancel_scope.cancel()
