"""A serving process of the soak, and its client's end of the three streams."""

import contextlib
import json
import resource
import signal
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio

from _support.forks import forked
from chasedata_mcp.mcp_server.pipes import PolledPipes
from chasedata_mcp.mcp_server.stdio_transport import LineBuffer

Json = dict[str, Any]
_LONGEST = 1 << 24
_PROGRAM = """
import os, resource, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup has all that it starts ignore
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if os.environ.pop("STDERR", "") == "closed":
    os.close(2)
    sys.stderr = None
from chasedata_mcp.cli import main
main([])
"""


class ServerProcess:
    """A process that serves, as `chasedata-mcp` without a word does.

    Args:
        environ: Its whole environment.
        stderr: Takes its standard error.
        trace: A file that takes all that is said and heard.
    """

    def __init__(self, environ: Mapping[str, str], stderr: int, trace: Path) -> None:
        self._trace = trace.open("w", encoding="utf-8")
        process = forked(_PROGRAM, [], environ, (None, None, stderr))
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        self._process, self._stdin, self._stdout = process, process.stdin, process.stdout
        self._pipes = PolledPipes(self._stdout.fileno(), self._stdin.fileno())
        self._buffer, self._come = LineBuffer(_LONGEST), deque[bytes]()
        self._one_at_a_time = anyio.Lock()

    async def say(self, **message: object) -> None:
        """Send a message, if anybody is there to read it."""
        await self.say_line(json.dumps({"jsonrpc": "2.0", **message}))

    async def say_line(self, line: str) -> None:
        """Send a line, if anybody is there to read it."""
        async with self._one_at_a_time:
            if self._stdin.closed:
                return
            self.note("said", line)
            with contextlib.suppress(BrokenPipeError):
                await self._pipes.write(line.encode() + b"\n")

    async def hear(self) -> Json | None:
        """Wait for the next message; None at the end of its output."""
        while not self._come:
            data = b"" if self._stdout.closed else await self._pipes.read()
            if not data:
                return None
            self._come.extend(self._buffer.lines(data))
        line = self._come.popleft().decode()
        self.note("heard", line)
        heard: Json = json.loads(line)
        return heard

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it hasn't ended."""
        self.note("signal", number.name)
        self._process.send_signal(number)

    def limit(self, what: int, most: int) -> None:
        """Let it have no more of something from now on."""
        self.note("limit", f"{what} {most}")
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(self.pid, what, (most, most))

    async def close_input(self) -> None:
        """Close its standard input."""
        # Not under a write: its number may be another server's by then.
        async with self._one_at_a_time:
            self.note("closed", "stdin")
            self._stdin.close()

    def close_output(self) -> None:
        """Stop reading its standard output."""
        self.note("closed", "stdout")
        self._stdout.close()

    async def ended(self) -> int:
        """Wait for its end; gives its exit code, negative for a signal."""
        if self._process.poll() is None:
            await anyio.wait_readable(self._process)
        return self._process.wait()

    def close(self) -> None:
        """End it, if it hasn't ended, and close what is left of it."""
        self._process.kill()
        self.note("ended", str(self._process.wait()))
        self._stdin.close()
        self._stdout.close()
        self._trace.close()

    def note(self, what: str, line: str) -> None:
        """Write something into the trace."""
        self._trace.write(f"{time.time():.6f} {what} {line}\n")
