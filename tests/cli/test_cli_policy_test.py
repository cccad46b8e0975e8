"""`chasedata-mcp policy test`: what would become of a call and why, with nothing done."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from _support.terminals import Ended, run
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.policy_test import EXAMPLES

TEXT = ("send_sms", "--from-number", "9545550195", "--to-number", "9545550123", "--message", "Hi")
PHONE = "9545550123"


def policy_test(*words: str, **settings: str) -> Ended:
    return run("policy", "test", *words, SANDBOX="1", **settings)


def told(*words: str, **settings: str) -> dict[str, Any]:
    ended = policy_test("--json", *words, **settings)
    assert ended.code == Exit.DONE, ended.err
    assert ended.out.count("\n") == 1
    read: dict[str, Any] = json.loads(ended.out)
    return read


def rules(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(rule["rule"], rule["says"]) for rule in found["rules"]]


def a_policy(place: Path, text: str) -> str:
    file = place / "policy.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return str(file)


def test_a_call_that_goes_through_says_so_and_whom_it_reaches() -> None:
    found = told(*TEXT)
    assert (found["verdict"], found["rules"], found["question"]) == ("goes through", [], None)
    assert found["environment"] == "sandbox"
    assert found["brings"] == ["954-555-0123 is texted now."]
    (hours,) = found["hours"]
    assert hours["number"] == PHONE
    assert list(hours["clocks"]) == ["America/New_York"]
    assert set(hours["windows"]) == {"federal", "FL"}
    assert hours["kept_to"] is False


def test_one_that_asks_shows_the_question_and_how_sure_the_yes_must_be(tmp_path: Path) -> None:
    policy = a_policy(tmp_path, '[yes]\ndestructive = "machine"\n')
    found = told("delete_dnc", "--number", "212-555-0104", POLICY=policy)
    assert found["verdict"] == "asks"
    assert rules(found) == [("confirm", "ask"), ("do_not_call", "ask")]
    assert (found["typed"], found["sureness"]) == ("phone number", "machine")
    assert "1 lead has this number. It is marked as do-not-call" in found["question"]
    assert "may have been read" in found["reads"]


def test_offline_nothing_is_read_of_the_dialer() -> None:
    found = told("--offline", "delete_dnc", "--number", "2125550104")
    assert "could not be read" in found["question"]
    assert "Nothing was read" in found["reads"]
    filed = told("--offline", *TEXT, "--lead-id", "1001")
    assert rules(filed) == [("marks_unread", "ask"), ("lead_number", "ask")]


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("2026-12-01T07:59:59-05:00", "refused"),
        ("2026-12-01T08:00:00-05:00", "goes through"),
        ("2026-12-01T19:59:59-05:00", "goes through"),
        ("2026-12-01T20:00:00-05:00", "refused"),
    ],
)
def test_it_judges_as_of_another_time(tmp_path: Path, at: str, verdict: str) -> None:
    policy = a_policy(tmp_path, "[calling_hours]\nin_sandbox = true\n")
    found = told("--at", at, *TEXT, POLICY=policy)
    assert found["verdict"] == verdict
    assert rules(found) == ([("calling_hours", "refuse")] if verdict == "refused" else [])
    assert found["hours"][0]["kept_to"] is True


def test_a_time_that_is_none_is_a_wrong_use() -> None:
    ended = policy_test("--at", "soon", *TEXT)
    assert ended.code == Exit.USAGE
    assert "2026-12-01 07:59" in ended.err


def test_every_rule_that_refuses_is_told(tmp_path: Path) -> None:
    policy = a_policy(tmp_path, 'read_only = true\n[tools]\nsend_sms = "refuse"\n')
    found = told(*TEXT, POLICY=policy)
    assert found["verdict"] == "refused"
    assert rules(found) == [("read_only", "refuse"), ("tools", "refuse")]


def test_it_counts_nothing_records_nothing_and_stops_nothing(tmp_path: Path) -> None:
    policy = a_policy(tmp_path, "[caps]\ntexts = { hour = [1, 1], day = [1, 1] }\n")
    state = {"POLICY": policy, "STATE_DIR": str(tmp_path)}
    for _ in range(2):
        found = told(*TEXT, **state)
        assert rules(found) == [("caps", "refuse")]
    shown = run("policy", "show", "--json", SANDBOX="1", **state)
    assert json.loads(shown.out)["frozen"] is None
    history = run("history", "--json", SANDBOX="1", **state)
    assert "send_sms" not in history.out


def test_a_person_reads_the_same() -> None:
    ended = policy_test("delete_dnc", "--number", "2125550104")
    assert ended.code == Exit.DONE
    assert ended.out.startswith("asks  delete_dnc (SANDBOX)\n")
    assert "ask do_not_call: A number leaves the do-not-call list." in ended.words
    assert "yes as sure as “client”, the phone number typed" in ended.words


def test_flags_may_follow_the_tool_and_help_is_the_tools() -> None:
    assert json.loads(policy_test(*TEXT, "--json", "--offline").out)["verdict"] == "asks"
    assert "--to-number" in policy_test("send_sms", "--help").out


def test_arguments_that_do_not_fit_are_a_wrong_use() -> None:
    ended = policy_test("send_sms", "--to-number", "123")
    assert ended.code == Exit.USAGE
    assert not ended.out


def test_without_a_dialer_there_is_nothing_to_judge() -> None:
    ended = run("policy", "test", *TEXT)
    assert ended.code != Exit.DONE
    assert "CHASEDATA_SANDBOX" in ended.err


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_work(example: str) -> None:
    assert run(*shlex.split(example)[1:], SANDBOX="1").code == Exit.DONE
