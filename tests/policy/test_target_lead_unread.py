"""A lead that can't be read whole is refused, by whichever key it is named."""

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext

import httpx
import pytest
from typing_extensions import override

from _support.dialer import failing_to_search
from _support.pipeline import CALLER, yes_to
from _support.sandbox import OWN, SandboxPipeline, a_sandbox_pipeline
from _support.tables import each
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.pipeline.pipeline import PendingApproval, Pipeline
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.sandbox import ACCID, TOKEN

pytestmark = pytest.mark.anyio
MAIN, OTHER, STRANGER = "2125550101", "2125550102", "2125550177"
"""The phone that the lead is called by, a further one of it, and one of somebody else."""
LEAD: Mapping[str, str] = {"PrimaryPhone": MAIN, "Phone2": OTHER, "ClientId": "A1", "State": "NY"}

BY_ITS_KEYS: list[Mapping[str, object]] = [
    {"search_field": "phone", "identifier": OTHER},
    {"search_field": "phone", "identifier": MAIN},
    {"search_field": "client_id", "identifier": "A1"},
    {"search_field": "lead_id", "identifier": "1001"},
]
CALLABLE_AGAIN: list[Mapping[str, object]] = [
    {"campaign": "Medicare"},
    {"call_status": "CALL BACK"},
    {"callback": {"agent": "Maria", "at": "2026-06-02T14:00"}},
    {"primary_phone": "2125550103"},
    {"other_fields": {"Phone3": "2125550104"}},
    {"custom_fields": {"DNC": "0"}},
    {"clear_fields": ["call_status"]},
]
CALLS: list[tuple[str, Mapping[str, object]]] = [
    *[
        ("update_lead", {**key, **change})
        for key, change in [
            *itertools.product(BY_ITS_KEYS[:1], CALLABLE_AGAIN),
            *itertools.product(BY_ITS_KEYS[1:], CALLABLE_AGAIN[:2]),
        ]
    ],
    ("disposition_lead", {"lead_id": "1001", "disposition": "CALL BACK"}),
    ("send_sms", {"from_number": OWN, "to_number": OTHER, "message": "Hi", "lead_id": "1001"}),
]


def lead(**fields: str) -> str:
    """A lead as the dialer answers with it."""
    shown = {"id": "1001", "LeadExists": "true", **fields}
    return "{" + ",".join(f'"{name}":"{text}"' for name, text in shown.items()) + "}"


READ_WHOLE: list[str] = [
    lead(**LEAD),
    "[" + lead(**LEAD) + "]",
    '{"Leads":[' + lead(**LEAD) + "]}",
    "<br><br>Result: " + lead(**LEAD),
    lead(**{**LEAD, "PrimaryPhone": "(212) 555-0101 x 7"}),
]
WITHOUT_THE_MAIN_ONE = {name: text for name, text in LEAD.items() if name != "PrimaryPhone"}
UNREAD: Mapping[str, str | int] = {
    "an id and nothing else": '{"id": 1001, "LeadExists": true}',
    "no phone": lead(FirstName="Ann", State="NY"),
    "the further phone alone": lead(**WITHOUT_THE_MAIN_ONE),
    "the custom phone alone": lead(adv_Cell__Phone=OTHER),
    "an empty phone": lead(**{**LEAD, "PrimaryPhone": ""}),
    "a phone in asterisks": lead(**{**LEAD, "PrimaryPhone": "******0101"}),
    "too few digits": lead(**{**LEAD, "PrimaryPhone": "555-0101"}),
    "another lead": lead(id="1002", PrimaryPhone="2125550188", ClientId="B2"),
    "a field that was cut": lead(**{**LEAD, "adv_History": "x" * 6_000, "PrimaryPhone": OTHER}),
    "two leads of one id": f"[{lead(**LEAD)},{lead(PrimaryPhone=OTHER)}]",
    "a lead and none": f'[{lead(**LEAD)},{{"id":0,"LeadExists":false}}]',
    "a nested object": '{"id":1001,"LeadExists":true,"Phones":{"Phone2":"2125550102"}}',
    "phones in a list": '{"id":1001,"LeadExists":true,"PrimaryPhone":["2125550101"]}',
    "a wrapper of another name": '{"Data":[' + lead(**LEAD) + "]}",
    "a wrapper with a count": '{"Leads":[' + lead(**LEAD) + '],"More":true}',
    "the same name twice": '{"id":1001,"LeadExists":true,"PrimaryPhone":"1","PrimaryPhone":"2"}',
    "more leads than can be": "[" + ",".join(lead(id=str(n)) for n in range(1, 1_200)) + "]",
    "an empty list": "[]",
    "cut off": lead(**LEAD)[:-20],
    "a page": "<html><body>Please sign in</body></html>",
    "prose": "Result: the lead is there",
    "nothing": "",
    "OK": "OK",
    "a refusal": "<br><br>Result: CURL error[500]: Something.",
    "a fault of the server": 500,
    "an unavailable server": 503,
    "a redirect": 302,
    "no answer": 0,
}


class Answering(httpx.AsyncBaseTransport):
    """A dialer that answers each search alike, and does all else; it takes down what it did."""

    def __init__(self, searched: str | int) -> None:
        self.searched = searched
        self.done: list[str] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = (await request.aread()).decode()
        if "Action=SearchLead" not in body:
            self.done.append(body)
            return httpx.Response(200, text="<br><br>Result: OK")
        if self.searched == 0:
            raise httpx.ReadTimeout("too late")
        if isinstance(self.searched, int):
            return httpx.Response(self.searched, headers={"location": "https://else.example/"})
        return httpx.Response(200, text=self.searched)


Goes = Callable[[str, Mapping[str, object]], Awaitable[bool]]


async def no_pause(_seconds: float) -> None:
    """Let no time pass between two attempts."""


@asynccontextmanager
async def reading(
    live: SandboxPipeline, searched: str | int
) -> AsyncGenerator[tuple[Goes, Answering]]:
    """A pipeline to a dialer that answers each search alike."""
    transport = Answering(searched)
    target = Endpoint("https://dialer.example.com/HttpImport/", TOKEN, ACCID, {})
    tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
    async with Client(target, transport=transport, tls=tls, sleep=no_pause) as client:
        pipeline = live.over(dialer=client)

        async def goes(tool: str, given: Mapping[str, object]) -> bool:
            return await sent(pipeline, tool, given)

        yield goes, transport


async def sent(pipeline: Pipeline, tool: str, given: Mapping[str, object]) -> bool:
    """Tell whether a call is sent, with a person's yes to every question."""
    action = pipeline.read(tool, given)
    try:
        admitted = await pipeline.admit(action, CALLER)
        if isinstance(admitted, PendingApproval):
            reply = Reply(yes_to(admitted.approval.question))
            admitted = await pipeline.redeem(action, CALLER, admitted.approval.id, reply)
        await pipeline.send(admitted)
    except RefusedError as error:
        if [rule.rule for rule in error.rules] == ["suppressed"]:
            return False
        raise
    return True


@each("searched", UNREAD.values())
async def test_it_is_made_callable_by_no_key_while_anybody_is_held_back(
    searched: str | int,
) -> None:
    for suppressed, read_back in ((MAIN, True), (STRANGER, True), (MAIN, False)):
        async with a_sandbox_pipeline(read_back=read_back) as live:
            await live.suppress(suppressed)
            async with reading(live, searched) as (goes, dialer):
                for tool, given in CALLS:
                    assert not await goes(tool, given), (suppressed, tool, given)
            assert dialer.done == []


@pytest.mark.parametrize("searched", READ_WHOLE)
async def test_read_whole_it_is_made_callable_unless_it_is_held_back_itself(searched: str) -> None:
    for suppressed, is_its_own in ((MAIN, True), (OTHER, True), (STRANGER, False)):
        async with a_sandbox_pipeline() as live:
            await live.suppress(suppressed)
            async with reading(live, searched) as (goes, dialer):
                for tool, given in CALLS:
                    assert await goes(tool, given) is not is_its_own, (suppressed, tool, given)
            assert bool(dialer.done) is not is_its_own


@each("searched", UNREAD.values())
async def test_where_nobody_is_held_back_it_goes_however_it_reads(searched: str | int) -> None:
    async with a_sandbox_pipeline() as live, reading(live, searched) as (goes, dialer):
        for tool, given in CALLS:
            if "callback" not in given:  # which is held to the hours of a phone that isn't known
                assert await goes(tool, given), (tool, given)
        assert dialer.done


async def test_a_phone_that_only_repeats_what_was_searched_by_is_not_the_lead_s() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(MAIN)
        for shown, goes_out in ((OTHER, False), ("2125550188", True)):
            async with reading(live, lead(Phone=shown, Phone2=OTHER)) as (goes, _):
                assert await goes(*CALLS[0]) is goes_out


async def test_the_user_s_own_file_counts_as_the_list_does(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text(f"{STRANGER}\n", "utf-8")
    async with a_sandbox_pipeline(suppression=file) as live:
        async with reading(live, UNREAD["an id and nothing else"]) as (goes, dialer):
            for tool, given in CALLS:
                assert not await goes(tool, given)
        assert dialer.done == []


async def test_what_makes_nobody_callable_goes_however_the_lead_reads() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(MAIN)
        async with reading(live, 500) as (goes, dialer):
            for key in BY_ITS_KEYS[:1] + BY_ITS_KEYS[2:]:
                assert await goes("update_lead", {**key, "first_name": "Ann"})
                assert await goes("update_lead", {**key, "call_status": "DO NOT CALL"})
            disposed = {"lead_id": "1001", "disposition": "DO NOT CALL"}
            assert await goes("disposition_lead", disposed)
            assert await goes("insert_dnc", {"number": OTHER})
        assert len(dialer.done) == 8


async def test_no_refusal_sends_the_model_to_another_key() -> None:
    async with a_sandbox_pipeline() as live:
        await live.suppress(MAIN)
        for key in BY_ITS_KEYS[2:]:
            pipeline = live.over(dialer=failing_to_search())
            error = await pipeline.failure("update_lead", **key, campaign="Medicare")
            assert "Don't look for another way" in error.hint
            assert "phone" not in error.hint
