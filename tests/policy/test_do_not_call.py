"""No tool reaches a suppressed number or makes it callable, in whatever way."""

from collections.abc import Mapping

import pytest

from _support.pipeline import CALLER
from _support.sandbox import DIALED, PHONE, SECOND, TEXT, SandboxPipeline, a_sandbox_pipeline
from _support.tables import each
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
LIST: Mapping[str, object] = {"agent": "Maria", "list_name": "Warm-Leads"}
DANA, SOLAR = "9545550101", "Solar"
"""Lead 1001, with the client id WEB-1001, in that campaign."""
CALLBACK = {"agent": "Maria", "at": "2026-06-02T14:00"}
BY_CLIENT: Mapping[str, object] = {"search_field": "client_id", "identifier": "WEB-1001"}
BY_LEAD: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1001"}
BY_PHONE: Mapping[str, object] = {"search_field": "phone", "identifier": DANA}
CALLABLE_AGAIN: list[Mapping[str, object]] = [
    {"campaign": "Medicare"},
    {"subcampaign": "Web"},
    {"call_status": "CALL BACK"},
    {"primary_phone": PHONE},
    {"callback": CALLBACK},
    {"custom_fields": {"Disposition": "SALE"}},
    {"custom_fields": {"Opt Out": "no"}},
    {"custom_fields": {"adv_Dial__Status": "NEW"}},
    {"custom_fields": {"Suppressed": "0"}},
    {"custom_fields": {"Consent": "Yes"}},
    {"other_fields": {"DoNotContact": "0"}},
    {"custom_fields": {"Zone": "%39%35%34%35%35%35%30%31%30%31"}},
    {"custom_fields": {"Zone": "954&#53;&#x35;50101"}},
    {"clear_fields": ["call_status"]},
    {"custom_fields": {"Mobile": DANA}},
    {"custom_fields": {"Phone Comment": "954*555*0101"}},
    {"custom_fields": {"Zone": "00119545550101"}},
    {"custom_fields": {"DNC": "0"}},
    {"custom_fields": {"Is Callable": "yes"}},
    {"custom_fields": {"Do_Not_Call": "no"}},
    {"custom_fields": {"Call Status 2": "NEW"}},
    {"custom_fields": {"Other": PHONE, "Spare": f"{DANA} ext. 7"}, "notes": "x"},
]
PHONES_CALLED_PROSE = ["Note Phone", "Phone Comment", "MessagePhone", "Note", "Tel Notes"]
ARGUMENTS_ELSEWHERE = ["Source", "From", "DID", "CallId", "Message", "NotesPhone"]
WITH_PREFIX = [f"adv_{name}" for name in ARGUMENTS_ELSEWHERE]
OBSCURE = [
    "954,555,0101",
    "954*555*0101",
    "954_555_0101",
    "954:555:0101 or 305:555:0110",
    "9 5 4 5 5 5 0 1 0 1",
    "0119545550101",
    "00009545550101",
    "after six 0119545550101, before 19",
    "".join(chr(0x660 + int(digit)) for digit in DANA),
    "9 of 5 and 4, 555, 0101",
]
OF_A_NUMBER: list[dict[str, object]] = [
    {},
    {"import_only": True},
    {"import_only": True, "dial_non_callables": True},
    {"allow_dialing_duplicates": True},
    {"import_only": True, "callback": CALLBACK},
]
IN_A_FIELD: list[Mapping[str, object]] = [
    {"other_fields": {"Phone2": "(954) 555-0101"}},
    {"other_fields": {"Phone2": "954.555.0101 x 12"}},
    {"other_fields": {"Phone2": "+1 954\u2011555\u20110101"}},
    {"custom_fields": {"Spouse": "home 954-555-0101, or later"}},
    {"import_only": True, "client_id": DANA},
    *[{"custom_fields": {name: DANA}} for name in PHONES_CALLED_PROSE],
    *[{"custom_fields": {name: DANA}} for name in (*ARGUMENTS_ELSEWHERE, *WITH_PREFIX)],
    *[{"custom_fields": {"Spouse": written}} for written in OBSCURE],
]
REACHING = [
    *[("insert_lead", {**DIALED, "primary_phone": DANA, **more}) for more in OF_A_NUMBER],
    *[("insert_lead", {**DIALED, **more}) for more in IN_A_FIELD],
    ("send_sms", {**TEXT, "to_number": DANA}),
    ("conference_call", {"agent": "Lena", "phone": DANA}),
    ("add_dial_list_phone", {**LIST, "phone": DANA}),
    ("mark_dial_list_phone_undialed", {**LIST, "phone": DANA}),
    ("disposition_lead", {"lead_id": "1001", "disposition": "CALL BACK"}),
    *[
        ("update_lead", {**by, **more})
        for by in (BY_CLIENT, BY_LEAD, BY_PHONE)
        for more in CALLABLE_AGAIN
    ],
]
STILL_ALLOWED = [
    ("update_lead", {**BY_LEAD, "notes": "Asked us to stop. Was 954-555-0101."}),
    ("update_lead", {**BY_PHONE, "call_status": "DO NOT CALL"}),
    ("update_lead", {**BY_CLIENT, "first_name": "Dana", "custom_fields": {"Plan": "A"}}),
    ("insert_dnc", {"number": DANA}),
    ("delete_dial_list_phone", {**LIST, "phone": DANA}),
    ("mark_dial_list_phone_dialed", {**LIST, "phone": DANA}),
    ("search_lead", {**BY_PHONE, "detailed": True}),
    ("send_sms", dict(TEXT)),
    ("send_sms", {**TEXT, "message": "Not 954-555-0101, please"}),
    ("insert_lead", dict(DIALED)),
    ("insert_lead", {**DIALED, "notes": "a friend of 954-555-0101"}),
    (
        "insert_lead",
        {**DIALED, "custom_fields": {"Comments": "Not 954-555-0101, it's her mother's"}},
    ),
    ("insert_lead", {**DIALED, "callback": {**CALLBACK, "notes": "Not on 954-555-0101"}}),
    ("insert_lead", {**DIALED, "custom_fields": {"Serial": "0000009545550102"}}),
    ("update_lead", {**BY_CLIENT, "custom_fields": {"Seen": "2026-03-02 14:00:00"}}),
    ("update_lead", {"search_field": "lead_id", "identifier": "1002", "campaign": "Medicare"}),
]


@each("tool, arguments", REACHING)
async def test_a_remembered_number_is_reached_by_no_tool(
    tool: str, arguments: Mapping[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(DANA)
        assert "suppressed" in await live.refused_by(tool, **arguments)


@each("tool, arguments", REACHING)
async def test_without_a_memory_nothing_of_this_is_refused(
    tool: str, arguments: Mapping[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        await live.admit(live.read(tool, arguments), CALLER)


@each("tool, arguments", STILL_ALLOWED)
async def test_what_reaches_nobody_who_must_not_be_called_goes_through(
    tool: str, arguments: Mapping[str, object]
) -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(DANA)
        assert (await live.call(tool, **arguments)).outcome == "done"


@pytest.mark.parametrize("read_back", [True, False])
async def test_the_lead_is_read_where_the_call_does_not_name_its_phone(
    read_back: bool,  # noqa: FBT001 - a setting
) -> None:
    async with a_sandbox_pipeline(read_back=read_back) as live:
        await live.suppress(DANA)
        refused = await live.refused_by("update_lead", **BY_CLIENT, campaign="Medicare")
        assert refused == {"suppressed"}


async def test_a_refusal_does_not_tell_the_number_and_says_where_to_go() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(PHONE)
        error = await live.failure("send_sms", **TEXT)
    assert error.code is Code.NOT_ALLOWED
    assert "must not be called" in error.message
    assert "Don't look for another way" in error.hint
    assert not {PHONE, "954-555-0123"} & set(f"{error.message} {error.hint}".split())


async def test_a_refused_call_leaves_no_trace_at_the_dialer() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(PHONE)
        before = len(live.dialer.forms)
        await live.refused_by("insert_lead", **DIALED)
        await live.refused_by("update_lead", search_field="phone", identifier=PHONE, campaign=SOLAR)
        assert len(live.dialer.forms) == before


async def test_of_several_leads_any_phone_counts() -> None:
    async with a_sandbox_pipeline() as live:
        # Three leads bear this phone; one of them has another one too.
        await live.call(
            "insert_lead",
            campaign="Billing",
            primary_phone=SECOND,
            import_only=True,
            duplicates_check="none",
            other_fields={"SecondaryPhone": DANA},
        )
        move = {"search_field": "phone", "identifier": SECOND, "campaign": "Medicare"}
        assert await live.refused_by("update_lead", **move) == {"several_leads"}
        await live.suppress(DANA)
        assert await live.refused_by("update_lead", **move) == {"suppressed", "several_leads"}


class Unreadable:
    """A dialer whose detailed search can't be read, or says no more than an id."""

    def __init__(self, live: SandboxPipeline, answer: Answer | None) -> None:
        self._desk, self._answer = live, answer

    async def post(self, request: Request) -> Answer:
        if request.form.get("Action") != "SearchLead":
            return await self._desk.dialer.post(request)
        if self._answer is None:
            raise CallError(Code.NOT_UNDERSTOOD, "What?", hint="-", read=True)
        return self._answer


NAMING_A_LEAD: list[tuple[str, dict[str, object]]] = [
    ("update_lead", {**BY_CLIENT, "campaign": "Medicare"}),
    ("update_lead", {**BY_LEAD, "callback": CALLBACK}),
    ("update_lead", {**BY_PHONE, "campaign": "Medicare"}),
    ("disposition_lead", {"lead_id": "1001", "disposition": "SALE"}),
]


async def test_a_lead_that_can_not_be_read_is_not_made_callable() -> None:
    async with a_sandbox_pipeline() as live:
        pipeline = live.over(dialer=Unreadable(live, None))
        for tool, arguments in NAMING_A_LEAD:
            assert await pipeline.rules_that_ask(tool, **arguments) == {"marks_unread"}
        await live.suppress(PHONE)
        for tool, arguments in NAMING_A_LEAD:
            assert await pipeline.refused_by(tool, **arguments) == {"suppressed"}
        error = await pipeline.failure("update_lead", **BY_CLIENT, campaign="Medicare")
        assert "by its phone" not in error.hint
