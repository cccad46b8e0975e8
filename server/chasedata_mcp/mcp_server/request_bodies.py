"""A check of the bodies of HTTP requests, before the SDK reads them: each has to be one message.

The SDK (2.3) takes a request with an id like 1.0 for a notification and never answers it, and
quotes values in what it says of others.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chasedata_mcp.mcp_server.json_rpc import LONGEST, UnreadableMessageError, read_message


class RequestBodyCheck:
    """ASGI middleware that lets a POST to one path through if its body is a message."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or answer it with an error of JSON-RPC."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("POST", self._path):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        try:
            read_message(body)
        except UnreadableMessageError as error:
            await _refuse(413 if len(body) > LONGEST else 400, error.for_a_body, send)
            return
        await self._app(scope, _again(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """Read a body, or the beginning of one that is too long; None where the client has gone."""
    body = bytearray()
    while len(body) <= LONGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Make a `receive` that gives a body that was read already, then whatever comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        # Then the real `receive`, by which the SDK sees that the client has gone.
        return first.pop() if first else await receive()

    return given


async def _refuse(status: int, answer: bytes, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
