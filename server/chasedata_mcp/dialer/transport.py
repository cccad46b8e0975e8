"""The transport of posts: connections that are used again, or the environment's proxies.

It is httpx's transport and not its client, which would look for redirects, cookies and credentials
that there are none of. Below it are httpcore's connections and not its pool, which looks through
all of them for each request, and tries to import `sniffio` four times: 0.4 ms where that isn't
installed. There is one dialer, and the client has as many slots as there may be connections.
`tests/bench/posts.py` measures a post.
"""

from collections import deque
from collections.abc import AsyncIterator
from ssl import SSLContext
from typing import Protocol, cast

import anyio
import httpcore
import httpx
from typing_extensions import override

from chasedata_mcp.dialer.network import AsyncioNetwork

_IDLE_SECONDS = 5.0
"""The seconds for which a connection waits for the next post, as httpx has it."""


_Idle = deque[httpcore.AsyncConnectionInterface]
"""Those that wait for the next post, the one that has waited longest first."""


def build_transport(
    connections: int, tls: SSLContext, *, trust_env: bool
) -> httpx.AsyncBaseTransport:
    """Build the transport of so many posts at once; `trust_env` alone lets proxies in."""
    if trust_env:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        return ProxyTransport(httpx.AsyncClient(verify=tls, limits=limits, trust_env=True))
    return DirectTransport(tls)


class DirectTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over connections of our own."""

    def __init__(self, tls: SSLContext, idle_seconds: float = _IDLE_SECONDS) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx lets nobody choose the pool below its transport; the tests of connections need this.
        self._pool = DialerConnections(tls, idle_seconds)


class DialerConnections(httpcore.AsyncConnectionPool):
    """The connections to one dialer: one is used again where one is idle, else another is made."""

    def __init__(self, tls: SSLContext, idle_seconds: float) -> None:
        super().__init__(tls, keepalive_expiry=idle_seconds, network_backend=AsyncioNetwork())
        self._idle: _Idle = deque()

    @override
    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        connection = await self._take_idle() or self.create_connection(request.url.origin)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await _close(connection)
            raise
        response.stream = _Body(cast("_Stream", response.stream), connection, self._idle)
        return response

    @override
    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()

    async def _take_idle(self) -> httpcore.AsyncConnectionInterface | None:
        """Take the connection that was used last, and close those that are idle for too long."""
        while self._idle and self._idle[0].has_expired():
            await self._idle.popleft().aclose()
        while self._idle:
            connection = self._idle.pop()
            # The dialer may have closed a later one and not an earlier one.
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None


async def _close(connection: httpcore.AsyncConnectionInterface) -> None:
    with anyio.CancelScope(shield=True):
        await connection.aclose()


class _Stream(Protocol):
    """The body of an answer as httpcore has it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class _Body:
    """The body of an answer; closed, it leaves its connection to the next post."""

    def __init__(
        self, stream: _Stream, connection: httpcore.AsyncConnectionInterface, idle: _Idle
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._idle = idle

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        """Close it, whoever cancels, and the connection where it can't be used again."""
        try:
            await self._stream.aclose()
        finally:
            if self._connection.is_idle():
                self._idle.append(self._connection)
            else:
                await _close(self._connection)


class ProxyTransport(httpx.AsyncBaseTransport):
    """A client of httpx as a transport: it knows the environment's proxy for an address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # A redirect could take the token elsewhere; a cookie would outlive its call.
        self._client.cookies.clear()
        return await self._client.send(request, stream=True, auth=None, follow_redirects=False)

    @override
    async def aclose(self) -> None:
        await self._client.aclose()
