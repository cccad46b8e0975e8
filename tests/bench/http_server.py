"""A server's process over HTTP, and a client that costs little: each of its sessions posts calls.

An answer isn't parsed: its length or its last chunk ends it, a failed call is known by two words.
"""

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import psutil
from stdio_server import CLIENT, LEGACY, SETTLED, TIMEOUT, cpu_seconds, failed
from subjects import Call, Subject, clean_environ, reads, state

KEY: Final = "a-key-that-nobody-guesses"
_HEAD: Final = (
    "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
)


class Session:
    """A client's session, which has one call under way at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._header = ""

    async def begin(self) -> None:
        """Begin a session of the older era."""
        async with self.connected():
            params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": CLIENT}
            head, _ = await self.post("initialize", params, number=0)
            for line in head.split("\r\n"):
                name, _, text = line.partition(": ")
                if name.lower() == "mcp-session-id":
                    self._header = f"{name}: {text}\r\nMcp-Protocol-Version: {LEGACY}\r\n"
            await self.post("notifications/initialized", {})

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold a connection: a server closes one on which nothing comes for some seconds."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            yield
        finally:
            self._writer.close()

    async def call(self, call: Call) -> float:
        """Make a call, and give its seconds."""
        began = time.perf_counter()
        params = {"name": call.tool, "arguments": call.arguments}
        _, body = await self.post("tools/call", params, number=1)
        if failed(body):
            raise RuntimeError(body.decode())
        return time.perf_counter() - began

    async def post(
        self, method: str, params: Mapping[str, object], number: int | None = None
    ) -> tuple[str, bytes]:
        """Post a message, and give the head and the body of the answer."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        body = json.dumps(message if number is None else {**message, "id": number}).encode()
        head = _HEAD.format(port=self._port, key=KEY) + self._header
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        if not answered.startswith("HTTP/1.1 2"):
            raise RuntimeError(answered)
        return answered, await self._body(answered.lower())

    async def _body(self, head: str) -> bytes:
        _, _, length = head.partition("content-length: ")
        if length:
            return await self._reader.readexactly(int(length.split("\r\n", 1)[0]))
        if "transfer-encoding: chunked" not in head:
            return b""
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readline()
        return body


@dataclass(frozen=True, slots=True)
class HttpTurn:
    """Some calls in a row: how long each took, the processor time of one, and how many a second."""

    milliseconds: list[float]
    cpu_ms: float
    a_second: float


@dataclass
class HttpServer:
    """A server that runs, and the sessions of its clients."""

    name: str
    port: int
    process: psutil.Process
    sessions: list[Session] = field(default_factory=list[Session])

    async def open(self, sessions: int) -> None:
        """Begin so many sessions."""
        self.sessions += [Session(self.port) for _ in range(sessions)]
        for session in self.sessions:
            await session.begin()

    async def turn(self, number: int) -> HttpTurn:
        """Have the sessions make so many calls together, as `StdioServer.turn` does."""
        left, taken = islice(reads(), number), list[float]()

        async def calls(session: Session) -> None:
            for call in left:
                taken.append(await session.call(call) * 1e3)

        async with AsyncExitStack() as connected, asyncio.timeout(TIMEOUT):
            for session in self.sessions:
                await connected.enter_async_context(session.connected())
            before, began = cpu_seconds(self.process), time.perf_counter()
            async with asyncio.TaskGroup() as tasks:
                for session in self.sessions:
                    tasks.create_task(calls(session))
            a_second = number / (time.perf_counter() - began)
            await asyncio.sleep(SETTLED)
        cpu_ms = (cpu_seconds(self.process) - before) / number * 1e3
        return HttpTurn(taken, cpu_ms, a_second)


@contextmanager
def serving(subject: Subject, settings: Mapping[str, str]) -> Iterator[HttpServer]:
    """Start a server on a free port, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with state() as own:
        environ = {**clean_environ(), **own, **settings, "CHASEDATA_HTTP_KEY": KEY}
        command = [word.format(port=port) for word in subject.command]
        with subprocess.Popen(  # noqa: S603 - our own servers
            command, env={**environ, **subject.environ}, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait_for(port, process)
                yield HttpServer(subject.name, port, psutil.Process(process.pid))
            finally:
                process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the port is open.

    Raises:
        RuntimeError: The server has ended.
    """
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"a server has ended: {process.args!r}")
