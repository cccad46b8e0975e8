"""The stdio transport: a JSON-RPC message a line, read and written as the event loop can.

It stands in for the SDK's (2.3), which answers no line that it can't parse, puts U+FFFD for bytes
that aren't UTF-8, reads lines of any length, and waits for a line in a thread that no signal ends.
"""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream
from mcp.shared.dispatcher import coerce_request_id
from mcp.shared.message import SessionMessage
from mcp_types import (
    INTERNAL_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)
from pydantic_core import PydanticSerializationError

from chasedata_mcp.mcp_server.json_rpc import LONGEST, UnreadableMessageError, read_message
from chasedata_mcp.mcp_server.pipes import Pipes
from chasedata_mcp.mcp_server.written_json import write_response

_LOG = logging.getLogger(__name__)
LAST_ANSWERS: Final = 1.0
"""Seconds without an answer after which no more is waited for, once the input has ended.

Clients of the SDKs wait two seconds for the process's end before they end it (MCP, lifecycle,
shutdown: close the input, wait, then SIGTERM). What is at the dialer is waited for all the same.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """The calls that are at the dialer: whether there are any, and how long they may take.

    `begin_end` tells what goes on by itself to come to its end; it doesn't wait.
    """

    is_under_way: Callable[[], bool] = lambda: False
    seconds: float = 0.0
    begin_end: Callable[[], None] = lambda: None


_NO_WORK: Final = Work()
Incoming: TypeAlias = ObjectReceiveStream[SessionMessage | Exception]
Outgoing: TypeAlias = ObjectSendStream[SessionMessage | bytes]


@asynccontextmanager
async def stdio_transport(
    pipes: Pipes,
    stopped: anyio.Event,
    work: Work = _NO_WORK,
    last_answers: float = LAST_ANSWERS,
) -> AsyncGenerator[tuple[Incoming, Outgoing]]:
    """Give a server the streams of its messages, until the input ends or it is stopped.

    Args:
        pipes: The source and the target of lines.
        stopped: Ends the reading, as the end of the input does; what nobody reads isn't written
            then.
        work: What is waited for at the end: whoever asked for it is to learn how it ended.
        last_answers: Seconds to wait for an answer, or for its reader, when all is to end.
    """
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, to_client = anyio.create_memory_object_stream[SessionMessage | bytes](0)
    lines = _Lines(pipes, stopped, work, last_answers, to_server, outgoing.clone(), to_client)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lines.read)
        tasks.start_soon(lines.write)
        async with incoming, outgoing:
            yield incoming, outgoing
        await _until(stopped, lines.written.wait)
        with anyio.move_on_after(last_answers):
            await lines.written.wait()
        tasks.cancel_scope.cancel()


@dataclass(slots=True)
class _Lines:
    """The two directions of one connection, and the requests that have no answer yet."""

    pipes: Pipes
    stopped: anyio.Event
    work: Work
    last_answers: float
    to_server: ObjectSendStream[SessionMessage | Exception]
    answers: Outgoing
    to_client: ObjectReceiveStream[SessionMessage | bytes]
    written: anyio.Event = field(default_factory=anyio.Event)
    _unanswered: Counter[RequestId] = field(default_factory=Counter[RequestId])
    _settled: anyio.Event = field(default_factory=anyio.Event)
    _is_writing: bool = False

    async def read(self) -> None:
        """Hand on what comes, line by line, and answer what can't be handed on."""
        async with self.to_server, self.answers:
            try:
                await _until(self.stopped, self._read_on)
                self.work.begin_end()
                await self._wait_for_last_answers()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return  # The server has ended before its input did.

    async def _read_on(self) -> None:
        buffer = LineBuffer()
        while data := await self.pipes.read():
            for line in buffer.lines(data):
                await self._take(line)
        await self._take(buffer.rest())

    async def _take(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = read_message(line)
        except UnreadableMessageError as error:
            done = "was answered with an error" if error.answers else "was not answered"
            _LOG.warning("a line from the client %s: %s", done, error.reason)
            for answer in error.answers:
                await self.answers.send(answer)
            return
        match message:
            case JSONRPCRequest():
                self._unanswered[coerce_request_id(message.id)] += 1
            case JSONRPCNotification(
                method="notifications/cancelled", params={"requestId": str() | int() as cancelled}
            ):
                # The SDK never answers it.
                self._settle(cancelled)
            case _:
                pass
        await self.to_server.send(SessionMessage(message))

    async def write(self) -> None:
        """Write the server's messages."""
        async with self.to_client:
            async for message in self.to_client:
                # An answer that the client reads slowly is no reason to give up on it at the end.
                self._is_writing = True
                await self.pipes.write(
                    (message if isinstance(message, bytes) else _line(message)) + b"\n"
                )
                self._is_writing = False
                match message:
                    case SessionMessage(JSONRPCResponse() | JSONRPCError() as answer):
                        self._settle(answer.id)
                    case _:
                        pass
        self.written.set()

    def _settle(self, request: RequestId | None) -> None:
        if request is not None:
            self._unanswered -= Counter([coerce_request_id(request)])
            self._settled.set()

    async def _wait_for_last_answers(self) -> None:
        """Wait for the answers to open requests, as long as they come and are read."""
        until = anyio.current_time() + self.work.seconds
        while self._unanswered:
            self._settled = anyio.Event()
            with anyio.move_on_after(self.last_answers) as waiting:
                await self._settled.wait()
            if waiting.cancelled_caught and not self._has_more_to_come(until):
                return

    def _has_more_to_come(self, until: float) -> bool:
        if self.work.is_under_way() and anyio.current_time() < until:
            return True
        return self._is_writing and not self.stopped.is_set()


class LineBuffer:
    """Bytes as they come, given out as lines.

    Of a line that is too long the beginning is given out as soon as it is over, so that it can be
    answered, and the rest is dropped as it comes.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        # One more, so that it shows.
        self._most = longest + 1
        self._kept = bytearray()
        self._is_over = False

    def lines(self, data: bytes) -> Iterator[bytes]:
        """Give the lines that end in the new bytes, and the beginning of one that is over."""
        *ended, begun = data.split(b"\n")
        for part in ended:
            yield from self._keep(part)
            if not self._is_over:
                yield self.rest()
            self._is_over = False
        yield from self._keep(begun)

    def rest(self) -> bytes:
        """Give the line that was begun, and forget it."""
        line = bytes(self._kept)
        self._kept.clear()
        return line

    def _keep(self, part: bytes) -> Iterator[bytes]:
        if self._is_over:
            return
        self._kept += part[: self._most - len(self._kept)]
        if len(self._kept) == self._most:
            self._is_over = True
            yield self.rest()


async def _until(stopped: anyio.Event, read_on: Callable[[], Awaitable[None]]) -> None:
    """Read on until there is no more, or until it is stopped."""
    async with anyio.create_task_group() as race:

        async def stop() -> None:
            await stopped.wait()
            race.cancel_scope.cancel()

        race.start_soon(stop)
        await read_on()
        race.cancel_scope.cancel()


def _line(message: SessionMessage) -> bytes:
    try:
        match message.message:
            case JSONRPCResponse() as response:
                return write_response(response)
            case other:
                return other.model_dump_json(by_alias=True, exclude_unset=True).encode()
    except PydanticSerializationError:
        # A text that UTF-8 can't say; whoever asked is answered all the same.
        _LOG.exception("a message to the client can't be written")
        error = ErrorData(code=INTERNAL_ERROR, message="The answer can't be written as JSON.")
        request_id = getattr(message.message, "id", None)
        return JSONRPCError(jsonrpc="2.0", id=request_id, error=error).model_dump_json().encode()
