"""The servers that are measured, and the sandbox on a port that all of them post to."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Final

from unbounded import unbounded

from chasedata_mcp.sandbox import ACCID, TOKEN

PEERS: Final = Path(__file__).with_name("peers")
ROOT: Final = PEERS.parents[2]
ENVIRONMENTS: Final = ROOT / "build/peers"
"""What `make bench` sets up for the naive servers."""
_SANDBOX: Final = """
import sys
from chasedata_mcp.sandbox.faults import parse_faults
from chasedata_mcp.sandbox.standalone import serve_sandbox
faults = parse_faults(sys.argv[1])
serve_sandbox(0, faults=faults, on_ready=lambda url: print(url, flush=True))
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to be measured."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is measured."""

    tool: str
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])


def python_of(environment: str) -> str:
    """Give the Python of an environment of the naive servers."""
    return str(ENVIRONMENTS / environment / "bin/python")


def peer(name: str, script: str, python: str) -> Subject:
    """Name a naive server, run by the Python that has what it imports."""
    return Subject(name, (python, str(PEERS / script)))


OURS: Final = Subject("chasedata-mcp", (sys.executable, "-m", "chasedata_mcp"))
LOW_LEVEL: Final = peer("low-level", "low_level.py", python_of("sdk"))
MCP_SERVER: Final = peer("MCPServer", "mcp_server.py", python_of("sdk"))
FAST_MCP: Final = peer("fastmcp", "fast_mcp.py", python_of("fastmcp"))
ONE_WORD: Final = peer("one word", "one_word.py", python_of("sdk"))
NAIVE: Final = (LOW_LEVEL, MCP_SERVER, FAST_MCP)


def ours_in(checkout: str) -> Subject:
    """Give our server as it is in another checkout, with this one's packages."""
    path = str(Path(checkout).resolve() / "server")
    return Subject("before", OURS.command, {"PYTHONPATH": path})


def reads() -> Iterator[Call]:
    """Yield searches without an end."""
    while True:
        yield Call("search_lead", {"search_field": "client_id", "identifier": "WEB-1001"})


def writes() -> Iterator[Call]:
    """Yield updates without an end, no two alike."""
    for number in _NUMBERS:
        lead = {"search_field": "client_id", "identifier": f"WEB-{1001 + number % 40}"}
        yield Call("update_lead", {**lead, "notes": f"bench {os.getpid()} {number}"})


_NUMBERS: Final = count()


@contextmanager
def sandbox_on_a_port(faults: str = "") -> Iterator[Mapping[str, str]]:
    """Serve a sandbox, and yield the settings that point a server at it."""
    words = [sys.executable, "-c", _SANDBOX, faults]
    with Popen(words, stdout=PIPE, env=clean_environ(), text=True) as process:  # noqa: S603 - our own
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            yield {
                "CHASEDATA_BASE_URL": f"{address}/HttpImport/",
                "CHASEDATA_TOKEN": TOKEN,
                "CHASEDATA_ACCID": ACCID,
                "CHASEDATA_LOG_LEVEL": "error",
            }
        finally:
            process.terminate()


@contextmanager
def state() -> Iterator[Mapping[str, str]]:
    """Make a state directory, with a policy that lets calls without end go on."""
    with TemporaryDirectory(prefix="bench-") as name:
        place = Path(name)
        yield {
            "CHASEDATA_STATE_DIR": str(place / "state"),
            "CHASEDATA_POLICY": str(unbounded(place)),
        }


def clean_environ() -> dict[str, str]:
    """Give the environment without this machine's own settings."""
    ours = ("CHASEDATA_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
