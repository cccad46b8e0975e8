"""What a person types to call this installation: its name where any shell finds it by that."""

import shlex
from pathlib import Path

import pytest

from chasedata_mcp.approvals.program import program, quoted


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """An installation's interpreter, with the command beside it."""
    folder = tmp_path / "an environment" / "bin"
    folder.mkdir(parents=True)
    (folder / "chasedata-mcp").touch()
    return folder / "python"


def test_what_is_on_the_path_by_itself_is_called_by_its_name(installed: Path) -> None:
    script = str(installed.with_name("chasedata-mcp"))
    assert program(installed, lambda _: script, in_an_environment=False) == "chasedata-mcp"


def test_a_link_to_it_on_the_path_is_enough(installed: Path, tmp_path: Path) -> None:
    link = tmp_path / "chasedata-mcp"
    link.symlink_to(installed.with_name("chasedata-mcp"))
    assert program(installed, lambda _: str(link), in_an_environment=True) == "chasedata-mcp"


def test_what_only_an_active_environment_finds_is_called_by_its_whole_path(installed: Path) -> None:
    script = str(installed.with_name("chasedata-mcp"))
    told = program(installed, lambda _: script, in_an_environment=True)
    assert shlex.split(told) == [script]


def test_another_installation_of_the_name_is_not_meant(installed: Path, tmp_path: Path) -> None:
    other = tmp_path / "chasedata-mcp"
    other.touch()
    told = program(installed, lambda _: str(other), in_an_environment=False)
    assert shlex.split(told) == [str(installed.with_name("chasedata-mcp"))]


def test_without_a_command_the_interpreter_runs_the_module(tmp_path: Path) -> None:
    python = tmp_path / "python"
    assert program(python, lambda _: None) == f"{python} -m chasedata_mcp"


def test_a_path_with_a_space_is_quoted_as_the_system_does() -> None:
    assert quoted(["/a b/chasedata-mcp"], "linux") == "'/a b/chasedata-mcp'"
    assert quoted(["C:\\a b\\chasedata-mcp.exe"], "win32") == '"C:\\a b\\chasedata-mcp.exe"'
