"""Calls of unknown outcome are settled by a read, or stay unknown with the reason."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from _support.conversations import client, text, told
from _support.pipeline import CALLER
from _support.served_pipeline import Served
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.reconcile import ReconciledEntry, reconcile
from chasedata_mcp.ledger import ANSWERED, Json, Ledger, LedgerError, open_ledger
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.pipeline.settlement import GRACE, LONGEST, Settlement, Unresolved

pytestmark = pytest.mark.anyio
LEAD: dict[str, object] = {
    "campaign": "Solar",
    "primary_phone": "6025550177",
    "first_name": "Noor",
    "client_id": "CRM-7",
    "import_only": True,
}
UPDATE: dict[str, object] = {"search_field": "client_id", "identifier": "WEB-1001", "city": "Tampa"}
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}
MINUTE = timedelta(minutes=1)


async def looked(pipeline: Served, ledger: Ledger | None = None) -> list[ReconciledEntry]:
    return [one async for one in reconcile(pipeline, ledger or pipeline.ledger)]


async def the_one(pipeline: Served) -> Settlement | Unresolved:
    [one] = await looked(pipeline)
    return one.found


async def lost(pipeline: Served, tool: str, how: str, word: str, **arguments: object) -> str:
    """A call that is lost, and of which nothing can be found at once."""
    cleared = await pipeline.admit(pipeline.read(tool, arguments), CALLER)
    assert isinstance(cleared, Cleared)
    pipeline.wire.goes_wrong = {word: how, "SearchLead": "refused"}
    with pytest.raises(CallError) as caught:
        await pipeline.send(cleared)
    pipeline.wire.goes_wrong.clear()
    pipeline.dialer.forms.clear()
    assert caught.value.code is Code.NO_ANSWER
    entry = await pipeline.newest()
    assert entry.outcome is Outcome.UNKNOWN
    return entry.id


async def test_an_insert_whose_answer_was_lost_is_found_done_by_its_client_id(
    pipeline: Served,
) -> None:
    entry_id = await lost(pipeline, "insert_lead", "unanswered", "InsertLead", **LEAD)
    pipeline.clock.move(MINUTE)
    how = "A search by client id finds the lead, and did not find it before."
    assert await the_one(pipeline) == Settlement(Outcome.DONE, how)
    entry = await pipeline.entry(entry_id)
    assert (entry.outcome, len(entry.endings)) == (Outcome.DONE, 2)
    unknown, found = entry.endings
    assert (unknown.outcome, unknown.how) == (Outcome.UNKNOWN, ANSWERED)
    assert (found.how, found.message, found.at) == (how, how, pipeline.clock())
    assert pipeline.dialer.writes == []
    assert (await pipeline.ledger.verify()).sound


async def test_what_was_found_is_not_looked_for_again(pipeline: Served) -> None:
    await lost(pipeline, "insert_lead", "unanswered", "InsertLead", **LEAD)
    await looked(pipeline)
    pipeline.dialer.forms.clear()
    assert await looked(pipeline) == []
    assert not pipeline.dialer.forms


async def test_an_insert_that_never_arrived_is_unknown_at_first_and_then_not_done(
    pipeline: Served,
) -> None:
    entry_id = await lost(pipeline, "insert_lead", "lost", "InsertLead", **LEAD)
    pipeline.clock.move(GRACE - timedelta(seconds=1))
    early = await the_one(pipeline)
    assert isinstance(early, Unresolved)
    assert "may still arrive" in early.reason
    assert not (await pipeline.entry(entry_id)).settled
    pipeline.clock.move(timedelta(seconds=1))
    how = "A search by client id finds no lead."
    assert await the_one(pipeline) == Settlement(Outcome.REFUSED, how)
    assert (await pipeline.entry(entry_id)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("how", "outcome"), [("unanswered", Outcome.DONE), ("lost", Outcome.REFUSED)]
)
async def test_an_update_is_found_done_or_not_by_how_its_lead_reads(
    how: str, outcome: Outcome, pipeline: Served
) -> None:
    entry_id = await lost(pipeline, "update_lead", how, "UpdateLead", **UPDATE)
    pipeline.clock.move(GRACE)
    found = await the_one(pipeline)
    assert isinstance(found, Settlement)
    assert found.outcome is outcome
    entry = await pipeline.entry(entry_id)
    assert (entry.outcome, entry.ending and entry.ending.how) == (outcome, found.how)


@pytest.mark.parametrize(
    ("tool", "word", "arguments"),
    [("update_lead", "UpdateLead", UPDATE), ("insert_lead", "InsertLead", LEAD)],
)
async def test_what_was_not_looked_at_before_stays_unknown(
    tool: str, word: str, arguments: dict[str, object], pipeline: Served
) -> None:
    pipeline.wire.goes_wrong = {"SearchLead": "refused"}
    await lost(pipeline, tool, "unanswered", word, **arguments)
    pipeline.clock.move(GRACE)
    found = await the_one(pipeline)
    assert isinstance(found, Unresolved)


async def test_a_list_that_may_have_been_created_stays_unknown_with_the_reason(
    pipeline: Served,
) -> None:
    entry_id = await lost(pipeline, "create_dial_list", "unanswered", "CreateList", **LIST)
    pipeline.clock.move(timedelta(days=1))
    assert await the_one(pipeline) == Unresolved(
        "Nothing in this API can tell; somebody has to look in the dialer."
    )
    assert not pipeline.dialer.forms
    assert len((await pipeline.entry(entry_id)).endings) == 1


async def test_a_search_that_can_not_be_read_leaves_it_unknown(pipeline: Served) -> None:
    await lost(pipeline, "insert_lead", "unanswered", "InsertLead", **LEAD)
    pipeline.wire.goes_wrong = {"SearchLead": "refused"}
    assert await the_one(pipeline) == Unresolved("The search that could tell can't be read.")


async def test_a_killed_process_leaves_an_entry_that_reads_as_unknown(pipeline: Served) -> None:
    entry = await pipeline.left_open("insert_lead", **LEAD)
    async with client(pipeline.server(), "auto") as connected:
        result = await connected.call_tool("list_history", {"outcome": "unknown"})
    [listed] = told(result)["entries"]
    assert (listed["id"], listed["outcome"]) == (entry, "unknown")
    assert listed["known"] == "nothing recorded"
    assert "it may have been done" in listed["message"]
    assert f"{entry}  " in text(result)


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_killed_process_left_is_settled(arrived: bool, pipeline: Served) -> None:  # noqa: FBT001 - a parameter
    entry = await pipeline.left_open("insert_lead", **LEAD)
    if arrived:
        await pipeline.post("insert_lead", LEAD)
    pipeline.clock.move(LONGEST)
    found = await the_one(pipeline)
    outcome = Outcome.DONE if arrived else Outcome.REFUSED
    assert isinstance(found, Settlement)
    assert found.outcome is outcome
    assert (await pipeline.entry(entry)).outcome is outcome
    async with client(pipeline.server(), "auto") as connected:
        listed = told(await connected.call_tool("list_history", {}))["entries"]
    assert (listed[0]["outcome"], listed[0]["known"]) == (outcome, found.how)


async def test_a_call_that_may_be_under_way_is_left_alone(pipeline: Served) -> None:
    entry = await pipeline.left_open("insert_lead", **LEAD)
    await pipeline.post("insert_lead", LEAD)
    pipeline.dialer.forms.clear()
    pipeline.clock.move(MINUTE - timedelta(seconds=1))
    under_way = Unresolved("It may be under way still; look again in a minute.")
    assert await the_one(pipeline) == under_way
    assert not pipeline.dialer.forms
    assert (await pipeline.entry(entry)).endings == ()
    pipeline.clock.move(timedelta(seconds=1))
    assert isinstance(await the_one(pipeline), Settlement)


async def test_what_is_kept_out_of_the_ledger_is_not_guessed_at(pipeline: Served) -> None:
    kept = {"first_name": None, "campaign": "Solar", "primary_phone": "6025550177"}
    intent = replace(pipeline.intent("insert_lead", LEAD), arguments={**kept, "client_id": "CRM-7"})
    await pipeline.ledger.intend(intent)
    pipeline.clock.move(GRACE)
    found = await the_one(pipeline)
    assert isinstance(found, Unresolved)
    assert "hidden_fields" in found.reason


@pytest.mark.parametrize("arguments", [["not", "an", "object"], {"campaign": 7}])
async def test_a_record_that_can_not_be_read_stays_unknown(
    arguments: Json, pipeline: Served
) -> None:
    intent = replace(pipeline.intent("insert_lead", LEAD), arguments=arguments)
    await pipeline.ledger.intend(intent)
    pipeline.clock.move(GRACE)
    assert isinstance(await the_one(pipeline), Unresolved)


async def test_where_nothing_is_unknown_there_is_nothing_to_look_for(pipeline: Served) -> None:
    await pipeline.do("insert_dnc", number="6025550121")
    pipeline.dialer.forms.clear()
    assert await looked(pipeline) == []
    assert not pipeline.dialer.forms


async def test_each_is_looked_for_by_itself_the_newest_first(pipeline: Served) -> None:
    first = await lost(pipeline, "create_dial_list", "lost", "CreateList", **LIST)
    second = await lost(pipeline, "insert_lead", "unanswered", "InsertLead", **LEAD)
    pipeline.clock.move(GRACE)
    found = await looked(pipeline)
    assert [one.entry.id for one in found] == [second, first]
    assert [type(one.found) for one in found] == [Settlement, Unresolved]


async def test_another_accounts_calls_are_left_alone(pipeline: Served) -> None:
    intent = replace(pipeline.intent("insert_lead", LEAD), account="another")
    await pipeline.ledger.intend(intent)
    pipeline.clock.move(GRACE)
    assert await looked(pipeline) == []


async def test_everybodys_calls_are_looked_for(pipeline: Served) -> None:
    intent = replace(pipeline.intent("insert_lead", LEAD), caller="another/client")
    await pipeline.ledger.intend(intent)
    pipeline.clock.move(GRACE)
    assert len(await looked(pipeline)) == 1


async def test_an_insert_that_was_found_has_no_way_back(pipeline: Served) -> None:
    insert = await lost(pipeline, "insert_lead", "unanswered", "InsertLead", **LEAD)
    await looked(pipeline)
    result = await pipeline.undo(insert, "auto")
    assert "can't remove a lead" in told(result)["message"]


async def test_an_update_that_was_found_done_can_be_undone(pipeline: Served) -> None:
    before = pipeline.state()["leads"]
    pipeline.wire.goes_wrong = {"UpdateLead": "unanswered"}
    entry = await pipeline.do("update_lead", **UPDATE)
    assert (await pipeline.entry(entry)).endings[-1].how != ANSWERED
    result = await pipeline.undo(entry, "auto")
    assert told(result)["outcome"] == "done"
    assert pipeline.state()["leads"] == before


async def test_a_ledger_that_can_not_be_read_is_said_to_be_so(pipeline: Served) -> None:
    with pytest.raises(LedgerError):
        await looked(pipeline, open_ledger(Path("/proc/nowhere"), "sandbox"))
