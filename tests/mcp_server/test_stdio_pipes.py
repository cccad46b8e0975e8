"""Pipes by the event loop and by threads: both bring all that comes and end with their input."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from socket import socketpair
from threading import Thread
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCResponse

from _support.served import SANDBOX, server_of
from _support.terminals import MODULE, environment
from _support.timeouts import MOVABLE, TIMEOUT, pass_time
from chasedata_mcp.mcp_server.pipes import Pipes, PolledPipes, ThreadedPipes, pipes_of
from chasedata_mcp.mcp_server.stdio_transport import LineBuffer, stdio_transport

pytestmark = pytest.mark.anyio
PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
PONG = b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
MUCH = bytes(range(256)) * 4_000


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return MOVABLE


@pytest.fixture(params=[PolledPipes, ThreadedPipes])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Pipes, int, int]]:
    """Pipes, and the descriptors of their other ends."""
    (source, theirs), (ours, target) = os.pipe(), os.pipe()
    with ExitStack() as opened:
        for descriptor in (source, target, ours):
            opened.callback(os.close, descriptor)
        yield request.param(source, target), theirs, ours


async def test_all_that_comes_is_read_up_to_the_end(ends: tuple[Pipes, int, int]) -> None:
    pipes, theirs, _ = ends

    def writing() -> None:
        with os.fdopen(theirs, "wb") as file:
            file.write(MUCH)

    writer = Thread(target=writing)
    writer.start()
    came = b""
    while data := await pipes.read():
        came += data
    writer.join()
    assert came == MUCH


async def test_all_that_is_written_arrives(ends: tuple[Pipes, int, int]) -> None:
    pipes, theirs, ours = ends
    came = bytearray()

    def reading() -> None:
        while len(came) < len(MUCH):
            came.extend(os.read(ours, 65_536))

    reader = Thread(target=reading)
    reader.start()
    await pipes.write(MUCH)
    reader.join()
    os.close(theirs)
    assert came == MUCH


@pytest.mark.parametrize("kind", [PolledPipes, ThreadedPipes])
async def test_a_pipe_that_others_made_non_blocking_is_waited_for_all_the_same(
    kind: type[PolledPipes | ThreadedPipes],
) -> None:
    (source, theirs), (ours, target) = os.pipe(), os.pipe()
    os.set_blocking(source, False)
    os.set_blocking(target, False)
    pipes, came = kind(source, target), bytearray()

    def reading() -> None:
        while data := os.read(ours, 65_536):
            came.extend(data)

    reader = Thread(target=reading)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pipes.write, MUCH)
        await anyio.lowlevel.checkpoint()
        reader.start()
        os.write(theirs, PING)
        assert await pipes.read() == PING
    os.close(target)
    os.close(theirs)
    await anyio.to_thread.run_sync(reader.join)
    assert came == MUCH
    assert await pipes.read() == b""
    for descriptor in (source, ours):
        os.close(descriptor)


def test_the_event_loop_waits_for_pipes_and_sockets_and_threads_for_all_else(
    tmp_path: Path,
) -> None:
    with ExitStack() as opened:
        source, target = os.pipe()
        one, other = socketpair()
        file = opened.enter_context((tmp_path / "file").open("wb"))
        master, terminal = os.openpty()
        for descriptor in (source, target, master, terminal):
            opened.callback(os.close, descriptor)
        opened.enter_context(one)
        opened.enter_context(other)
        assert isinstance(pipes_of(source, target), PolledPipes)
        assert isinstance(pipes_of(one.fileno(), other.fileno()), PolledPipes)
        for unwatched in (file.fileno(), terminal):
            assert isinstance(pipes_of(source, unwatched), ThreadedPipes)
            assert isinstance(pipes_of(unwatched, target), ThreadedPipes)


@pytest.mark.parametrize("into", ["pipe", "file"])
def test_a_file_is_served_like_a_pipe(tmp_path: Path, into: str) -> None:
    asked, answered = tmp_path / "asked", tmp_path / "answered"
    asked.write_bytes(PING)
    with asked.open("rb") as source, answered.open("wb") as target:
        ended = subprocess.run(  # noqa: S603 - our own command
            [*MODULE, "--sandbox"],
            env=environment(),
            stdin=source,
            stdout=target if into == "file" else subprocess.PIPE,
            check=True,
        )
    assert (answered.read_bytes() if into == "file" else ended.stdout) == PONG


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed as POSIX has it")
@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_server_with_nobody_to_serve_says_so(closed: str) -> None:
    ended = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", f'"{MODULE[0]}" -m chasedata_mcp --sandbox {closed}'],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("chasedata-mcp: standard input and output have to be open")


def test_of_a_line_that_is_too_long_the_beginning_is_given_at_once_and_no_more() -> None:
    buffer = LineBuffer(longest=3)
    assert list(buffer.lines(b"ab\ncd")) == [b"ab"]
    assert list(buffer.lines(b"ef")) == [b"cdef"]
    assert list(buffer.lines(b"gh" * 9)) == []
    assert list(buffer.lines(b"ij\n\nk")) == [b""]
    assert list(buffer.lines(b"lm\nnopqr\ns")) == [b"klm", b"nopq"]
    assert buffer.rest() == b"s"
    assert list(buffer.lines(b"tuvwxyz")) == [b"tuvw"]
    assert buffer.rest() == b""


async def test_an_answer_that_no_json_can_hold_is_an_error_instead() -> None:
    (source, theirs), (ours, target) = os.pipe(), os.pipe()
    os.close(theirs)
    wrong = JSONRPCResponse(jsonrpc="2.0", id=7, result={"text": "\ud83d"})
    async with stdio_transport(PolledPipes(source, target), anyio.Event()) as (_, write):
        await write.send(SessionMessage(wrong))
    answer = json.loads(os.read(ours, 65_536))
    for descriptor in (source, ours, target):
        os.close(descriptor)

    assert (answer["id"], answer["error"]["code"]) == (7, -32603)


async def test_a_whole_conversation_goes_by_either(ends: tuple[Pipes, int, int]) -> None:
    pipes, theirs, ours = ends
    said = [b"noise", PING[:-1], PING.replace(b"ping", b"tools/list")[:-1]]
    os.write(theirs, b"\n".join([*said, b'{"jsonrpc":"2.0","id":9,']))
    os.close(theirs)
    async with (
        server_of(SANDBOX) as server,
        stdio_transport(pipes, anyio.Event()) as (read, write),
    ):
        await server.run(read, write, server.create_initialization_options())
    answers = [json.loads(line) for line in os.read(ours, 65_536).splitlines()]
    came = {(answer["id"], answer.get("error", {}).get("code")) for answer in answers}
    assert came == {(None, -32700), (1, None), (1, -32602), (9, -32700)}


async def test_what_a_client_has_cancelled_is_not_waited_for_at_the_end() -> None:
    (source, theirs), (ours, target) = os.pipe(), os.pipe()
    os.write(theirs, PING)
    os.write(
        theirs, b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'
    )
    os.close(theirs)
    pipes, stopped = PolledPipes(source, target), anyio.Event()
    with anyio.fail_after(TIMEOUT):
        async with stdio_transport(pipes, stopped, last_answers=2 * TIMEOUT) as (read, _):
            assert len([message async for message in read]) == 2
    for descriptor in (source, ours, target):
        os.close(descriptor)


class SlowReader:
    """Pipes of a client that has asked for two things, and reads when it is told to."""

    def __init__(self) -> None:
        self._asked = [PING, PING.replace(b"1,", b"2,")]
        self.is_written_to = anyio.Event()
        self.reads = anyio.Event()
        self.came = b""

    async def read(self) -> bytes:
        if self._asked:
            return self._asked.pop(0)
        await self.is_written_to.wait()
        return b""

    async def write(self, data: bytes) -> None:
        self.is_written_to.set()
        await self.reads.wait()
        self.came += data


async def _ten_times(seconds: float) -> None:
    """Let the time pass, and whatever is due or ready happen first."""
    for _ in range(10):
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        pass_time(seconds)


async def served_until(pipes: SlowReader, stopped: anyio.Event, end: anyio.Event) -> None:
    """Serve a client that is written to for ten times as long as an answer is waited for."""

    async def let_go() -> None:
        await pipes.is_written_to.wait()
        await _ten_times(TIMEOUT)
        end.set()
        await _ten_times(TIMEOUT)

    async with (
        server_of(SANDBOX) as server,
        anyio.create_task_group() as tasks,
        stdio_transport(pipes, stopped, last_answers=TIMEOUT) as (read, write),
    ):
        tasks.start_soon(let_go)
        await server.run(read, write, server.create_initialization_options())


async def test_a_client_that_reads_late_gets_all_that_it_asked_for() -> None:
    pipes = SlowReader()
    await served_until(pipes, anyio.Event(), pipes.reads)
    assert pipes.came == PONG + PONG.replace(b"1,", b"2,")


async def test_a_client_that_never_reads_is_left_once_the_server_is_stopped() -> None:
    pipes, stopped = SlowReader(), anyio.Event()
    await served_until(pipes, stopped, stopped)
    assert pipes.came == b""
