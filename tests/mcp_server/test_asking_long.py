"""What a client's form can bear is shown in it whole; anything longer is answered elsewhere."""

from collections.abc import AsyncGenerator

import pytest

from _support.conversations import (
    Person,
    accepted,
    client,
    code,
    each_era,
    text,
    told,
    unmarked,
)
from _support.pipeline import a_pipeline
from _support.served_pipeline import Attended, an_attended_pipeline, history_policy
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio


@pytest.fixture
async def asked_about_writes() -> AsyncGenerator[Attended]:
    async with an_attended_pipeline(history_policy(ConfirmLevel.WRITES)) as opened:
        yield opened


LONG = "He would like to be called after work. " * 40


@each_era
async def test_a_question_that_a_form_can_not_bear_is_answered_elsewhere(
    era: str, asked_about_writes: Attended
) -> None:
    live = asked_about_writes
    change = {"search_field": "lead_id", "identifier": "1001", "notes": LONG.strip()}
    person = Person(accepted({"confirm": True}), clock=live.clock)
    live.meanwhile[1] = live.approve
    async with client(live.server(), era, person) as connected:
        result = await connected.call_tool("update_lead", dict(change))
        assert code(result) is None
        assert not person.asked
        entry = told(await connected.call_tool("list_history", {"tool": "update_lead"}))
    assert entry["entries"][0]["answered"] == "on the terminal"


@each_era
async def test_a_question_that_a_form_can_bear_shows_every_value_in_it(
    era: str, asked_about_writes: Attended
) -> None:
    live = asked_about_writes
    change = {"search_field": "lead_id", "identifier": "1001", "city": "Tampa", "notes": LONG[:800]}
    person = Person(accepted({"confirm": True}), clock=live.clock)
    async with client(live.server(), era, person) as connected:
        assert code(await connected.call_tool("update_lead", dict(change))) is None
    (form,) = person.asked
    assert "City: “Miami” → “Tampa”" in form.message.split("\n")
    assert LONG[:800].strip() in form.message


@each_era
async def test_what_waits_for_a_yes_is_shown_with_every_argument_and_no_former_value(
    era: str, asked_about_writes: Attended
) -> None:
    live = asked_about_writes
    change = {"search_field": "lead_id", "identifier": "1001", "city": "Tampa", "notes": LONG[:700]}
    async with client(live.server(), era) as connected:
        result = await connected.call_tool("update_lead", dict(change))
    assert code(result) == "needs_confirmation"
    asked = unmarked(told(result)["question"])
    assert asked.startswith("Change city and notes of the lead with lead id 1001?")
    assert "City: “Tampa”" in asked.split("\n")
    assert LONG[:700].strip() in asked
    assert "Miami" not in text(result)
    assert "  the person is asked: Change city and notes of the lead" in text(result)
    assert "  | City: “Tampa”" in text(result)
    assert "Tampa" not in told(result)["message"] + told(result)["hint"]


@each_era
async def test_where_nobody_can_answer_elsewhere_a_long_question_is_told_so(era: str) -> None:
    pipeline = a_pipeline(Policy(ConfirmLevel.WRITES))
    person = Person(accepted({"confirm": True}))
    change = {"search_field": "lead_id", "identifier": "1001", "notes": LONG.strip()}
    async with client(pipeline, era, person) as connected:
        result = told(await connected.call_tool("update_lead", dict(change)))
    assert result["code"] == "needs_confirmation"
    assert "longer than a form can show" in result["message"]
    assert not person.asked
    assert not pipeline.dialer.posted
