"""Where the pages are: each is known to its own account while it runs, and not longer."""

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from _support.clock import Clock
from chasedata_mcp.approvals.page_address import announce, announced
from chasedata_mcp.tools.account import Account

ADDRESS = "http://127.0.0.1:8766"
OTHER = "http://127.0.0.1:8767"
HERE = Account("sandbox", "sandbox")
ACME, BETA = Account("live", "acme", "a.example.com"), Account("live", "beta", "a.example.com")
EARLIER, LATER = "2020-01-01T00:00:00.000000+00:00", "2100-01-01T00:00:00.000000+00:00"
INIT = 1
"""A process that always runs, and is somebody else's."""


def said(accid: str = "sandbox", address: str = ADDRESS, since: str = EARLIER) -> dict[str, object]:
    return {"accid": accid, "address": address, "pid": INIT, "since": since}


def leave(place: Path, **other: object) -> Path:
    """What a page of another process says."""
    whole = {**said(), **other}
    path = place / f"approvals-sandbox-{whole['accid']}-{whole['pid']}.json"
    path.write_text(json.dumps(whole))
    return path


def gone() -> int:
    """A process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_page_is_known_while_it_runs(tmp_path: Path) -> None:
    place = tmp_path / "state"
    assert announced(place, HERE) is None
    with announce(place, HERE, ADDRESS):
        assert announced(place, HERE) == ADDRESS
        assert announced(place, Account("live", "sandbox")) is None
        [file] = place.iterdir()
        assert file.name == f"approvals-sandbox-sandbox-{os.getpid()}.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert announced(place, HERE) is None
    assert list(place.iterdir()) == []


def test_it_is_taken_away_when_the_page_ends_badly(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), announce(tmp_path, HERE, ADDRESS):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_sent_to_the_page_of_another_account(tmp_path: Path) -> None:
    with announce(tmp_path, ACME, ADDRESS):
        assert announced(tmp_path, BETA) is None
        with announce(tmp_path, BETA, OTHER):
            assert (announced(tmp_path, ACME), announced(tmp_path, BETA)) == (ADDRESS, OTHER)
        assert announced(tmp_path, ACME) == ADDRESS


def test_an_account_whose_name_begins_like_another_has_its_own(tmp_path: Path) -> None:
    with announce(tmp_path, Account("live", "acme-2"), ADDRESS):
        assert announced(tmp_path, ACME) is None


def test_of_two_pages_the_one_that_began_last_is_known(tmp_path: Path) -> None:
    leave(tmp_path, address=OTHER)
    with announce(tmp_path, HERE, ADDRESS):
        assert announced(tmp_path, HERE) == ADDRESS
    assert announced(tmp_path, HERE) == OTHER


def test_the_first_of_two_is_known_again_when_the_second_has_ended(tmp_path: Path) -> None:
    clock = Clock()
    with announce(tmp_path, HERE, ADDRESS, clock=clock):
        clock.move(timedelta(minutes=1))
        second = leave(tmp_path, address=OTHER, since=LATER)
        assert announced(tmp_path, HERE) == OTHER
        second.unlink()
        assert announced(tmp_path, HERE) == ADDRESS


def test_what_a_process_left_that_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    leave(tmp_path, pid=gone())
    assert announced(tmp_path, HERE) is None


def test_the_next_page_takes_away_what_others_left_that_are_gone(tmp_path: Path) -> None:
    stale, of_my_port = leave(tmp_path, pid=gone()), leave(tmp_path, accid="beta")
    lives = leave(tmp_path, accid="acme", address=OTHER)
    with announce(tmp_path, HERE, ADDRESS):
        assert not stale.exists()
        assert not of_my_port.exists()
        assert lives.exists()


def test_a_process_of_another_user_lives_too(tmp_path: Path) -> None:
    leave(tmp_path, pid=INIT)
    assert announced(tmp_path, HERE) == ADDRESS


@pytest.mark.parametrize(
    "left",
    [
        "",
        "[]",
        "{}",
        "not json",
        json.dumps({**said(), "pid": 0}),
        json.dumps({**said(), "pid": -1}),
        json.dumps({**said(), "pid": 10**30}),
        json.dumps({**said(), "pid": "1"}),
        json.dumps({**said(), "since": None}),
        json.dumps({**said(), "accid": "acme"}),
        json.dumps({**said(), "address": "https://evil.example"}),
        json.dumps({**said(), "address": f"{ADDRESS}@evil.example"}),
        json.dumps({**said(), "address": f"{ADDRESS}/other"}),
    ],
)
def test_a_file_that_makes_no_sense_counts_for_nothing(tmp_path: Path, left: str) -> None:
    (tmp_path / "approvals-sandbox-sandbox-1.json").write_text(left)
    assert announced(tmp_path, HERE) is None
    with announce(tmp_path, HERE, OTHER):
        assert announced(tmp_path, HERE) == OTHER
