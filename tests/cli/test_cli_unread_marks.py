"""Searches that can't be read: `doctor` and `policy show` say how many calls met one."""

import json
from pathlib import Path

from _support.terminals import run

UNREADABLE = "LeadOperations.php=body:something else*99"
TEXT = (
    *("call", "send_sms", "--from-number", "9545550195", "--to-number", "9545550101"),
    *("--message", "Hello"),
)


def test_doctor_and_policy_show_count_the_calls_whose_marks_could_not_be_read(
    tmp_path: Path,
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('do_not_call.unreadable = "refuse"\n', "utf-8")
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state"), "POLICY": str(policy)}
    shown = json.loads(run("policy", "show", "--json", **settings).out)
    assert shown["unread_marks"] == 0
    assert "could not be read" not in run("doctor", **settings).words
    for _ in range(2):
        refused = run(*TEXT, **settings, SANDBOX_FAULTS=UNREADABLE)
        assert "marks the number or its lead as do-not-call could not be read" in refused.words
    said = "In the last 24 hours 2 calls were to somebody whose do-not-call mark at the dialer"
    assert said in run("doctor", **settings).words
    assert said in run("policy", "show", **settings).words
    assert json.loads(run("policy", "show", "--json", **settings).out)["unread_marks"] == 2


def test_doctor_says_that_a_detailed_search_cannot_be_read(tmp_path: Path) -> None:
    settings = {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state")}
    ended = run("doctor", **settings, SANDBOX_FAULTS=UNREADABLE)
    assert "A search came back not_understood" in ended.words
