"""The lead of an insert: its id and the fields that didn't take, or the lead in its way."""

from pathlib import Path

import pytest

from _support.sandbox import a_recorded_pipeline, a_sandbox_pipeline
from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts
from chasedata_mcp.history.undo.planner import plan_undo
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.render import render_views
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import InsertResult, build_failure

pytestmark = pytest.mark.anyio
STORED = {"campaign": "Solar", "primary_phone": "9545550144", "import_only": True}
TAKEN = {"campaign": "Solar", "primary_phone": "9545550101", "import_only": True}


class Searches:
    """A dialer that counts the searches it is sent, and may fail those after an insert."""

    def __init__(self, of: Dialer, *, fails_after: bool = False) -> None:
        self._of, self._fails = of, fails_after
        self.words: list[str] = []

    async def post(self, request: Request) -> Answer:
        self.words.append("insert" if request.script is Script.INSERT else request.form["Action"])
        if self._fails and "insert" in self.words and request.script is not Script.INSERT:
            request = Request(request.script, {**request.form, "Identifier": ""}, request.expects)
        return await self._of.post(request)


async def test_the_new_lead_is_named_by_its_id() -> None:
    async with a_sandbox_pipeline() as pipeline:
        for further in ({}, {"client_id": "NEW-1", "first_name": "Dana", "notes": "a\nb"}):
            given = {**STORED, **further, "duplicates_check": "none"}
            result = await pipeline.call("insert_lead", **given)
            newest = pipeline.rows("leads")[-1]
            assert isinstance(result, InsertResult)
            assert result.lead_id == str(newest["LeadId"])
            assert f"It is lead {newest['LeadId']}." in result.message
            assert result.fields is None
            assert result.warnings == []
            views = render_views(result)
            assert f"lead {newest['LeadId']}" in views.text
            assert views.fields["lead_id"] == str(newest["LeadId"])


async def test_a_lead_that_is_dialed_is_named_too() -> None:
    async with a_sandbox_pipeline() as pipeline:
        result = await pipeline.call("insert_lead", **{**STORED, "import_only": False})
        assert isinstance(result, InsertResult)
        assert result.lead_id == str(pipeline.rows("leads")[-1]["LeadId"])
        assert "is queued" in result.message


async def test_a_field_that_the_dialer_drops_is_named() -> None:
    async with a_sandbox_pipeline() as pipeline:
        dropped = {"other_fields": {"NoSuchField": "x"}, "city": "Miami"}
        result = await pipeline.call("insert_lead", **STORED, **dropped)
    assert isinstance(result, InsertResult)
    assert result.fields is not None
    assert [(one.name, one.fate, one.new) for one in result.fields] == [
        ("NoSuchField", "dropped", None)
    ]
    assert any("dropped NoSuchField" in warning for warning in result.warnings)
    assert "Read back: 3 of 4 fields took." in result.message


async def test_the_ledger_keeps_which_lead_it_is_and_what_was_sent_of_it(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        result = await pipeline.call("insert_lead", **STORED, city="Miami")
        entry = await pipeline.entry()
    assert isinstance(result, InsertResult)
    assert entry.ending is not None
    assert entry.ending.how == "read back"
    assert entry.ending.after == {
        "lead_id": result.lead_id,
        "fields": {"Campaign": "Solar", "City": "Miami", "PrimaryPhone": "9545550144"},
    }
    plan = plan_undo(entry, UndoFacts())
    assert isinstance(plan, NotUndoable)
    assert f"lead {result.lead_id}" in plan.reason


async def test_an_insert_costs_one_search_before_it_and_one_after_it() -> None:
    async with a_sandbox_pipeline() as pipeline:
        searches = Searches(pipeline.dialer)
        over = pipeline.over(dialer=searches)
        await over.call("insert_lead", **STORED)
        assert searches.words == ["SearchLead", "insert", "SearchLead"]


async def test_a_lead_that_can_not_be_looked_up_afterwards_is_inserted_all_the_same() -> None:
    async with a_sandbox_pipeline() as pipeline:
        over = pipeline.over(dialer=Searches(pipeline.dialer, fails_after=True))
        result = await over.call("insert_lead", **STORED)
        assert len(pipeline.rows("leads", PrimaryPhone="9545550144")) == 1
    assert result.outcome is Outcome.DONE
    assert not isinstance(result, InsertResult)
    [warning] = result.warnings
    assert "its id and which fields took are unknown" in warning
    assert "don't send it again" in warning


async def test_the_new_one_of_two_leads_with_one_phone_is_told_from_the_other() -> None:
    async with a_sandbox_pipeline() as pipeline:
        before = {row["LeadId"] for row in pipeline.rows("leads")}
        result = await pipeline.call("insert_lead", **TAKEN, duplicates_check="none")
        [new] = [row["LeadId"] for row in pipeline.rows("leads") if row["LeadId"] not in before]
    assert isinstance(result, InsertResult)
    assert result.lead_id == str(new)


async def test_a_duplicate_names_the_lead_and_says_what_passing_over_it_would_do() -> None:
    async with a_sandbox_pipeline() as pipeline:
        [there] = pipeline.rows("leads", PrimaryPhone="9545550101", Campaign=TAKEN["campaign"])
        error = await pipeline.failure("insert_lead", **TAKEN)
        result = build_failure(pipeline.account, error)
    assert error.code is Code.DUPLICATE_LEAD
    assert f"It is lead {there['LeadId']}." in error.message
    assert "allow_dialing_duplicates" in error.hint
    assert "second lead" in error.hint
    assert isinstance(result, InsertResult)
    assert result.leads is not None
    assert [(lead.lead_id, lead.fields) for lead in result.leads] == [
        (
            str(there["LeadId"]),
            {name: there[name] for name in ("FirstName", "LastName", "Campaign")},
        )
    ]
    text = render_views(result).text
    assert f"lead {there['LeadId']}" in text
    assert f"  FirstName: {there['FirstName']}" in text


async def test_a_duplicate_that_can_not_be_read_is_told_all_the_same() -> None:
    async with a_sandbox_pipeline() as pipeline:
        over = pipeline.over(dialer=Searches(pipeline.dialer, fails_after=True))
        error = await over.failure("insert_lead", **TAKEN)
    assert error.code is Code.DUPLICATE_LEAD
    assert error.duplicates == ()
    assert "Nothing was stored." in error.message
