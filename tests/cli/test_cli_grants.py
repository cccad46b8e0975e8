"""`grants`: listed, given by a person at a terminal, revoked."""

import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from pyotp.totp import TOTP

from _support.terminals import Ended, answered, at_a_terminal, finish, read_until, run, start_forked
from _support.timeouts import TIMEOUT
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.approvals.second_factor import SecondFactor, fresh_secret
from chasedata_mcp.cli.terminal_prompt import person
from chasedata_mcp.ledger import Grant, open_ledger

posix = pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
TO_SOLAR = ("insert_lead", "--campaign", "Solar", "--at-most", "5", "--until", "23:00")
SECRET = fresh_secret()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"SANDBOX": "1", "STATE_DIR": str(tmp_path / "state")}


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time zone, for the processes that are started, in which the day is half over."""
    monkeypatch.setenv("TZ", f"AAA{datetime.now(UTC).hour - 12:+d}")


def kept(settings: dict[str, str], **changed: Any) -> Grant:  # noqa: ANN401 - any part of a grant
    """A grant that somebody gave."""
    now = datetime.now(UTC)
    parts: dict[str, Any] = {
        "id": "abcdefghjk",
        "account": "sandbox",
        "caller": "key",
        "tools": ("send_sms",),
        "numbers": None,
        "campaign": "Solar",
        "at_most": 5,
        "given": now,
        "until": now + timedelta(hours=1),
        "by": "me/terminal",
        "how": "on the terminal",
    }
    grant = Grant(**{**parts, **changed})

    async def give() -> None:
        async with open_ledger(Path(settings["STATE_DIR"], "sandbox"), "sandbox") as ledger:
            await ledger.grants.give(grant)

    anyio.run(give)
    return grant


def listed(settings: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("grants", "--json", **settings).out.splitlines()]


def given(settings: dict[str, str], *words: str, typed: str = "yes") -> tuple[str, Ended]:
    return answered("grants", "give", *words, typed=typed, **settings)


# The list


def test_without_a_grant_it_says_so(settings: dict[str, str]) -> None:
    assert run("grants", **settings).out == "No grant is open.\n"
    assert listed(settings) == []


def test_a_grant_is_listed_with_its_scope_and_how_much_of_it_is_used(
    settings: dict[str, str],
) -> None:
    numbers = tuple(f"954555010{digit}" for digit in range(5))
    grant = kept(settings, numbers=numbers)
    ended = run("grants", **settings)
    assert grant.id in ended.out
    assert "0 of 5" in ended.out
    assert "campaign “Solar”" in ended.words
    assert "to 954-555-0100, 954-555-0101, 954-555-0102 and 2 more" in ended.words
    assert "for key, by me/terminal (client)" in ended.words
    assert grant.id in run("policy", "show", **settings).out


def test_a_grant_for_everybody_says_so(settings: dict[str, str]) -> None:
    kept(settings, campaign=None)
    assert "to any number" in run("grants", **settings).out


def test_the_json_of_a_grant_has_all_of_it(settings: dict[str, str]) -> None:
    grant = kept(settings, numbers=("9545550123",))
    [found] = listed(settings)
    assert found == {
        "id": grant.id,
        "account": "sandbox",
        "caller": "key",
        "tools": ["send_sms"],
        "numbers": ["9545550123"],
        "campaign": "Solar",
        "caps_only": False,
        "at_most": 5,
        "used": 0,
        "given": found["given"],
        "until": found["until"],
        "by": "me/terminal",
        "how": "on the terminal",
        "sureness": "client",
    }
    assert datetime.fromisoformat(found["until"]) == grant.until


def test_grants_that_are_over_are_not_listed(settings: dict[str, str]) -> None:
    kept(settings, until=datetime.now(UTC) - timedelta(minutes=1))
    assert listed(settings) == []


# Giving one


@posix
@pytest.mark.usefixtures("noon")
def test_a_person_sees_all_of_it_and_types_yes(settings: dict[str, str]) -> None:
    shown, ended = given(settings, *TO_SOLAR)
    assert f"Let {machine_user()} (any client) make up to 5 calls of insert_lead" in shown
    assert re.search(r"until 23:00 [A-Z]+ today\?", shown)
    assert "campaign “Solar”" in shown
    [grant] = listed(settings)
    assert ended.code == 0
    assert f"grants revoke {grant['id']}" in ended.out
    assert (grant["tools"], grant["campaign"], grant["numbers"]) == (["insert_lead"], "Solar", None)
    assert (grant["at_most"], grant["caller"], grant["by"]) == (5, machine_user(), person())
    assert grant["sureness"] == "machine"


@posix
@pytest.mark.usefixtures("noon")
def test_what_is_hidden_is_not_on_record_of_it(settings: dict[str, str]) -> None:
    settings = {**settings, "HIDDEN_FIELDS": "Campaign"}
    given(settings, *TO_SOLAR)
    assert [grant["campaign"] for grant in listed(settings)] == ["Solar"]
    recorded = run("history", "--json", "--tool", "grant", **settings).out
    assert '"grant"' in recorded
    assert "Solar" not in recorded


@pytest.fixture
def surer(settings: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Settings whose policy wants a code for whatever reaches anybody."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[yes]\noutward = "second_factor"\n', encoding="utf-8")
    return {**settings, "POLICY": str(policy)}


def code(at: datetime) -> str:
    return TOTP(SECRET).at(at)


def with_a_code(settings: dict[str, str], typed: str) -> int:
    """Give a grant and type a code; how the command ends."""
    with at_a_terminal("grants", "give", *TO_SOLAR, **settings) as (process, ours):
        read_until(ours, " it: ")
        os.write(ours, b"yes\n")
        read_until(ours, "A code of your second factor:")
        os.write(ours, f"{typed}\n".encode())
        process.communicate(timeout=TIMEOUT)
    return process.wait()


@posix
@pytest.mark.usefixtures("noon")
def test_where_the_policy_wants_one_it_takes_a_code_of_the_second_factor(
    surer: dict[str, str],
) -> None:
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    factor = SecondFactor(Path(surer["STATE_DIR"]))
    assert factor.enroll(SECRET, code(a_minute_ago), a_minute_ago)
    assert with_a_code(surer, "000000") == 3
    assert listed(surer) == []
    assert with_a_code(surer, code(datetime.now(UTC))) == 0
    assert [grant["sureness"] for grant in listed(surer)] == ["second_factor"]


@posix
@pytest.mark.usefixtures("noon")
def test_without_a_second_factor_what_wants_one_is_not_granted(surer: dict[str, str]) -> None:
    _, ended = given(surer, *TO_SOLAR)
    assert ended.code == 3
    assert listed(surer) == []


@posix
@pytest.mark.usefixtures("noon")
def test_a_grant_for_one_principal_and_some_numbers(settings: dict[str, str]) -> None:
    words = ("insert_lead", "send-sms", "--number", "(954) 555-0123", "--number", "954.555.0124")
    shown, _ = given(settings, *words, "--at-most", "1", "--until", "23:59", "--for", "key:crm")
    assert "Let key:crm (any client) make one call" in shown
    assert "954-555-0123 and 954-555-0124" in shown
    [grant] = listed(settings)
    assert grant["tools"] == ["insert_lead", "send_sms"]
    assert grant["numbers"] == ["9545550123", "9545550124"]
    assert grant["caller"] == "key:crm"


@posix
@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("typed", ["", "no", "y"])
def test_anything_but_yes_gives_none(settings: dict[str, str], typed: str) -> None:
    _, ended = given(settings, *TO_SOLAR, typed=typed)
    assert ended.code == 3
    assert listed(settings) == []


@pytest.mark.usefixtures("noon")
def test_without_a_terminal_none_is_given(settings: dict[str, str]) -> None:
    ended = finish(start_forked("grants", "give", *TO_SOLAR, **settings), "yes\n")
    assert (ended.code, ended.out) == (3, "")
    assert "a person must confirm this at a terminal" in ended.err
    assert listed(settings) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("delete_dnc",), "delete_dnc is destructive"),
        (("send_sms", "delete_dial_list"), "delete_dial_list is destructive"),
        (("search_lead",), "search_lead only reads"),
        (("send_smss",), "did you mean send_sms?"),
        (("send_sms", "--number", "555-0123"), "--number has fewer than ten digits"),
        (("send_sms", "--until", "later"), "--until takes a time of today, such as 17:00"),
        (("send_sms", "--until", "24:00"), "--until takes a time of today"),
        (("send_sms", "--until", "2026-03-02T12:00"), "--until takes a time of today"),
        (("send_sms", "--at-most", "501"), "equal to 500"),
        (("send_sms", "--at-most", "0"), "equal to 1"),
    ],
)
def test_what_can_not_be_granted_is_refused_before_anybody_is_asked(
    settings: dict[str, str], words: tuple[str, ...], says: str
) -> None:
    ended = run("grants", "give", "--at-most", "5", "--until", "23:59", *words, **settings)
    assert ended.code == 2
    assert says in ended.err
    assert listed(settings) == []


# Revoking


def test_a_grant_is_revoked_at_once(settings: dict[str, str]) -> None:
    grant = kept(settings)
    kept(settings, id="another000")
    ended = run("grants", "revoke", grant.id, **settings)
    assert (ended.code, ended.out) == (0, f"Revoked: {grant.id}.\n")
    assert [one["id"] for one in listed(settings)] == ["another000"]


def test_all_grants_are_revoked_at_once(settings: dict[str, str]) -> None:
    kept(settings)
    kept(settings, id="another000")
    assert run("grants", "revoke", "--all", **settings).code == 0
    assert listed(settings) == []
    assert run("grants", "revoke", "--all", **settings).out == "Revoked: there was none.\n"


def test_a_grant_that_there_is_not_can_not_be_revoked(settings: dict[str, str]) -> None:
    kept(settings)
    ended = run("grants", "revoke", "nonesuch00", **settings)
    assert (ended.code, "there is no open grant of this id" in ended.err) == (2, True)
    assert len(listed(settings)) == 1


@pytest.mark.parametrize("words", [(), ("abcdefghjk", "--all")])
def test_revoking_takes_either_an_id_or_all(
    settings: dict[str, str], words: tuple[str, ...]
) -> None:
    kept(settings)
    ended = run("grants", "revoke", *words, **settings)
    assert (ended.code, "either the id of a grant or --all" in ended.err) == (2, True)
    assert len(listed(settings)) == 1


def test_options_before_a_command_are_refused_rather_than_passed_over(
    settings: dict[str, str],
) -> None:
    grant = kept(settings)
    ended = run("grants", "--sandbox", "revoke", grant.id, **settings)
    assert (ended.code, "options stand behind `revoke`" in ended.err) == (2, True)
    assert len(listed(settings)) == 1
