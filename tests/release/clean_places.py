"""Places with nothing of this repository in them: an environment of variables, and of packages."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build" / "release"
PUBLISHED: Final = ROOT / "server" / "chasedata_mcp" / "tools" / "published.json"
UV: Final = Path(sys.executable).with_name("uv")
_OURS: Final = ("PYTHON", "CHASEDATA_", "VIRTUAL_ENV", "COVERAGE_")
PATIENCE: Final = 600
"""Seconds that an installer may take on a slow line."""


class FailedError(Exception):
    """A step that failed; its text is what the program said."""


def clean_environment(**more: str) -> dict[str, str]:
    """Keep the machine's variables, and drop those that lead into this repository."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(_OURS)}
    own = str(Path(sys.executable).parent)
    paths = [one for one in kept.get("PATH", "").split(os.pathsep) if one != own]
    return {**kept, "PATH": os.pathsep.join(paths), **more}


def run(*words: str | Path, **more: str) -> str:
    """Run a program outside of this repository and give what it printed.

    Raises:
        FailedError: It isn't there, ends with an error, or takes too long.
    """
    return run_in(BUILD, words, more)


def run_in(directory: Path, words: tuple[str | Path, ...], more: Mapping[str, str]) -> str:
    """Run a program in a directory, as `run` does."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        ended = subprocess.run(  # noqa: S603 - our own words
            words,
            cwd=directory,
            env=clean_environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )
    except subprocess.CalledProcessError as error:
        raise FailedError(f"{words[0]}: {error.stderr or error.stdout}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(str(error)) from None
    return ended.stdout


def scripts_of(environment: Path) -> Path:
    """Give the folder of an environment's programs."""
    return environment / ("Scripts" if sys.platform == "win32" else "bin")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
