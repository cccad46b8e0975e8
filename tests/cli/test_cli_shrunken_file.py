"""`policy rearm`, `policy show` and `doctor` where the suppression file lost its numbers."""

import json
import sys
from pathlib import Path

import pytest

from _support.terminals import answered, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
NUMBERS = [f"95455501{last}" for last in range(10, 60)]
ADD = ("call", "add_dial_list_phone", "--agent", "Maria", "--list-name", "Warm-Leads")
REACH = (*ADD, "--phone", "3055550110")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "own.txt"


@pytest.fixture
def settings(tmp_path: Path, file: Path) -> dict[str, str]:
    """The settings of a policy whose suppression file had fifty numbers and has two."""
    policy = tmp_path / "policy.toml"
    policy.write_text(f"do_not_call.suppression_file = '{file}'\n")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "POLICY": str(policy)}
    file.write_text("\n".join(NUMBERS))
    assert run(*REACH, **settings).code == 0
    file.write_text("\n".join(NUMBERS[:2]))
    return settings


def test_it_is_told_wherever_somebody_looks_and_how_to_go_on(settings: dict[str, str]) -> None:
    for words in (REACH, ("policy", "show"), ("doctor",)):
        told = run(*words, **settings).words
        assert "The suppression file has 2 numbers and had 50" in told
        assert "chasedata-mcp policy rearm" in told
    shown = json.loads(run("policy", "show", "--json", **settings).out)
    assert shown["suppression_file_problem"].startswith("The suppression file has 2 numbers")
    assert run(*REACH, **settings).code == 3


@posix
def test_a_person_types_yes_and_it_goes_on_on_record(settings: dict[str, str]) -> None:
    shown, ended = answered("policy", "rearm", typed="yes", **settings)
    words = " ".join(shown.split())
    assert "The suppression file has 2 numbers and had 50." in words
    assert "bring its numbers back." in words
    assert "Go on with 2?" in words
    assert (ended.code, ended.out) == (0, "The suppression file is taken as it is.\n")
    assert run(*REACH, **settings).code == 0
    assert run("policy", "rearm", **settings).out == "Nothing is stopped.\n"
    row = run("history", "--tool", "accept_suppression_file", "--json", **settings).out
    assert json.loads(row)["arguments"] == {"numbers": 2, "before": 50}


@posix
def test_anything_but_yes_leaves_it(settings: dict[str, str]) -> None:
    _, ended = answered("policy", "rearm", typed="no", **settings)
    assert ended.code == 3
    assert run(*REACH, **settings).code == 3


def test_one_that_is_whole_again_stops_nothing(settings: dict[str, str], file: Path) -> None:
    file.write_text("\n".join(NUMBERS))
    assert run("policy", "rearm", **settings).out == "Nothing is stopped.\n"
    assert run(*REACH, **settings).code == 0
