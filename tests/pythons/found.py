"""The Pythons of this machine that chasedata-mcp promises to run on; none is downloaded."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MINORS: Final = (11, 12, 13, 14)
_UV: Final = Path(sys.executable).with_name("uv")
_ASKED: Final = """
import ensurepip, json, platform, sys, venv
base = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps([list(sys.version_info[:2]), platform.python_version(),
                  platform.python_implementation(), base]))
"""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A Python that starts: its minor version, all of its version, and where it is."""

    minor: int
    version: str
    path: str


def found(candidates: Iterable[Path]) -> list[Found]:
    """Ask each candidate what it is, and give one CPython of each version that is promised."""
    pythons = dict[str, Found]()
    for path in dict.fromkeys(candidates):
        python = _asked(path)
        if python is not None:
            pythons.setdefault(python.version, python)
    return sorted(pythons.values())


def candidates() -> Iterator[Path]:
    """Name what may be a Python: uv's, pyenv's, and each on the path."""
    yield Path(sys.executable)
    yield from _of_uv()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python3"))
    for directory in os.get_exec_path():
        yield from (Path(directory) / f"python3.{minor}" for minor in MINORS)
        yield Path(directory) / "python3"


def _of_uv() -> Iterator[Path]:
    """Give the Pythons that uv knows of and that are here."""
    listing = ["python", "list", "--only-installed", "--no-python-downloads"]
    try:
        told = subprocess.run(  # noqa: S603 - the uv of the lock
            [_UV, *listing, "--output-format", "json"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return
    for one in json.loads(told.stdout):
        if one.get("path"):
            yield Path(one["path"])


def _asked(path: Path) -> Found | None:
    """Give what a Python says of itself, if it starts, can make environments and is promised."""
    try:
        told = subprocess.run(  # noqa: S603 - a Python of this machine
            [path, "-I", "-c", _ASKED], capture_output=True, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    (major, minor), version, implementation, base = json.loads(told.stdout)
    if (major, implementation) != (3, "CPython") or minor not in MINORS:
        return None
    return Found(minor, version, base)
