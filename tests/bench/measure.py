"""What is measured of a server over stdio: its start, its calls a second, its memory.

The client is the same for every server: the Python SDK's, with nothing set but the protocol's era.
"""

import os
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import anyio
import psutil
from mcp import Client
from mcp.client.stdio import StdioServerParameters

Era = Literal["auto", "legacy"]
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to be measured, and the call that is made to it."""

    name: str
    command: tuple[str, ...]
    tool: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs, seen from its client."""

    subject: Subject
    client: Client
    process: psutil.Process

    async def calls(self, number: int, *, at_once: int) -> float:
        """Make so many calls, so many at once, and give the calls a second.

        Raises:
            RuntimeError: A call failed.
        """
        left = iter(range(number))
        began = time.perf_counter()
        async with anyio.create_task_group() as group:
            for _ in range(at_once):
                group.start_soon(self._caller, left)
        return number / (time.perf_counter() - began)

    def megabytes(self) -> float:
        """The memory of the server's process, and of what it started itself."""
        family = [self.process, *self.process.children(recursive=True)]
        return float(sum(member.memory_info().rss for member in family)) / _MB

    async def _caller(self, left: Iterator[int]) -> None:
        for _ in left:
            await self._call()

    async def _call(self) -> None:
        result = await self.client.call_tool(self.subject.tool, dict(self.subject.arguments))
        if result.is_error:
            raise RuntimeError(f"{self.subject.name}: a call failed")


@asynccontextmanager
async def running(subject: Subject, era: Era = "auto") -> AsyncGenerator[Running]:
    """Start a server, and stop it at the end."""
    before = set(psutil.Process().children())
    async with Client(_how(subject), mode=era) as client:
        (process,) = set(psutil.Process().children()) - before
        yield Running(subject, client, process)


async def seconds_to_first_list(subject: Subject, era: Era) -> float:
    """Start a server, have it list its tools, and give how long that took."""
    began = time.perf_counter()
    async with Client(_how(subject), mode=era) as client:
        await client.list_tools()
        return time.perf_counter() - began


def _how(subject: Subject) -> StdioServerParameters:
    """Nothing of this machine's settings reaches the server."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHASEDATA_")}
    clean["CHASEDATA_SANDBOX_FILE"] = ":memory:"
    return StdioServerParameters(command=subject.command[0], args=[*subject.command[1:]], env=clean)
