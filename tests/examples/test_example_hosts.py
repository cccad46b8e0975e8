import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from _support.terminals import environment
from chasedata_mcp.cli.demo import command

pytestmark = pytest.mark.anyio

HOSTS = Path(__file__).parents[2] / "examples" / "hosts"
FILES = sorted(HOSTS.glob("*.json"))


@dataclass(frozen=True)
class Entry:
    """One server of a host's file."""

    command: str
    args: list[str]
    env: dict[str, str]


def entries(file: Path) -> Iterator[tuple[str, Entry]]:
    parsed = json.loads(file.read_text(encoding="utf-8"))
    for name, told in (parsed.get("mcpServers") or parsed["servers"]).items():
        yield name, Entry(told["command"], told.get("args", []), told.get("env", {}))


def last_part(path: str) -> str:
    kind = PureWindowsPath if "\\" in path else PurePath
    return kind(path).name


def as_a_person_would_set_it(name: str, tmp_path: Path) -> str:
    """A value for a setting whose place the file keeps open."""
    token = tmp_path / "token"
    token.write_text("a-token\n", encoding="utf-8")
    return {
        "CHASEDATA_TOKEN": "a-token",
        "CHASEDATA_TOKEN_FILE": str(token),
        "CHASEDATA_ACCID": "test",
    }[name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_host_file_names_our_command(file: Path) -> None:
    for name, entry in entries(file):
        assert name == "chasedata"
        assert last_part(entry.command) in {"chasedata-mcp", "chasedata-mcp.exe"}


# Several files say the same, each in its host's words.
STARTS = sorted({(*entry.args, *entry.env) for file in FILES for _, entry in entries(file)})


@pytest.mark.parametrize("start", STARTS, ids=" ".join)
async def test_the_command_of_every_host_file_serves(
    start: tuple[str, ...], tmp_path: Path
) -> None:
    names = [word for word in start if word.startswith("CHASEDATA_")]
    args = [word for word in start if word not in names]
    set_by_hand = {name: as_a_person_would_set_it(name, tmp_path) for name in names}
    server = StdioServerParameters(
        command=command(Path(sys.executable)), args=args, env={**environment(), **set_by_hand}
    )

    async with Client(server) as client:
        instructions = client.instructions or ""

    assert ("SANDBOX" in instructions) is ("--sandbox" in args)
    assert ("LIVE" in instructions) is bool(names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_host_file_holds_a_token(file: Path) -> None:
    for _, entry in entries(file):
        token = entry.env.get("CHASEDATA_TOKEN", "${}")
        assert token.startswith("${")
        assert token.endswith("}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_host_file_is_named_in_the_guide(file: Path) -> None:
    assert f"({file.name})" in (HOSTS / "README.md").read_text(encoding="utf-8")


def test_what_the_files_ask_for_is_defined_in_them() -> None:
    parsed: dict[str, Any] = json.loads((HOSTS / "vscode-mcp.live.json").read_text())
    asked = {f"${{input:{entry['id']}}}" for entry in parsed["inputs"]}

    assert asked == set(parsed["servers"]["chasedata"]["env"].values())


def test_there_are_files_for_the_four_hosts() -> None:
    hosts = {"claude-desktop", "claude-code", "vscode", "cursor"}

    assert all(any(file.name.startswith(host) for file in FILES) for host in hosts)
