"""The dialer's own do-not-call mark counts, whoever put it there: nothing reaches such a lead."""

from collections.abc import Mapping
from contextlib import suppress

import pytest

from _support.dialer import RecordingDialer, done, failing_to_search, finding
from _support.pipeline import CALLER, a_pipeline, an_action, yes_to
from _support.sandbox import DIALED, PHONE, TEXT, a_sandbox_pipeline, terms
from _support.tables import each
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError
from chasedata_mcp.pipeline.pipeline import CallGroup, Cleared
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, RefusedError
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.rules.do_not_call import check_do_not_call, check_unread_marks
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.tools.answer_types import Answer, Expects, Lead, LeadsRead
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
RUTH = "2125550104"
"""Lead 1004 of the sandbox, whose status is DO NOT CALL."""
Given = Mapping[str, object]
Call = tuple[str, Given]
BOOKED: Given = {"agent": "Maria", "at": "2026-06-02T14:00"}
LIST: Given = {"agent": "Maria", "list_name": "Warm-Leads"}
BY_ID: Given = {"search_field": "lead_id", "identifier": "1004"}
BY_CLIENT: Given = {"search_field": "client_id", "identifier": "WEB-1004"}
BY_PHONE: Given = {"search_field": "phone", "identifier": RUTH}


def reaching(number: str) -> list[Call]:
    """Ways to reach a number that a call names itself."""
    return [
        ("send_sms", {**TEXT, "to_number": number}),
        ("insert_lead", {**DIALED, "primary_phone": number, "duplicates_check": "none"}),
        ("insert_lead", {**DIALED, "primary_phone": number, "import_only": True}),
        ("insert_lead", {**DIALED, "other_fields": {"Phone2": number}}),
        ("conference_call", {"agent": "Lena", "phone": number}),
        ("add_dial_list_phone", {**LIST, "phone": number}),
        ("mark_dial_list_phone_undialed", {**LIST, "phone": number}),
        ("update_lead", {**BY_ID, "identifier": "1001", "primary_phone": number}),
    ]


OF_THE_LEAD: list[Call] = [
    ("send_sms", {**TEXT, "lead_id": "1004"}),
    ("disposition_lead", {"lead_id": "1004", "disposition": "CALL BACK"}),
    *[
        ("update_lead", {**by, **change})
        for by in (BY_ID, BY_CLIENT, BY_PHONE)
        for change in (
            {"callback": BOOKED},
            {"campaign": "Solar"},
            {"call_status": "CALL BACK"},
            {"clear_fields": ["call_status"]},
        )
    ],
]


@each("tool, given", [*reaching(RUTH), *OF_THE_LEAD])
async def test_nothing_reaches_a_lead_that_the_dialer_marks(tool: str, given: Given) -> None:
    async with a_sandbox_pipeline() as live:
        assert await live.refused_by(tool, **given) == {"marked"}


@pytest.mark.parametrize(
    "mark",
    [
        {"CallStatus": "FTC DNC"},
        {"Disposition": "Do-Not-Call"},
        {"adv_Opt__Out": "Yes"},
        {"DoNotCall": "1"},
        {"adv_Consent": "revoked"},
        {"LastName": "DNC"},
    ],
)
async def test_a_mark_counts_in_whatever_field_it_stands(mark: Mapping[str, str]) -> None:
    async with a_sandbox_pipeline() as live:
        one = {"PrimaryPhone": PHONE}
        for leads in ([{**one, **mark}], [one, {**one, **mark}]):
            pipeline = live.over(dialer=finding(*leads))
            assert await pipeline.refused_by("send_sms", **TEXT) == {"marked"}
        assert not await live.over(dialer=finding(one)).asks("send_sms", **TEXT)


async def test_a_person_who_types_the_number_to_dial_past_the_list_is_told_of_the_mark() -> None:
    past = {**DIALED, "duplicates_check": "none", "dial_non_callables": True}
    told = "The dialer marks a lead with this number as do-not-call."
    async with a_sandbox_pipeline() as live:
        asked = await live.pending("insert_lead", **{**past, "primary_phone": RUTH})
        assert told in asked.approval.question.text
        unmarked = await live.pending("insert_lead", **past)
        assert told not in unmarked.approval.question.text
        # What is typed is for the number that is dialed, and for no other of the call.
        other = {**past, "other_fields": {"Phone2": RUTH}}
        assert await live.refused_by("insert_lead", **other) == {"marked"}


async def test_what_reaches_nobody_goes_to_a_marked_lead_and_looks_nobody_up() -> None:
    async with a_sandbox_pipeline(read_back=False) as live:
        for tool, given in (
            ("update_lead", {**BY_ID, "notes": "Asked us to stop."}),
            ("delete_dial_list_phone", {**LIST, "phone": RUTH}),
            ("mark_dial_list_phone_dialed", {**LIST, "phone": "9545550101"}),
            ("insert_dnc", {"number": RUTH}),
            ("search_lead", BY_PHONE),
            ("create_dial_list", {**LIST, "list_name": "New"}),
        ):
            forms = len(live.dialer.forms)
            with suppress(CallError):  # the sandbox's own no
                await live.call(tool, **given)
            assert len(live.dialer.forms) == forms + 1


async def test_a_lead_that_the_list_marked_stays_unreached_once_its_number_is_taken_off() -> None:
    async with a_sandbox_pipeline() as live:
        text = {**TEXT, "to_number": "9545550101"}
        assert not await live.asks("send_sms", **text)
        await live.suppress("9545550101")
        question = await live.question("delete_dnc", number="9545550101")
        assert "marked" in question
        await live.with_a_yes("delete_dnc", number="9545550101")
        # The list let go of the number, and the lead that bears it stays marked (wire.md).
        assert await live.refused_by("send_sms", **text) == {"marked"}
        question = await live.question("delete_dnc", number="9545550101")
        assert "1 lead has this number. It is marked as do-not-call at the dialer" in question


@pytest.mark.parametrize(
    ("call", "searches"),
    [
        (("send_sms", TEXT), ["Phone"]),
        (("send_sms", {**TEXT, "to_number": "9545550101", "lead_id": "1001"}), ["Phone"]),
        (("send_sms", {**TEXT, "lead_id": "1001"}), ["Phone", "LeadId"]),
        (("conference_call", {"agent": "Lena", "phone": PHONE}), ["Phone"]),
        (("insert_lead", DIALED), ["Phone"]),
        (("insert_lead", {**DIALED, "client_id": "W-1"}), ["Phone", "ClientId"]),
        (("disposition_lead", {"lead_id": "1006", "disposition": "SALE"}), ["LeadId"]),
        (("update_lead", {**BY_PHONE, "identifier": "9545550106", "rep": "Sam"}), ["Phone"]),
        (("update_lead", {**BY_PHONE, "identifier": "9545550101", "campaign": "Solar"}), ["Phone"]),
    ],
)
async def test_a_look_up_is_one_request_for_all_rules(call: Call, searches: list[str]) -> None:
    async with a_sandbox_pipeline() as live:
        await live.admit(live.read(call[0], call[1]), CALLER)
        sought = [form["SearchField"] for form in live.dialer.forms]
        assert sought == searches


async def test_calls_that_are_wanted_together_look_a_lead_up_once() -> None:
    async with a_sandbox_pipeline() as live:
        listed = live.read("add_dial_list_phone", {**LIST, "phone": PHONE})
        batch = CallGroup((live.read("send_sms", TEXT), listed))
        assert isinstance(await live.admit(batch, CALLER), Cleared)
        assert len(live.dialer.forms) == 1


async def test_a_call_that_is_refused_anyway_looks_nobody_up() -> None:
    async with a_sandbox_pipeline(terms(tools={"send_sms": "refuse"})) as live:
        await live.refused_by("send_sms", **TEXT)
        assert live.dialer.forms == []


async def test_where_the_marks_cannot_be_read_the_policy_says_what_happens() -> None:
    for unreadable in ("ask", "refuse", "allow"):
        policy = policy_in_force(terms(do_not_call={"unreadable": unreadable}))
        pipeline = a_pipeline(policy, dialer=failing_to_search())
        text = {**TEXT, "to_number": PHONE}
        outcome = {"ask": "marks_unread", "refuse": "marks_unread", "allow": "done"}[unreadable]
        assert await pipeline.outcome("send_sms", **text) == outcome
    pipeline = a_pipeline(policy_in_force(terms()), dialer=failing_to_search())
    question = await pipeline.pending("send_sms", **TEXT)
    assert "marks the number or its lead as do-not-call could not be read" in (
        question.approval.question.text
    )
    # No wider yes is offered for what nobody could look at.
    assert question.approval.offers == ()


@pytest.mark.parametrize(
    "fields",
    [{"PrimaryPhone": PHONE}, {"FirstName": "Ann", "CallStatus": ""}, {}],
    ids=["no status", "another phone", "an id alone"],
)
async def test_an_answer_that_does_not_show_the_number_or_a_status_is_unread(
    fields: dict[str, str],
) -> None:
    def answer(request: Request) -> Answer:
        searched = request.expects is Expects.LEADS
        return LeadsRead((Lead("1001", fields),)) if searched else done(request)

    async with a_sandbox_pipeline() as live:
        pipeline = live.over(dialer=RecordingDialer(answer))
        assert await pipeline.rules_that_ask("send_sms", **TEXT) == {"marks_unread"}


async def test_where_somebody_is_suppressed_an_unread_lead_is_refused_and_a_number_is_asked() -> (
    None
):
    async with a_sandbox_pipeline() as live:
        await live.suppress("3055550110")
        pipeline = live.over(dialer=failing_to_search())
        by_id = ("disposition_lead", {"lead_id": "1006", "disposition": "SALE"})
        assert await pipeline.refused_by(by_id[0], **by_id[1]) == {"suppressed"}
        assert await pipeline.rules_that_ask("send_sms", **TEXT) == {"marks_unread"}


async def test_a_mark_that_came_while_a_person_was_asked_refuses() -> None:
    async with a_sandbox_pipeline(terms(confirm="outward")) as live:
        text = {**TEXT, "to_number": "9545550106"}
        pending = await live.pending("send_sms", **text)
        status = {"SearchField": "LeadId", "Identifier": "1006", "CallStatus": "DNC"}
        await live.dialer.post(Request(Script.UPDATE, status, Expects.DONE))
        reply = Reply(yes_to(pending.approval.question))
        with pytest.raises(RefusedError) as caught:
            await live.redeem(live.read("send_sms", text), CALLER, pending.approval.id, reply)
        assert [rule.rule for rule in caught.value.rules] == ["marked"]


def test_the_rules_need_nothing_but_facts() -> None:
    text, update = an_action("send_sms", TEXT), an_action("update_lead", {**BY_ID, "notes": "x"})
    marked, read = TargetLead(1, is_marked=True, shows_marks=True), TargetLead(1, shows_marks=True)
    for facts in (Facts(target_lead=marked), Facts(number_leads=(read.marks, marked.marks))):
        refusal = check_do_not_call(text, facts)
        assert isinstance(refusal, Refuse)
        assert refusal.rule == "marked"
        assert "a person changes the lead in the dialer" in refusal.hint
        assert check_do_not_call(update, facts) == ALLOWED
    unread = Facts(number_leads=(read.marks, TargetLead(None).marks))
    assert isinstance(check_unread_marks(text, unread, "refuse"), Refuse)
    assert isinstance(check_unread_marks(text, unread, "ask"), Ask)
    assert check_unread_marks(text, unread, "allow") == ALLOWED
    assert check_unread_marks(text, Facts(number_leads=(read.marks,)), "refuse") == ALLOWED
    assert check_unread_marks(update, unread, "refuse") == ALLOWED
