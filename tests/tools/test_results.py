"""Results of calls that were done, and of calls that were not."""

import pytest

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.tools.account import NO_ACCOUNT, Account
from chasedata_mcp.tools.answer_types import Agent, AnswerSummary, Lead
from chasedata_mcp.tools.results import (
    AgentsResult,
    LeadsResult,
    Result,
    build_failure,
    build_success,
)

LIVE = Account("live", "acme", "api.example.com")


def plain(result: Result) -> dict[str, object]:
    return result.model_dump(mode="json", exclude_none=True)


def test_a_call_that_was_done_has_the_five_fields_and_no_more() -> None:
    assert plain(build_success(LIVE, AnswerSummary("Done."), [])) == {
        "outcome": "done",
        "environment": "live",
        "account": "acme",
        "message": "Done.",
        "warnings": [],
    }


def test_without_a_dialer_there_is_neither_account_nor_host() -> None:
    assert Account("none", "", "") == NO_ACCOUNT


def test_warnings_and_what_the_dialer_said_are_told() -> None:
    told = plain(build_success(LIVE, AnswerSummary("Done.", dialer_said="Hm"), ("Toll-free.",)))
    assert (told["warnings"], told["dialer_said"]) == (
        ["Toll-free."],
        "Hm",
    )


@pytest.mark.parametrize(
    ("leads", "found"), [((), False), ((Lead("1"),), True), ((Lead("1", {"A": "b"}),), True)]
)
def test_a_search_tells_whether_and_what_was_found(leads: tuple[Lead, ...], found: object) -> None:
    result = build_success(LIVE, AnswerSummary("Looked.", leads=leads), [])
    assert isinstance(result, LeadsResult)
    told = plain(result)
    assert told["found"] is found
    assert told["leads"] == [{"lead_id": lead.lead_id, "fields": lead.fields} for lead in leads]


@pytest.mark.parametrize(
    ("told", "agents", "count"),
    [
        (AnswerSummary("x", agents=(), count=0), [], 0),
        (AnswerSummary("x", agents=(Agent("A"), Agent("B", "waiting")), count=2), None, 2),
        (AnswerSummary("x", count=7), None, 7),
    ],
)
def test_agents_are_told_as_far_as_the_answer_tells_them(
    told: AnswerSummary, agents: list[object] | None, count: int
) -> None:
    result = build_success(LIVE, told, [])
    assert isinstance(result, AgentsResult)
    shown = plain(result)
    assert shown["count"] == count
    if told.agents:
        assert shown["agents"] == [{"name": "A"}, {"name": "B", "state": "waiting"}]
    else:
        assert shown.get("agents") == agents


def test_an_answer_that_tells_neither_agents_nor_count_has_neither() -> None:
    shown = plain(build_success(LIVE, AnswerSummary("x", dialer_said="Everybody is out"), []))
    assert not {"agents", "count"} & set(shown)


@pytest.mark.parametrize("code", list(Code))
def test_an_error_has_the_four_fields_and_no_warnings(code: Code) -> None:
    shown = plain(build_failure(NO_ACCOUNT, CallError(code, "It failed.", hint="Look.")))
    assert set(shown) == {
        *("outcome", "environment", "account", "message", "warnings"),
        *("code", "changed", "retry", "hint"),
    }
    assert (shown["code"], shown["environment"], shown["account"]) == (code.value, "none", "")
    assert (shown["message"], shown["hint"], shown["warnings"]) == ("It failed.", "Look.", [])
