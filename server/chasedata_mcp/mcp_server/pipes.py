"""The two pipes of a stdio server: read and written as the event loop can, or by threads."""

import asyncio
import os
import select
import stat
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import anyio
from anyio import to_thread

_CHUNK: Final = 65_536


class Pipes(Protocol):
    """Bytes in both directions."""

    async def read(self) -> bytes:
        """Read what has come, once something has; nothing at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Write all of it.

        Raises:
            OSError: Nobody reads it any more.
        """
        ...


class PolledPipes:
    """Descriptors that the event loop watches: pipes and sockets.

    They stay as they are, blocking or not, since that flag belongs to whoever shares them: nothing
    is read before something is there, and no more written at once than has room.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._target = target
        self._room = select.poll()
        self._room.register(target, select.POLLOUT)

    async def read(self) -> bytes:
        """Read once the event loop sees something."""
        while True:
            await anyio.wait_readable(self._source)
            try:
                return os.read(self._source, _CHUNK)
            except BlockingIOError:
                continue  # Whoever shares the pipe was faster.
            except ConnectionResetError:
                # A socket whose other end has gone: Node gives its children sockets.
                return b""

    async def write(self, data: bytes) -> None:
        """Write piece by piece, each once there is room for it."""
        rest = memoryview(data)
        while rest:
            # Mostly there is: to ask at once takes 5 µs, and to have the event loop ask 22.
            if not self._room.poll(0):
                await anyio.wait_writable(self._target)
            # A pipe that is reported writable takes PIPE_BUF bytes without blocking (POSIX), and no
            # more is sure: a larger write would stop the event loop until the client reads.
            with suppress(BlockingIOError):
                rest = rest[os.write(self._target, rest[: select.PIPE_BUF]) :]


class ThreadedPipes:
    """Descriptors that threads wait for where the event loop can't: files, terminals, Windows."""

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._target = target
        self._read: asyncio.Queue[bytes] | None = None

    async def read(self) -> bytes:
        """Take what the thread has read."""
        if self._read is None:
            self._read = asyncio.Queue(1)
            arguments = (self._source, self._read, asyncio.get_running_loop())
            # A daemon: nothing ends its waiting, and the process is not to wait for it.
            threading.Thread(target=_pump, args=arguments, daemon=True).start()
        return await self._read.get()

    async def write(self, data: bytes) -> None:
        """Write in a thread, which may block."""
        await to_thread.run_sync(_write, self._target, data)


def _pump(source: int, read: asyncio.Queue[bytes], loop: asyncio.AbstractEventLoop) -> None:
    """Read until the end, never more than one piece ahead."""
    data = b"\n"
    while data:
        data = _read(source)
        putting = read.put(data)
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        except RuntimeError:
            putting.close()  # The loop has ended.
            return


def _read(source: int) -> bytes:
    try:
        while True:
            with suppress(BlockingIOError):
                return os.read(source, _CHUNK)
            # Whoever shares it made it so; on Windows nobody can.
            select.select([source], [], [])
    except OSError:
        return b""


def _write(target: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(target, rest) :]
        except BlockingIOError:
            select.select([], [target], [])


def pipes_of(source: int, target: int) -> Pipes:
    """Choose who waits for two descriptors: the event loop for pipes and sockets, else threads."""
    # epoll takes no file and kqueue says nothing at the end of one; Windows has neither.
    is_watched = sys.platform != "win32" and all(map(_is_pipe, (source, target)))
    return PolledPipes(source, target) if is_watched else ThreadedPipes(source, target)


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


@contextmanager
def standard_pipes() -> Generator[Pipes]:
    """Take standard input and output for the protocol alone.

    Meanwhile whatever else reads finds nothing, and whatever else prints does so on standard error.
    """
    source, target = os.dup(0), os.dup(1)
    nothing, beside = os.open(os.devnull, os.O_RDONLY), _beside()
    os.dup2(nothing, 0)
    os.dup2(beside, 1)
    for done in (nothing, beside):
        os.close(done)
    try:
        yield pipes_of(source, target)
    finally:
        sys.stdout.flush()
        # What was taken stays open: a thread may wait for it still.
        os.dup2(source, 0)
        os.dup2(target, 1)


def _beside() -> int:
    try:
        return os.dup(2)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
