"""An undo sends nothing where the lead has changed or the entry isn't the caller's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from typing_extensions import override

from _support.conversations import (
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
from _support.ledger import ending
from _support.pipeline import CALLER
from _support.served_pipeline import PRINCIPAL, Served, a_served_pipeline, history_policy
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.planned_undo import PlannedUndo
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel
from chasedata_mcp.tools.answer_types import Expects
from chasedata_mcp.tools.leads import UpdateLead
from chasedata_mcp.tools.registry import TOOLSETS
from chasedata_mcp.tools.render import IN_SANDBOX
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
NUMBER = "6025550121"
LIST: dict[str, object] = {"agent": "James", "list_name": "Spring"}
ON_LIST: dict[str, object] = {**LIST, "phone": "9545550101"}
FILTER: dict[str, object] = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
PAIR: dict[str, object] = {"skill": "Sales", "source": "9545550190"}
LEAD: dict[str, object] = {"search_field": "client_id", "identifier": "WEB-1001"}
BY_ID: dict[str, object] = {"search_field": "lead_id", "identifier": "1001"}
UNKNOWN = f"{IN_SANDBOX} There is no entry of this id that you may see. Nothing was sent."
Call = tuple[str, dict[str, object]]
TOUCHED: tuple[tuple[Call, Call], ...] = (
    (("insert_dnc", {"number": NUMBER}), ("insert_dnc", {"number": NUMBER})),
    (("delete_dnc", {"number": "2125550104"}), ("insert_dnc", {"number": "(212) 555-0104"})),
    (("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST)),
    (("add_dial_list_phone", ON_LIST), ("mark_dial_list_phone_dialed", ON_LIST)),
    (("mark_dial_list_phone_dialed", ON_LIST), ("delete_dial_list", LIST)),
    (("enable_playlist_filter", FILTER), ("disable_playlist_filter", FILTER)),
    (
        ("update_skill_priority", {**PAIR, "priority": 3}),
        ("update_skill_priority", {**PAIR, "delay_seconds": 9}),
    ),
    (("update_lead", {**LEAD, "city": "Tampa"}), ("update_lead", {**BY_ID, "notes": "Later"})),
)


async def prepared(pipeline: Served, call: Call) -> str:
    """The call done, after what it takes."""
    tool, arguments = call
    if "phone" in arguments:
        await pipeline.do("create_dial_list", **LIST)
    if tool.startswith("mark"):
        await pipeline.do("add_dial_list_phone", **ON_LIST)
    if tool == "update_skill_priority":
        await pipeline.do(tool, **{**PAIR, "priority": 2})
    return await pipeline.do(tool, **arguments)


async def refused(pipeline: Served, entry: str, era: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    """Return the refusal of an undo, after a check that nothing was sent or changed."""
    pipeline.dialer.forms.clear()
    before = pipeline.state()
    somebody = Person(accepted({"confirm": True}))
    result = await pipeline.undo(entry, era, somebody, **how)
    assert code(result) is not None
    assert not somebody.asked
    assert not pipeline.dialer.writes
    assert pipeline.state() == before
    return told(result)


@each_era
@pytest.mark.parametrize("calls", TOUCHED, ids=lambda calls: f"{calls[0][0]}-{calls[1][0]}")
async def test_a_later_call_to_the_same_thing_is_in_the_way(
    era: str, calls: tuple[Call, Call], pipeline: Served
) -> None:
    first, (tool, arguments) = calls
    entry = await prepared(pipeline, first)
    later = await pipeline.do(tool, **arguments)
    no = await refused(pipeline, entry, era)
    assert no["code"] == "not_allowed"
    assert f"A later call touched the same thing: entry {later}." in no["message"]
    assert "Nothing was sent." in no["message"]
    assert no["hint"] == "Undo that one first, if it is to go as well."


@each_era
async def test_when_the_later_call_is_undone_the_earlier_one_can_be(
    era: str, pipeline: Served
) -> None:
    before = pipeline.state()
    entry = await pipeline.do("update_lead", **LEAD, city="Tampa")
    later = await pipeline.do("update_lead", **BY_ID, city="Ocala")
    assert code(await pipeline.undo(later, era)) is None
    assert code(await pipeline.undo(entry, era)) is None
    assert pipeline.state() == before


async def test_somebody_elses_later_call_is_in_the_way_too(pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, city="Tampa")
    later = await pipeline.do_as("another/client", "update_lead", **BY_ID, city="Ocala")
    assert later in (await refused(pipeline, entry, "auto"))["message"]


async def test_a_later_call_that_may_have_been_done_is_in_the_way(pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    later = await pipeline.left_open("delete_dnc", number=NUMBER)
    assert later in (await refused(pipeline, entry, "auto"))["message"]


async def test_a_later_call_to_something_else_is_not_in_the_way(pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, city="Tampa")
    await pipeline.do("update_lead", search_field="lead_id", identifier="1002", city="Ocala")
    assert code(await pipeline.undo(entry, "auto")) is None


@pytest.mark.parametrize("tool", ["update_lead", "add_dial_list_phone"])
async def test_of_undos_of_one_entry_at_once_one_is_sent(tool: str, pipeline: Served) -> None:
    fresh = {"agent": "Maria", "list_name": "Fresh"}
    arguments: dict[str, dict[str, Any]] = {
        "update_lead": {**LEAD, "city": "Tampa"},
        "add_dial_list_phone": {**fresh, "phone": "305-555-0199"},
    }
    await pipeline.do("create_dial_list", **fresh)
    entry = await pipeline.do(tool, **arguments[tool])
    written = len(pipeline.dialer.writes)
    undoing = UndoService(pipeline, pipeline.ledger)
    plans = [await undoing.plan(entry, None) for _ in range(4)]
    ended: list[Code | None] = []

    async def undo(plan: PlannedUndo) -> None:
        cleared = await undoing.admit(plan, "somebody/an assistant")
        assert not isinstance(cleared, PendingApproval)
        try:
            await undoing.execute(plan, cleared)
        except CallError as error:
            ended.append(error.code)
        else:
            ended.append(None)

    async with anyio.create_task_group() as group:
        for plan in plans:
            group.start_soon(undo, plan)
    assert len(pipeline.dialer.writes) == written + 1
    assert sorted(ended, key=str) == [None, *[Code.NOT_ALLOWED] * 3]


async def unseen(pipeline: Served, **fields: str) -> None:
    """Change the lead behind the ledger's back, as an agent does."""
    form = {"SearchField": "LeadId", "Identifier": "1001", **fields}
    await pipeline.dialer.post(Request(UpdateLead.script, form, Expects.DONE))


@each_era
async def test_a_lead_that_reads_differently_is_not_overwritten(era: str, pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, city="Tampa")
    await unseen(pipeline, City="Ocala")
    no = await refused(pipeline, entry, era)
    assert no["code"] == "not_allowed"
    assert "reads differently from what the update left" in no["message"]
    assert "search_lead" in no["hint"]


@each_era
async def test_a_lead_that_can_not_be_read_is_not_overwritten(era: str, pipeline: Served) -> None:
    entry = await pipeline.do("update_lead", **LEAD, city="Tampa")
    pipeline.wire.goes_wrong["SearchLead"] = "refused"
    no = await refused(pipeline, entry, era)
    assert "How the lead reads now can't be told" in no["message"]


@each_era
async def test_what_changes_while_the_person_is_asked_stops_it(era: str, pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()

    class Slow(Person):
        @override
        async def __call__(self, context: Any, params: Any) -> Any:
            await pipeline.left_open("insert_dnc", number=NUMBER)
            return await super().__call__(context, params)

    result = await pipeline.undo(entry, era, Slow(accepted({"confirm": NUMBER})))
    assert code(result) == "not_allowed"
    assert "A later call touched the same thing" in told(result)["message"]
    assert not pipeline.dialer.writes


async def test_a_yes_is_for_the_calls_that_were_asked_about_and_no_others() -> None:
    async with a_served_pipeline(history_policy(ConfirmLevel.WRITES)) as pipeline:
        await pipeline.do("create_dial_list", **LIST)
        pipeline.wire.goes_wrong = {"AddPhone": "unanswered"}
        with pytest.raises(CallError):
            await pipeline.do("add_dial_list_phone", **ON_LIST)
        added = (await pipeline.newest()).id
        entry = await pipeline.do("delete_dial_list", **LIST)
        undoing = UndoService(pipeline, pipeline.ledger)
        plan = await undoing.plan(entry, PRINCIPAL)
        held = await undoing.admit(plan, CALLER)
        assert isinstance(held, PendingApproval)
        await pipeline.ledger.settle(ending(added, at=pipeline.clock(), how="somebody looked"))
        pipeline.dialer.forms.clear()
        with pytest.raises(CallError, match="another call"):
            await undoing.redeem(plan, CALLER, held.approval.id, Reply({"confirm": True}))
        assert not pipeline.dialer.forms


async def test_the_answer_of_a_second_round_is_held_against_how_things_stand_then(
    pipeline: Served,
) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()
    call = Guarded("undo", {"entry": entry}, {"confirm": NUMBER}, {})
    async with client(pipeline.server(), "auto", Person(accepted(None))) as connected:
        state = await first_round(connected, call)
        await pipeline.left_open("delete_dnc", number=NUMBER)
        result = await second_round(connected, call, state)
    assert code(result) == "not_allowed"
    assert not pipeline.dialer.writes


@each_era
@pytest.mark.parametrize("entry", ["0000000000", "x", "' OR 1=1 --"])
async def test_an_unknown_id_is_none(era: str, entry: str, pipeline: Served) -> None:
    no = await refused(pipeline, entry, era)
    assert (no["code"], no["message"]) == ("invalid_arguments", UNKNOWN)
    assert "list_history" in no["hint"]


@each_era
async def test_somebody_elses_entry_reads_as_none(era: str, pipeline: Served) -> None:
    entry = await pipeline.do_as("another/an assistant", "insert_dnc", number=NUMBER)
    assert (await refused(pipeline, entry, era))["message"] == UNKNOWN


@each_era
async def test_ones_own_entry_by_another_client_is_ones_own(era: str, pipeline: Served) -> None:
    entry = await pipeline.do_as(f"{PRINCIPAL}/terminal", "insert_dnc", number=NUMBER)
    result = await pipeline.undo(entry, era, Person(accepted({"confirm": NUMBER})))
    assert code(result) is None


@each_era
async def test_where_everybodys_history_is_shown_everybodys_is_undone(
    era: str, pipeline: Served
) -> None:
    entry = await pipeline.do_as("another/an assistant", "insert_dnc", number=NUMBER)
    somebody = Person(accepted({"confirm": NUMBER}))
    server = pipeline.server(of_all=True)
    assert code(await pipeline.undo(entry, era, somebody, server)) is None
    [made] = await pipeline.ledger.undoing(entry)
    assert made.intent.caller == CALLER


@each_era
@pytest.mark.parametrize("of_all", [False, True])
async def test_another_accounts_entry_is_none(era: str, of_all: bool, pipeline: Served) -> None:  # noqa: FBT001 - a parameter
    arguments = {"number": NUMBER}
    intent = replace(pipeline.intent("insert_dnc", arguments), account="another")
    await pipeline.ledger.intend(intent)
    no = await refused(pipeline, intent.entry, era, server=pipeline.server(of_all=of_all))
    assert no["message"] == UNKNOWN


@each_era
async def test_a_server_that_only_reads_does_not_undo(era: str, pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    server = pipeline.server(pipeline=pipeline.over(policy=history_policy(read_only=True)))
    no = await refused(pipeline, entry, era, server=server)
    assert (no["code"], "CHASEDATA_READ_ONLY" in no["message"]) == ("not_allowed", True)
    async with client(server, era) as connected:
        assert "undo" not in {tool.name for tool in (await connected.list_tools()).tools}


@each_era
@pytest.mark.parametrize("off", ["dnc", "history"])
async def test_a_toolset_that_is_off_is_off_for_an_undo(
    era: str, off: str, pipeline: Served
) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    policy = Policy(toolsets=frozenset({*TOOLSETS, "history"} - {off}))
    no = await refused(
        pipeline, entry, era, server=pipeline.server(pipeline=pipeline.over(policy=policy))
    )
    assert no["code"] == "not_allowed"
    assert f"The toolset {off} is off on this server" in no["message"]


async def test_a_ledger_that_can_not_be_read_undoes_nothing(pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    pipeline.dialer.forms.clear()
    broken = open_ledger(Path("/proc/nowhere"), "sandbox")
    with pytest.raises(CallError, match="The ledger can't be read") as caught:
        await UndoService(pipeline, broken).plan(entry, None)
    assert caught.value.code is Code.NOT_ALLOWED
    assert not pipeline.dialer.forms


async def test_a_no_sends_nothing_that_changes_anything(pipeline: Served) -> None:
    entry = await pipeline.do("insert_dnc", number=NUMBER)
    undoing = UndoService(pipeline, pipeline.ledger)
    plan = await undoing.plan(entry, PRINCIPAL)
    held = await undoing.admit(plan, CALLER)
    assert isinstance(held, PendingApproval)
    pipeline.dialer.forms.clear()
    with pytest.raises(CallError) as caught:
        await undoing.redeem(plan, CALLER, held.approval.id, Reply(None))
    assert caught.value.code is Code.DECLINED
    assert {form["Action"] for form in pipeline.dialer.forms} <= {"SearchLead"}
