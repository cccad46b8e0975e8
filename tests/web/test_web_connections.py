"""Bounds on connections: who says nothing, or little at a time, keeps nobody out."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, cast

import anyio
import anyio.abc
import pytest
import uvicorn
from typing_extensions import override
from uvicorn.server import ServerState

from _support.web_servers import KEY, answering
from chasedata_mcp.web.connections import BoundedProtocol, ConnectionLimits, OpenConnections

pytestmark = pytest.mark.anyio
HEAD = b"POST / HTTP/1.1\r\nhost: x\r\n"
WITH_THE_KEY = b"authorization: " + KEY + b"\r\n"
WHOLE = HEAD + b"content-length: 0\r\n\r\n"
BEGUN = HEAD + b"content-length: 10\r\n\r\nfive!"
STREAM = b"GET /stream HTTP/1.1\r\nhost: x\r\n" + WITH_THE_KEY + b"\r\n"
LIMITS = ConnectionLimits(8, header=5, body=30, unread=60)


class Due:
    """Something that a loop is to do in a while."""

    def __init__(self, seconds: float, do: Callable[[], None]) -> None:
        self.seconds, self.do, self.cancelled = seconds, do, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """An event loop whose time doesn't pass."""

    def __init__(self) -> None:
        self.due: list[Due] = []

    def call_later(self, seconds: float, do: Callable[[], None]) -> Due:
        self.due.append(Due(seconds, do))
        return self.due[-1]

    def create_task(self, coroutine: Any, **_: object) -> Any:  # noqa: ANN401 - asyncio's
        coroutine.close()
        return asyncio.get_running_loop().create_future()

    @property
    def waits(self) -> list[float]:
        return [one.seconds for one in self.due if not one.cancelled]


class Line(asyncio.Transport):
    """A connection's other end: it takes down what is written and how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.ended = b"", ""

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    @override
    def is_closing(self) -> bool:
        return self.ended != ""

    @override
    def write(self, data: Any) -> None:
        self.written += bytes(data)

    @override
    def close(self) -> None:
        self.ended = self.ended or "closed"

    @override
    def abort(self) -> None:
        self.ended = self.ended or "dropped"

    @override
    def pause_reading(self) -> None:
        pass

    @override
    def resume_reading(self) -> None:
        pass


async def unused(_scope: object, _receive: object, _send: object) -> None:
    """An app that nothing comes to."""


class Talk:
    """A connection to a server, driven by hand."""

    def __init__(self, among: OpenConnections | None = None) -> None:
        self.loop, self.line = Loop(), Line()

        self.protocol = BoundedProtocol(
            uvicorn.Config(unused, ws="none", log_config=None),
            ServerState(),
            {},
            cast("asyncio.AbstractEventLoop", self.loop),
            among=OpenConnections(LIMITS) if among is None else among,
        )
        self.protocol.connection_made(self.line)

    def says(self, data: bytes) -> "Talk":
        self.protocol.data_received(data)
        return self

    async def answers(self) -> "Talk":
        for message in (
            {"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]},
            {"type": "http.response.body", "body": b""},
        ):
            await self.protocol.cycle.send(cast("Any", message))
        return self

    def time_passes(self) -> str:
        """Let the one thing happen that is due, and give how the connection ended."""
        (due,) = [one for one in self.loop.due if not one.cancelled]
        due.cancel()
        due.do()
        return self.line.ended


async def test_who_says_nothing_has_a_few_seconds() -> None:
    talk = Talk()
    assert talk.loop.waits == [LIMITS.header]
    assert talk.time_passes() == "dropped"


async def test_a_header_that_comes_byte_by_byte_has_no_longer() -> None:
    talk = Talk()
    for byte in HEAD:
        talk.says(bytes([byte]))
    assert len(talk.loop.due) == 1
    assert talk.time_passes() == "dropped"


async def test_a_body_that_comes_byte_by_byte_has_a_little_longer() -> None:
    talk = Talk().says(BEGUN)
    assert talk.loop.waits == [LIMITS.body]
    for byte in b"six!":
        talk.says(bytes([byte]))
    assert len(talk.loop.due) == 2
    assert talk.time_passes() == "dropped"


async def test_a_body_that_waits_for_the_app_is_waited_for() -> None:
    talk = Talk().says(HEAD + b"content-length: 1000000\r\n\r\n" + b"x" * 100_000)
    assert talk.time_passes() == ""
    assert talk.loop.waits == [LIMITS.body]


async def test_a_whole_request_is_answered_however_long_it_takes() -> None:
    for whole in (WHOLE, STREAM):
        talk = Talk().says(whole[:20]).says(whole[20:])
        assert talk.loop.waits == []
        assert not talk.protocol.is_waiting


async def test_an_answer_before_the_body_does_not_lengthen_the_body_s_time() -> None:
    talk = await Talk().says(BEGUN).answers()
    for byte in b"six!":
        talk.says(bytes([byte]))
    assert talk.loop.waits == [LIMITS.body]
    assert talk.time_passes() == "dropped"


async def test_after_an_answer_and_the_rest_of_a_body_the_next_request_has_its_seconds() -> None:
    talk = await Talk().says(BEGUN).answers()
    talk.says(b"five!")
    assert talk.loop.waits == [LIMITS.header]
    assert talk.time_passes() == "dropped"


async def test_a_connection_that_is_kept_alive_has_its_seconds_from_the_first_byte() -> None:
    talk = await Talk().says(WHOLE).answers()
    talk.says(b"P").says(b"O")
    assert talk.loop.waits == [LIMITS.header]


async def test_what_is_not_http_is_answered_and_closed() -> None:
    talk = Talk().says(b"\x16\x03\x01 hello\r\n\r\n")
    assert b"400" in talk.line.written
    assert talk.line.ended == "closed"
    assert talk.loop.waits == []


async def test_an_answer_that_is_not_read_is_waited_for_a_while() -> None:
    talk = Talk().says(WHOLE)
    talk.protocol.pause_writing()
    assert talk.loop.waits == [LIMITS.unread]
    talk.protocol.resume_writing()
    assert talk.loop.waits == []
    talk.protocol.pause_writing()
    assert talk.time_passes() == "dropped"


async def test_the_oldest_that_waits_makes_room() -> None:
    among = OpenConnections(ConnectionLimits(3))
    busy = Talk(among).says(WHOLE)
    slow, new = Talk(among).says(BEGUN), Talk(among)
    further = [Talk(among), Talk(among)]
    assert [talk.line.ended for talk in (busy, slow, new)] == ["", "dropped", "dropped"]
    assert [talk.line.ended for talk in further] == ["", ""]
    assert len(among) == 3


async def test_where_all_are_being_answered_a_new_one_is_told_to_come_again() -> None:
    among = OpenConnections(ConnectionLimits(2))
    busy = [Talk(among).says(WHOLE) for _ in range(2)]
    late = Talk(among)
    assert late.line.written.startswith(b"HTTP/1.1 503 ")
    assert late.line.ended == "closed"
    assert late.loop.waits == []
    busy[0].protocol.connection_lost(ConnectionResetError())
    assert Talk(among).line.ended == ""
    late.protocol.connection_lost(ConnectionResetError())
    assert len(among) == 2


async def ask(address: tuple[str, int], request: bytes) -> bytes:
    """The beginning of what is answered to a request."""
    async with await anyio.connect_tcp(*address) as stream:
        await stream.send(request)
        return await stream.receive()


async def test_on_a_port_who_has_the_key_comes_in_among_any_number_who_say_nothing() -> None:
    async with answering() as (address, watched), AsyncExitStack() as open_ones:
        stream = await open_ones.enter_async_context(await anyio.connect_tcp(*address))
        await stream.send(STREAM)
        assert (await stream.receive()).startswith(b"HTTP/1.1 200")
        idle: list[anyio.abc.SocketStream] = []
        for _ in range(60):
            idle.append(await open_ones.enter_async_context(await anyio.connect_tcp(*address)))
            await idle[-1].send(HEAD[:10])
        await watched.made(61)
        for _ in range(5):
            request = WHOLE.replace(b"host: x\r\n", b"host: x\r\n" + WITH_THE_KEY)
            assert (await ask(address, request)).startswith(b"HTTP/1.1 200")
            assert (await ask(address, WHOLE)).startswith(b"HTTP/1.1 401")
        # The first of them made room, and the stream that is being answered goes on.
        assert watched.sockets[0].fileno() != -1
        await has_ended(idle[0])


async def has_ended(stream: anyio.abc.SocketStream, begun: bytes = b"") -> None:
    """Send what there is to send, and wait for the other side to end the connection."""
    with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):  # noqa: PT012 - either
        await stream.send(begun)
        await stream.receive()


async def test_on_a_port_who_says_nothing_is_sent_away() -> None:
    async with answering(ConnectionLimits(8, header=0.01)) as (address, _):
        for begun in (b"", HEAD):
            async with await anyio.connect_tcp(*address) as stream:
                await has_ended(stream, begun)
