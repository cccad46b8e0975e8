"""One post of a form over a transport, and its reply within bounds."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import cast
from urllib.parse import urlencode

import httpx

from chasedata_mcp import __version__
from chasedata_mcp.dialer.responses.answers import HttpReply, decode_body

# Bounds the memory of one answer, which nothing in the API does.
_MOST_BYTES = 8 * 1024 * 1024

_HEADERS = (
    (b"User-Agent", f"chasedata-mcp/{__version__}".encode()),
    (b"Accept", b"*/*"),
    # Uncompressed, so that a small body can't unfold into a large one.
    (b"Accept-Encoding", b"identity"),
    (b"Content-Type", b"application/x-www-form-urlencoded"),
)


async def post_form(
    transport: httpx.AsyncBaseTransport,
    url: httpx.URL,
    form: Mapping[str, str],
    seconds: float,
    note: Callable[[str, object], Awaitable[None]],
) -> HttpReply:
    """Post a form once and read the body.

    Args:
        transport: What carries it.
        url: Where it goes.
        form: All of it, the token too.
        seconds: The longest that connecting, writing or reading may take.
        note: Takes the transport's events.

    Raises:
        httpx.HTTPError: There is no reply, or it can't be read.
        UnicodeEncodeError: A value has half a character in it.
    """
    # Connecting ends by itself: cancelled in a TLS handshake it would leave a socket open.
    times = {"connect": 0.8 * seconds, "read": seconds, "write": seconds, "pool": seconds}
    body = urlencode(form).encode()
    # As a stream with its headers: httpx takes 50 µs to find out those two by itself.
    posting = httpx.Request(
        "POST",
        url,
        headers=[(b"Host", url.netloc), *_HEADERS, (b"Content-Length", b"%d" % len(body))],
        stream=httpx.ByteStream(body),
        extensions={"timeout": times, "trace": note},
    )
    answered = await transport.handle_async_request(posting)
    async with aclosing(answered) as response:
        read = bytearray()
        # Both are the same where nothing is compressed, but for 40 µs of httpx's.
        packed = "Content-Encoding" in response.headers
        async for part in response.aiter_bytes() if packed else _stream_of(response):
            read += part
            if len(read) > _MOST_BYTES:
                break
        text = decode_body(bytes(read[:_MOST_BYTES]))
        return HttpReply(response.status_code, text, whole=len(read) <= _MOST_BYTES)


def _stream_of(response: httpx.Response) -> AsyncIterator[bytes]:
    return aiter(cast("httpx.AsyncByteStream", response.stream))
