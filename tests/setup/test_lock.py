"""The set-up holds though newer releases of everything are there: only the lock is asked for."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from _support.clones import (
    LOCKS,
    PROJECT,
    ROOT,
    few,
    here,
    later,
    needs_make,
    pins,
    python_that_lends_its_pip,
    required,
)


@needs_make
def test_newer_releases_of_everything_change_nothing(tmp_path: Path) -> None:
    listed = {lock: list(pins(lock)) for lock in LOCKS}
    world = later(tmp_path, PROJECT["project"]["dependencies"], listed)

    ended = world.make(".venv/browser", python=python_that_lends_its_pip(tmp_path))

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

    ended = world.make(".venv/ready", python=python_that_lends_its_pip(tmp_path))

    assert ended.code != 0
    assert re.search(r"pinned with ==. These do not:\s+coverage\[toml\]", ended.err)


@needs_make
def test_a_lock_that_lacks_something_is_found_out(tmp_path: Path) -> None:
    python = python_that_lends_its_pip(tmp_path)

    ended = few(tmp_path, "pluggy").make(".venv/ready", python=python)

    assert ended.code != 0
    assert "requires pluggy, which is not installed" in ended.err


SERVER = PROJECT["project"]["dependencies"]
LISTED = {
    "requirements.lock": [*SERVER, *PROJECT["dependency-groups"]["dev"]],
    "requirements-server.lock": SERVER,
}
PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform[1])
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_lists_everything_for_every_python_and_platform(
    python: str, platform: tuple[str, str, str]
) -> None:
    for lock, wanted in LISTED.items():
        lists_everything(lock, wanted, python, platform)


def lists_everything(
    lock: str, wanted: list[str], python: str, platform: tuple[str, str, str]
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
    locked = {pin.name: pin for pin in pins(lock) if pin.is_for(environment)}
    asked, seen = [Requirement(one) for one in wanted], set[tuple[str, str]]()
    while asked:
        requirement = asked.pop()
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not in {lock}: make lock"
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
