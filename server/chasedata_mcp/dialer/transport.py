"""The transport of posts: connections that are used again, or the environment's proxies.

It is httpx's transport and not its client, which would look for redirects, cookies and credentials
that there are none of. Below it are httpcore's connections and not its pool, which looks through
all of them for each request, and tries to import `sniffio` four times: 0.4 ms where that isn't
installed. There is one dialer, and the client has as many slots as there may be connections.
A post over a connection that is open, with a plain answer (`plain_answers.py`), goes by neither.
`tests/bench/posts.py` measures a post.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from ssl import SSLContext
from typing import Protocol, cast

import anyio
import httpcore
import httpx
from typing_extensions import override

from chasedata_mcp.dialer.http_post import PlainTransport
from chasedata_mcp.dialer.network import AsyncioNetwork
from chasedata_mcp.dialer.plain_answers import PlainAnswer

_IDLE_SECONDS = 5.0
"""The seconds for which a connection waits for the next post, as httpx has it."""


_CONNECTION = "connection"
"""The extension of a request with the connection that it goes over, None for a new one."""


def build_transport(
    connections: int, tls: SSLContext, *, trust_env: bool
) -> httpx.AsyncBaseTransport:
    """Build the transport of so many posts at once; `trust_env` alone lets proxies in."""
    if trust_env:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        return ProxyTransport(httpx.AsyncClient(verify=tls, limits=limits, trust_env=True))
    return DirectTransport(tls)


class DirectTransport(httpx.AsyncHTTPTransport, PlainTransport):
    """httpx's transport over connections of our own."""

    def __init__(self, tls: SSLContext, idle_seconds: float = _IDLE_SECONDS) -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx lets nobody choose the pool below its transport; the tests of connections need this.
        self._pool = self._connections = DialerConnections(tls, idle_seconds)

    @override
    async def ask(
        self, written: bytes, seconds: float, build: Callable[[], httpx.Request]
    ) -> PlainAnswer | httpx.Response:
        connection = await self._connections.take_idle()
        if connection is None:
            return await self._by_httpcore(build(), None)
        try:
            answer = await connection.ask_plainly(written, seconds)
        except BaseException as error:
            await connection.close()
            if isinstance(error, httpcore.ReadTimeout):
                raise httpx.ReadTimeout(str(error)) from error
            raise
        if answer is None:
            return await self._by_httpcore(build(), connection)
        self._connections.put_back(connection)
        return answer

    async def _by_httpcore(
        self, request: httpx.Request, connection: "DialerConnection | None"
    ) -> httpx.Response:
        """Post as httpcore does, over a connection that is open where there is one."""
        request.extensions = {**request.extensions, _CONNECTION: connection}
        return await super().handle_async_request(request)


class DialerConnection:
    """A connection to the dialer.

    Its first post goes by httpcore, which connects, and so do those that aren't answered plainly.
    """

    def __init__(
        self, origin: httpcore.Origin, tls: SSLContext | None, idle_seconds: float
    ) -> None:
        self._network = AsyncioNetwork()
        self._idle_seconds, self._idle_since = idle_seconds, 0.0
        self.by_httpcore = httpcore.AsyncHTTPConnection(
            origin, ssl_context=tls, network_backend=self._network
        )

    async def ask_plainly(self, request: bytes, seconds: float | None) -> PlainAnswer | None:
        """Send a request, and take its answer if that is a plain one (see `NetworkStream`)."""
        stream = self._network.stream
        return None if stream is None else await stream.ask_plainly(request, seconds)

    @property
    def can_be_used_again(self) -> bool:
        """True where its last answer ended as HTTP has it, and left it open."""
        return self._network.stream is not None and self.by_httpcore.is_idle()

    def begin_to_wait(self) -> None:
        """Note that it waits for the next post from now on."""
        self._idle_since = time.monotonic()

    @property
    def has_waited_too_long(self) -> bool:
        """True where the next post can't be sure that the dialer has left it open."""
        return time.monotonic() - self._idle_since >= self._idle_seconds

    @property
    def has_expired(self) -> bool:
        """True where it waited for too long, or something came meanwhile, its end perhaps."""
        stream = self._network.stream
        if self.has_waited_too_long or stream is None:
            return True
        return bool(stream.get_extra_info("is_readable"))

    async def close(self) -> None:
        """Close it, whoever cancels."""
        with anyio.CancelScope(shield=True):
            await self.by_httpcore.aclose()


_Idle = deque[DialerConnection]
"""Those that wait for the next post, the one that has waited longest first."""


class DialerConnections(httpcore.AsyncConnectionPool):
    """The connections to one dialer: one is used again where one is idle, else another is made."""

    def __init__(self, tls: SSLContext, idle_seconds: float) -> None:
        super().__init__(tls)
        self._tls, self._idle_seconds = tls, idle_seconds
        self._idle: _Idle = deque()

    @override
    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        extensions = cast("Mapping[str, object]", request.extensions)
        connection = extensions.get(_CONNECTION)
        if not isinstance(connection, DialerConnection):
            connection = DialerConnection(request.url.origin, self._tls, self._idle_seconds)
        try:
            response = await connection.by_httpcore.handle_async_request(request)
        except BaseException:
            await connection.close()
            raise
        response.stream = _Body(cast("_Stream", response.stream), connection, self.put_back)
        return response

    @override
    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def take_idle(self) -> DialerConnection | None:
        """Take the connection that was used last, and close those that are idle for too long."""
        while self._idle and self._idle[0].has_waited_too_long:
            await self._idle.popleft().close()
        while self._idle:
            connection = self._idle.pop()
            # The dialer may have closed a later one and not an earlier one.
            if not connection.has_expired:
                return connection
            await connection.close()
        return None

    def put_back(self, connection: DialerConnection) -> None:
        """Leave a connection to the next post."""
        connection.begin_to_wait()
        self._idle.append(connection)


class _Stream(Protocol):
    """The body of an answer as httpcore has it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class _Body:
    """The body of an answer; closed, it leaves its connection to the next post."""

    def __init__(
        self,
        stream: _Stream,
        connection: DialerConnection,
        put_back: Callable[[DialerConnection], None],
    ) -> None:
        self._stream = stream
        self._connection = connection
        self._put_back = put_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        """Close it, whoever cancels, and the connection where it can't be used again."""
        try:
            await self._stream.aclose()
        finally:
            if self._connection.can_be_used_again:
                self._put_back(self._connection)
            else:
                await self._connection.close()


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
