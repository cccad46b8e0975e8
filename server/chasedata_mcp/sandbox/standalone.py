"""The sandbox on a port of loopback, for any program on this machine."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from chasedata_mcp.sandbox import store
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Fault, Faults
from chasedata_mcp.sandbox.script_endpoint import DROP
from chasedata_mcp.settings.wire.profile import WireProfile
from chasedata_mcp.web.connections import BoundedProtocol
from chasedata_mcp.web.sockets import address_of, listen
from chasedata_mcp.web.uvicorn_server import BoundedServer, serve, server_for

# A long delay that was set as a fault doesn't keep the server from ending.
_GRACE_SECONDS: Final = 1


def serve_sandbox(
    port: int,
    path: str | Path | None = None,
    *,
    faults: Sequence[Fault] = (),
    on_ready: Callable[[str], None] = lambda _: None,
    profile: WireProfile | None = None,
) -> None:
    """Serve the sandbox until it is interrupted.

    Args:
        port: The port of 127.0.0.1; 0 takes one that is free.
        path: A file for the state; without it the state is in memory and ends with the server.
        faults: The faults that are set from the beginning.
        profile: How the dialer spells, if not as the profile that ships says.
        on_ready: Called with the address, `http://127.0.0.1:8080`, once connections are taken.

    Raises:
        SettingsError: The port is taken or may not be used.
        ValueError: The file holds something other than a sandbox's state.
    """
    dialer = SandboxDialer(store.IN_MEMORY if path is None else path, profile=profile)
    try:
        with listen(port) as listening:
            server = dropping_server(create_app(dialer, faults=Faults(faults)))
            ready = partial(on_ready, address_of(listening))
            with suppress(KeyboardInterrupt):
                anyio.run(serve, server, listening, ready)
    finally:
        dialer.close()


def dropping_server(app: ASGIApp) -> BoundedServer:
    """Make a server that can drop a connection; run it on a socket that listens on loopback."""
    return server_for(app, grace_seconds=_GRACE_SECONDS, protocol=_Droppable)


class _Droppable(BoundedProtocol):
    """A connection whose requests can end it without an answer."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        # For each connection, since ASGI has no way to reset one.
        self.app = _with_drop(self.app, transport.abort)


def _with_drop(app: ASGIApp, drop: Callable[[], None]) -> ASGIApp:
    async def handed_on(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DROP] = drop
        await app(scope, receive, send)

    return handed_on
