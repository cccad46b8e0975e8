"""`dnc pending`, `dnc send` and `dnc drop`, and where waiting requests are shown besides."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from _support.terminals import Ended, answered, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
PHONE, SECOND = "9545550123", "3055550110"
WRONG_TOKEN = "LeadOperations.php=status:401*99"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state")}


def fail(settings: dict[str, str], *numbers: str) -> None:
    """Have requests refused, which then wait."""
    for number in numbers:
        words = ("call", "insert_dnc", "--number", number)
        ended = run(*words, **settings, SANDBOX_FAULTS=WRONG_TOKEN)
        assert ended.code == 4
        assert "The number isn't on the dialer's own do-not-call list yet." in ended.words


def pending(settings: dict[str, str]) -> list[dict[str, Any]]:
    ended = run("dnc", "pending", "--json", **settings)
    return [json.loads(line) for line in ended.out.splitlines()]


def send(settings: dict[str, str], **more: str) -> Ended:
    return run("dnc", "send", **settings, **more)


def test_nothing_waits_at_first(settings: dict[str, str]) -> None:
    assert run("dnc", "pending", **settings).out == "No request waits.\n"
    ended = send(settings)
    assert (ended.code, ended.out) == (0, "No request waits.\n")


def test_what_waits_is_listed_and_sent_once(settings: dict[str, str]) -> None:
    fail(settings, PHONE, SECOND, PHONE)
    first, second = pending(settings)
    assert (first["number"], first["attempts"], first["state"]) == (PHONE, 2, "not sent")
    assert second["number"] == SECOND
    shown = run("dnc", "pending", **settings).out
    assert "954-555-0123" in shown
    assert "To send them: chasedata-mcp dnc send" in shown
    ended = send(settings)
    assert ended.code == 0
    assert ended.out.count("done") == 2
    assert ended.out.endswith("Nothing waits any more.\n")
    assert pending(settings) == []
    # The history has each attempt, and the numbers are on the dialer's list.
    rows = run("history", "--number", PHONE, "--json", **settings).out.splitlines()
    assert [json.loads(row)["outcome"] for row in rows] == ["done", "refused", "refused"]


def test_what_fails_again_goes_on_waiting_and_the_exit_code_says_so(
    settings: dict[str, str],
) -> None:
    fail(settings, PHONE)
    ended = send(settings, SANDBOX_FAULTS=WRONG_TOKEN)
    assert ended.code == 4
    assert "refused (refused_by_dialer)" in ended.out
    assert "1 request not to be called still waits" in ended.words
    assert [one["attempts"] for one in pending(settings)] == [2]


def test_doctor_and_policy_show_count_what_waits(settings: dict[str, str]) -> None:
    assert "not to be called" not in run("doctor", **settings).words
    fail(settings, PHONE)
    for words in (("doctor",), ("policy", "show")):
        ended = run(*words, **settings)
        assert ended.code == 0
        assert "1 request not to be called still waits to be sent" in ended.words
        assert "chasedata-mcp dnc send" in ended.words
    shown = json.loads(run("policy", "show", "--json", **settings).out)
    assert shown["dnc_requests_waiting"] == 1


def test_a_read_only_server_sends_none(settings: dict[str, str]) -> None:
    fail(settings, PHONE)
    ended = send(settings, READ_ONLY="1")
    assert ended.code == 3
    assert "read-only" in ended.words
    assert len(pending(settings)) == 1


@posix
@pytest.mark.parametrize(("typed", "left"), [("yes", 0), ("no", 2)])
def test_where_the_policy_asks_one_yes_sends_them_all(
    settings: dict[str, str], typed: str, left: int
) -> None:
    fail(settings, PHONE, SECOND)
    shown, ended = answered("dnc", "send", typed=typed, **settings, CONFIRM="writes")
    assert "Stop all calls to 954-555-0123?" in shown
    assert "Stop all calls to 305-555-0110?" in shown
    assert ended.code == (3 if left else 0)
    assert len(pending(settings)) == left


def test_the_sandbox_and_another_account_have_lists_of_their_own(
    settings: dict[str, str], tmp_path: Path
) -> None:
    fail(settings, PHONE)
    live = {
        "STATE_DIR": settings["STATE_DIR"],
        "TOKEN": "5A4DB0C5-0000-4000-8000-5A4DB0C50009",
        "ACCID": "test",
        "BASE_URL": "https://dialer.example.com/HttpImport/",
    }
    assert run("dnc", "pending", **live).out == "No request waits.\n"
    other = {**settings, "STATE_DIR": str(tmp_path / "other")}
    assert run("dnc", "pending", **other).out == "No request waits.\n"


@pytest.mark.parametrize("words", [("pending",), ("send",), ("drop", PHONE)])
def test_without_a_dialer_it_says_so(words: tuple[str, ...]) -> None:
    ended = run("dnc", *words)
    assert (ended.code, "no dialer is configured" in ended.err) == (2, True)


@posix
def test_a_person_drops_what_the_dialer_has_already(settings: dict[str, str]) -> None:
    fail(settings, PHONE)
    shown, ended = answered("dnc", "drop", "954-555-0123", typed="yes", **settings)
    assert "Is 954-555-0123 on the dialer's own do-not-call list already" in shown
    assert ended.code == 0
    assert pending(settings) == []
    assert "stays suppressed" in run("history", "--tool", "drop_dnc_request", **settings).words


@posix
def test_a_number_that_the_settings_keep_out_of_the_record_is_dropped_without_it(
    settings: dict[str, str],
) -> None:
    kept_out = {**settings, "HIDDEN_FIELDS": "Number"}
    fail(kept_out, PHONE)
    assert answered("dnc", "drop", PHONE, typed="yes", **kept_out)[1].code == 0
    assert PHONE not in run("ledger", "export", **kept_out).out


@posix
def test_anything_but_yes_leaves_it_waiting(settings: dict[str, str]) -> None:
    fail(settings, PHONE)
    _, ended = answered("dnc", "drop", PHONE, typed="no", **settings)
    assert ended.code == 3
    assert len(pending(settings)) == 1


def test_only_what_waits_can_be_dropped(settings: dict[str, str]) -> None:
    fail(settings, PHONE)
    ended = run("dnc", "drop", SECOND, **settings)
    assert (ended.code, "no request waits for this number" in ended.err) == (2, True)
    assert run("dnc", "drop", "12", **settings).code == 2
    assert run("dnc", "drop", PHONE, **settings).code == 3
    assert len(pending(settings)) == 1
