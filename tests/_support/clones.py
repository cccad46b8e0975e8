"""A fresh clone some time from now, beside an index where newer releases of everything are.

It has the Makefile and the locks of this one. The packages of the index are empty, and require
what the real ones do; nothing of this machine's set-up is used, nor any network.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.utils import canonicalize_name

from _support.terminals import Ended
from _support.timeouts import TIMEOUT

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-browser.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEWER = "9999"
BACKEND = """
import os, shutil
def build_editable(directory, settings=None, metadata=None):
    return os.path.basename(shutil.copy(os.environ["EDITABLE"], directory))
"""
"""The backend in place of hatchling, which is as empty as the other packages."""

MAKE = shutil.which("make") or ""
needs_make = pytest.mark.skipif(not MAKE, reason="what make does is tested")


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a package, its version and its markers."""

    name: str
    version: str
    marker: Marker | None

    def is_for(self, environment: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(environment)


def here() -> dict[str, str]:
    """Give the values that markers compare, as they are on this Python."""
    return {name: str(value) for name, value in default_environment().items()}


def pins(lock: str) -> Iterator[Pin]:
    line = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)
    for name, version, marker in line.findall((ROOT / lock).read_text(encoding="utf-8")):
        yield Pin(name, version, Marker(marker) if marker else None)


def required(name: str) -> list[str]:
    """List the requirements that an installed package declares."""
    try:
        return metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:
        return []


def wheel(directory: Path, name: str, version: str, requires: list[str]) -> Path:
    """Write a package with nothing in it, but for hatchling's backend."""
    path = directory / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    extras = sorted(
        {extra for one in requires for extra in re.findall(r"extra == ['\"](.+?)['\"]", one)}
    )
    lines = [f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    lines += [f"Provides-Extra: {extra}" for extra in sorted(extras)]
    files = {
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *lines]) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if name == "hatchling":
        files["hatchling/__init__.py"] = ""
        files["hatchling/build.py"] = BACKEND
    record = [f"{file},{_hash(text)},{len(text)}" for file, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            # Without the time: two locks may list a package, which is written twice then.
            archive.writestr(zipfile.ZipInfo(file), text)
    return path


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class Later:
    """A fresh clone some time from now: the Makefile, its locks, and an index that has gone on."""

    clone: Path
    index: Path
    editable: Path

    def make(
        self, *words: str, python: Path | None = Path(sys.executable), path: Path | None = None
    ) -> Ended:
        """Run the Makefile: with this Python named, or none; and with nothing else on the path."""
        environ = {
            "PATH": os.environ["PATH"] if path is None else str(path),
            "HOME": str(self.index),
            "EDITABLE": str(self.editable),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "PIP_USER": "1",  # as some set it for all their pip
        }
        ended = subprocess.run(  # noqa: S603 - our own Makefile
            [MAKE, *words, *([f"PYTHON={python}"] if python else [])],
            cwd=self.clone,
            env=environ,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            encoding="utf-8",
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def installed(self) -> dict[str, str]:
        """List the versions that are installed, by name."""
        [site] = (self.clone / ".venv").glob("lib/python*/site-packages")
        found = metadata.distributions(path=[str(site)])
        return {canonicalize_name(one.name): one.version for one in found}


_QUICK = """#!/bin/sh
case "$1 $2 $3" in
"-m venv --clear") "{python}" -m venv --without-pip --clear "$4" && \\
  ln -s {packages} "$4"/lib/python*/site-packages ;;
*) exec "{python}" "$@" ;;
esac
"""


def python_that_lends_its_pip(directory: Path) -> Path:
    """Give a Python whose environments have this one's pip: one of their own takes them 3 s each.

    For tests of what is installed, not of the environment that it is installed into.
    """
    this = Path(sys.executable)
    if sys.platform == "win32":
        return this
    pip = metadata.distribution("pip")
    packages = [pip.locate_file("pip"), pip.locate_file(f"pip-{pip.version}.dist-info")]
    path = directory / "python"
    quoted = " ".join(f'"{package}"' for package in packages)
    path.write_text(_QUICK.format(python=this, packages=quoted), encoding="utf-8")
    path.chmod(0o755)
    return path


def later(directory: Path, requires: list[str], locked: dict[str, list[Pin]]) -> Later:
    """Make the clone and its index, for a project that requires these."""
    clone, index = directory / "clone", directory / "index"
    clone.mkdir()
    index.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    for lock, listed in locked.items():
        lines = [_released(index, pin) for pin in listed]
        (clone / lock).write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = PROJECT["project"]
    return Later(clone, index, wheel(directory, project["name"], project["version"], requires))


FEW = {
    *("coverage", "editables", "hatchling", "iniconfig", "packaging", "pathspec", "pluggy"),
    *("pygments", "pytest", "pytest-cov", "tomlkit", "trove-classifiers"),
}


def few(directory: Path, *without: str) -> Later:
    """Make a clone with fewer packages, one of which requires an extra of another."""
    listed = [pin for pin in pins(LOCKS[0]) if pin.name in FEW - set(without)]
    return later(directory, ["pytest-cov"], {LOCKS[0]: listed})


def _released(index: Path, pin: Pin) -> str:
    """Put a package and a newer one into the index, and give the line that locks the older."""
    requires = required(pin.name)
    wheel(index, pin.name, NEWER, requires)
    digest = hashlib.sha256(wheel(index, pin.name, pin.version, requires).read_bytes()).hexdigest()
    marker = f" ; {pin.marker}" if pin.marker else ""
    return f"{pin.name}=={pin.version}{marker} --hash=sha256:{digest}"
