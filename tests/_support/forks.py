"""Processes of their own that begin at once: forks of one that has imported everything.

An import of the server takes half a second, and more than a hundred tests want a process to kill,
to interrupt or to put at a terminal. What a start itself does is tested by real ones, as `start` in
`terminals` makes them.

A test forks one by `forked`. What starts a program by its path is given that of `forking_python`,
or a search path with `forking_commands` in it, where `chasedata-mcp` is too.
"""

import contextlib
import functools
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from _support.fork_server import SIZE, number_of

WARM = "from _support.fork_server import serve; serve()"


class Forked:
    """A process that was forked, with what tests use of `subprocess.Popen`."""

    def __init__(self, life: socket.socket, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._life = life
        self.pid = number_of(life)

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
            self.returncode = number_of(self._life)
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
    socket.send_fds(way, [len(told).to_bytes(SIZE, "big")], lent)
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
    """The process that everything is forked from, the way to it, and where others come in.

    Attributes:
        process: The process.
        way: The way of this process to it.
        commands: A directory with `python` and `chasedata-mcp`, which are forked off it.
    """

    process: subprocess.Popen[bytes]
    way: socket.socket
    commands: Path

    def end(self) -> None:
        self.way.close()
        self.process.wait()
        shutil.rmtree(self.commands)


@functools.cache
def warm() -> Warm:
    """Start the process that forks, on first use; it ends with this process, or before."""
    ours, theirs = socket.socketpair()
    # A socket's path has to be short.
    commands = Path(tempfile.mkdtemp(prefix="forks-", dir="/tmp"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with theirs, _door(commands) as door:
        process = subprocess.Popen(  # noqa: S603 - our own words to our own interpreter
            [sys.executable, "-c", WARM, str(theirs.fileno()), str(door.fileno())],
            env=environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno(), door.fileno()],
        )
    return Warm(process, ours, commands)


def _door(commands: Path) -> socket.socket:
    """Open the door for commands, and write those that come in by it."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(commands / "door"))
    door.listen()
    stand_in = Path(__file__).with_name("forked_command.py")
    python = shlex.join([sys.executable, "-IS", str(stand_in), str(commands / "door")])
    for name, words in (("python", ""), ("chasedata-mcp", " -m chasedata_mcp")):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec {python}{words} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    return door


def forking_commands() -> Path:
    """Give the directory with a `python` and a `chasedata-mcp` that are up at once."""
    return warm().commands


def forking_python() -> str:
    """Give the path of a Python that is up at once, for what takes one as `sys.executable`."""
    return str(forking_commands() / "python")


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
