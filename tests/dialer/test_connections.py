"""The connections to the dialer, as it sees them: how many there are, and what comes over each."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import anyio
import anyio.abc
import pytest
import respx
from anyio.streams.tls import TLSListener
from hypothesis import given
from hypothesis import strategies as st

from _support.certificates import Certificate, a_certificate
from _support.timeouts import TIMEOUT, pass_time
from chasedata_mcp.dialer import CallLimits, Client, Endpoint
from chasedata_mcp.dialer.http_post import encode_form
from chasedata_mcp.dialer.transport import DirectTransport
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, Expects
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
WRITE = Request(Script.LEADS, {"Action": "InsertDnc", "Number": "9545550123"}, Expects.DONE)
READ = Request(Script.CALLS, {"Action": "AvailableInboundAgents"}, Expects.AGENTS)
ONCE = CallLimits(attempts=1, read_seconds=TIMEOUT, write_seconds=TIMEOUT)
DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n<br><br>Result:  OK"
MEGABYTE = 1024 * 1024

Answers = Callable[[anyio.abc.ByteStream, bytes], Awaitable[bool]]
"""Answers what came, and tells whether the connection stays open."""


class Dialer:
    """A server that keeps what came over each connection, a piece each time it read."""

    def __init__(self, answers: Answers) -> None:
        self.connections: list[list[bytes]] = []
        self.ended = 0
        self._answers = answers
        self._moved = anyio.Event()

    async def handle(self, stream: anyio.abc.ByteStream) -> None:
        pieces: list[bytes] = []
        self.connections.append(pieces)
        try:
            async with stream:
                async for piece in stream:
                    pieces.append(piece)
                    if not await self._answers(stream, piece):
                        break
        except (anyio.BrokenResourceError, ssl.SSLError):
            pass
        finally:
            self.ended += 1
            self._moved.set()
            self._moved = anyio.Event()

    async def wait_for_ends(self, number: int) -> None:
        """Wait until so many connections have ended."""
        with anyio.fail_after(TIMEOUT):
            while self.ended < number:
                await self._moved.wait()


@asynccontextmanager
async def serving(dialer: Dialer, certificate: Certificate | None = None) -> AsyncIterator[str]:
    """Serve on loopback, with TLS where there is a certificate, and give the address."""
    plain = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = plain.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django's
    # As a web server does, and asyncio's client: the end of the connection ends the answer.
    tls = certificate and TLSListener(plain, certificate.serving(), standard_compatible=False)
    listener: anyio.abc.Listener[anyio.abc.ByteStream] = tls or plain
    scheme = "https" if tls else "http"
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, dialer.handle)
        yield f"{scheme}://127.0.0.1:{port}/"
        tasks.cancel_scope.cancel()


def a_client(url: str, tls: ssl.SSLContext | None = None) -> Client:
    return Client(Endpoint(url, TOKEN, "test", {}), ONCE, tls=tls)


async def done(stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
    await stream.send(DONE)
    return True


async def done_once(stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
    await stream.send(DONE)
    return False


async def failure(client: Client, request: Request) -> Code:
    with pytest.raises(CallError) as raised:
        await client.post(request)
    return raised.value.code


async def test_posts_one_after_the_other_go_over_one_connection_each_in_one_piece() -> None:
    dialer = Dialer(done)
    async with serving(dialer) as url, a_client(url) as client:
        for _ in range(3):
            assert await client.post(WRITE) == Acknowledged()
    [pieces] = dialer.connections
    assert len(pieces) == 3
    # The first is written by httpcore, and the others as they stand.
    assert len(set(pieces)) == 1
    for piece in pieces:
        head, _, body = piece.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head.lower()
        assert body.endswith(b"&Action=InsertDnc&Number=9545550123")


@given(st.dictionaries(st.text(), st.text() | st.from_regex("[A-Za-z0-9_.~ -]*")))
def test_a_form_is_encoded_as_the_standard_library_encodes_it(form: dict[str, str]) -> None:
    assert encode_form(form) == urlencode(form).encode()


async def test_posts_at_once_have_a_connection_each_and_leave_them_to_the_next() -> None:
    everybody, waiting = anyio.Event(), 0

    async def done_together(stream: anyio.abc.ByteStream, piece: bytes) -> bool:
        nonlocal waiting
        waiting += 1
        if waiting == 4:
            everybody.set()
        await everybody.wait()
        return await done(stream, piece)

    dialer = Dialer(done_together)
    async with serving(dialer) as url, a_client(url) as client:
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(client.post, WRITE)
        for _ in range(4):
            await client.post(WRITE)
    assert sorted(map(len, dialer.connections)) == [1, 1, 1, 5]


async def test_a_connection_that_the_dialer_closed_is_not_posted_to() -> None:
    dialer = Dialer(done_once)
    async with serving(dialer) as url, a_client(url) as client:
        for number in range(1, 4):
            assert await client.post(WRITE) == Acknowledged()
            await dialer.wait_for_ends(number)
    assert list(map(len, dialer.connections)) == [1, 1, 1]


async def test_a_connection_that_said_something_unasked_is_not_posted_to() -> None:
    answered, said = anyio.Event(), anyio.Event()

    async def done_and_more(stream: anyio.abc.ByteStream, piece: bytes) -> bool:
        await done(stream, piece)
        await answered.wait()
        await stream.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        said.set()
        return True

    dialer = Dialer(done_and_more)
    async with serving(dialer) as url, a_client(url) as client:
        await client.post(WRITE)
        answered.set()
        await said.wait()
        assert await client.post(WRITE) == Acknowledged()
    assert list(map(len, dialer.connections)) == [1, 1]


async def test_a_connection_is_closed_that_was_idle_for_too_long() -> None:
    dialer = Dialer(done)
    async with serving(dialer) as url:
        transport = DirectTransport(ssl.create_default_context(), idle_seconds=0)
        async with Client(Endpoint(url, TOKEN, "test", {}), ONCE, transport=transport) as client:
            await client.post(WRITE)
            await client.post(WRITE)
            await dialer.wait_for_ends(1)
    assert list(map(len, dialer.connections)) == [1, 1]


async def test_closing_the_client_closes_its_connections() -> None:
    dialer = Dialer(done)
    async with serving(dialer) as url:
        async with a_client(url) as client:
            await client.post(WRITE)
            assert dialer.ended == 0
        await dialer.wait_for_ends(1)


async def test_a_read_that_is_cancelled_closes_its_connection() -> None:
    came = anyio.Event()

    async def silent(_stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
        came.set()
        return True

    dialer = Dialer(silent)
    async with serving(dialer) as url, a_client(url) as client:
        async with anyio.create_task_group() as group:
            group.start_soon(client.post, READ)
            await came.wait()
            group.cancel_scope.cancel()
        await dialer.wait_for_ends(1)


async def test_an_answer_that_does_not_come_ends_with_the_time_of_the_call() -> None:
    async def silent(_stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
        pass_time()
        return True

    dialer = Dialer(silent)
    async with serving(dialer) as url, a_client(url) as client:
        assert await failure(client, WRITE) is Code.NO_ANSWER
        await dialer.wait_for_ends(1)


async def test_a_name_that_no_address_can_have_is_not_reached() -> None:
    async with a_client(f"https://{'a' * 64}.example/") as client:
        assert await failure(client, WRITE) is Code.NOT_REACHED


async def test_an_answer_without_end_is_read_no_further_than_its_bound() -> None:
    sent = 0

    async def endless(stream: anyio.abc.ByteStream, _piece: bytes) -> bool:
        nonlocal sent
        await stream.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await stream.send(b" " * MEGABYTE)
            sent += 1

    dialer = Dialer(endless)
    async with serving(dialer) as url, a_client(url) as client:
        assert await failure(client, WRITE) is Code.NOT_UNDERSTOOD
        await dialer.wait_for_ends(1)
    # What the kernel held between the two is beyond the bound of 8, and a little of ours.
    assert sent < 64


async def test_posts_over_tls_go_over_one_connection() -> None:
    certificate = a_certificate("127.0.0.1")
    dialer = Dialer(done)
    async with serving(dialer, certificate) as url, a_client(url, certificate.trusting()) as client:
        for _ in range(3):
            assert await client.post(WRITE) == Acknowledged()
    assert list(map(len, dialer.connections)) == [3]


async def test_a_connection_over_tls_that_the_dialer_closed_is_not_posted_to() -> None:
    certificate = a_certificate("127.0.0.1")
    dialer = Dialer(done_once)
    async with serving(dialer, certificate) as url, a_client(url, certificate.trusting()) as client:
        for number in range(1, 3):
            assert await client.post(WRITE) == Acknowledged()
            await dialer.wait_for_ends(number)
    assert list(map(len, dialer.connections)) == [1, 1]


async def test_a_certificate_of_another_host_is_not_reached_and_nothing_is_sent() -> None:
    certificate = a_certificate("127.0.0.2")
    dialer = Dialer(done)
    async with serving(dialer, certificate) as url, a_client(url, certificate.trusting()) as client:
        assert await failure(client, WRITE) is Code.NOT_REACHED
    assert not any(dialer.connections)


async def test_a_certificate_that_nobody_vouches_for_is_not_reached_and_nothing_is_sent() -> None:
    dialer = Dialer(done)
    async with serving(dialer, a_certificate("127.0.0.1")) as url, a_client(url) as client:
        assert await failure(client, WRITE) is Code.NOT_REACHED
    assert not any(dialer.connections)


async def test_posts_go_by_httpcore_so_that_respx_can_answer_them() -> None:
    with respx.mock(base_url="https://dialer.example") as router:
        route = router.post("/LeadOperations.php").respond(text="<br><br>Result:  OK")
        async with a_client("https://dialer.example/") as client:
            for _ in range(2):
                assert await client.post(WRITE) == Acknowledged()
    assert route.call_count == 2
