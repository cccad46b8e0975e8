"""`make bundle`: the bundle for Claude Desktop, packed and validated by its makers' own program.

It comes to `dist/`. Then it is unpacked as a host does it, and started by the command that its
manifest gives, with the form left as it is and with it filled in; and by `uv run`, as a host does
that goes by the bundle's pyproject.toml alone. Node's part is in `bundle_command.mjs`.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from clean_places import BUILD, PUBLISHED, ROOT, UV, FailedError, run, run_in, say
from dist_contents import PROJECT
from first_session import play

SOURCES: Final = ROOT / "server" / "bundle"
BUNDLE: Final = ROOT / "dist" / f"chasedata-mcp-{PROJECT['version']}.mcpb"
HERE: Final = Path(__file__).parent
_MCPB: Final = HERE / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js"
_PIN: Final = re.compile(r"^([a-z0-9-]+(?:\[[a-z0-9,-]+\])?==[^\\]*?) \\$", re.MULTILINE)
_ANSWERS: Final[tuple[tuple[str, dict[str, object], str], ...]] = (
    ("form as it is", {}, "SANDBOX"),
    ("sandbox on, token there", {"token": "a-token", "accid": "test"}, "SANDBOX"),
    ("dialer of one's own", {"sandbox": False, "token": "a-token", "accid": "test"}, "LIVE"),
)


def main() -> int:
    """Build the bundle and start it in each way, and give 1 if something fails."""
    try:
        for done in _steps():
            say(f"{done}: well")
    except FailedError as error:
        say(f"FAILED: {error}")
        return 1
    say(f"Built and started: {BUNDLE.name}, {BUNDLE.stat().st_size // 1024} KB, in dist/.")
    return 0


def _steps() -> Iterator[str]:
    staged = BUILD / "bundle"
    stage(staged)
    yield "staged"
    _mcpb("validate", staged / "manifest.json")
    BUNDLE.parent.mkdir(exist_ok=True)
    _mcpb("pack", staged, BUNDLE)
    yield "validated and packed by mcpb"
    with tempfile.TemporaryDirectory(prefix="bundle-") as place:
        unpacked = Path(place, "an extension")
        _mcpb("unpack", BUNDLE, unpacked)
        state = {"CHASEDATA_STATE_DIR": str(Path(place, "state"))}
        box = {"CHASEDATA_SANDBOX_FILE": str(Path(place, "box"))}
        for name, answers, environment in _ANSWERS:
            command, settings = command_of(unpacked, answers)
            places = {**state, **(box if environment == "SANDBOX" else {})}
            play(command, {**settings, **places}, environment)
            yield f"started by its command, {name}"
        by_project = (UV, "run", "--quiet", "--directory", unpacked, "server.py")
        play(by_project, {"CHASEDATA_SANDBOX": "true", **state, **box})
        yield "started by uv run"


def stage(staged: Path) -> None:
    """Lay out what the bundle holds: its sources, the wheel, and the versions to install."""
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(SOURCES, staged, ignore=shutil.ignore_patterns("__pycache__"))
    run_in(ROOT, (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", staged), {})
    pins = _PIN.findall((ROOT / "requirements-server.lock").read_text(encoding="utf-8"))
    lines = "".join(f"{pin}\n" for pin in pins)
    (staged / "constraints.txt").write_text(lines, encoding="utf-8")
    with (staged / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(f"\n[tool.uv]\nconstraint-dependencies = {json.dumps(pins, indent=2)}\n")
    manifest = json.loads((staged / "manifest.json").read_text(encoding="utf-8"))
    manifest["tools"] = list(_tools())
    (staged / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _tools() -> Iterator[dict[str, str]]:
    """Name each tool, with the first sentence of its description."""
    for tool in json.loads(PUBLISHED.read_text(encoding="utf-8")):
        sentence = tool["entry"]["description"].partition(". ")[0].rstrip(".")
        yield {"name": tool["entry"]["name"], "description": f"{sentence}."}


def command_of(unpacked: Path, answers: dict[str, object]) -> tuple[list[str], dict[str, str]]:
    """Give the command and the variables that a host makes of the manifest and the form's answers.

    A host has a uv of its own; here it is the one of the lock.
    """
    words = ("node", HERE / "bundle_command.mjs", unpacked, json.dumps(answers))
    told: dict[str, Any] = json.loads(run(*words))
    if told["command"] != "uv":
        raise FailedError(f"the manifest's command is {told['command']}")
    return [str(UV), *told["args"]], told["env"]


def _mcpb(*words: str | Path) -> None:
    run("node", _MCPB, *words)


if __name__ == "__main__":
    sys.exit(main())
