"""The set-up of the Makefile against an index where newer releases of everything are.

Time alone can't break `make demo` and `make test`: the lock lists everything, and nothing else is
asked for. The packages of the index are empty, and require what the real ones do.
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
from itertools import chain
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from terminals import Ended
from timeouts import TIMEOUT

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-browser.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEWER = "9999"
BACKEND = """
import os, shutil
def build_editable(directory, settings=None, metadata=None):
    return os.path.basename(shutil.copy(os.environ["EDITABLE"], directory))
"""
"""Stands in for hatchling, which is as empty as the others."""

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="what make does is tested")


@dataclass(frozen=True)
class Pin:
    """A line of the lock."""

    name: str
    version: str
    marker: Marker | None

    def is_for(self, environment: dict[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(environment)


def here() -> dict[str, str]:
    """What markers ask for, as it is on this Python."""
    return {name: str(value) for name, value in default_environment().items()}


def pins(lock: str) -> Iterator[Pin]:
    line = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)
    for name, version, marker in line.findall((ROOT / lock).read_text(encoding="utf-8")):
        yield Pin(name, version, Marker(marker) if marker else None)


def required(name: str) -> list[str]:
    """What a package requires, as it says itself where it is installed."""
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
            archive.writestr(file, text)
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

    def make(self, target: str) -> Ended:
        """Run the Makefile with nothing of this machine's set-up, nor any network."""
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.index),
            "EDITABLE": str(self.editable),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.index),
            "PIP_USER": "1",  # as some set it for all their pip
        }
        ended = subprocess.run(  # noqa: S603 - our own Makefile
            ["make", target, f"PYTHON={sys.executable}"],  # noqa: S607 - whichever make there is
            cwd=self.clone,
            env=environ,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            encoding="utf-8",
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def installed(self) -> dict[str, str]:
        """What is in the environment, by its name."""
        [site] = (self.clone / ".venv").glob("lib/python*/site-packages")
        found = metadata.distributions(path=[str(site)])
        return {canonicalize_name(one.name): one.version for one in found}


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
    """Such a clone with fewer packages, of which one requires an extra of another."""
    listed = [pin for pin in pins(LOCKS[0]) if pin.name in FEW - set(without)]
    return later(directory, ["pytest-cov"], {LOCKS[0]: listed})


def _released(index: Path, pin: Pin) -> str:
    """Put a package and a newer one into the index, and give the line that locks the older."""
    requires = required(pin.name)
    wheel(index, pin.name, NEWER, requires)
    digest = hashlib.sha256(wheel(index, pin.name, pin.version, requires).read_bytes()).hexdigest()
    marker = f" ; {pin.marker}" if pin.marker else ""
    return f"{pin.name}=={pin.version}{marker} --hash=sha256:{digest}"


@needs_make
def test_newer_releases_of_everything_change_nothing(tmp_path: Path) -> None:
    listed = {lock: list(pins(lock)) for lock in LOCKS}
    world = later(tmp_path, PROJECT["project"]["dependencies"], listed)

    ended = world.make(".venv/browser")

    assert ended.code == 0, ended.err
    installed = world.installed()
    every = chain.from_iterable(listed.values())
    locked = {pin.name: pin.version for pin in every if pin.is_for(here())}
    assert {name: installed[name] for name in locked} == locked
    assert set(installed) - set(locked) <= {"chasedata-mcp", "pip", "setuptools", "wheel"}


@needs_make
def test_a_resolver_would_have_found_the_newer_ones(tmp_path: Path) -> None:
    world = few(tmp_path)
    makefile = world.clone / "Makefile"
    text = makefile.read_text(encoding="utf-8")
    makefile.write_text(text.replace("--require-hashes --no-deps", "--require-hashes"), "utf-8")

    ended = world.make(".venv/ready")

    assert ended.code != 0
    assert re.search(r"pinned with ==. These do not:\s+coverage\[toml\]", ended.err)


@needs_make
def test_a_lock_that_lacks_something_is_found_out(tmp_path: Path) -> None:
    ended = few(tmp_path, "pluggy").make(".venv/ready")

    assert ended.code != 0
    assert "requires pluggy, which is not installed" in ended.err


PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform[1])
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_lists_everything_for_every_python_and_platform(
    python: str, platform: tuple[str, str, str]
) -> None:
    sys_platform, system, os_name = platform
    environment = here() | {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": sys_platform,
        "platform_system": system,
        "os_name": os_name,
        "implementation_version": python,
    }
    locked = {pin.name: pin for pin in pins("requirements.lock") if pin.is_for(environment)}
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    asked, seen = [Requirement(one) for one in wanted], set[tuple[str, str]]()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not in the lock"
        assert requirement.specifier.contains(locked[name].version, prereleases=True), requirement
        for extra in requirement.extras or {""}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                asked += _of(name, {**environment, "extra": extra})


def _of(name: str, environment: dict[str, str]) -> Iterator[Requirement]:
    for text in required(name):
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


def test_every_dependency_has_an_upper_bound_but_data_that_follows_the_calendar() -> None:
    """Who installs without the lock isn't given a major version that nobody has tried."""
    for text in (*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]):
        requirement = Requirement(text)
        bounded = any(one.operator == "<" for one in requirement.specifier)
        assert bounded is (requirement.name != "tzdata"), text


def test_the_pythons_that_are_promised_are_those_that_are_tested() -> None:
    promised = re.findall(r"Python :: 3\.(\d+)", " ".join(PROJECT["project"]["classifiers"]))
    tested = (ROOT / "tests" / "pythons" / "found.py").read_text(encoding="utf-8")

    assert PROJECT["project"]["requires-python"] == f">=3.{min(promised, key=int)}"
    for minor in promised:
        assert re.search(rf"MINORS.*\b{minor}\b", tested)
