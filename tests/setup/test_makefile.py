"""The Makefile chooses a Python and says which, and makes an environment anew where it has to."""

import shutil
import sys
from pathlib import Path

import pytest

from _support.clones import Later, few, needs_make

pytestmark = [
    needs_make,
    pytest.mark.skipif(sys.platform == "win32", reason="Pythons stand in as shell scripts"),
]
READY = ".venv/ready"
STARTS = f'exec "{sys.executable}" "$@"'
NOT_SWITCHED_ON = "echo 'pyenv: python3.13: command not found' >&2; exit 127"


def stand_in(directory: Path, name: str, script: str) -> Path:
    """Write a Python that does as the script says."""
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def is_made_anew(clone: Later, python: Path | None = None) -> bool:
    """Ask make, which does nothing for it."""
    ended = clone.make("-q", READY, python=python)
    assert ended.code in {0, 1}, ended.err
    return ended.code == 1


def test_an_environment_is_made_anew_where_it_would_not_work(tmp_path: Path) -> None:
    clone, pythons = few(tmp_path), tmp_path / "pythons"
    made = clone.make(READY)
    assert (made.code, made.err) == (0, "")
    assert f"Using Python {sys.version.split()[0]} (" in made.out
    # The stand-in for the project brings no command, by whose first line its place is known.
    place = clone.clone / ".venv" / "bin"
    stand_in(place, "chasedata-mcp", "").write_text(f"#!{place}/python3\n", encoding="utf-8")
    assert not is_made_anew(clone)
    assert not is_made_anew(clone, Path(sys.executable))
    assert not is_made_anew(clone, stand_in(pythons, "same", STARTS))

    other = f'case "$2" in *sys.version*) echo 3.99;; *) {STARTS};; esac'
    assert is_made_anew(clone, stand_in(pythons, "other", other))

    moved = Later(tmp_path / "moved", clone.index, clone.editable)
    shutil.move(clone.clone, moved.clone)
    assert is_made_anew(moved)
    shutil.move(moved.clone, clone.clone)
    assert not is_made_anew(clone)

    for link in place.glob("python*"):
        link.unlink()
    assert is_made_anew(clone)


def test_the_newest_python_that_starts_is_taken_and_no_shim_that_does_not(tmp_path: Path) -> None:
    clone, pythons = few(tmp_path), tmp_path / "pythons"
    stand_in(pythons, "python3.13", NOT_SWITCHED_ON)
    newest = stand_in(pythons, "python3.12", STARTS)
    stand_in(pythons, "python3.11", STARTS)
    stand_in(pythons, "python3", STARTS)

    planned = clone.make("-n", READY, python=None, path=pythons)

    assert (planned.code, planned.err) == (0, "")
    assert f'"{newest}" -m venv' in planned.out


def test_where_no_python_starts_one_is_asked_for(tmp_path: Path) -> None:
    clone, pythons = few(tmp_path), tmp_path / "pythons"
    stand_in(pythons, "python3.13", NOT_SWITCHED_ON)

    ended = clone.make(READY, python=None, path=pythons)

    assert ended.code != 0
    assert ended.err.startswith("chasedata-mcp needs Python 3.11 or newer: install one")


def test_a_python_that_is_too_old_is_said_to_be(tmp_path: Path) -> None:
    old = f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 10, 2); $2"'
    python = stand_in(tmp_path / "pythons", "python3.10", old)

    ended = few(tmp_path).make(READY, python=python)

    assert ended.code != 0
    assert "is too old: chasedata-mcp needs 3.11 or newer." in ended.err
    assert not (tmp_path / "clone" / ".venv").exists()
