"""The rules of access and of caps by their facts alone: each names itself, why, and what helps."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from _support.examples import EXAMPLES
from _support.pipeline import an_action
from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy.caps import UsageLimits
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules import access, usage_caps
from chasedata_mcp.redaction import Redactor
from chasedata_mcp.tools.registry import CATALOGUE

SMS = CATALOGUE["send_sms"]
TEXT = an_action("send_sms", EXAMPLES["send_sms"])
CARD = an_action("send_sms", {**EXAMPLES["send_sms"], "message": "4111 1111 1111 1111"})
MARK = an_action("send_sms", {**EXAMPLES["send_sms"], "message": "It is [hidden]."})
NO_TOOLSET: frozenset[str] = frozenset()
IN_AN_HOUR = Limit("caps.texts.hour.stop", "texts", timedelta(hours=1), 2, stops=True)
IN_A_DAY = Limit("caps.texts.day.stop", "texts", timedelta(hours=24), 2, stops=True)


def test_a_refusal_of_access_names_its_rule_its_cause_and_whom_to_tell() -> None:
    refusals: list[tuple[Verdict, str, str]] = [
        (access.check_read_only(SMS, is_read_only=True), "read_only", "CHASEDATA_READ_ONLY"),
        (access.check_toolset(SMS, NO_TOOLSET, {"send_sms": "off"}), "tools", "send_sms is off"),
        (access.check_toolset(SMS, NO_TOOLSET, {}), "toolsets", "CHASEDATA_TOOLSETS"),
        (access.check_tool_rule("freeze", {"freeze": "ask"}), "tools", "freeze ([tools]), which"),
        (access.check_tool_rule("undo", {"undo": "refuse"}), "tools", "refuses undo"),
        (access.check_hidden_data(CARD, Redactor()), "hidden", "Message"),
    ]
    for verdict, rule, reason in refusals:
        assert isinstance(verdict, Refuse)
        assert verdict.rule == rule
        assert reason in verdict.reason
        assert "Tell the person who runs this server" in verdict.hint


def test_a_mark_of_hidden_text_is_written_by_nobody_even_where_nothing_is_hidden() -> None:
    for redactor in (None, Redactor()):
        verdict = access.check_hidden_data(MARK, redactor)
        assert isinstance(verdict, Refuse)
        assert verdict.rule == "hidden"
        assert "mark for what was not shown" in verdict.reason
        assert verdict.hint


def test_a_tool_that_is_asked_about_says_so_and_one_that_is_not_named_goes() -> None:
    asked = Ask("tools", "The policy asks before every undo.", plain=True)
    assert access.check_tool_rule("undo", {"undo": "ask"}) == asked
    assert access.check_tool_rule("undo", {"freeze": "ask"}) == ALLOWED


def test_a_frozen_account_says_why_it_is_frozen_and_how_to_go_on() -> None:
    verdict = access.check_freeze(TEXT, "by maria at noon")
    assert verdict == Refuse("frozen", "All writes are stopped by maria at noon.", access.TO_GO_ON)
    assert access.check_freeze(TEXT, "") == ALLOWED


@pytest.mark.parametrize(("limit", "span"), [(IN_AN_HOUR, "an hour"), (IN_A_DAY, "a day")])
def test_a_cap_asks_from_its_step_on_with_the_count_and_the_time(limit: Limit, span: str) -> None:
    limits = UsageLimits((), (limit,), ())
    assert usage_caps.check_caps(Facts(), limits) == []
    assert usage_caps.check_caps(Facts(counts={limit.name: 2}), limits) == []
    reason = f"That makes 3 texts within {span}; from 3 on, a person has to agree ({limit.name})."
    assert usage_caps.check_caps(Facts(counts={limit.name: 3}), limits) == [
        Ask("caps", reason, grantable=True)
    ]


@pytest.mark.parametrize(("limit", "span"), [(IN_AN_HOUR, "an hour"), (IN_A_DAY, "a day")])
def test_a_cap_refuses_from_its_step_on_with_its_figure_and_when_it_opens_again(
    limit: Limit, span: str
) -> None:
    limits = UsageLimits((), (), (limit,))
    assert usage_caps.check_stops(Facts(), limits) == []
    assert usage_caps.check_stops(Facts(counts={limit.name: 2}), limits) == []
    opens = datetime(2026, 6, 1, 16, 0, 0, 1, tzinfo=UTC)
    facts = Facts(counts={limit.name: 3}, opens={limit.name: opens})
    [refusal] = usage_caps.check_stops(facts, limits)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "caps"
    assert refusal.reason == (
        f"With this call there would be 3 texts within {span}, and the policy stops at 3 "
        f"({limit.name}). Such calls go again from 2026-06-01 16:01 UTC on."
    )
    assert "policy rearm" in refusal.hint
    assert usage_caps.find_freezing_cap(facts, limits) is None


def test_a_call_that_alone_is_more_than_a_cap_allows_never_goes() -> None:
    refusal = usage_caps.refuse_at_cap(IN_AN_HOUR, 5, None)
    assert "This call alone is more than that" in refusal.reason


def test_a_cap_that_freezes_stops_everything_and_says_how_to_go_on() -> None:
    limit = replace(IN_AN_HOUR, trips=True)
    limits = UsageLimits((), (), (limit,))
    assert usage_caps.find_freezing_cap(Facts(counts={limit.name: 2}), limits) is None
    facts = Facts(counts={limit.name: 3})
    assert usage_caps.find_freezing_cap(facts, limits) == limit
    assert usage_caps.check_stops(facts, limits) == []
    refusal = usage_caps.refuse_at_cap(limit, 3, None)
    assert (refusal.rule, refusal.hint) == ("caps", access.TO_GO_ON)
    assert "All writes are stopped" in refusal.reason


def test_a_limit_of_none_lets_a_call_go_that_uses_nothing() -> None:
    none = replace(IN_AN_HOUR, at_most=0)
    limits = UsageLimits((), (none,), (none,))
    assert usage_caps.check_caps(Facts(), limits) == []
    assert usage_caps.check_stops(Facts(), limits) == []
