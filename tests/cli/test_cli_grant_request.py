"""A grant as it is typed: what it becomes, and how it is put to a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.grant_request import (
    AT_MOST,
    GrantRequest,
    ask_for,
    assure,
    read_grant,
)
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Grant
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import RequiredAssurance

NOON = datetime(2026, 3, 2, 12, 0).astimezone()


def wish(
    *tools: str,
    number: tuple[str, ...] | None = None,
    numbers: Path | None = None,
    campaign: str | None = None,
    until: str = "17:00",
    caller: str | None = None,
) -> GrantRequest:
    return GrantRequest(tools or ("send_sms",), number, numbers, campaign, 7, until, caller)


def granted(what: GrantRequest, now: datetime = NOON) -> Grant:
    return read_grant(what, "acme", "me/terminal", now)


def refused(what: GrantRequest, now: datetime = NOON) -> str:
    with pytest.raises(UsageError) as caught:
        granted(what, now)
    return str(caught.value)


def test_a_grant_is_of_the_account_and_of_whoever_gives_it() -> None:
    grant = granted(wish())
    assert (grant.account, grant.by, grant.how) == ("acme", "me/terminal", "on the terminal")
    assert (grant.at_most, grant.used, grant.given, grant.revoked) == (7, 0, NOON, None)
    assert len({granted(wish()).id for _ in range(5)}) == 5


def test_a_tool_is_named_once_and_with_dashes_too() -> None:
    assert granted(wish("send_sms", "send-sms", "insert_lead")).tools == ("send_sms", "insert_lead")


@pytest.mark.parametrize("tool", ["delete_dnc", "delete_dial_list"])
def test_what_is_destructive_needs_a_yes_of_its_own(tool: str) -> None:
    assert "is destructive" in refused(wish("send_sms", tool))


def test_it_ends_at_that_minute_of_today_by_this_machines_clock() -> None:
    until = granted(wish(until="17:05")).until
    assert until.astimezone(NOON.tzinfo) == NOON.replace(hour=17, minute=5)
    assert until.tzinfo is UTC


@pytest.mark.parametrize("until", ["12:00", "11:59", "0:00"])
def test_a_time_that_is_over_is_not_tomorrows(until: str) -> None:
    assert "is over already" in refused(wish(until=until))


def test_the_next_minute_is_still_to_come() -> None:
    assert granted(wish(until="12:01")).until == NOON + timedelta(minutes=1)
    assert "is over already" in refused(wish(until="12:01"), NOON + timedelta(minutes=1))


@pytest.mark.parametrize(
    "until", ["", "17", "5pm", "24:00", "12:60", "17:00:00", "\u0661\u0667:00"]
)
def test_what_is_no_time_of_day_is_refused(until: str) -> None:
    assert "such as 17:00" in refused(wish(until=until))


def test_numbers_are_taken_as_people_write_them_and_once() -> None:
    what = wish(number=("(954) 555-0123", "+1 954 555 0123", "954.555.0124"))
    assert granted(what).numbers == ("9545550123", "9545550124")


def test_numbers_of_a_file_are_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("\ufeff# of today\n954-555-0123\n\n9545550124 # Ann\n9545550123\n", "utf-8")
    assert granted(wish(numbers=file)).numbers == ("9545550123", "9545550124")


def test_a_line_that_is_no_number_is_named_by_its_place_alone(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("9545550123\n\n55501s3cr3t\n", encoding="utf-8")
    said = refused(wish(numbers=file))
    assert said.startswith("--numbers: line 3 ")
    assert "s3cr3t" not in said


def test_a_file_that_says_nothing_is_not_all_numbers(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("# none yet\n\n", encoding="utf-8")
    assert "a file without a number in it" in refused(wish(numbers=file))
    assert "can't be read (FileNotFoundError)" in refused(wish(numbers=tmp_path / "none"))
    file.write_bytes(b"\xff")
    assert "can't be read (it is neither UTF-8" in refused(wish(numbers=file))


def test_numbers_are_typed_or_in_a_file_and_not_both(tmp_path: Path) -> None:
    both = wish(number=("9545550123",), numbers=tmp_path / "numbers.txt")
    assert "either --number or --numbers" in refused(both)


@pytest.mark.parametrize("campaign", ["", "  ", "a\nb", "x" * 51])
def test_a_campaign_that_can_not_be_one_is_refused(campaign: str) -> None:
    assert "--campaign takes a line" in refused(wish("insert_lead", campaign=campaign))


@pytest.mark.parametrize(
    "tools", [("conference_call",), ("insert_lead", "update_lead"), ("update_lead",)]
)
def test_a_campaign_is_for_what_says_that_it_is_of_one(tools: tuple[str, ...]) -> None:
    said = refused(wish(*tools, campaign="Solar"))
    assert said.startswith(f"a call of {tools[-1]} doesn't say whom of which campaign it reaches")
    both = wish("insert_lead", "send_sms", campaign=" Solar ")
    assert granted(both).campaign == "Solar"


def _a_code() -> AssuranceLevel:
    return AssuranceLevel.SECOND_FACTOR


def _no_code() -> AssuranceLevel:
    raise AssertionError("a code was asked for")


@pytest.mark.parametrize(
    ("yes", "tools"),
    [
        (RequiredAssurance(outward=AssuranceLevel.SECOND_FACTOR), ("send_sms",)),
        (RequiredAssurance(outward=AssuranceLevel.SECOND_FACTOR), ("insert_dnc", "send_sms")),
        (RequiredAssurance(write=AssuranceLevel.SECOND_FACTOR), ("insert_dnc",)),
        # An insert that is an import only is a write.
        (
            RequiredAssurance(write=AssuranceLevel.SECOND_FACTOR, outward=AssuranceLevel.MACHINE),
            ("insert_lead",),
        ),
    ],
)
def test_a_code_is_asked_for_where_the_policy_wants_one_for_what_is_granted(
    yes: RequiredAssurance, tools: tuple[str, ...]
) -> None:
    grant = granted(wish(*tools))
    assert grant.sureness == "machine"
    sure = assure(grant, Policy(yes=yes), _a_code)
    assert sure == replace(grant, sureness=AssuranceLevel.SECOND_FACTOR)


@pytest.mark.parametrize(
    "yes",
    [
        RequiredAssurance(),
        RequiredAssurance(destructive=AssuranceLevel.SECOND_FACTOR),
        RequiredAssurance(outward=AssuranceLevel.SECOND_FACTOR),
        RequiredAssurance(write=AssuranceLevel.MACHINE),
    ],
)
def test_no_code_is_asked_for_where_the_machine_is_enough(yes: RequiredAssurance) -> None:
    grant = granted(wish("insert_dnc"))
    assert assure(grant, Policy(yes=yes), _no_code) is grant


@pytest.mark.parametrize("caller", ["", " ", "key/\x1b[31m", "x" * 201])
def test_a_caller_that_can_not_be_one_is_refused(caller: str) -> None:
    assert "--for takes a line" in refused(wish(caller=caller))


def test_it_is_for_ones_own_user_unless_said_otherwise() -> None:
    assert granted(wish()).caller == machine_user()
    assert granted(wish(caller=" key:crm ")).caller == "key:crm"


@pytest.mark.parametrize("caller", ["key/claude-code", "key/", "maria/page/x"])
def test_it_is_for_no_single_client_since_a_client_names_itself(caller: str) -> None:
    assert "keys make" in refused(wish(caller=caller))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (wish(), "Calls of any campaign, to any number."),
        (wish("insert_lead", campaign="Solar"), "Calls of campaign “Solar”, to any number."),
        (wish(number=("9545550123",)), "Calls to 954-555-0123 only."),
        (
            wish("insert_lead", number=("9545550123", "9545550124"), campaign="Solar"),
            "Calls of campaign “Solar” to 954-555-0123 and 954-555-0124 only.",
        ),
        (wish(caller="key"), "Let key (any client) make up to 7 calls of send_sms"),
        (wish(until="17:05"), f"until 17:05 {NOON:%Z} today?"),
        (wish("insert_lead", "send_sms"), "calls of insert_lead and send_sms without asking again"),
        (wish(), "What the policy refuses stays refused."),
    ],
)
def test_the_question_says_whose_what_to_whom_and_until_when(what: GrantRequest, said: str) -> None:
    assert said in ask_for(granted(what))


def test_a_long_list_of_numbers_is_cut_and_counted() -> None:
    numbers = tuple(f"95455501{digits:02}" for digits in range(30))
    said = ask_for(granted(wish(number=numbers)))
    assert "954-555-0119 and 10 more only." in said
    assert "954-555-0120" not in said


def test_500_calls_are_the_most() -> None:
    assert AT_MOST == 500
