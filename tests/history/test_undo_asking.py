"""An undo asks once for all of its calls, and a no sends nothing."""

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import ElicitResult, ErrorData

from _support.conversations import (
    CANCELLED,
    DECLINED,
    Person,
    accepted,
    client,
    code,
    each_era,
    first_round,
    second_round,
    told,
)
from _support.examples import Guarded
from _support.pipeline import CALLER
from _support.served_pipeline import Served, a_served_pipeline, history_policy
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import Entry, EntryKind
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio
NUMBER = "6025550121"
OTHER = "6025550128"
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}
ON_LIST: dict[str, object] = {**LIST, "phone": "9545550101"}
RIGHT = accepted({"confirm": "602-555-0121"})
NO = [
    DECLINED,
    CANCELLED,
    accepted(None),
    accepted({}),
    accepted({"confirm": ""}),
    accepted({"confirm": True}),
    accepted({"confirm": "602-555-0128"}),
    accepted({"confirm": "602-555-0121", "note": "and more"}),
]


async def block(pipeline: Served, number: str = NUMBER) -> str:
    """A number on the do-not-call list, and nothing of it among what was sent."""
    entry = await pipeline.do("insert_dnc", number=number)
    pipeline.dialer.forms.clear()
    return entry


async def refusals(pipeline: Served) -> list[Entry]:
    await pipeline.ledger.flush()
    page = await pipeline.ledger.history()
    return [entry for entry in page.entries if entry.kind is EntryKind.REFUSAL]


@each_era
async def test_letting_a_number_be_called_again_takes_its_typing(
    era: str, pipeline: Served
) -> None:
    somebody = Person(RIGHT)
    result = await pipeline.undo(await block(pipeline), era, somebody)
    assert code(result) is None
    [form] = somebody.asked
    assert "602-555-0121" in form.message
    assert form.requested_schema["properties"]["confirm"]["type"] == "string"
    assert pipeline.dialer.writes == [{"Action": "DeleteDnc", "Number": NUMBER}]


@each_era
async def test_deleting_a_list_that_was_created_takes_the_typing_of_its_name(
    era: str, pipeline: Served
) -> None:
    entry = await pipeline.do("create_dial_list", **LIST)
    wrong = await pipeline.undo(entry, era, Person(accepted({"confirm": "spring"})))
    assert code(wrong) == "declined"
    somebody = Person(accepted({"confirm": "Spring"}))
    assert code(await pipeline.undo(entry, era, somebody)) is None
    assert "Spring" in somebody.asked[0].message


@each_era
@pytest.mark.parametrize("answer", NO, ids=repr)
async def test_whatever_is_no_right_answer_sends_nothing(
    era: str, answer: ElicitResult, pipeline: Served
) -> None:
    entry = await block(pipeline)
    before = pipeline.state()
    result = await pipeline.undo(entry, era, Person(answer))
    assert code(result) == "declined"
    assert not pipeline.dialer.writes
    assert pipeline.state() == before


@each_era
async def test_a_no_is_on_record_with_what_it_was_about(era: str, pipeline: Served) -> None:
    entry = await block(pipeline)
    await pipeline.undo(entry, era, Person(DECLINED))
    [no] = await refusals(pipeline)
    assert (no.intent.tool, no.intent.undoes) == ("delete_dnc", entry)
    assert no.intent.approval is not None
    assert "602-555-0121" in no.intent.approval.question
    assert (await pipeline.ledger.undoing(entry)) == []


@each_era
async def test_after_a_no_it_can_be_asked_for_again(era: str, pipeline: Served) -> None:
    entry = await block(pipeline)
    await pipeline.undo(entry, era, Person(DECLINED))
    assert code(await pipeline.undo(entry, era, Person(RIGHT))) is None


@each_era
async def test_a_client_that_can_not_ask_gets_no_further(era: str, pipeline: Served) -> None:
    entry = await block(pipeline)
    result = await pipeline.undo(entry, era)
    assert code(result) == "needs_confirmation"
    assert "this client can't ask one" in told(result)["message"]
    assert not pipeline.dialer.writes
    [no] = await refusals(pipeline)
    assert no.intent.undoes == entry


async def test_a_client_that_fails_to_ask_gets_no_further(pipeline: Served) -> None:
    entry = await block(pipeline)
    result = await pipeline.undo(entry, "legacy", Person(ErrorData(code=-1, message="no")))
    assert code(result) == "needs_confirmation"
    assert not pipeline.dialer.writes


def guarded(entry: str, typed: str = "602-555-0121") -> Guarded:
    return Guarded("undo", {"entry": entry}, {"confirm": typed}, {})


async def test_an_answer_is_good_for_one_undo(pipeline: Served) -> None:
    entry = await block(pipeline)
    async with client(pipeline.server(), "auto", Person(RIGHT)) as connected:
        state = await first_round(connected, guarded(entry))
        first = await second_round(connected, guarded(entry), state)
        again = await second_round(connected, guarded(entry), state)
    assert (code(first), code(again)) == (None, "not_allowed")
    assert len(pipeline.dialer.writes) == 1


async def test_an_answer_that_was_used_is_none_when_there_is_a_way_back_again(
    pipeline: Served,
) -> None:
    entry = await block(pipeline)
    async with client(pipeline.server(), "auto", Person(RIGHT)) as connected:
        state = await first_round(connected, guarded(entry))
        undo = told(await second_round(connected, guarded(entry), state))["entry"]
        assert code(await connected.call_tool("undo", {"entry": undo})) is None
        again = await second_round(connected, guarded(entry), state)
    assert code(again) == "needs_confirmation"
    assert [form["Action"] for form in pipeline.dialer.writes] == ["DeleteDnc", "InsertDnc"]


async def test_an_answer_about_another_entry_is_none(pipeline: Served) -> None:
    one, other = await block(pipeline), await block(pipeline, OTHER)
    async with client(pipeline.server(), "auto", Person(RIGHT)) as connected:
        state = await first_round(connected, guarded(one))
        with pytest.raises(MCPError):
            await second_round(connected, guarded(other), state)
    assert not pipeline.dialer.writes


@pytest.mark.parametrize("typed", ["602-555-0121", "602-555-0128"])
async def test_even_the_ledger_holds_an_answer_for_its_entry_alone(
    typed: str, pipeline: Served
) -> None:
    one, other = await block(pipeline), await block(pipeline, OTHER)
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(one, None)
    held = await undoing.admit(plan, CALLER)
    assert isinstance(held, PendingApproval)
    another = await undoing.plan(other, None)
    with pytest.raises(CallError, match="another call"):
        await undoing.redeem(another, CALLER, held.approval.id, Reply({"confirm": typed}))
    assert not pipeline.dialer.writes


@each_era
async def test_at_the_level_of_writes_one_question_is_for_all_steps(era: str) -> None:
    async with a_served_pipeline(history_policy(ConfirmLevel.WRITES)) as pipeline:
        await pipeline.do("create_dial_list", **LIST)
        await pipeline.do("add_dial_list_phone", **ON_LIST)
        await pipeline.do("mark_dial_list_phone_dialed", **ON_LIST)
        await pipeline.do("add_dial_list_phone", **{**ON_LIST, "phone": "8135550105"})
        entry = await pipeline.do("delete_dial_list", **LIST)
        pipeline.dialer.forms.clear()
        somebody = Person(accepted({"confirm": True}))
        result = await pipeline.undo(entry, era, somebody)
        assert code(result) is None
        [form] = somebody.asked
        assert len(form.message.splitlines()) == 4
        sent = [form["Action"] for form in pipeline.dialer.writes]
        assert sent == ["CreateList", "AddPhone", "PhoneDialed", "AddPhone"]
        made = await pipeline.ledger.undoing(entry)
        assert len({one.intent.approval.id for one in made if one.intent.approval}) == 1
        assert all(one.intent.approval for one in made)


@each_era
async def test_at_the_level_of_writes_a_no_is_for_all_steps(era: str) -> None:
    async with a_served_pipeline(history_policy(ConfirmLevel.WRITES)) as pipeline:
        await pipeline.do("create_dial_list", **LIST)
        await pipeline.do("add_dial_list_phone", **ON_LIST)
        entry = await pipeline.do("delete_dial_list", **LIST)
        pipeline.dialer.forms.clear()
        assert code(await pipeline.undo(entry, era, Person(DECLINED))) == "declined"
        assert not pipeline.dialer.writes
        declined = [no.intent.tool for no in await refusals(pipeline)]
        assert sorted(declined) == ["add_dial_list_phone", "create_dial_list"]


@each_era
async def test_what_has_to_be_supposed_is_asked_although_the_level_asks_nothing(era: str) -> None:
    async with a_served_pipeline(history_policy(ConfirmLevel.DESTRUCTIVE)) as pipeline:
        off = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
        entry = await pipeline.do("enable_playlist_filter", **off)
        pipeline.dialer.forms.clear()
        somebody = Person(DECLINED)
        assert code(await pipeline.undo(entry, era, somebody)) == "declined"
        assert "The filter was switched off before this call." in somebody.asked[0].message
        assert not pipeline.dialer.writes
        assert code(await pipeline.undo(entry, era, Person(accepted({"confirm": True})))) is None
