"""Every action is undone, or refused, for a client of either era."""

from typing import Any

import pytest

from _support.conversations import client, code, each_era, told
from _support.served_pipeline import Served
from _support.undo_rows import LEAD, NEW, NUMBER, PAIR, ROWS, Row, compared, contains, person
from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import EntryKind
from chasedata_mcp.tools.render import IN_SANDBOX

pytestmark = pytest.mark.anyio
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)


async def _done(pipeline: Served, row: Row) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The call done; its entry, and how things stood before and after it."""
    for tool, arguments in row.before:
        await pipeline.do(tool, **arguments)
    before = compared(pipeline.state())
    tool, arguments = row.call
    entry = await pipeline.do(tool, **arguments)
    after = compared(pipeline.state())
    assert after != before
    pipeline.dialer.forms.clear()
    return entry, before, after


@each_era
@each_row
async def test_it_is_taken_back_by_the_opposite_calls(era: str, row: Row, pipeline: Served) -> None:
    entry, before, _ = await _done(pipeline, row)
    somebody = person(row.typed)
    result = await pipeline.undo(entry, era, somebody)
    assert code(result) is None, told(result)
    assert told(result)["message"].startswith(f"{IN_SANDBOX} Undone. ")
    assert row.says in " ".join(told(result)["warnings"])
    assert len(somebody.asked) == (row.typed is not None)
    assert contains(pipeline.dialer.writes, row.sent)
    assert compared(pipeline.state()) == before


@each_row
async def test_an_undo_is_entries_that_say_what_they_undo(row: Row, pipeline: Served) -> None:
    entry, *_ = await _done(pipeline, row)
    result = await pipeline.undo(entry, "auto", person(row.typed))
    made = await pipeline.ledger.undoing(entry)
    assert told(result)["entry"] == made[0].id
    assert len(made) == len(row.sent)
    for one in made:
        assert (one.kind, one.outcome) == (EntryKind.WRITE, Outcome.DONE)
        assert one.intent.undoes == entry
        assert one.intent.caller == "somebody/an assistant"
        assert (one.intent.approval is not None) is (row.typed is not None)


@each_row
async def test_the_history_says_what_was_undone_and_by_what(row: Row, pipeline: Served) -> None:
    entry, *_ = await _done(pipeline, row)
    undone = told(await pipeline.undo(entry, "auto", person(row.typed)))["entry"]
    entries = await listed(pipeline)
    assert undone in entries[entry]["undone_by"]
    assert entries[undone]["undoes"] == entry


async def listed(pipeline: Served) -> dict[str, dict[str, Any]]:
    async with client(pipeline.server(), "auto") as connected:
        result = await connected.call_tool("list_history", {})
    return {one["id"]: one for one in told(result)["entries"]}


@each_era
@each_row
async def test_an_undo_can_be_undone(era: str, row: Row, pipeline: Served) -> None:
    entry, _, after = await _done(pipeline, row)
    undo = told(await pipeline.undo(entry, era, person(row.typed)))["entry"]
    again = await pipeline.undo(undo, era, person(row.typed_again))
    assert code(again) is None, told(again)
    assert compared(pipeline.state()) == after


@each_era
@each_row
async def test_what_is_undone_already_is_not_undone_twice(
    era: str, row: Row, pipeline: Served
) -> None:
    entry, *_ = await _done(pipeline, row)
    assert code(await pipeline.undo(entry, era, person(row.typed))) is None
    pipeline.dialer.forms.clear()
    again = await pipeline.undo(entry, era, person(row.typed))
    assert code(again) == "not_allowed"
    assert "It has been undone already" in told(again)["message"]
    assert any(one.id in told(again)["message"] for one in await pipeline.ledger.undoing(entry))
    assert not pipeline.dialer.writes


NO_WAY: tuple[tuple[str, dict[str, object], str, str], ...] = (
    (
        "insert_lead",
        {"campaign": "Solar", "primary_phone": "6025550177", "import_only": True},
        "can't remove a lead",
        "insert_dnc",
    ),
    (
        "send_sms",
        {"from_number": "954-555-0195", "to_number": "9545550101", "message": "Hello"},
        "can't be recalled",
        "another text",
    ),
    (
        "conference_call",
        {"agent": "Lena", "phone": "6025550177"},
        "can't be unrung",
        "Ask the agent",
    ),
    (
        "disposition_lead",
        {"lead_id": "1006", "disposition": "SALE"},
        "former disposition can't be set",
        "disposition_lead",
    ),
    ("reload_playlist", {"playlist": "Solar-Main"}, "can't be taken back", "reload it again"),
    ("reload_skills", {}, "can't be taken back", "reload them again"),
    (
        "update_skill_priority",
        {**PAIR, "priority": 3},
        "doesn't know what was set",
        "update_skill_priority",
    ),
    (
        "delete_dial_list_phone",
        {"agent": "Maria", "list_name": "Warm-Leads", "phone": "9545550101"},
        "doesn't know how the phone stood",
        "add_dial_list_phone",
    ),
    ("search_lead", LEAD, "only read", "nothing to undo"),
)


@each_era
@pytest.mark.parametrize("row", NO_WAY, ids=lambda row: row[0])
async def test_where_there_is_no_way_back_it_says_why_and_what_else_can_be_done(
    era: str, row: tuple[str, dict[str, object], str, str], pipeline: Served
) -> None:
    tool, arguments, reason, instead = row
    entry = await _entry_of(pipeline, tool, arguments)
    pipeline.dialer.forms.clear()
    before = pipeline.state()
    result = await pipeline.undo(entry, era)
    assert code(result) == "not_allowed"
    assert reason in told(result)["message"]
    assert "Nothing was sent." in told(result)["message"]
    assert instead in told(result)["hint"]
    assert not pipeline.dialer.writes
    assert pipeline.state() == before


async def _entry_of(pipeline: Served, tool: str, arguments: dict[str, object]) -> str:
    if tool != "search_lead":
        return await pipeline.do(tool, **arguments)
    action = pipeline.read(tool, arguments)
    cleared: Any = await pipeline.admit(action, "somebody/an assistant")
    await pipeline.send(cleared)
    await pipeline.ledger.flush()
    return (await pipeline.newest()).id


async def test_a_call_that_was_refused_has_nothing_to_undo(pipeline: Served) -> None:
    pipeline.wire.goes_wrong["InsertDnc"] = "refused"
    with pytest.raises(Exception, match="dialer"):
        await pipeline.do("insert_dnc", number=NUMBER)
    result = await pipeline.undo((await pipeline.newest()).id, "auto")
    assert "was not done, and changed nothing" in told(result)["message"]


@each_era
async def test_a_call_of_which_nobody_knows_is_settled_first(era: str, pipeline: Served) -> None:
    entry = await pipeline.left_open("create_dial_list", **NEW)
    result = await pipeline.undo(entry, era)
    assert code(result) == "not_allowed"
    assert "Nobody knows whether the call was done." in told(result)["message"]
    assert "chasedata-mcp reconcile" in told(result)["hint"]
    assert not pipeline.dialer.writes
