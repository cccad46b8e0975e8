"""The folder of a user's files: what is opened there, and that it stays as it was found."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from chasedata_mcp.files.tables import TableError, open_table, source

LEADS = "Phone\n1\n2\n"


def refusal(folder: Path, name: str) -> str:
    with pytest.raises(TableError) as refused, open_table(folder, name) as table:
        list(table.rows)
    return str(refused.value)


@pytest.mark.parametrize("name", ["", ".", "..", "../a.csv", "/etc/a.csv", "b/a.csv", "b\\a.csv"])
def test_only_a_bare_name_is_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.csv").write_text("Phone\n1\n")
    with pytest.raises(TableError, match="no path"), source.open_source(tmp_path / "b", name):
        pass


def test_a_link_is_not_followed_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "secret.csv").write_text("Phone\n1\n")
    (tmp_path / "files" / "a.csv").symlink_to(tmp_path / "secret.csv")
    assert "links aren't followed" in refusal(tmp_path / "files", "a.csv")


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert "no file but a folder, a pipe or a device" in refusal(tmp_path, "a.csv")
    (tmp_path / "b.csv").mkdir()
    assert "no file but a folder, a pipe or a device" in refusal(tmp_path, "b.csv")


def test_a_file_or_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no file a.csv in its folder" in refusal(tmp_path, "a.csv")
    assert "isn't there" in refusal(tmp_path / "gone", "a.csv")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Phone\n1\n")

    def read_while_it_grows() -> None:
        with open_table(tmp_path, "a.csv") as table:
            path.write_text("Phone\n1\n2\n")
            list(table.rows)

    with pytest.raises(TableError, match="was changed"):
        read_while_it_grows()


def test_a_file_that_is_removed_while_it_is_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Phone\n1\n2\n")
    with open_table(tmp_path, "a.csv") as table:
        path.unlink()
        assert [row.cells for row in table.rows] == [("1",), ("2",)]


def test_a_file_larger_than_the_bound_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as sparse:
        sparse.truncate(source.MAX_BYTES + 1)
    assert "larger than 1000 MB" in refusal(tmp_path, "a.csv")


def test_only_a_regular_file_of_the_folder_itself_is_opened(tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text(LEADS)
    folder = tmp_path / "files"
    folder.mkdir()
    for name, to in (("loop.csv", "loop.csv"), ("gone.csv", "nowhere"), ("up.csv", "..")):
        (folder / name).symlink_to(to)
        assert "links aren't followed" in refusal(folder, name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket.csv"))
        assert "no file but a folder, a pipe or a device" in refusal(folder, "socket.csv")
    (folder / "a.csv").write_text(LEADS)
    for name, why in (
        ("é" * 200 + ".csv", "and no path"),
        ("x" * 300 + ".csv", "and no path"),
        ("~/a.csv", "and no path"),
        ("a\n.csv", "characters that can be seen"),
        ("a\u202e.csv", "characters that can be seen"),
        ("a.csv.", "of no kind that can be read"),
        ("A.csv", "no file A.csv"),
    ):
        assert why in refusal(folder, name)


def write_anew_in_the_same_length(path: Path) -> None:
    at = path.stat()
    path.write_text(LEADS.replace("2", "3"))
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "shorter": lambda path: path.write_text("Phone\n1\n"),
    "touched": lambda path: os.utime(path, ns=(1, 1)),
    "its time put back": write_anew_in_the_same_length,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_written_to_while_it_is_read_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(LEADS)
    os.utime(path, ns=(0, 0))

    def read_while_it_changes() -> None:
        with open_table(tmp_path, "a.csv") as table:
            CHANGES[change](path)
            list(table.rows)

    with pytest.raises(TableError, match="was changed"):
        read_while_it_changes()


def test_a_file_in_whose_place_another_is_put_is_read_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_text(LEADS)
    other.write_text("Phone\n3\n")
    with open_table(tmp_path, "a.csv") as table:
        other.replace(path)
        assert [row.cells for row in table.rows] == [("1",), ("2",)]
