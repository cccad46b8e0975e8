"""A server's process over stdio, and a client that costs little: it writes lines and counts lines.

An answer isn't parsed: a failed call is known by two words in it.
"""

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import Final, Literal

import psutil
from subjects import Call, Subject, clean_environ, state

Era = Literal["2026-07-28", "2025-11-25"]
LEGACY: Final = "2025-11-25"
TIMEOUT: Final = 600.0
SETTLED: Final = 0.6
"""Reads are recorded half a second later, and belong to the turn in which they were made."""
_MB: Final = 1024 * 1024
CLIENT: Final = {"name": "bench", "version": "1"}
_META: Final = "io.modelcontextprotocol/"


@dataclass(frozen=True, slots=True)
class Turn:
    """Some calls in a row: the processor time of one, and how many a second."""

    cpu_ms: float
    a_second: float


class StdioServer:
    """A server that runs, and its two pipes."""

    def __init__(self, subject: Subject, environ: Mapping[str, str], era: Era = LEGACY) -> None:
        self.subject = subject
        self._began = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 - our own servers
            subject.command,
            env={**clean_environ(), **environ, **subject.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._seen = psutil.Process(self._process.pid)
        self._ids = count(1)
        self._rest = b""
        self._greet(era)

    def _greet(self, era: Era) -> None:
        """Open the conversation and have the tools listed: its start ends here."""
        if era == LEGACY:
            hello = {"protocolVersion": era, "capabilities": {}, "clientInfo": CLIENT}
            self._ask("initialize", hello)
            os.write(self._to, b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
            self.listed = self._ask("tools/list", {})
        else:
            meta = {"protocolVersion": era, "clientInfo": CLIENT, "clientCapabilities": {}}
            params = {"_meta": {f"{_META}{name}": value for name, value in meta.items()}}
            self._ask("server/discover", params)
            self.listed = self._ask("tools/list", params)
        self.start_seconds = time.perf_counter() - self._began
        self.start_cpu_seconds = cpu_seconds(self._seen)

    def make(self, calls: Iterator[Call], number: int, *, at_once: int = 1) -> float:
        """Make so many calls, so many at once, and give the calls a second.

        Raises:
            RuntimeError: A call failed, or the server ended.
        """
        began = time.perf_counter()
        left = islice(calls, number)
        for call in islice(left, at_once):
            self._send("tools/call", {"name": call.tool, "arguments": call.arguments})
        answered = 0
        while answered < number:
            for line in self._lines():
                self._check(line)
                answered += 1
                for call in islice(left, 1):
                    self._send("tools/call", {"name": call.tool, "arguments": call.arguments})
        return number / (time.perf_counter() - began)

    def turn(self, calls: Iterator[Call], number: int, at_once: int) -> Turn:
        """Make calls, wait until what they left to be done is done, and give what they took."""
        before = cpu_seconds(self._seen)
        a_second = self.make(calls, number, at_once=at_once)
        time.sleep(SETTLED)
        return Turn((cpu_seconds(self._seen) - before) / number * 1e3, a_second)

    def megabytes(self) -> float:
        """The resident memory of the process."""
        return float(self._seen.memory_info().rss) / _MB

    def close(self) -> None:
        """End its input, and wait for its end."""
        assert self._process.stdin is not None
        with self._process:
            self._process.stdin.close()
            try:
                self._process.wait(TIMEOUT)
            finally:
                self._process.kill()

    def _ask(self, method: str, params: Mapping[str, object]) -> bytes:
        self._send(method, params)
        (line,) = self._lines()
        self._check(line)
        return line

    def _send(self, method: str, params: Mapping[str, object]) -> None:
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        os.write(self._to, json.dumps(message).encode() + b"\n")

    def _lines(self) -> list[bytes]:
        """Wait for lines, one at least."""
        lines: list[bytes] = []
        while not lines:
            readable, _, _ = select.select([self._from], [], [], TIMEOUT)
            data = os.read(self._from, 1 << 18) if readable else b""
            if not data:
                raise RuntimeError(f"{self.subject.name}: no answer")
            *lines, self._rest = (self._rest + data).split(b"\n")
        return lines

    def _check(self, line: bytes) -> None:
        if failed(line):
            raise RuntimeError(f"{self.subject.name}: {line.decode()}")


def cpu_seconds(process: psutil.Process) -> float:
    """Read the processor time of all threads of a process, to some milliseconds."""
    times = process.cpu_times()
    return float(times.user + times.system)


def failed(answer: bytes) -> bool:
    """Look for what an answer has, or lacks, where a call failed."""
    return b'"result":' not in answer or b'"isError":true' in answer


@contextmanager
def running(
    subjects: Sequence[Subject], settings: Mapping[str, str], era: Era = LEGACY
) -> Iterator[list[StdioServer]]:
    """Start servers, each on a state of its own, and end them."""
    with ExitStack() as stack:
        servers: list[StdioServer] = []
        for subject in subjects:
            environ = {**stack.enter_context(state()), **settings}
            servers.append(StdioServer(subject, environ, era))
            stack.callback(servers[-1].close)
        yield servers
