"""`make first-call`: from nothing to a first safe call, by three doors, each timed from the start.

Nothing is there but a Python and uv (in the bundle's case the host's own): no package, and an empty
cache. The wheel and the bundle are those of `make dist` and `make bundle`, since the package index
has neither yet. What a person decides on the way is written down beside each door, and counted. The
first call looks a lead up on the sandbox; it changes nothing and rings nobody.
"""

import shlex
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from clean_places import ROOT, UV, FailedError, clean_environment, run, say
from first_session import play
from make_bundle import BUNDLE, HERE, command_of
from person import approve

LONGEST: Final = 60
MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Door:
    """A way in: what a person decides, and what happens then, in a home with nothing in it."""

    name: str
    decisions: tuple[str, ...]
    enter: Callable[[Path, dict[str, str]], None]


def main() -> int:
    """Go through each door, and give 1 where one takes too long or asks for too much."""
    return 1 if [door for door in DOORS if not _is_quick(door)] else 0


def _is_quick(door: Door) -> bool:
    with tempfile.TemporaryDirectory(prefix="first-", ignore_cleanup_errors=True) as place:
        home = Path(place)
        begun = monotonic()
        try:
            door.enter(home, _nothing(home))
        except FailedError as error:
            say(f"{door.name}: FAILED: {error}")
            return False
        took = monotonic() - begun
    decisions = "; ".join(door.decisions)
    say(f"{door.name}: {took:.0f} s; decisions: {len(door.decisions)} ({decisions})")
    return took <= LONGEST and len(door.decisions) <= MOST


def _nothing(home: Path) -> dict[str, str]:
    """Name the places of a person who has installed nothing yet, Codex but for its server."""
    (home / ".codex").mkdir()
    places = {"UV_CACHE_DIR": "cache", "UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin"}
    own = {"CODEX_HOME": ".codex", "CHASEDATA_STATE_DIR": "state", "CHASEDATA_SANDBOX_FILE": "box"}
    return {name: str(home / place) for name, place in {**places, **own}.items()}


def _wheel() -> Path:
    found = next((ROOT / "dist").glob("*.whl"), None)
    if found is None:
        raise FailedError("there is no wheel: make dist builds it")
    return found


def by_uvx(home: Path, places: dict[str, str]) -> None:
    """Let a host start the server as the README's links and lines have it."""
    del home
    play((UV, "tool", "run", "--from", _wheel(), "chasedata-mcp", "--sandbox"), places)


def by_bundle(home: Path, places: dict[str, str]) -> None:
    """Open the bundle as a host does, leave its form as it is, and start its command."""
    if not BUNDLE.exists():
        raise FailedError("there is no bundle: make bundle builds it")
    mcpb = HERE / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js"
    run("node", mcpb, "unpack", BUNDLE, home / "extension")
    command, settings = command_of(home / "extension", {})
    play(command, {**settings, **places})


def by_setup(home: Path, places: dict[str, str]) -> None:
    """Install the command, let it set a host up, and start what the host's file says then."""
    run(UV, "tool", "install", "--quiet", _wheel(), **places)
    command = shlex.join([str(home / "bin" / "chasedata-mcp"), "setup", "codex"])
    answer = approve(command, "yes", clean_environment(**places, HOME=str(home)), {})
    if answer.code:
        raise FailedError(answer.shown)
    config = tomllib.loads((home / ".codex" / "config.toml").read_text(encoding="utf-8"))
    entry = config["mcp_servers"]["chasedata"]
    play((entry["command"], *entry["args"]), places)


DOORS: Final = (
    Door("uvx", ("the line or link to paste",), by_uvx),
    Door("bundle", ("open it", "install it, the form as it is"), by_bundle),
    Door("setup", ("the line that installs the command", "run setup", "yes"), by_setup),
)


if __name__ == "__main__":
    sys.exit(main())
