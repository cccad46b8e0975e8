"""A disposition or a status that means do-not-call suppresses the lead's phones, and says so."""

from collections.abc import Mapping

import pytest

from _support.dialer import failing_to_search, finding
from _support.pipeline import an_action
from _support.sandbox import (
    DIALED,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    terms,
)
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.rules.do_not_call import describe_suppression, find_suppressed_numbers
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.effects import ContactsPerson, SuppressesNumber
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
GRACE, WALTER, SECONDARY = "9545550106", "3125550107", "3125550177"
"""Leads 1006 and 1007, which an agent has open, and a further phone for the second."""
STOP: Mapping[str, object] = {"lead_id": "1007", "disposition": "DO NOT CALL"}
BY_ID: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1007"}
BY_CLIENT: Mapping[str, object] = {"search_field": "client_id", "identifier": "WEB-1007"}
BY_PHONE: Mapping[str, object] = {"search_field": "phone", "identifier": WALTER}
REQUESTS: list[tuple[str, Mapping[str, object]]] = [
    ("disposition_lead", STOP),
    ("disposition_lead", {"lead_id": "1007", "disposition": "FTC DNC"}),
    *[("update_lead", {**by, "call_status": "Do-Not-Call"}) for by in (BY_ID, BY_CLIENT, BY_PHONE)],
    ("update_lead", {**BY_ID, "custom_fields": {"DNC": "yes"}}),
    ("update_lead", {**BY_ID, "other_fields": {"Opt_Out": "1"}}),
    (
        "insert_lead",
        {
            "campaign": "Solar",
            "primary_phone": WALTER,
            "import_only": True,
            "call_status": "dnc",
            "duplicates_check": "none",
        },
    ),
]


def reaching(number: str) -> list[tuple[str, Mapping[str, object]]]:
    """Ways to reach a number."""
    return [
        ("send_sms", {**TEXT, "to_number": number}),
        ("insert_lead", {**DIALED, "primary_phone": number, "duplicates_check": "none"}),
        ("conference_call", {"agent": "Lena", "phone": number}),
        ("add_dial_list_phone", {"agent": "Maria", "list_name": "Warm-Leads", "phone": number}),
    ]


class Failing:
    """A sandbox that fails at one action."""

    def __init__(self, live: SandboxPipeline, action: str, code: Code) -> None:
        self._live, self._action, self._code = live, action, code

    async def post(self, request: Request) -> Answer:
        if request.form.get("Action") == self._action:
            raise CallError(self._code, "No.", hint="-")
        return await self._live.dialer.post(request)


async def with_a_second_phone(live: SandboxPipeline) -> None:
    await live.call("update_lead", **BY_ID, other_fields={"SecondaryPhone": SECONDARY})


@pytest.mark.parametrize(("tool", "given"), REQUESTS)
async def test_after_a_request_to_stop_nothing_reaches_the_lead(
    tool: str, given: Mapping[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        assert (await live.call(tool, **given)).outcome == "done"
        for way, arguments in reaching(WALTER):
            assert await live.refused_by(way, **arguments) == {"suppressed"}
        booked = {"agent": "Maria", "at": "2026-06-02T14:00"}
        assert "suppressed" in await live.refused_by("update_lead", **BY_CLIENT, callback=booked)


async def test_every_phone_of_the_lead_is_suppressed_and_no_other() -> None:
    async with a_sandbox_pipeline() as live:
        await with_a_second_phone(live)
        result = await live.call("disposition_lead", **STOP)
        [said] = result.warnings
        assert "312-555-0107 and 312-555-0177 are no longer called or texted from here." in said
        assert "aren't on the dialer's own list unless insert_dnc is called too" in said
        for way, arguments in reaching(SECONDARY):
            assert await live.refused_by(way, **arguments) == {"suppressed"}
        await live.run("send_sms", **{**TEXT, "to_number": GRACE})


async def test_the_look_up_is_one_request() -> None:
    async with a_sandbox_pipeline(read_back=False) as live:
        await live.call("disposition_lead", **STOP)
        assert [form["Action"] for form in live.dialer.forms] == ["SearchLead", "DispositionLead"]


async def test_a_disposition_of_the_accounts_own_counts_where_the_policy_has_it() -> None:
    own = terms(do_not_call={"stopping_dispositions": ["Atty. on file"]})
    update = {**BY_ID, "call_status": "ATTY ON FILE"}
    for policy, suppresses in ((own, True), (terms(), False)):
        async with a_sandbox_pipeline(policy) as live:
            await live.call("update_lead", **update)
            text = await live.outcome("send_sms", **{**TEXT, "to_number": WALTER})
            assert (text == "suppressed") is suppresses


async def test_where_the_phones_cannot_be_read_the_request_goes_out_and_says_so() -> None:
    async with a_sandbox_pipeline() as live:
        dialer = failing_to_search()
        pipeline = live.over(dialer=dialer)
        [said] = (await pipeline.call("disposition_lead", **STOP)).warnings
        assert "could not be read, so no number is suppressed here" in said
        assert "insert_dnc" in said
        assert dialer.forms[-1]["Disposition"] == "DO NOT CALL"
        # The number that it was named by is known all the same.
        warnings = (await pipeline.call("update_lead", **BY_PHONE, call_status="DNC")).warnings
        assert any("Not all of the lead's phones could be read" in said for said in warnings)
        text = {**TEXT, "to_number": WALTER}
        assert await live.refused_by("send_sms", **text) == {"suppressed"}


async def test_of_several_leads_the_phones_of_each_are_suppressed() -> None:
    async with a_sandbox_pipeline() as live:
        found = finding({"PrimaryPhone": WALTER}, {"PrimaryPhone": SECONDARY})
        await live.over(dialer=found).call("update_lead", **BY_CLIENT, call_status="DNC")
        for number in (WALTER, SECONDARY):
            text = {**TEXT, "to_number": number}
            assert await live.refused_by("send_sms", **text) == {"suppressed"}


async def test_a_request_that_the_dialer_refuses_or_leaves_unanswered_holds_here() -> None:
    for code in (Code.REFUSED_BY_DIALER, Code.NO_ANSWER, Code.NOT_UNDERSTOOD):
        async with a_sandbox_pipeline() as live:
            pipeline = live.over(dialer=Failing(live, "DispositionLead", code))
            error = await pipeline.failure("disposition_lead", **STOP)
            assert "no longer called or texted from here" in error.message
            text = {**TEXT, "to_number": WALTER}
            assert await live.refused_by("send_sms", **text) == {"suppressed"}


async def test_no_call_says_to_stop_and_rings_at_once() -> None:
    booked = {"agent": "Maria", "at": "2026-06-02T14:00"}
    async with a_sandbox_pipeline() as live:
        dials = {**DIALED, "call_status": "DO NOT CALL"}
        assert await live.refused_by("insert_lead", **dials) == {"contradiction"}
        books = {**BY_ID, "call_status": "DNC", "callback": booked}
        assert await live.refused_by("update_lead", **books) == {"contradiction"}


async def test_taking_a_request_to_stop_back_is_left_to_a_typed_yes() -> None:
    async with a_sandbox_pipeline() as live:
        result = await live.call("update_lead", **BY_ID, call_status="DNC")
        assert result.entry is not None
        with pytest.raises(CallError) as caught:
            await UndoService(live, live.ledger).plan(result.entry, None)
        assert caught.value.code is Code.NOT_ALLOWED
        assert "would make it callable" in caught.value.message
        pending = await live.pending("delete_dnc", number=WALTER)
        assert pending.approval.question.typed is not None
        await live.with_a_yes("delete_dnc", number=WALTER)


async def test_a_number_that_the_dialer_never_listed_is_let_go_of_though_it_refuses() -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("disposition_lead", **STOP)
        pipeline = live.over(dialer=Failing(live, "DeleteDnc", Code.REFUSED_BY_DIALER))
        with pytest.raises(CallError):
            await pipeline.with_a_yes("delete_dnc", number=WALTER)
        assert (await live.ledger.dnc_registry.suppressed(live.account.accid)) == []
        await live.suppress(WALTER)
        with pytest.raises(CallError):
            await pipeline.with_a_yes("delete_dnc", number=WALTER)
        assert len(await live.ledger.dnc_registry.suppressed(live.account.accid)) == 1


async def test_a_phone_that_is_kept_out_of_the_record_is_counted_and_not_named() -> None:
    lead = TargetLead(1, own_numbers=frozenset({WALTER, SECONDARY}), shows_marks=True)
    facts, stop = Facts(target_lead=lead), an_action("disposition_lead", STOP)
    said = describe_suppression(stop, facts, {SECONDARY})
    assert "312-555-0107 and a phone in a hidden field are" in said
    assert find_suppressed_numbers(stop, facts) == {WALTER, SECONDARY}


def test_a_stop_by_a_lead_suppresses_it_and_contacts_nobody() -> None:
    stop, sale = (
        an_action("disposition_lead", {**STOP, "disposition": one}) for one in ("D.N.C.", "SALE")
    )
    assert SuppressesNumber(None, "lead id 1007") in stop.effects
    assert not stop.contacts
    assert any(isinstance(one, ContactsPerson) for one in sale.effects)


def test_a_word_of_stopping_beside_a_move_leaves_the_move_a_contact() -> None:
    moved = an_action("update_lead", {**BY_ID, "call_status": "DNC", "campaign": "Parked"})
    assert moved.contacts
    assert SuppressesNumber(None, "lead id 1007") in moved.effects


async def test_a_request_to_stop_goes_through_a_freeze_however_it_comes() -> None:
    async with a_sandbox_pipeline() as live:
        await live.ledger.freezes.freeze(live.account.accid, "a test", "maria", live.clock())
        for tool, given in REQUESTS[:-1]:
            assert (await live.call(tool, **given)).outcome == "done"
        more = {**BY_ID, "call_status": "DNC", "city": "Miami"}
        assert "frozen" in await live.refused_by("update_lead", **more)
