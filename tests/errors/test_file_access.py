"""Who else can get at a file: what they could change is refused, what they can read warned of."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chasedata_mcp.files.access import (
    ExposedFileError,
    Owner,
    list_directory_exposures,
    list_file_exposures,
    require_unexposed,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there")
USER = (os.geteuid() or 1000) if sys.platform != "win32" else 0
"""Somebody who isn't root: root's files are everybody's to trust."""
US = Owner(USER, lambda _: False)
IN_A_GROUP_OF_THEIR_OWN = Owner(USER, lambda _: True)
ANOTHER = Owner(USER + 1, lambda _: False)


def ours(path: Path, mode: int) -> Path:
    """Give a file or directory to the user, with this mode."""
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, USER, -1, follow_symlinks=False)
    return path


def link_to(target: Path, link: Path) -> Path:
    """Make a link of the user's own."""
    link.symlink_to(target)
    if os.geteuid() == 0:
        os.chown(link, USER, -1, follow_symlinks=False)
    return link


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    return ours(place, 0o700)


def file_of(folder: Path, mode: int, name: str = "token") -> Path:
    file = folder / name
    file.write_text("secret", encoding="utf-8")
    return ours(file, mode)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_that_is_ones_own_alone_is_fine(home: Path, mode: int) -> None:
    assert list_file_exposures(file_of(home, mode), secret=True, owner=US) == []


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o660, 0o622])
def test_a_file_that_others_can_write_is_refused(home: Path, mode: int) -> None:
    file = file_of(home, mode)
    [exposure] = list_file_exposures(file, owner=US)
    assert exposure.refuses
    assert "others can write it" in exposure.sentence
    with pytest.raises(ExposedFileError, match="chmod go-w"):
        require_unexposed([exposure])


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_can_read_is_warned_of_and_other_files_are_not(
    home: Path, mode: int
) -> None:
    file = file_of(home, mode)
    [exposure] = list_file_exposures(file, secret=True, owner=US)
    assert not exposure.refuses
    require_unexposed([exposure])
    assert list_file_exposures(file, owner=US) == []


def test_a_group_with_nobody_else_in_it_is_ones_own(home: Path) -> None:
    for mode in (0o660, 0o640, 0o620):
        file = file_of(home, mode)
        assert list_file_exposures(file, secret=True, owner=IN_A_GROUP_OF_THEIR_OWN) == []
    shared = file_of(home, 0o662)
    assert list_file_exposures(shared, secret=True, owner=IN_A_GROUP_OF_THEIR_OWN)


def test_a_file_of_another_user_is_refused_and_one_of_roots_is_not(home: Path) -> None:
    file = file_of(home, 0o600)
    [exposure] = list_file_exposures(file, owner=ANOTHER)
    assert (exposure.refuses, exposure.problem) == (True, "it belongs to another user")
    assert list_file_exposures(Path("/etc/passwd"), owner=ANOTHER) == []


def test_a_link_of_ones_own_is_followed_where_a_setting_names_it(home: Path) -> None:
    link = link_to(file_of(home, 0o600), home / "link")
    assert list_file_exposures(link, secret=True, owner=US) == []
    [exposure] = list_file_exposures(link, links=False, owner=US)
    assert exposure.refuses
    problems = {one.problem for one in list_file_exposures(link, owner=ANOTHER)}
    assert "it is a link that another user made" in problems


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o772])
def test_a_folder_above_that_others_can_write_is_refused_unless_it_is_sticky(
    home: Path, mode: int
) -> None:
    between = home / "between"
    between.mkdir()
    inner = between / "inner"
    inner.mkdir()
    file = file_of(ours(inner, 0o700), 0o600)
    ours(between, mode)
    for found in (
        list_file_exposures(file, owner=US),
        list_directory_exposures(inner, US),
        list_directory_exposures(inner / "not made yet", US),
    ):
        assert [one.refuses for one in found] == [True]
        assert "folder above" in found[0].problem
    ours(between, mode | stat.S_ISVTX)
    assert list_file_exposures(file, owner=US) == []


def test_a_link_of_another_user_on_the_way_is_refused(home: Path) -> None:
    real = home / "real"
    real.mkdir()
    file_of(ours(real, 0o700), 0o600)
    link_to(real, home / "way")
    by_a_link = home / "way" / "token"
    assert list_file_exposures(by_a_link, owner=US) == []
    problems = {one.problem for one in list_file_exposures(by_a_link, owner=ANOTHER)}
    assert "it is a link that another user made" in problems


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777, 0o722])
def test_a_state_directory_that_others_can_write_is_refused(home: Path, mode: int) -> None:
    state = home / "state"
    state.mkdir()
    found = list_directory_exposures(ours(state, mode), US)
    assert [one.refuses for one in found] == [True]


def test_one_that_others_can_only_read_is_fine_and_so_is_one_that_is_to_be_made(home: Path) -> None:
    state = home / "state"
    assert list_directory_exposures(state, US) == []
    state.mkdir()
    assert list_directory_exposures(ours(state, 0o755), US) == []


def test_one_of_another_user_is_refused_and_ones_own_link_to_it_warned_of(home: Path) -> None:
    state = home / "state"
    state.mkdir()
    ours(state, 0o700)
    assert "it belongs to another user" in {
        one.problem for one in list_directory_exposures(state, ANOTHER)
    }
    link = link_to(state, home / "link")
    [exposure] = list_directory_exposures(link, US)
    assert (exposure.refuses, exposure.problem) == (False, "it is a link to another place")


def linked(file: Path) -> None:
    file.symlink_to("/etc/passwd")


def linked_to_nothing(file: Path) -> None:
    file.symlink_to(file.with_name("not there yet"))


def writable(file: Path) -> None:
    file.write_text("", encoding="utf-8")
    ours(file, 0o606)


def readable(file: Path) -> None:
    file.write_text("", encoding="utf-8")
    ours(file, 0o644)


REFUSED: dict[Callable[[Path], None], bool] = {
    linked: True,
    linked_to_nothing: True,
    writable: True,
    readable: False,
}


@pytest.mark.parametrize("spoil", REFUSED)
@pytest.mark.parametrize(
    "name",
    ["ledger-live.sqlite3", "memory-live.json", "second-factor.sqlite3", "http-keys.sqlite3"],
)
def test_files_of_the_program_in_it_are_named_and_those_of_others_let_be(
    home: Path,
    spoil: Callable[[Path], None],
    name: str,
) -> None:
    state = home / "state"
    state.mkdir()
    ours(state, 0o700)
    spoil(state / "notes.txt")
    assert list_directory_exposures(state, US) == []
    spoil(state / name)
    found = list_directory_exposures(state, US)
    assert REFUSED[spoil] in {one.refuses for one in found}
    assert all(one.problem.startswith(f"{name} in it: ") for one in found)


def test_what_is_not_there_is_not_spoken_of(home: Path) -> None:
    assert list_file_exposures(home / "nothing", secret=True, owner=US) == []
    assert list_file_exposures(Path("/a\0b"), owner=US) == []
