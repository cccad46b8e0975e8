"""A job is taken back as a whole, by one question, as far as its steps have a way back."""

from typing import Any

import pytest

from _support.conversations import ERAS, Person, accepted, client, told, unmarked
from _support.jobs import do
from _support.sandbox import PHONE
from _support.served_pipeline import Served

pytestmark = pytest.mark.anyio


async def undo(pipeline: Served, job: str, era: str, *typed: str) -> dict[str, Any]:
    person = Person(accepted({"confirm": typed[0] if typed else True}), clock=pipeline.clock)
    async with client(pipeline.server(), era, person) as connected:
        result = await connected.call_tool("undo", {"entry": job})
    fields: dict[str, Any] = {**unmarked(told(result)), "asked": len(person.asked)}
    if person.asked:
        assert f"This takes back job {job}." in person.asked[0].message
    return fields


@pytest.mark.parametrize("era", ERAS)
async def test_a_filled_list_goes_with_its_phones_by_one_question(
    pipeline: Served, era: str
) -> None:
    filled = {"agent": "James", "list_name": "June", "phones": [PHONE, "9545550102"]}
    made = await do(pipeline, "fill_dial_list", **filled)
    assert len(pipeline.rows("dial_list_phones", list="June")) == 2
    undone = await undo(pipeline, made["job"], era, "June")
    assert (undone["outcome"], undone["asked"]) == ("done", 1), undone
    assert not pipeline.rows("dial_list_phones", list="June")
    assert not pipeline.rows("dial_lists", list="June")
    # The undo is a job too: taken back, the list is there again with its phones.
    again = await undo(pipeline, undone["entry"], era)
    assert again["outcome"] == "done", again
    assert {row["phone"] for row in pipeline.rows("dial_list_phones", list="June")} == {
        PHONE,
        "9545550102",
    }


async def test_a_playlist_is_as_before_and_reloaded_once_more(pipeline: Served) -> None:
    def filters() -> dict[str, Any]:
        rows = pipeline.rows("playlist_filters", playlist="Solar-Main")
        return {row["filter"]: row["enabled"] for row in rows}

    before = filters()
    change: dict[str, Any] = {"assign": ["Web-Leads"], "enable": ["Web-Leads"]}
    made = await do(pipeline, "change_playlist", playlist="Solar-Main", **change)
    assert filters() != before
    undone = await undo(pipeline, made["job"], ERAS[0])
    assert undone["outcome"] == "done", undone
    assert filters() == before
    newest = await pipeline.newest()
    assert (newest.intent.tool, newest.outcome) == ("reload_playlist", "done")


async def test_a_person_who_was_stopped_by_mistake_is_let_go_by_a_typed_number(
    pipeline: Served,
) -> None:
    made = await do(pipeline, "stop_contact", phone=PHONE)
    wrong = await undo(pipeline, made["job"], ERAS[0])
    assert (wrong["code"], wrong["outcome"]) == ("declined", "refused")
    undone = await undo(pipeline, made["job"], ERAS[0], PHONE)
    assert undone["outcome"] == "done", undone
    assert not await pipeline.ledger.dnc_registry.suppressed(pipeline.account.accid)
    twice = await undo(pipeline, made["job"], ERAS[0], PHONE)
    assert twice["code"] == "not_allowed"
    assert "has been undone already" in twice["message"]


async def test_what_has_no_way_back_is_named_and_the_rest_is_taken_back(pipeline: Served) -> None:
    rung = await do(pipeline, "call_lead_now", phone=PHONE, campaign="Solar")
    refused = await undo(pipeline, rung["job"], ERAS[0])
    assert refused["code"] == "not_allowed"
    assert "No step of this job can be taken back. insert_lead" in refused["message"]
    lead = {"phone": "9545550101", "campaign": "Solar", "fields": {"city": "Tampa"}}
    updated = await do(pipeline, "upsert_lead", **lead)
    assert pipeline.row("leads", LeadId=1001)["City"] == "Tampa"
    undone = await undo(pipeline, updated["job"], ERAS[0])
    assert undone["outcome"] == "done", undone
    assert pipeline.row("leads", LeadId=1001)["City"] == "Miami"
    unknown = await undo(pipeline, "nosuchjob1", ERAS[0])
    assert unknown["code"] == "invalid_arguments"


async def test_another_principal_takes_back_no_job_of_somebody_elses(pipeline: Served) -> None:
    made = await do(pipeline, "fill_dial_list", agent="James", list_name="July", phones=[PHONE])
    async with client(pipeline.server(principal="else"), ERAS[0]) as connected:
        result = await connected.call_tool("undo", {"entry": made["job"]})
    assert told(result)["code"] == "invalid_arguments"


async def test_the_history_shows_each_step_under_its_job(pipeline: Served) -> None:
    made = await do(pipeline, "fill_dial_list", agent="James", list_name="July", phones=[PHONE])
    async with client(pipeline.server(), ERAS[0]) as connected:
        result = await connected.call_tool("list_history", {})
    rows = [entry.get("row") for entry in told(result)["entries"]]
    assert rows[:2] == [f"{made['job']}.2", f"{made['job']}.1"]
