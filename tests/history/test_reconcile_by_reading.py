"""Calls of unknown outcome are settled by a read, or stay unknown with the reason."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from _support.conversations import client, text, told
from _support.undo_house import CALLER, House, open_house
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.reconcile import ReconciledEntry, reconcile
from chasedata_mcp.ledger import ANSWERED, Json, Ledger, LedgerError, open_ledger
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.pipeline.settlement import GRACE, LONGEST, Settlement, Unresolved
from chasedata_mcp.tools.request import Request

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


async def looked(house: House, ledger: Ledger | None = None) -> list[ReconciledEntry]:
    return [one async for one in reconcile(house.pipeline, ledger or house.ledger)]


async def the_one(house: House) -> Settlement | Unresolved:
    [one] = await looked(house)
    return one.found


async def lost(house: House, tool: str, how: str, word: str, **arguments: object) -> str:
    """A call that is lost, and of which nothing can be found at once."""
    cleared = await house.pipeline.admit(house.pipeline.read(tool, arguments), CALLER)
    assert isinstance(cleared, Cleared)
    house.wire.goes_wrong = {word: how, "SearchLead": "refused"}
    with pytest.raises(CallError) as caught:
        await house.pipeline.send(cleared)
    house.wire.goes_wrong.clear()
    house.wire.forms.clear()
    assert caught.value.code is Code.NO_ANSWER
    entry = await house.newest()
    assert entry.outcome is Outcome.UNKNOWN
    return entry.id


async def test_an_insert_whose_answer_was_lost_is_found_done_by_its_client_id(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        entry_id = await lost(house, "insert_lead", "unanswered", "InsertLead", **LEAD)
        house.clock.move(MINUTE)
        how = "A search by client id finds the lead, and did not find it before."
        assert await the_one(house) == Settlement(Outcome.DONE, how)
        entry = await house.entry(entry_id)
        assert (entry.outcome, len(entry.endings)) == (Outcome.DONE, 2)
        unknown, found = entry.endings
        assert (unknown.outcome, unknown.how) == (Outcome.UNKNOWN, ANSWERED)
        assert (found.how, found.message, found.at) == (how, how, house.clock())
        assert house.writes() == []
        assert (await house.ledger.verify()).sound


async def test_what_was_found_is_not_looked_for_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await lost(house, "insert_lead", "unanswered", "InsertLead", **LEAD)
        await looked(house)
        house.wire.forms.clear()
        assert await looked(house) == []
        assert not house.wire.forms


async def test_an_insert_that_never_arrived_is_unknown_at_first_and_then_not_done(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        entry_id = await lost(house, "insert_lead", "lost", "InsertLead", **LEAD)
        house.clock.move(GRACE - timedelta(seconds=1))
        early = await the_one(house)
        assert isinstance(early, Unresolved)
        assert "may still arrive" in early.reason
        assert not (await house.entry(entry_id)).settled
        house.clock.move(timedelta(seconds=1))
        how = "A search by client id finds no lead."
        assert await the_one(house) == Settlement(Outcome.REFUSED, how)
        assert (await house.entry(entry_id)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("how", "outcome"), [("unanswered", Outcome.DONE), ("lost", Outcome.REFUSED)]
)
async def test_an_update_is_found_done_or_not_by_how_its_lead_reads(
    how: str, outcome: Outcome, tmp_path: Path
) -> None:
    async with open_house(tmp_path) as house:
        entry_id = await lost(house, "update_lead", how, "UpdateLead", **UPDATE)
        house.clock.move(GRACE)
        found = await the_one(house)
        assert isinstance(found, Settlement)
        assert found.outcome is outcome
        entry = await house.entry(entry_id)
        assert (entry.outcome, entry.ending and entry.ending.how) == (outcome, found.how)


@pytest.mark.parametrize(
    ("tool", "word", "arguments"),
    [("update_lead", "UpdateLead", UPDATE), ("insert_lead", "InsertLead", LEAD)],
)
async def test_what_was_not_looked_at_before_stays_unknown(
    tool: str, word: str, arguments: dict[str, object], tmp_path: Path
) -> None:
    async with open_house(tmp_path) as house:
        house.wire.goes_wrong = {"SearchLead": "refused"}
        await lost(house, tool, "unanswered", word, **arguments)
        house.clock.move(GRACE)
        found = await the_one(house)
        assert isinstance(found, Unresolved)


async def test_a_list_that_may_have_been_created_stays_unknown_with_the_reason(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        entry_id = await lost(house, "create_dial_list", "unanswered", "CreateList", **LIST)
        house.clock.move(timedelta(days=1))
        assert await the_one(house) == Unresolved(
            "Nothing in this API can tell; somebody has to look in the dialer."
        )
        assert not house.wire.forms
        assert len((await house.entry(entry_id)).endings) == 1


async def test_a_search_that_can_not_be_read_leaves_it_unknown(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await lost(house, "insert_lead", "unanswered", "InsertLead", **LEAD)
        house.wire.goes_wrong = {"SearchLead": "refused"}
        assert await the_one(house) == Unresolved("The search that could tell can't be read.")


async def test_a_killed_process_leaves_an_entry_that_reads_as_unknown(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        entry = await house.left_open("insert_lead", **LEAD)
        async with client(house.server(), "auto") as connected:
            result = await connected.call_tool("list_history", {"outcome": "unknown"})
        [listed] = told(result)["entries"]
        assert (listed["id"], listed["outcome"]) == (entry, "unknown")
        assert listed["known"] == "nothing recorded"
        assert "it may have been done" in listed["message"]
        assert f"{entry}  " in text(result)


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_killed_process_left_is_settled(arrived: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter
    async with open_house(tmp_path) as house:
        entry = await house.left_open("insert_lead", **LEAD)
        if arrived:
            await house.posts.post(_request(house))
        house.clock.move(LONGEST)
        found = await the_one(house)
        outcome = Outcome.DONE if arrived else Outcome.REFUSED
        assert isinstance(found, Settlement)
        assert found.outcome is outcome
        assert (await house.entry(entry)).outcome is outcome
        async with client(house.server(), "auto") as connected:
            listed = told(await connected.call_tool("list_history", {}))["entries"]
        assert (listed[0]["outcome"], listed[0]["known"]) == (outcome, found.how)


async def test_a_call_that_may_be_under_way_is_left_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        entry = await house.left_open("insert_lead", **LEAD)
        await house.posts.post(_request(house))
        house.wire.forms.clear()
        house.clock.move(MINUTE - timedelta(seconds=1))
        under_way = Unresolved("It may be under way still; look again in a minute.")
        assert await the_one(house) == under_way
        assert not house.wire.forms
        assert (await house.entry(entry)).endings == ()
        house.clock.move(timedelta(seconds=1))
        assert isinstance(await the_one(house), Settlement)


async def test_what_is_kept_out_of_the_ledger_is_not_guessed_at(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        kept = {"first_name": None, "campaign": "Solar", "primary_phone": "6025550177"}
        intent = replace(
            house.intent("insert_lead", LEAD), arguments={**kept, "client_id": "CRM-7"}
        )
        await house.ledger.intend(intent)
        house.clock.move(GRACE)
        found = await the_one(house)
        assert isinstance(found, Unresolved)
        assert "hidden_fields" in found.reason


@pytest.mark.parametrize("arguments", [["not", "an", "object"], {"campaign": 7}])
async def test_a_record_that_can_not_be_read_stays_unknown(arguments: Json, tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        intent = replace(house.intent("insert_lead", LEAD), arguments=arguments)
        await house.ledger.intend(intent)
        house.clock.move(GRACE)
        assert isinstance(await the_one(house), Unresolved)


async def test_where_nothing_is_unknown_there_is_nothing_to_look_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.do("insert_dnc", number="6025550121")
        house.wire.forms.clear()
        assert await looked(house) == []
        assert not house.wire.forms


async def test_each_is_looked_for_by_itself_the_oldest_first(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        first = await lost(house, "create_dial_list", "lost", "CreateList", **LIST)
        second = await lost(house, "insert_lead", "unanswered", "InsertLead", **LEAD)
        house.clock.move(GRACE)
        found = await looked(house)
        assert [one.entry.id for one in found] == [first, second]
        assert [type(one.found) for one in found] == [Unresolved, Settlement]


async def test_another_accounts_calls_are_left_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        intent = replace(house.intent("insert_lead", LEAD), account="another")
        await house.ledger.intend(intent)
        house.clock.move(GRACE)
        assert await looked(house) == []


async def test_everybodys_calls_are_looked_for(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        intent = replace(house.intent("insert_lead", LEAD), caller="another/client")
        await house.ledger.intend(intent)
        house.clock.move(GRACE)
        assert len(await looked(house)) == 1


async def test_an_insert_that_was_found_has_no_way_back(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        insert = await lost(house, "insert_lead", "unanswered", "InsertLead", **LEAD)
        await looked(house)
        result = await house.undo(insert, "auto")
        assert "can't remove a lead" in told(result)["message"]


async def test_an_update_that_was_found_done_can_be_undone(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        before = house.state()["leads"]
        house.wire.goes_wrong = {"UpdateLead": "unanswered"}
        entry = await house.do("update_lead", **UPDATE)
        assert (await house.entry(entry)).endings[-1].how != ANSWERED
        result = await house.undo(entry, "auto")
        assert told(result)["outcome"] == "done"
        assert house.state()["leads"] == before


async def test_a_ledger_that_can_not_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        with pytest.raises(LedgerError):
            await looked(house, open_ledger(Path("/proc/nowhere"), "sandbox"))


def _request(house: House) -> Request:
    action = house.pipeline.read("insert_lead", LEAD)
    return Request(action.script, action.build_form(), action.expects)
