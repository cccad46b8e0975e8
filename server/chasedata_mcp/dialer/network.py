"""Connections by asyncio, for httpcore to speak HTTP over: cheaper than its own, which are anyio's.

Those wait in a scope of their own at each read and each write, and send a head and a body apart.
`tests/bench/posts.py` measures a post.
"""

import asyncio
import select
import ssl
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import cast

import anyio
import anyio.lowlevel
import httpcore
from typing_extensions import override

from chasedata_mcp.dialer.plain_answers import PlainAnswer, read_plain_answer

_NEXT_ADDRESS_AFTER = 0.25
"""The seconds after which a name's next address is tried as well (RFC 8305, section 8)."""
_MOST_UNREAD = 256 * 1024
_HANDSHAKE_SECONDS = 60.0


class AsyncioNetwork(httpcore.AsyncNetworkBackend):
    """The network of a running asyncio loop, for one connection.

    Attributes:
        stream: That connection, once it is made.
    """

    stream: "NetworkStream | None" = None

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del local_address, socket_options  # Nobody here gives any.
        loop = asyncio.get_running_loop()
        # Where time runs out just when one of several addresses is connected, asyncio drops that
        # socket, and Python closes it when it collects it.
        with _connecting(timeout):
            _, stream = await loop.create_connection(
                NetworkStream, host, port, happy_eyeballs_delay=_NEXT_ADDRESS_AFTER
            )
        self.stream = stream
        return stream


class NetworkStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection: what is written goes out with the next read, a request in one piece."""

    def __init__(self) -> None:
        self._unsent = bytearray()
        self._is_sent = False
        self._received = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) >= _MOST_UNREAD:
            self._transport.pause_reading()
        self._wake()

    @override
    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._ended, self._failure = True, exc
        self._wake()

    @override
    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,
    ) -> None:
        self._unsent += buffer

    async def ask_plainly(self, request: bytes, seconds: float | None) -> PlainAnswer | None:
        """Send a request, and take its answer if it is a plain one.

        If it isn't, None: then httpcore has the same request still to write, which isn't sent
        twice, and what was received, the end of the connection too, still to read.

        Raises:
            httpcore.ReadTimeout: Nothing came for so long.
        """
        self._transport.write(request)
        self._is_sent = True
        needed: int | None = 1
        while needed is not None and not self._ended:
            await self._wait(seconds, needed)
            answer = read_plain_answer(self._received)
            if isinstance(answer, PlainAnswer):
                self._received.clear()
                self._is_sent = False
                return answer
            needed = answer
        return None

    @override
    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,
    ) -> bytes:
        if self._unsent:
            if not self._is_sent:
                self._transport.write(bytes(self._unsent))
            self._unsent.clear()
            self._is_sent = False
        if not (self._received or self._ended):
            await self._wait(timeout)
        if self._failure is not None and not self._received:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        self._transport.resume_reading()
        return data

    @override
    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        plain = self._transport
        try:
            with _connecting(timeout):
                secured = await asyncio.get_running_loop().start_tls(
                    plain,
                    self,
                    ssl_context,
                    server_hostname=server_hostname,
                    ssl_handshake_timeout=timeout or _HANDSHAKE_SECONDS,
                )
        except BaseException:
            plain.abort()
            raise
        self._transport = cast("asyncio.Transport", secured)
        return self

    @override
    async def aclose(self) -> None:
        self._transport.abort()
        # The loop closes the socket in its next round.
        await anyio.lowlevel.cancel_shielded_checkpoint()

    @override
    def get_extra_info(self, info: str) -> object:
        if info == "is_readable":
            return self._ended or bool(self._received) or self._has_input()
        return self._transport.get_extra_info(info)

    async def _wait(self, seconds: float | None, needed: int = 1) -> None:
        """Wait until so many bytes are there, or the end; each time for so long.

        Raises:
            httpcore.ReadTimeout: Nothing came for so long.
        """
        while not (self._ended or len(self._received) >= needed):
            before = len(self._received)
            self._waiting = self._loop.create_future()
            late = None if seconds is None else self._loop.call_later(seconds, self._wake)
            try:
                await self._waiting
            finally:
                self._waiting = None
                if late is not None:
                    late.cancel()
            if not (len(self._received) > before or self._ended):
                raise httpcore.ReadTimeout

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _has_input(self) -> bool:
        """Tell whether something has come, or the end, that the loop hasn't seen yet."""
        socket = self._transport.get_extra_info("socket")
        if sys.platform == "win32":
            return bool(select.select([socket], [], [], 0)[0])
        # A tenth of what a selector takes, and it has no highest descriptor as `select` has.
        poll = select.poll()
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))


@contextmanager
def _connecting(seconds: float | None) -> Generator[None]:
    """Name what goes wrong while connecting as httpcore does."""
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    # No address can be of a name that can't be encoded.
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
