"""A dialer that answers each post with the same bytes, so that only the client's work differs."""

import asyncio
from typing import Final, cast

from typing_extensions import override

BODY: Final = b'{"id": 1001, "LeadExists": true, "State": "FL", "Campaign": "Solar"}'
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jun 2026 18:00:00 GMT\r\nServer: nginx\r\n"
    b"Content-Type: text/html; charset=UTF-8\r\nConnection: keep-alive\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


class Connection(asyncio.Protocol):
    """A connection over which one post comes after the other."""

    def __init__(self) -> None:
        self._came = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._came += data
        head, blank, body = self._came.partition(b"\r\n\r\n")
        if blank and len(body) >= _find_length(head):
            self._came = b""
            self._transport.write(ANSWER)


def _find_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0


async def serve() -> None:
    """Serve on loopback, having printed the port."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for whoever started it
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
