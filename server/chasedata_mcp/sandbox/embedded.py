"""The sandbox in process: an `httpx` transport that calls its app, with faults as on a network."""

from collections.abc import Sequence
from typing import Final

import anyio
import httpx
from starlette.types import ASGIApp, Message, Scope
from typing_extensions import override

from chasedata_mcp.sandbox.script_endpoint import DROP

BASE_URL: Final = "http://localhost/HttpImport/"
"""The base address to use with the transport. Nothing listens there."""


class SandboxTransport(httpx.AsyncBaseTransport):
    """Calls the sandbox's app for each request, without a socket.

    A dropped connection is an `httpx.RemoteProtocolError`, as on a port. An answer that comes later
    than the request's read time-out is an `httpx.ReadTimeout` once that time is over, and what the
    dialer did stays done.

    Args:
        app: What `create_app` made.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(await request.aread())
        scope = _scope(request, exchange)
        # httpx hands its time-outs to transports so; there is nothing to connect to, only to read.
        limit = request.extensions.get("timeout", {}).get("read")
        try:
            with anyio.fail_after(limit):
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError as error:
            raise httpx.ReadTimeout("The sandbox did not answer in time.") from error
        if exchange.dropped:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        stream = httpx.ByteStream(exchange.body)
        return httpx.Response(exchange.status, headers=exchange.headers, stream=stream)


class _Exchange:
    """One request and its answer, as the two ends of an ASGI call."""

    def __init__(self, body: bytes) -> None:
        self._unread: bytes | None = body
        self.status = 0
        self.headers: Sequence[tuple[bytes, bytes]] = ()
        self.body = b""
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True

    async def receive(self) -> Message:
        if self._unread is None:
            return {"type": "http.disconnect"}
        body, self._unread = self._unread, None
        return {"type": "http.request", "body": body}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.body += message["body"]


def _scope(request: httpx.Request, exchange: _Exchange) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": None,
        "extensions": {DROP: exchange.drop},
    }
