"""Caps at their second step: shown by `policy show` and `doctor`, let go by `policy rearm`."""

import json
import sys
from pathlib import Path

import pytest

from _support.terminals import answered, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
SWITCHED = (
    *("call", "enable_playlist_filter", "--playlist", "Solar-Main"),
    *("--filter-name", "Florida-Only"),
)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """The settings of a sandbox whose second overwriting in an hour is refused."""
    policy = tmp_path / "policy.toml"
    policy.write_text("[caps]\noverwrites.hour = [2, 2]\n", encoding="utf-8")
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "POLICY": str(policy)}


def test_a_cap_that_refuses_is_shown_and_a_typed_yes_lets_it_count_anew(
    settings: dict[str, str],
) -> None:
    assert run("policy", "rearm", **settings).out == "Nothing is stopped.\n"
    assert run(*SWITCHED, **settings).code == 0
    refused = run(*SWITCHED, **settings)
    assert "the policy stops at 2 (caps.overwrites.hour.stop)" in refused.words
    told = json.loads(run("policy", "show", "--json", **settings).out)
    [cap] = told["stopped_caps"]
    assert (cap["limit"], cap["count"], told["frozen"]) == ("caps.overwrites.hour.stop", 1, None)
    for words in (("policy", "show"), ("doctor",)):
        assert "1 record overwritten within an hour, and the policy stops at 2" in (
            run(*words, **settings).words
        )
    shown, ended = answered("policy", "rearm", typed="yes", **settings)
    assert "caps.overwrites.hour.stop" in " ".join(shown.split())
    assert (ended.code, ended.out) == (0, "Calls go through again.\n")
    assert run("policy", "rearm", **settings).out == "Nothing is stopped.\n"
    # The first step still asks.
    assert "a person has to agree" in run(*SWITCHED, **settings).words


def test_anything_but_yes_leaves_the_cap_as_it_is(settings: dict[str, str]) -> None:
    run(*SWITCHED, **settings)
    _, ended = answered("policy", "rearm", typed="no", **settings)
    assert ended.code != 0
    assert json.loads(run("policy", "show", "--json", **settings).out)["stopped_caps"]
