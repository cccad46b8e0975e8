"""Undo and reconcile on a real terminal, where a person types the answer."""

import json
import sys
from pathlib import Path

import pytest

from _support.commands import BLOCKED as NUMBER
from _support.commands import killed, listed, settings, state
from _support.terminals import Ended, answered, at_a_terminal, press_ctrl_c, read_until, run_wide
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.tools.render import IN_SANDBOX

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")


def blocked(directory: Path) -> str:
    """A number put on the do-not-call list; gives the entry."""
    words = ("call", "insert_dnc", "--number", NUMBER, "--json")
    ended = run_wide(*words, **settings(directory))
    entry: str = json.loads(ended.out)["entry"]
    return entry


def undone(directory: Path, entry: str, typed: str) -> tuple[str, Ended]:
    return answered("undo", entry, "--json", typed=typed, **settings(directory))


def is_listed(directory: Path) -> bool:
    return NUMBER in {row["number"] for row in state(directory)["dnc"]}


def test_an_undo_is_asked_about_and_the_typed_number_does_it(tmp_path: Path) -> None:
    entry = blocked(tmp_path)
    shown, ended = undone(tmp_path, entry, "602-555-0121")
    assert f"takes back entry {entry}." in " ".join(shown.replace("│", " ").split())
    assert "type the phone number (602-555-0121)" in shown
    told = json.loads(ended.out)
    assert (ended.code, told["outcome"]) == (Exit.DONE, "done")
    assert told["message"].startswith(f"{IN_SANDBOX} Undone.")
    assert not is_listed(tmp_path)
    found = listed(tmp_path, told["entry"])
    assert (found["undoes"], found["answered"]) == (entry, "on the terminal")


@pytest.mark.parametrize("typed", ["yes", "602-555-0128", ""])
def test_whatever_else_is_typed_twice_leaves_it(typed: str, tmp_path: Path) -> None:
    entry = blocked(tmp_path)
    _, ended = undone(tmp_path, entry, f"{typed}\n{typed}")
    assert (ended.code, json.loads(ended.out)["code"]) == (Exit.REFUSED, "declined")
    assert is_listed(tmp_path)


def test_ctrl_c_at_the_question_leaves_it(tmp_path: Path) -> None:
    entry = blocked(tmp_path)
    with at_a_terminal("undo", entry, **settings(tmp_path)) as (process, ours):
        read_until(ours, " it: ")
        press_ctrl_c(process)
        out, _ = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, out) == (Exit.INTERRUPTED, "")
    assert is_listed(tmp_path)


def test_a_persons_word_is_asked_back_and_a_typed_yes_records_it(tmp_path: Path) -> None:
    entry = killed(tmp_path)
    words = ("reconcile", entry, "--not-done")
    shown, ended = answered(*words, typed="yes", **settings(tmp_path))
    assert "was this call not done?" in shown
    assert entry in shown
    assert "insert_dnc" in shown
    assert f'"number": "{NUMBER}"' in shown
    assert ended.code == Exit.DONE
    found = listed(tmp_path, entry)
    assert found["outcome"] == "refused"
    assert found["known"] == f"a person looked in the dialer: {machine_user()}, on the terminal"


@pytest.mark.parametrize("typed", ["", "y", "done"])
def test_a_word_that_is_not_confirmed_is_not_recorded(typed: str, tmp_path: Path) -> None:
    entry = killed(tmp_path)
    words = ("reconcile", entry, "--done")
    _, ended = answered(*words, typed=typed, **settings(tmp_path))
    assert ended.code == Exit.REFUSED
    assert "Nothing was recorded." in ended.words
    assert listed(tmp_path, entry)["outcome"] == "unknown"
