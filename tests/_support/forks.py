"""Processes of their own that begin at once: forks of one that has imported everything.

An import of the server takes half a second, and more than a hundred tests want a process to kill,
to interrupt or to put at a terminal. What a start itself does is tested by real ones, as `start` in
`terminals` makes them.
"""

import contextlib
import functools
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

WARM = "from _support.forks import serve; serve()"
IMPORTED = (
    "anyio._backends._asyncio",
    "chasedata_mcp.batches.dbos_session",
    "chasedata_mcp.cli.app",
    "chasedata_mcp.cli.stdio_server",
    "chasedata_mcp.ledger.engine",
    "chasedata_mcp.ledger.postgresql",
    "chasedata_mcp.mcp_server.handlers",
    "platformdirs.unix",
)
_STATUS = 4


class Forked:
    """A process that was forked, with what tests use of `subprocess.Popen`."""

    def __init__(self, life: socket.socket, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._life = life
        self.pid = _number(life)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for stream in (self.stdin, self.stdout):
            if stream is not None:
                stream.close()
        self.wait()

    def fileno(self) -> int:
        """Give a descriptor that can be read once the process has ended."""
        return self._life.fileno()

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """Give the exit code; None while the process runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            over, _, _ = select.select([self._life], [], [], timeout)
            if not over:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = _number(self._life)
            self._life.close()
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, None]:
        """Read the rest of the output, which has to fit a pipe."""
        assert self.stdout is not None
        self.wait(timeout)
        return self.stdout.read(), None


def forked(
    program: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    streams: tuple[int | None, int | None, int] = (None, None, 2),
) -> Forked:
    """Run a program as `python -c` does; where there is no stream for it, it gets a pipe."""
    stdin, stdout, stderr = streams
    told = json.dumps([program, [*words], dict(environment), str(Path.cwd())]).encode()
    life, its_life = socket.socketpair()
    theirs_in, ours_in = (stdin, None) if stdin is not None else os.pipe()
    ours_out, theirs_out = (None, stdout) if stdout is not None else os.pipe()
    way = warm().way
    lent = [theirs_in, theirs_out, stderr, its_life.fileno()]
    socket.send_fds(way, [len(told).to_bytes(_STATUS, "big")], lent)
    way.sendall(told)
    its_life.close()
    if ours_in is not None:
        os.close(theirs_in)
    if ours_out is not None:
        os.close(theirs_out)
    return Forked(
        life,
        None if ours_in is None else os.fdopen(ours_in, "w", encoding="utf-8"),
        None if ours_out is None else os.fdopen(ours_out, encoding="utf-8"),
    )


@dataclass(frozen=True)
class Warm:
    """The process that everything is forked from, and the way to it."""

    process: subprocess.Popen[bytes]
    way: socket.socket

    def end(self) -> None:
        self.way.close()
        self.process.wait()


@functools.cache
def warm() -> Warm:
    """Start the process that forks, on first use; it ends with this process, or before."""
    ours, theirs = socket.socketpair()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own words to our own interpreter
            [sys.executable, "-c", WARM, str(theirs.fileno())],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return Warm(process, ours)


def serve() -> None:
    """Fork for whoever asks; comes back in each fork, when its program is over."""
    for module in IMPORTED:
        __import__(module)
    gc.freeze()  # what a fork doesn't touch isn't copied
    asked = socket.socket(fileno=int(sys.argv[1]))
    while True:
        head, lent, _, _ = socket.recv_fds(asked, _STATUS, 4)
        if not head:
            _bury()
            return
        told = _exactly(asked, int.from_bytes(head, "big"))
        if os.fork() == 0:
            asked.close()
            _live(told, *lent)
            return
        for each in lent:
            os.close(each)
        _bury()


def _bury() -> None:
    """Reap the forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _live(told: bytes, stdin: int, stdout: int, stderr: int, its_life: int) -> None:
    """Fork once more: one runs the program, and the other reports its end."""
    life = socket.socket(fileno=its_life)
    if pid := os.fork():
        for each in (stdin, stdout, stderr):
            os.close(each)
        _say(life, pid)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(BrokenPipeError):
            _say(life, os.waitstatus_to_exitcode(status))
        os._exit(0)
    life.close()
    _wear(stdin, stdout, stderr)
    program, words, environment, directory = json.loads(told)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()  # the C library keeps the zone that this process was begun in
    os.chdir(directory)
    sys.argv = ["-c", *words]
    exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - as `-c`


def _wear(*streams: int) -> None:
    """Take these for the three streams, as an interpreter does when it starts."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", "backslashreplace", closefd=False)


def _say(life: socket.socket, number: int) -> None:
    life.sendall(number.to_bytes(_STATUS, "big", signed=True))


def _number(life: socket.socket) -> int:
    return int.from_bytes(_exactly(life, _STATUS), "big", signed=True)


def _exactly(source: socket.socket, size: int) -> bytes:
    """Read so many bytes, which may come in parts."""
    got = b""
    while len(got) < size:
        part = source.recv(size - len(got))
        assert part, "it ended in the midst"
        got += part
    return got


class Child:
    """A process that prints a line for each thing it has done, and can be killed at any."""

    def __init__(self, script: str, **given: object) -> None:
        environment: Mapping[str, str] = {**os.environ, "GIVEN": json.dumps(given)}
        self._process = forked(script, [], environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def hears(self) -> str:
        """Read the next line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self._process.kill()
        self._process.wait()
