"""One post of a form over a transport, and its reply within bounds."""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Self, cast
from urllib.parse import quote_plus

import httpx

from chasedata_mcp import __version__
from chasedata_mcp.dialer.plain_answers import PlainAnswer
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
_UNUSUAL = re.compile(rb"[^\t\x20-\x7e]")
_AS_IT_IS = re.compile(r"[A-Za-z0-9_.~-]*")


@dataclass(frozen=True, slots=True)
class PostAddress:
    """An address that is posted to, and the head of a post there but for its length.

    `head` is None where there is something in it that h11 has to look at.
    """

    url: httpx.URL
    head: bytes | None

    @classmethod
    def of(cls, url: str) -> Self:
        """Write the head of posts to an address, once for all of them."""
        address = httpx.URL(url)
        headers = ((b"Host", address.netloc), *_HEADERS)
        lines = [b"POST %s HTTP/1.1" % address.raw_path, *(b"%s: %s" % one for one in headers)]
        if any(map(_UNUSUAL.search, lines)):
            return cls(address, None)
        return cls(address, b"\r\n".join([*lines, b"Content-Length: "]))


class PlainTransport(ABC):
    """A transport that takes a post as it is written, and may give its answer as it came."""

    @abstractmethod
    async def ask(
        self, written: bytes, seconds: float, build: Callable[[], httpx.Request]
    ) -> PlainAnswer | httpx.Response:
        """Post what is written, or the same request as it is built where it can't be so.

        Raises:
            httpx.HTTPError: There is no reply, or it can't be read.
        """
        ...


async def post_form(
    transport: httpx.AsyncBaseTransport,
    address: PostAddress,
    form: Mapping[str, str],
    seconds: float,
    note: Callable[[str, object], Awaitable[None]],
) -> HttpReply:
    """Post a form once and read the body.

    Args:
        transport: What carries it.
        address: Where it goes.
        form: All of it, the token too.
        seconds: The longest that connecting, writing or reading may take.
        note: Takes the transport's events.

    Raises:
        httpx.HTTPError: There is no reply, or it can't be read.
        UnicodeEncodeError: A value has half a character in it.
    """
    body = encode_form(form)

    def build() -> httpx.Request:
        return _build_request(address.url, body, seconds, note)

    if address.head is None or not isinstance(transport, PlainTransport):
        return await _read(await transport.handle_async_request(build()))
    # A request and a response of httpx take longer than the post itself (tests/bench/posts.py).
    written = b"%s%d\r\n\r\n%s" % (address.head, len(body), body)
    answered = await transport.ask(written, seconds, build)
    if isinstance(answered, httpx.Response):
        return await _read(answered)
    if any(name.lower() == b"content-encoding" for name, _ in answered.headers):
        stream = httpx.ByteStream(answered.body)
        response = httpx.Response(answered.status, headers=answered.headers, stream=stream)
        return await _read(response)
    return HttpReply(answered.status, decode_body(answered.body), whole=True)


def encode_form(form: Mapping[str, str]) -> bytes:
    """Encode a form as `urllib.parse.urlencode` does; most of its values stay as they are.

    Raises:
        UnicodeEncodeError: A value has half a character in it.
    """
    return "&".join([f"{_encode(name)}={_encode(text)}" for name, text in form.items()]).encode()


def _encode(text: str) -> str:
    return text if _AS_IT_IS.fullmatch(text) else quote_plus(text)


def _build_request(
    url: httpx.URL, body: bytes, seconds: float, note: Callable[[str, object], Awaitable[None]]
) -> httpx.Request:
    # Connecting ends by itself: cancelled in a TLS handshake it would leave a socket open.
    times = {"connect": 0.8 * seconds, "read": seconds, "write": seconds, "pool": seconds}
    # As a stream with its headers: httpx takes 50 µs to find out those two by itself.
    return httpx.Request(
        "POST",
        url,
        headers=[(b"Host", url.netloc), *_HEADERS, (b"Content-Length", b"%d" % len(body))],
        stream=httpx.ByteStream(body),
        extensions={"timeout": times, "trace": note},
    )


async def _read(answered: httpx.Response) -> HttpReply:
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
