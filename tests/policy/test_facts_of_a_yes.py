"""The facts on which a yes depends: leads of a number, phones on a list, changes made live."""

from typing import Any, cast

import pytest

from _support.pipeline import CALLER
from _support.sandbox import (
    DIALED,
    PHONE,
    SECOND,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    minutes,
    seconds,
    terms,
)
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, ApprovalState, AssuranceLevel
from chasedata_mcp.pipeline.pipeline import AskedAgainError, CallBatch, Cleared, PendingApproval
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account

pytestmark = pytest.mark.anyio
LIST = {"agent": "Maria", "list_name": "Warm-Leads"}
FILTER = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
RELOAD = {"playlist": "Solar-Main"}
OUTWARD = terms(confirm="outward")


class Silent:
    """A dialer that never answers."""

    async def post(self, request: Request) -> Answer:
        raise CallError(Code.NO_ANSWER, "No answer.", hint=f"Look at {request.script}.")


async def redeem(
    desk: SandboxPipeline, pending: PendingApproval, tool: str, confirm: object, **given: object
) -> None:
    action = desk.read(tool, given)
    reply = Reply({"confirm": confirm})
    await desk.send(await desk.redeem(action, CALLER, pending.approval.id, reply))


async def asked_again(
    desk: SandboxPipeline, pending: PendingApproval, tool: str, confirm: object, **given: object
) -> PendingApproval:
    with pytest.raises(AskedAgainError) as caught:
        await redeem(desk, pending, tool, confirm, **given)
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    return caught.value.pending


async def test_the_leads_that_bear_a_number_are_told_and_bound_into_the_yes() -> None:
    async with a_sandbox_pipeline() as desk:
        pending = await desk.pending("delete_dnc", number=SECOND)
        assert "3 leads have this number." in pending.approval.question.text
        await desk.call(
            "insert_lead",
            **{**DIALED, "primary_phone": SECOND, "import_only": True, "duplicates_check": "none"},
        )
        again = await asked_again(desk, pending, "delete_dnc", SECOND, number=SECOND)
        assert "4 leads have this number." in again.approval.question.text
        assert not [form for form in desk.dialer.writes if form.get("Action") == "DeleteDnc"]
        await redeem(desk, again, "delete_dnc", SECOND, number=SECOND)
        assert [form for form in desk.dialer.writes if form.get("Action") == "DeleteDnc"]


async def test_a_no_is_a_no_whatever_has_changed() -> None:
    async with a_sandbox_pipeline() as desk:
        pending = await desk.pending("delete_dial_list", **LIST)
        await desk.call("add_dial_list_phone", **LIST, phone=PHONE)
        with pytest.raises(CallError) as caught:
            await redeem(desk, pending, "delete_dial_list", "no", **LIST)
        assert caught.value.code is Code.DECLINED


async def test_the_phones_that_are_known_on_a_list_are_told_and_bound() -> None:
    async with a_sandbox_pipeline() as desk:
        pending = await desk.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in pending.approval.question.text
        await desk.call("add_dial_list_phone", **LIST, phone=PHONE)
        await desk.call("add_dial_list_phone", **LIST, phone="9545550124")
        await desk.call("mark_dial_list_phone_dialed", **LIST, phone="3055550110")
        await desk.call("delete_dial_list_phone", **LIST, phone=PHONE)
        again = await asked_again(desk, pending, "delete_dial_list", "Warm-Leads", **LIST)
        assert "2 phones are on it, by this server's record." in again.approval.question.text
        await redeem(desk, again, "delete_dial_list", "Warm-Leads", **LIST)
        await desk.call("create_dial_list", **LIST)
        fresh = await desk.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in fresh.approval.question.text


async def test_a_yes_from_the_terminal_is_bound_as_well() -> None:
    async with a_sandbox_pipeline() as desk:
        action = desk.read("delete_dial_list", LIST)
        pending = await desk.admit(action, CALLER, out_of_band=True)
        assert isinstance(pending, PendingApproval)
        yes = ApprovalAnswer.yes("on the terminal", "maria", desk.clock(), AssuranceLevel.MACHINE)
        await desk.ledger.approvals.answer(pending.approval.id, yes)
        desk.clock.move(seconds(1))
        await desk.call("add_dial_list_phone", **LIST, phone=PHONE)
        other = await desk.admit(action, CALLER, out_of_band=True)
        assert isinstance(other, PendingApproval)
        assert other.approval.id != pending.approval.id
        await desk.ledger.approvals.answer(other.approval.id, yes)
        cleared = await desk.admit(action, CALLER, out_of_band=True)
        assert isinstance(cleared, Cleared)
        assert (await desk.send(cleared)).outcome == "done"
        assert isinstance(await desk.admit(action, CALLER, out_of_band=True), PendingApproval)


async def test_what_a_reload_makes_live_is_told_in_the_question_and_the_result() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        assert (
            "makes live"
            not in (await desk.pending("reload_playlist", **RELOAD)).approval.question.text
        )
        await desk.call("enable_playlist_filter", **FILTER)
        await desk.call(
            "disable_playlist_filter", playlist="Medicare-Main", filter_name="New-Leads"
        )
        pending = await desk.pending("reload_playlist", **RELOAD)
        assert (
            "enable_playlist_filter: filter_name Florida-Only, playlist Solar-Main"
            in pending.approval.question.text
        )
        assert "Medicare-Main" not in pending.approval.question.text
        await desk.call("disable_playlist_filter", **FILTER)
        again = await asked_again(desk, pending, "reload_playlist", confirm=True, **RELOAD)
        assert (
            "disable_playlist_filter: filter_name Florida-Only, playlist Solar-Main"
            in again.approval.question.text
        )
        result = await desk.with_a_yes("reload_playlist", **RELOAD)
        (warning,) = [one for one in result.warnings if one.startswith("Made live")]
        assert warning.index("enable_playlist") < warning.index("disable_playlist")
        assert (
            "makes live"
            not in (await desk.pending("reload_playlist", **RELOAD)).approval.question.text
        )


async def test_a_reload_that_may_not_have_been_done_makes_nothing_live() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        await desk.call("update_skill_priority", skill="Sales", source="9545550190", priority=3)
        with pytest.raises(CallError) as caught:
            await desk.over(dialer=Silent()).with_a_yes("reload_skills")
        assert caught.value.code is Code.NO_ANSWER
        pending = await desk.pending("reload_skills")
        assert "update_skill_priority: priority 3, skill Sales" in pending.approval.question.text


async def test_what_another_account_staged_is_no_business_of_ours() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        await desk.call("enable_playlist_filter", **FILTER)
        await desk.call("add_dial_list_phone", **LIST, phone=PHONE)
        pipeline = desk.over(account=Account("live", "another", "dialer.example.com"))
        assert (
            "makes live"
            not in (await pipeline.pending("reload_playlist", **RELOAD)).approval.question.text
        )
        pending = await pipeline.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in pending.approval.question.text


async def test_what_is_supposed_is_bound_into_the_yes() -> None:
    async with a_sandbox_pipeline() as desk:
        action = desk.read("insert_dnc", {"number": PHONE})
        pending = await desk.admit(CallBatch((action,), ("It was on the list.",)), CALLER)
        assert isinstance(pending, PendingApproval)
        other = CallBatch((action,), ("It was not on the list.",))
        with pytest.raises(AskedAgainError):
            await desk.redeem(other, CALLER, pending.approval.id, Reply({"confirm": True}))


async def test_of_several_leads_the_number_of_them_is_bound() -> None:
    async with a_sandbox_pipeline() as desk:
        change = {"search_field": "phone", "identifier": SECOND, "city": "Tampa"}
        pending = await desk.pending("update_lead", **change)
        await desk.call(
            "insert_lead",
            **{**DIALED, "primary_phone": SECOND, "import_only": True, "duplicates_check": "none"},
        )
        again = await asked_again(desk, pending, "update_lead", confirm=True, **change)
        assert "4 leads have this phone" in again.approval.question.text


async def test_a_yes_that_is_not_as_sure_as_it_must_be_counts_for_nothing() -> None:
    async with a_sandbox_pipeline(terms(yes={"destructive": "second_factor"})) as desk:
        action = desk.read("delete_dnc", {"number": PHONE})
        pending = await desk.admit(action, CALLER)
        assert isinstance(pending, PendingApproval)
        assert pending.approval.code
        on_the_page = ApprovalAnswer.yes(
            "on the page", "maria", desk.clock(), AssuranceLevel.MACHINE
        )
        await desk.ledger.approvals.answer(pending.approval.id, on_the_page)
        with pytest.raises(CallError) as caught:
            await desk.redeem(action, CALLER, pending.approval.id, None)
        assert caught.value.code is Code.NEEDS_CONFIRMATION
        assert "second factor" in caught.value.message
        desk.clock.move(seconds(1))
        again = await desk.admit(action, CALLER)
        assert isinstance(again, PendingApproval)
        assert again.approval.id != pending.approval.id
        sure = ApprovalAnswer.yes(
            "on the page", "maria", desk.clock(), AssuranceLevel.SECOND_FACTOR
        )
        await desk.ledger.approvals.answer(again.approval.id, sure)
        assert isinstance(await desk.admit(action, CALLER), Cleared)
        kept = await desk.ledger.approvals.get(again.approval.id)
        assert kept is not None
        assert kept.state is ApprovalState.SPENT


@pytest.mark.parametrize(
    ("needs", "tool", "arguments", "code"),
    [
        ("outward", "send_sms", TEXT, True),
        ("outward", "delete_dnc", {"number": PHONE}, False),
        ("destructive", "delete_dnc", {"number": PHONE}, True),
        ("write", "insert_dnc", {"number": PHONE}, True),
        ("write", "search_lead", {"search_field": "phone", "identifier": PHONE}, False),
    ],
)
async def test_how_sure_a_yes_must_be_goes_by_what_the_call_does(
    needs: str,
    tool: str,
    arguments: dict[str, object],
    code: bool,  # noqa: FBT001 - what is expected
) -> None:
    held_to = terms(tools={tool: "ask"}, yes={needs: "machine"})
    async with a_sandbox_pipeline(held_to) as desk:
        assert bool((await desk.pending(tool, **arguments)).approval.code) is code


async def test_what_is_kept_of_a_question_is_what_a_person_must_see() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        pending = await desk.pending("send_sms", **TEXT)
        row = await desk.ledger.approvals.get(pending.approval.id)
    assert row is not None
    (call,) = row.calls
    assert call["tool"] == "send_sms"
    assert call["arguments"] == dict(TEXT)
    assert call["consequences"] == []  # the question begins with them
    assert [one["rule"] for one in cast("Any", call["asked_by"])] == ["confirm"]


async def test_a_yes_for_a_while_outlives_the_reason_that_ends_meanwhile() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        read = {"search_field": "lead_id", "identifier": "1005", "detailed": True}
        await desk.call("search_lead", **read)
        desk.clock.move(minutes(8))
        action = desk.read("send_sms", TEXT)
        pending = await desk.admit(action, CALLER, out_of_band=True)
        assert isinstance(pending, PendingApproval)
        desk.clock.move(minutes(6))
        yes = ApprovalAnswer.yes("on the terminal", "maria", desk.clock(), AssuranceLevel.MACHINE)
        await desk.ledger.approvals.answer(pending.approval.id, yes)
        assert isinstance(await desk.admit(action, CALLER, out_of_band=True), Cleared)


async def test_a_yes_is_none_to_a_reason_that_comes_later() -> None:
    async with a_sandbox_pipeline(OUTWARD) as desk:
        pending = await desk.pending("send_sms", **TEXT)
        read = {"search_field": "lead_id", "identifier": "1005", "detailed": True}
        await desk.call("search_lead", **read)
        again = await asked_again(desk, pending, "send_sms", confirm=True, **TEXT)
        assert "has just read text in a lead" in again.approval.question.text
        await redeem(desk, again, "send_sms", confirm=True, **TEXT)
