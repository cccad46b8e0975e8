"""Where the page is: known while it runs, and not longer."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chasedata_mcp.approvals.address import announce, announced

ADDRESS = "http://127.0.0.1:8766"


def kept(place: Path) -> Path:
    return place / "approvals-sandbox.json"


def test_a_page_is_known_while_it_runs(tmp_path: Path) -> None:
    place = tmp_path / "state"
    assert announced(place, "sandbox") is None
    with announce(place, "sandbox", ADDRESS):
        assert announced(place, "sandbox") == ADDRESS
        assert announced(place, "live") is None
        assert stat.S_IMODE(kept(place).stat().st_mode) == 0o600
    assert announced(place, "sandbox") is None
    assert list(place.iterdir()) == []


def test_it_is_taken_away_when_the_page_ends_badly(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), announce(tmp_path, "sandbox", ADDRESS):
        raise RuntimeError
    assert not kept(tmp_path).exists()


def test_the_last_of_two_is_known_and_stays_when_the_first_ends(tmp_path: Path) -> None:
    other = "http://127.0.0.1:8767"
    with announce(tmp_path, "sandbox", ADDRESS):
        kept(tmp_path).write_text(json.dumps({"address": other, "pid": os.getppid()}))
    assert announced(tmp_path, "sandbox") == other


def test_what_a_process_left_that_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    kept(tmp_path).write_text(json.dumps({"address": ADDRESS, "pid": ended.pid}))
    assert announced(tmp_path, "sandbox") is None


def test_a_process_of_another_user_lives_too(tmp_path: Path) -> None:
    kept(tmp_path).write_text(json.dumps({"address": ADDRESS, "pid": 1}))
    assert announced(tmp_path, "sandbox") == ADDRESS


@pytest.mark.parametrize(
    "left",
    [
        "",
        "[]",
        "{}",
        "not json",
        json.dumps({"address": ADDRESS, "pid": 0}),
        json.dumps({"address": ADDRESS, "pid": -1}),
        json.dumps({"address": ADDRESS, "pid": "1"}),
        json.dumps({"address": "https://evil.example", "pid": 1}),
        json.dumps({"address": f"{ADDRESS}@evil.example", "pid": 1}),
        json.dumps({"address": f"{ADDRESS}/other", "pid": 1}),
    ],
)
def test_a_file_that_makes_no_sense_counts_for_nothing(tmp_path: Path, left: str) -> None:
    kept(tmp_path).write_text(left)
    assert announced(tmp_path, "sandbox") is None
