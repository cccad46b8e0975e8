"""`make setup-hosts`: real hosts read what `chasedata-mcp setup` wrote, and keep what they had.

Each has a HOME of its own with settings in it, as its own release of the day reads them. The setup
is typed at a terminal, and the host's own command says which servers it has, before and after.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import host_claude_code
import host_codex
import host_gemini_cli
import host_opencode
from hosting import Host, Place, install
from person import approve
from screens import MissingError

_NOWHERE = "http://127.0.0.1:9"
"""The model, and the proxy for calls home: nobody answers there."""
_SERVER = '"command": "true", "args": []'


@dataclass(frozen=True, slots=True)
class Tried:
    """A host with settings of its own, and its command that lists the servers."""

    host: Host
    key: str
    file: str
    settings: str
    lists: tuple[str, ...]
    others: Mapping[str, object] = field(default_factory=dict[str, object])


TRIED = (
    Tried(
        host_claude_code.HOSTS[0],
        "claude-code",
        ".claude.json",
        '{\n  "numStartups": 3,\n  "mcpServers": {\n    "other": {' + _SERVER + "}\n  }\n}\n",
        ("claude", "mcp", "list"),
    ),
    Tried(
        host_codex.HOSTS[0],
        "codex",
        ".codex/config.toml",
        '# mine\nmodel = "gpt-5.2"\n\n[mcp_servers.other]\ncommand = "true" # nothing\n',
        ("codex", "mcp", "list"),
    ),
    Tried(
        host_gemini_cli.HOSTS[0],
        "gemini-cli",
        ".gemini/settings.json",
        '{\n  // mine\n  "mcpServers": {\n    "other": {' + _SERVER + "}\n  }\n}\n",
        ("gemini", "mcp", "list"),
        {".gemini/trustedFolders.json": "TRUST_FOLDER"},
    ),
    Tried(
        host_opencode.HOSTS[0],
        "opencode",
        ".config/opencode/opencode.jsonc",
        '{\n  // mine\n  "mcp": {\n    "other": {"type": "local", "command": ["true"]},\n  },\n}\n',
        ("opencode", "mcp", "list"),
    ),
)


def main() -> int:
    """Try each host, and give 1 where one does something else."""
    return 1 if [one for one in TRIED if not _holds(one)] else 0


def _holds(tried: Tried) -> bool:
    try:
        version = install(tried.host)
    except MissingError as missing:
        _say(f"{tried.key}: not here: {missing}")
        return True
    with tempfile.TemporaryDirectory(prefix="setup-", ignore_cleanup_errors=True) as home:
        fault = _fault(tried, Place(tried.host.installed, Path(home), _NOWHERE))
    _say(f"{tried.key} {version}: {fault or 'reads it, and keeps what it had'}")
    return fault is None


def _fault(tried: Tried, place: Place) -> str | None:
    """Set the host up and take it back; what is wrong, None where nothing is."""
    place.work.mkdir()
    file = place.write(tried.file, tried.settings)
    for name, trust in tried.others.items():
        place.write(name, {str(place.work): trust})
    for words, is_there in (((), True), (("--remove",), False)):
        command = " ".join(("chasedata-mcp setup", tried.key, *words))
        answer = approve(command, "yes", place.shell, {})
        if answer.code:
            return f"`{command}` ended with {answer.code}: {answer.shown}"
        # A host may write into its file what it likes, once it has read it.
        if not is_there and "other" not in file.read_text(encoding="utf-8"):
            return "what it had is gone"
        if "// mine" in tried.settings and "// mine" not in file.read_text(encoding="utf-8"):
            return "its comment is gone"
        listed = _listed(tried, place)
        if ("chasedata" in listed) is not is_there or "other" not in listed:
            return f"after `{command}` it lists {listed!r}"
        if is_there and tried.key != "codex" and "onnected" not in listed:
            return f"it doesn't start the server: {listed!r}"
    return None


def _listed(tried: Tried, place: Place) -> str:
    state = {"CHASEDATA_STATE_DIR": str(place.home / "state")}
    ended = subprocess.run(  # noqa: S603 - the host
        tried.lists,
        cwd=place.work,
        env=place.environment(state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=180,
    )
    return ended.stdout + ended.stderr


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
