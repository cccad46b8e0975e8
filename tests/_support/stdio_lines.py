"""A server over stdio as a program of one's own speaks to it: bytes, and lines of JSON."""

import io
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, Self

from _support.forks import forked
from _support.terminals import environment
from _support.timeouts import TIMEOUT

MODERN: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
_PROGRAM: Final = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from chasedata_mcp.cli import main
main()
"""


class ForkedServer:
    """A forked process whose streams are bytes, with what tests use of `subprocess.Popen`."""

    def __init__(self, program: str, words: Sequence[str], environ: Mapping[str, str]) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self.stdin, self.stdout = io.FileIO(ours_in, "w"), io.FileIO(ours_out)
        # A file never fills up, so that what the process says needn't be read while it runs.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            streams = (theirs_in, theirs_out, self._said.fileno())
            self._process = forked(program, words, environ, streams)
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self.poll, self.wait = self._process.poll, self._process.wait
        self.kill, self.send_signal = self._process.kill, self._process.send_signal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()
        self.wait()
        self._said.close()

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """Close its input, and read the rest of its output and its whole standard error."""
        self.stdin.close()
        came = self.stdout.readall()
        self.wait(timeout)
        self._said.seek(0)
        return came, self._said.read()


class Spoken:
    """A server process and its two pipes."""

    def __init__(self, process: "ForkedServer | subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._to, self._from = process.stdin, process.stdout
        self._come = b""
        self._pings = count(1)
        self._is_introduced = False

    def say(self, line: bytes, end: bytes = b"\n") -> None:
        self._to.write(line + end)

    def send(self, method: str, request: object = None, **params: object) -> None:
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
        self.say(json.dumps(message if request is None else {**message, "id": request}).encode())

    def ask(self, era: str, request: int, method: str, **params: object) -> None:
        """Send a request as a client of an era does; the older one introduces itself first."""
        if era == "legacy" and not self._is_introduced:
            self.initialize()
            self._is_introduced = True
        meta = {} if era == "legacy" else {"_meta": MODERN}
        self.send(method, request, **params, **meta)

    def initialize(self, version: str = "2025-11-25") -> Any:  # noqa: ANN401 - JSON
        info = {"name": "test", "version": "1"}
        self.send("initialize", "init", protocolVersion=version, capabilities={}, clientInfo=info)
        answer = self.answer()
        self.send("notifications/initialized")
        return answer

    def answer(self) -> Any:  # noqa: ANN401 - JSON
        """Read the next line."""
        while b"\n" not in self._come:
            readable, _, _ = select.select([self._from], [], [], TIMEOUT)
            assert readable, "no answer"
            data = os.read(self._from.fileno(), 65_536)
            assert data, "the server has ended"
            self._come += data
        line, _, self._come = self._come.partition(b"\n")
        return json.loads(line)

    def answers(self) -> list[Any]:
        """Ping, and list the answers before the pong: the server goes on."""
        name = f"the last ping, {next(self._pings)}"
        self.send("ping", name)
        came = [self.answer()]
        while came[-1].get("id") != name:
            came.append(self.answer())
        assert came.pop() == {"jsonrpc": "2.0", "id": name, "result": {}}
        return came

    def end(self) -> tuple[int, str]:
        """Close its input; gives its exit code and its standard error."""
        _, complaints = self.process.communicate(timeout=TIMEOUT)
        return self.wait(), complaints.decode()

    def wait(self) -> int:
        """Wait for its exit code, while its input stays open."""
        return self.process.wait(timeout=TIMEOUT)


@contextmanager
def spoken(**settings: str) -> Generator[Spoken]:
    """Fork a server of the embedded sandbox; settings as `terminals.environment` takes them."""
    with speaking(environment(**settings), "--sandbox") as server:
        yield server


@contextmanager
def speaking(environ: Mapping[str, str], *words: str) -> Generator[Spoken]:
    """Fork a server with this environment, where its start isn't the point."""
    with ForkedServer(_PROGRAM, words, environ) as process:
        try:
            yield Spoken(process)
        finally:
            process.kill()


@contextmanager
def started(environ: Mapping[str, str], *words: str, program: str = _PROGRAM) -> Generator[Spoken]:
    """Start a server with this environment: an interpreter that has imported nothing."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", program, *words],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    with process:
        try:
            yield Spoken(process)
        finally:
            process.kill()
