"""`policy suggest`: what the caps would have done in the last weeks, and what would fit."""

import json
from pathlib import Path

import pytest

from _support.terminals import run

SWITCHED = (
    *("call", "enable_playlist_filter", "--playlist", "Solar-Main"),
    *("--filter-name", "Florida-Only"),
)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    policy = tmp_path / "policy.toml"
    policy.write_text("[caps]\noverwrites.hour = [2, 2]\n", encoding="utf-8")
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "POLICY": str(policy)}


def test_it_reads_what_was_done_and_what_a_cap_refused(settings: dict[str, str]) -> None:
    for _ in range(2):
        run(*SWITCHED, **settings)
    told = json.loads(run("policy", "suggest", "--json", **settings).out)
    assert told["caps"] == {
        "overwrites": {
            "busiest_hour": 2,
            "busiest_day": 2,
            "in_force": {"hour": [2, 2], "day": [200, 500]},
            "would_have_asked": 1,
            "would_have_stopped": 1,
            "fits": {"hour": [5, 15], "day": [5, 15]},
        }
    }
    shown = run("policy", "suggest", **settings)
    assert "overwrites = { hour = [5, 15], day = [5, 15] }" in shown.out


def test_with_nothing_on_record_it_says_so(settings: dict[str, str]) -> None:
    ended = run("policy", "suggest", "--weeks", "2", **settings)
    assert ended.out == "No cap counted anything in the last 2 weeks.\n"
