"""A dialer that spells differently is understood by its profile, and by no other."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing

import pytest

from _support.pipeline import yes_to
from _support.sandbox import (
    ATTENDED,
    DIALED,
    NOON,
    OWN,
    PHONE,
    SECOND,
    SandboxPipeline,
    a_client_over,
    a_sandbox_pipeline,
)
from _support.spelling import ODD, load_profile, spelled
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import SandboxTransport
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.answer_types import Expects
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio

MARIA: Mapping[str, object] = {"agent": "Maria", "list_name": "Probe"}
STORED: Mapping[str, object] = {
    "campaign": "Solar",
    "primary_phone": "3055550177",
    "import_only": True,
}
FOUND: Mapping[str, object] = {"search_field": "phone", "identifier": "3055550177"}
FILTER: Mapping[str, object] = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
PLAY: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("search_lead", FOUND),
    ("search_lead", {**FOUND, "detailed": True}),
    ("insert_lead", {**STORED, "client_id": "odd-1", "first_name": "Ann"}),
    ("insert_lead", STORED),
    ("insert_lead", {**STORED, "duplicates_check": "none"}),
    ("insert_lead", {**STORED, "campaign": "Nowhere"}),
    ("insert_lead", DIALED),
    ("search_lead", {"search_field": "phone", "identifier": SECOND, "detailed": True}),
    ("search_lead", FOUND),
    ("search_lead", {**FOUND, "detailed": True}),
    ("update_lead", {"search_field": "client_id", "identifier": "odd-1", "city": "Miami"}),
    ("update_lead", {"search_field": "client_id", "identifier": "odd-9", "city": "Miami"}),
    ("disposition_lead", {"lead_id": "1006", "disposition": "SALE"}),
    ("disposition_lead", {"lead_id": "1001", "disposition": "SALE"}),
    ("available_inbound_agents", {"did": "9545550190"}),
    ("available_inbound_agents", {"did": "9545550100"}),
    ("send_sms", {"from_number": OWN, "to_number": PHONE, "message": "Hello"}),
    ("conference_call", {"agent": "Lena", "phone": PHONE}),
    ("conference_call", {"agent": "Nobody", "phone": PHONE}),
    ("create_dial_list", MARIA),
    ("create_dial_list", MARIA),
    ("add_dial_list_phone", {**MARIA, "phone": PHONE}),
    ("mark_dial_list_phone_dialed", {**MARIA, "phone": PHONE}),
    ("mark_dial_list_phone_undialed", {**MARIA, "phone": PHONE}),
    ("delete_dial_list_phone", {**MARIA, "phone": PHONE}),
    ("delete_dial_list", MARIA),
    ("delete_dial_list", MARIA),
    ("disable_playlist_filter", FILTER),
    ("enable_playlist_filter", FILTER),
    ("remove_playlist_filter", FILTER),
    ("assign_playlist_filter", FILTER),
    ("reload_playlist", {"playlist": "Solar-Main"}),
    ("update_skill_priority", {"skill": "Sales", "source": "9545550190", "priority": 2}),
    ("reload_skills", {}),
    ("insert_dnc", {"number": PHONE}),
    ("delete_dnc", {"number": PHONE}),
)
"""Every tool of the dialer's, done and, where that can be, refused."""


async def outcome(pipeline: SandboxPipeline, tool: str, arguments: Mapping[str, object]) -> object:
    """Make a call, with a yes where one is needed, and give what came of it but the words."""
    action = pipeline.read(tool, arguments)
    try:
        admitted = await pipeline.admit(action, "tests")
        if isinstance(admitted, PendingApproval):
            reply = Reply(yes_to(admitted.approval.question))
            admitted = await pipeline.redeem(action, "tests", admitted.approval.id, reply)
        result = await pipeline.send(admitted)
    except CallError as error:
        return error.code, error.message, error.hint, error.duplicates
    return result.model_dump(exclude={"entry", "dialer_said", "leads_note", "note"})


async def play() -> list[object]:
    """Make all calls, one after the other, and two more whose answers are lost."""
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        came = [await outcome(pipeline, tool, arguments) for tool, arguments in PLAY]
        pipeline.set_faults("InjectLead.php=drop_after,UpdateLead.php=body_after:<b>Hm</b>")
        lost = {**STORED, "primary_phone": "3055550111", "client_id": "odd-2"}
        came.append(await outcome(pipeline, "insert_lead", lost))
        named = {"search_field": "client_id", "identifier": "odd-2", "city": "Tampa"}
        came.append(await outcome(pipeline, "update_lead", named))
        return [*came, pipeline.rows("leads"), pipeline.rows("dial_lists"), pipeline.rows("dnc")]


async def test_every_tool_comes_to_the_same_end_however_the_dialer_spells() -> None:
    assert {tool for tool, _ in PLAY} == set(CATALOGUE)
    with spelled(""):
        vendors = await play()
    for name in ODD:
        with spelled(name):
            odd = await play()
        for number, (one, other) in enumerate(zip(vendors, odd, strict=True)):
            assert one == other, (name, number, PLAY[number] if number < len(PLAY) else "after")


@asynccontextmanager
async def client_of_the_vendors(name: str) -> AsyncGenerator[tuple[Client, SandboxDialer]]:
    """Make a client that knows the vendor's words only, and a dialer that speaks others."""
    profile = load_profile(name)
    with closing(SandboxDialer(now=lambda: NOON, profile=profile)) as dialer, spelled(""):
        # Its scripts are where the client looks: what differs is what they say.
        dialer.scripts = dict.fromkeys(load_shipped_profile().scripts.values(), "") | {
            name: name for name in load_shipped_profile().scripts.values()
        }
        async with a_client_over(SandboxTransport(create_app(dialer))) as client:
            yield client, dialer


async def test_an_answer_in_other_words_is_unknown_and_never_done() -> None:
    form = {"Action": "InsertDnc", "Number": PHONE}
    search = {"Action": "SearchLead", "SearchField": "Phone", "Identifier": "9545550101"}
    for name in ODD:
        async with client_of_the_vendors(name) as (client, dialer):
            for request in (
                Request(Script.LEADS, form, Expects.DONE),
                Request(Script.LEADS, {**form, "Number": "1"}, Expects.DONE),
                Request(Script.LEADS, search, Expects.LEADS),
                Request(Script.LEADS, {**search, "Identifier": "9"}, Expects.LEADS),
            ):
                with pytest.raises(CallError) as caught:
                    await client.post(request)
                assert caught.value.code is Code.NOT_UNDERSTOOD, (name, request)
                assert caught.value.info.outcome is Outcome.UNKNOWN
            assert PHONE in {row["number"] for row in dialer.state()["dnc"]}
