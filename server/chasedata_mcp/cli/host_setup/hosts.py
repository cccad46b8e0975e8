"""The hosts that are known: where each keeps its servers, and how it writes one down.

Where a host keeps them is by its own documentation, looked up in November 2026; on Linux Claude
Code, Codex, Gemini CLI and opencode were seen to read what is written (`make setup-hosts`).
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Entry = Mapping[str, object]
NAME: Final = "chasedata"
"""The name of the entry, which hosts show and put before the tools' names."""


@dataclass(frozen=True, slots=True)
class UserMachine:
    """The machine that is looked at: its system, the person's home and variables, its programs."""

    platform: str
    home: Path
    environ: Mapping[str, str]
    which: Callable[[str], str | None]

    def folder(self, variable: str, *otherwise: str) -> Path:
        """Give the folder that a variable names, else the one in the home directory."""
        named = self.environ.get(variable)
        return Path(named) if named else self.home.joinpath(*otherwise)

    @property
    def settings(self) -> Path:
        """The folder in which programs with a window keep their settings."""
        match self.platform:
            case "darwin":
                return self.home / "Library" / "Application Support"
            case "win32":
                return self.folder("APPDATA", "AppData", "Roaming")
            case _:
                return self.folder("XDG_CONFIG_HOME", ".config")


def this_machine() -> UserMachine:
    """Look at the machine that this runs on."""
    return UserMachine(sys.platform, Path.home(), os.environ, shutil.which)


@dataclass(frozen=True, slots=True)
class Server:
    """The start of the server by a host: its words, and the variables that it is given."""

    words: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Host:
    """A host: its file, where in it the servers are, and its way to write one down.

    `files` yields where the file may be: the first that is there is meant, else the first.
    `signs` yields what is there where the host is installed, beside its `program` on the path.
    """

    key: str
    name: str
    files: Callable[[UserMachine], Iterator[Path]]
    signs: Callable[[UserMachine], Iterator[Path]]
    path: tuple[str, ...]
    write: Callable[[Server], Entry]
    then: str
    program: str | None = None
    is_toml: bool = False

    def file(self, machine: UserMachine) -> Path:
        """Find the file in which this machine's host keeps its servers."""
        places = list(self.files(machine))
        return next((place for place in places if place.exists()), places[0])

    def is_here(self, machine: UserMachine) -> bool:
        """Tell whether the host is installed for this person, as far as that can be seen."""
        if self.program is not None and machine.which(self.program) is not None:
            return True
        return any(sign.exists() for sign in self.signs(machine))


def _usual(server: Server) -> Entry:
    """Write a server as most hosts do."""
    command, *words = server.words
    variables = {"env": dict(server.variables)} if server.variables else {}
    return {"command": command, "args": words, **variables}


def _typed(server: Server) -> Entry:
    return {"type": "stdio", **_usual(server)}


def _of_codex(server: Server) -> Entry:
    """Let Codex wait for the server's start, and for a call that a person is asked about."""
    # Else Codex begins before a server that takes a second, and the model sees none of its tools;
    # a call that waits for a yes takes 50 seconds (docs/clients.md).
    return {**_usual(server), "required": True, "tool_timeout_sec": 120}


def _of_opencode(server: Server) -> Entry:
    variables = {"environment": dict(server.variables)} if server.variables else {}
    waits = {"enabled": True, "timeout": 120_000}
    return {"type": "local", "command": list(server.words), **waits, **variables}


def _claude_desktop(machine: UserMachine) -> Iterator[Path]:
    # Of the Store's Claude Desktop Windows keeps what it writes in a folder of its own.
    if machine.platform == "win32":
        packages = machine.folder("LOCALAPPDATA", "AppData", "Local") / "Packages"
        yield from sorted(packages.glob("Claude_*/LocalCache/Roaming/Claude/*_config.json"))
    yield machine.settings / "Claude" / "claude_desktop_config.json"


def _claude_code(machine: UserMachine) -> Iterator[Path]:
    yield machine.folder("CLAUDE_CONFIG_DIR") / ".claude.json"


def _codex(machine: UserMachine) -> Iterator[Path]:
    yield machine.folder("CODEX_HOME", ".codex") / "config.toml"


def _gemini(machine: UserMachine) -> Iterator[Path]:
    yield machine.home / ".gemini" / "settings.json"


def _vscode(machine: UserMachine) -> Iterator[Path]:
    yield machine.settings / "Code" / "User" / "mcp.json"


def _cursor(machine: UserMachine) -> Iterator[Path]:
    yield machine.home / ".cursor" / "mcp.json"


def _opencode(machine: UserMachine) -> Iterator[Path]:
    # By the XDG rules on every system, Windows too.
    folder = machine.folder("XDG_CONFIG_HOME", ".config") / "opencode"
    yield from (folder / name for name in ("opencode.json", "opencode.jsonc"))


def _parent(
    files: Callable[[UserMachine], Iterator[Path]],
) -> Callable[[UserMachine], Iterator[Path]]:
    """Take the file's folder for the sign of its host."""
    return lambda machine: (file.parent for file in files(machine))


def _signs_of_claude_code(machine: UserMachine) -> Iterator[Path]:
    # Its file is in the home directory, which everybody has.
    yield from _claude_code(machine)
    yield machine.home / ".claude"


_SERVERS: Final = ("mcpServers", NAME)
HOSTS: Final = (
    Host(
        "claude-desktop",
        "Claude Desktop",
        _claude_desktop,
        _parent(_claude_desktop),
        _SERVERS,
        _usual,
        "Quit Claude Desktop whole, and start it again.",
    ),
    Host(
        "claude-code",
        "Claude Code",
        _claude_code,
        _signs_of_claude_code,
        _SERVERS,
        _typed,
        "Start claude anew; /mcp there shows the server.",
        program="claude",
    ),
    Host(
        "codex",
        "Codex",
        _codex,
        _parent(_codex),
        ("mcp_servers", NAME),
        _of_codex,
        "Start codex anew; /mcp there shows the server.",
        program="codex",
        is_toml=True,
    ),
    Host(
        "gemini-cli",
        "Gemini CLI",
        _gemini,
        _parent(_gemini),
        _SERVERS,
        _usual,
        "Start gemini anew, in a folder that you trust (/permissions); /mcp shows the server.",
        program="gemini",
    ),
    Host(
        "vscode",
        "VS Code",
        _vscode,
        _parent(_vscode),
        ("servers", NAME),
        _typed,
        "In VS Code run the command MCP: List Servers, choose chasedata, and start it.",
        program="code",
    ),
    Host(
        "cursor",
        "Cursor",
        _cursor,
        _parent(_cursor),
        _SERVERS,
        _usual,
        "In Cursor's settings, under MCP, switch chasedata on.",
        program="cursor",
    ),
    Host(
        "opencode",
        "opencode",
        _opencode,
        _parent(_opencode),
        ("mcp", NAME),
        _of_opencode,
        "Start opencode anew; opencode mcp list shows the server.",
        program="opencode",
    ),
)
