"""The network's faults, as a real connection and as respx makes them."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.abc
import httpx
import pytest
import respx

from _support.timeouts import TIMEOUT, pass_time
from chasedata_mcp.dialer import CallLimits, Client, Endpoint
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Acknowledged, Expects
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

TOKEN = "D7C84300-0000-4DC9-B70F-A1D89B927F51"
WRITE = Request(Script.LEADS, {"Action": "InsertDnc", "Number": "9545550123"}, Expects.DONE)
ONCE = CallLimits(attempts=1, read_seconds=TIMEOUT, write_seconds=TIMEOUT)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

Serve = Callable[[anyio.abc.SocketStream], Awaitable[None]]


@asynccontextmanager
async def dialer(serve: Serve) -> AsyncIterator[int]:
    """A server on loopback that does with each connection what it is told."""

    async def handle(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await serve(stream)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = port_of(listener)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, handle)
        yield port
        tasks.cancel_scope.cancel()


async def outcome(base_url: str) -> Code:
    async with Client(Endpoint(base_url, TOKEN, "test", {}), ONCE) as client:
        with pytest.raises(CallError) as raised:
            await client.post(WRITE)
    return raised.value.code


def port_of(listener: anyio.abc.Listener[anyio.abc.SocketStream]) -> int:
    return listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django's


def answering(*parts: bytes) -> Serve:
    async def serve(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        for part in parts:
            await stream.send(part)

    return serve


async def test_an_answer_over_a_real_connection_is_read() -> None:
    body = b"<br><br>Result:  OK"
    async with dialer(answering(HEAD, b"Content-Length: 19\r\n\r\n", body)) as port:
        target = Endpoint(f"http://127.0.0.1:{port}", TOKEN, "test", {})
        async with Client(target) as client:
            assert await client.post(WRITE) == Acknowledged()


async def test_a_port_where_nobody_listens_is_not_reached() -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = port_of(listener)
    await listener.aclose()
    assert await outcome(f"http://127.0.0.1:{port}") is Code.NOT_REACHED


async def test_a_server_that_does_not_speak_tls_is_not_reached() -> None:
    async with dialer(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert await outcome(f"https://127.0.0.1:{port}") is Code.NOT_REACHED


async def test_a_server_that_never_ends_the_tls_handshake_is_not_reached() -> None:
    async def silent(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        pass_time()
        await anyio.sleep_forever()

    async with dialer(silent) as port:
        assert await outcome(f"https://127.0.0.1:{port}") is Code.NOT_REACHED


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"SSH-2.0-OpenSSH\r\n",),
        (HEAD,),
        (HEAD, b"Content-Length: 500\r\n\r\n", b"<br><br>Result:  OK"),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"13\r\n<br><br>Result:  OK\r\n"),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n<br><br>Result:  OK\r\n"),
    ],
    ids=["nothing", "no http", "half a head", "half a body", "no last chunk", "no chunk"],
)
async def test_a_connection_that_breaks_after_the_request_is_no_answer(
    parts: tuple[bytes, ...],
) -> None:
    async with dialer(answering(*parts)) as port:
        assert await outcome(f"http://127.0.0.1:{port}") is Code.NO_ANSWER


async def test_an_answer_that_drips_ends_with_the_time_of_the_call() -> None:
    async def drip(stream: anyio.abc.SocketStream) -> None:
        await stream.receive()
        await stream.send(HEAD + b"Content-Length: 500\r\n\r\n")
        while True:
            await stream.send(b" ")
            pass_time(TIMEOUT / 10)
            await anyio.sleep(0.001)

    async with dialer(drip) as port:
        assert await outcome(f"http://127.0.0.1:{port}") is Code.NO_ANSWER


FAULTS: list[tuple[type[httpx.TransportError], Code]] = [
    (httpx.ConnectError, Code.NOT_REACHED),
    (httpx.ConnectTimeout, Code.NOT_REACHED),
    (httpx.PoolTimeout, Code.NOT_REACHED),
    (httpx.ReadTimeout, Code.NO_ANSWER),
    (httpx.WriteTimeout, Code.NO_ANSWER),
    (httpx.ReadError, Code.NO_ANSWER),
    (httpx.WriteError, Code.NO_ANSWER),
    (httpx.RemoteProtocolError, Code.NO_ANSWER),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS)
async def test_a_fault_of_the_network_has_its_code(
    fault: type[httpx.TransportError], code: Code
) -> None:
    with respx.mock(base_url="https://dialer.example") as router:
        route = router.post("/LeadOperations.php").mock(side_effect=fault)
        assert await outcome("https://dialer.example/") is code
    assert route.call_count == 1


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 404, 405, 429, 500, 503])
async def test_an_outer_status_is_never_done(status: int) -> None:
    refusals = {401, 403, 404, 405}
    with respx.mock(base_url="https://dialer.example") as router:
        router.post("/LeadOperations.php").respond(status, text="<br><br>Result:  OK")
        code = await outcome("https://dialer.example/")
    assert code is (Code.REFUSED_BY_DIALER if status in refusals else Code.NOT_UNDERSTOOD)


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    body = (HEAD, b"Content-Length: 19\r\n\r\n", b"<br><br>Result:  OK")
    async with dialer(answering(*body)) as port:
        target = Endpoint(f"http://127.0.0.1:{port}", TOKEN, "test", {})
        async with Client(target) as client:
            assert await client.post(WRITE) == Acknowledged()
        async with Client(target, ONCE, trust_env=True) as trusting:
            with pytest.raises(CallError):
                await trusting.post(WRITE)


async def test_certificates_and_key_logs_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    async with Client(Endpoint("https://dialer.example/", TOKEN, "test", {})):
        pass
    with pytest.raises(OSError, match=r"."):
        Client(Endpoint("https://dialer.example/", TOKEN, "test", {}), trust_env=True)


async def test_a_tls_context_of_ones_own_is_used() -> None:
    context = ssl.create_default_context()
    async with dialer(answering()) as port:
        target = Endpoint(f"https://127.0.0.1:{port}", TOKEN, "test", {})
        async with Client(target, ONCE, tls=context) as client:
            with pytest.raises(CallError) as raised:
                await client.post(WRITE)
    assert raised.value.code is Code.NOT_REACHED
