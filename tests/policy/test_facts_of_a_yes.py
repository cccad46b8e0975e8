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
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, ApprovalState
from chasedata_mcp.pipeline.pipeline import AskedAgainError, CallGroup, Cleared, PendingApproval
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

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
    live: SandboxPipeline, pending: PendingApproval, tool: str, confirm: object, **given: object
) -> None:
    action = live.read(tool, given)
    reply = Reply({"confirm": confirm})
    await live.send(await live.redeem(action, CALLER, pending.approval.id, reply))


async def asked_again(
    live: SandboxPipeline, pending: PendingApproval, tool: str, confirm: object, **given: object
) -> PendingApproval:
    with pytest.raises(AskedAgainError) as caught:
        await redeem(live, pending, tool, confirm, **given)
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    return caught.value.pending


async def test_the_leads_that_bear_a_number_are_told_and_bound_into_the_yes() -> None:
    async with a_sandbox_pipeline() as live:
        pending = await live.pending("delete_dnc", number=SECOND)
        assert "3 leads have this number." in pending.approval.question.text
        await live.call(
            "insert_lead",
            **{**DIALED, "primary_phone": SECOND, "import_only": True, "duplicates_check": "none"},
        )
        again = await asked_again(live, pending, "delete_dnc", SECOND, number=SECOND)
        assert "4 leads have this number." in again.approval.question.text
        assert not [form for form in live.dialer.writes if form.get("Action") == "DeleteDnc"]
        await redeem(live, again, "delete_dnc", SECOND, number=SECOND)
        assert [form for form in live.dialer.writes if form.get("Action") == "DeleteDnc"]


async def test_a_no_is_a_no_whatever_has_changed() -> None:
    async with a_sandbox_pipeline() as live:
        pending = await live.pending("delete_dial_list", **LIST)
        await live.call("add_dial_list_phone", **LIST, phone=PHONE)
        with pytest.raises(CallError) as caught:
            await redeem(live, pending, "delete_dial_list", "no", **LIST)
        assert caught.value.code is Code.DECLINED


async def test_the_phones_that_are_known_on_a_list_are_told_and_bound() -> None:
    async with a_sandbox_pipeline() as live:
        pending = await live.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in pending.approval.question.text
        await live.call("add_dial_list_phone", **LIST, phone=PHONE)
        await live.call("add_dial_list_phone", **LIST, phone="9545550124")
        await live.call("mark_dial_list_phone_dialed", **LIST, phone="3055550110")
        await live.call("delete_dial_list_phone", **LIST, phone=PHONE)
        again = await asked_again(live, pending, "delete_dial_list", "Warm-Leads", **LIST)
        assert "2 phones are on it, by this server's record." in again.approval.question.text
        await redeem(live, again, "delete_dial_list", "Warm-Leads", **LIST)
        await live.call("create_dial_list", **LIST)
        fresh = await live.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in fresh.approval.question.text


async def test_a_yes_from_the_terminal_is_bound_as_well() -> None:
    async with a_sandbox_pipeline() as live:
        action = live.read("delete_dial_list", LIST)
        pending = await live.admit(action, CALLER, out_of_band=True)
        assert isinstance(pending, PendingApproval)
        yes = ApprovalAnswer.yes("on the terminal", "maria", live.clock(), AssuranceLevel.MACHINE)
        await live.ledger.approvals.answer(pending.approval.id, yes)
        live.clock.move(seconds(1))
        await live.call("add_dial_list_phone", **LIST, phone=PHONE)
        other = await live.admit(action, CALLER, out_of_band=True)
        assert isinstance(other, PendingApproval)
        assert other.approval.id != pending.approval.id
        await live.ledger.approvals.answer(other.approval.id, yes)
        cleared = await live.admit(action, CALLER, out_of_band=True)
        assert isinstance(cleared, Cleared)
        assert (await live.send(cleared)).outcome == "done"
        assert isinstance(await live.admit(action, CALLER, out_of_band=True), PendingApproval)


async def test_what_a_reload_makes_live_is_told_in_the_question_and_the_result() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        assert (
            "makes live"
            not in (await live.pending("reload_playlist", **RELOAD)).approval.question.text
        )
        await live.call("enable_playlist_filter", **FILTER)
        await live.call(
            "disable_playlist_filter", playlist="Medicare-Main", filter_name="New-Leads"
        )
        pending = await live.pending("reload_playlist", **RELOAD)
        assert (
            "enable_playlist_filter: filter_name Florida-Only, playlist Solar-Main"
            in pending.approval.question.text
        )
        assert "Medicare-Main" not in pending.approval.question.text
        await live.call("disable_playlist_filter", **FILTER)
        again = await asked_again(live, pending, "reload_playlist", confirm=True, **RELOAD)
        assert (
            "disable_playlist_filter: filter_name Florida-Only, playlist Solar-Main"
            in again.approval.question.text
        )
        result = await live.with_a_yes("reload_playlist", **RELOAD)
        (warning,) = [one for one in result.warnings if one.startswith("Made live")]
        assert warning.index("enable_playlist") < warning.index("disable_playlist")
        assert (
            "makes live"
            not in (await live.pending("reload_playlist", **RELOAD)).approval.question.text
        )


async def test_a_reload_that_may_not_have_been_done_makes_nothing_live() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        await live.call("update_skill_priority", skill="Sales", source="9545550190", priority=3)
        with pytest.raises(CallError) as caught:
            await live.over(dialer=Silent()).with_a_yes("reload_skills")
        assert caught.value.code is Code.NO_ANSWER
        pending = await live.pending("reload_skills")
        assert "update_skill_priority: priority 3, skill Sales" in pending.approval.question.text


async def test_what_another_account_staged_is_no_business_of_ours() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        await live.call("enable_playlist_filter", **FILTER)
        await live.call("add_dial_list_phone", **LIST, phone=PHONE)
        pipeline = live.over(account=Account("live", "another", "dialer.example.com"))
        assert (
            "makes live"
            not in (await pipeline.pending("reload_playlist", **RELOAD)).approval.question.text
        )
        pending = await pipeline.pending("delete_dial_list", **LIST)
        assert "No phone is on it, by this server's record." in pending.approval.question.text


async def test_what_is_supposed_is_bound_into_the_yes() -> None:
    async with a_sandbox_pipeline() as live:
        action = live.read("insert_dnc", {"number": PHONE})
        pending = await live.admit(CallGroup((action,), ("It was on the list.",)), CALLER)
        assert isinstance(pending, PendingApproval)
        other = CallGroup((action,), ("It was not on the list.",))
        with pytest.raises(AskedAgainError):
            await live.redeem(other, CALLER, pending.approval.id, Reply({"confirm": True}))


async def test_a_yes_to_one_lead_is_none_once_there_are_several() -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as live:
        change = {"search_field": "phone", "identifier": "9545550101", "city": "Tampa"}
        pending = await live.pending("update_lead", **change)
        more = {**DIALED, "primary_phone": "9545550101", "import_only": True}
        await live.with_a_yes("insert_lead", **more, duplicates_check="none")
        action, yes = live.read("update_lead", change), Reply({"confirm": True})
        with pytest.raises(RefusedError, match="2 leads have this phone"):
            await live.redeem(action, CALLER, pending.approval.id, yes)


async def test_a_yes_that_is_not_as_sure_as_it_must_be_counts_for_nothing() -> None:
    async with a_sandbox_pipeline(terms(yes={"destructive": "second_factor"})) as live:
        action = live.read("delete_dnc", {"number": PHONE})
        pending = await live.admit(action, CALLER)
        assert isinstance(pending, PendingApproval)
        assert pending.approval.code
        on_the_page = ApprovalAnswer.yes(
            "on the page", "maria", live.clock(), AssuranceLevel.MACHINE
        )
        await live.ledger.approvals.answer(pending.approval.id, on_the_page)
        with pytest.raises(CallError) as caught:
            await live.redeem(action, CALLER, pending.approval.id, None)
        assert caught.value.code is Code.NEEDS_CONFIRMATION
        assert "second factor" in caught.value.message
        live.clock.move(seconds(1))
        again = await live.admit(action, CALLER)
        assert isinstance(again, PendingApproval)
        assert again.approval.id != pending.approval.id
        sure = ApprovalAnswer.yes(
            "on the page", "maria", live.clock(), AssuranceLevel.SECOND_FACTOR
        )
        await live.ledger.approvals.answer(again.approval.id, sure)
        assert isinstance(await live.admit(action, CALLER), Cleared)
        kept = await live.ledger.approvals.get(again.approval.id)
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
    async with a_sandbox_pipeline(held_to) as live:
        assert bool((await live.pending(tool, **arguments)).approval.code) is code


async def test_what_is_kept_of_a_question_is_what_a_person_must_see() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        pending = await live.pending("send_sms", **TEXT)
        row = await live.ledger.approvals.get(pending.approval.id)
    assert row is not None
    (call,) = row.calls
    assert call["tool"] == "send_sms"
    assert call["arguments"] == dict(TEXT)
    assert call["consequences"] == []  # the question begins with them
    assert [one["rule"] for one in cast("Any", call["asked_by"])] == ["confirm"]


async def test_a_yes_for_a_while_outlives_the_reason_that_ends_meanwhile() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        read = {"search_field": "lead_id", "identifier": "1005", "detailed": True}
        await live.call("search_lead", **read)
        live.clock.move(minutes(8))
        action = live.read("send_sms", TEXT)
        pending = await live.admit(action, CALLER, out_of_band=True)
        assert isinstance(pending, PendingApproval)
        live.clock.move(minutes(6))
        yes = ApprovalAnswer.yes("on the terminal", "maria", live.clock(), AssuranceLevel.MACHINE)
        await live.ledger.approvals.answer(pending.approval.id, yes)
        assert isinstance(await live.admit(action, CALLER, out_of_band=True), Cleared)


async def test_a_yes_is_none_to_a_reason_that_comes_later() -> None:
    async with a_sandbox_pipeline(OUTWARD) as live:
        pending = await live.pending("send_sms", **TEXT)
        read = {"search_field": "lead_id", "identifier": "1005", "detailed": True}
        await live.call("search_lead", **read)
        again = await asked_again(live, pending, "send_sms", confirm=True, **TEXT)
        assert "has just read free text (lead" in again.approval.question.text
        await redeem(live, again, "send_sms", confirm=True, **TEXT)
