"""Each tool once through the pipeline against the sandbox: it does there what it says."""

from collections.abc import AsyncIterator

import pytest

from _support.pipeline import DESTRUCTIVE
from _support.sandbox import SandboxPipeline, a_sandbox_pipeline
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.tools.results import AgentsResult, LeadsResult, SmsResult

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pipeline() -> AsyncIterator[SandboxPipeline]:
    async with a_sandbox_pipeline(DESTRUCTIVE, environment="sandbox", read_back=False) as made:
        yield made


LISTED = {"agent": "Maria", "list_name": "Warm-Leads"}


async def test_insert_lead_stores_the_lead_and_has_it_dialed(pipeline: SandboxPipeline) -> None:
    await pipeline.run(
        "insert_lead",
        campaign="Solar",
        subcampaign="Web",
        primary_phone="(407) 555-0177",
        import_only=False,
        client_id="CRM-9",
        first_name="Noor",
        custom_fields={"Roof Type": "Slate"},
        other_fields={"Email": "noor@example.com"},
        callback={"agent": "Maria", "at": "2026-08-23T14:20", "notes": "Ask for Noor"},
    )
    lead = pipeline.row("leads", ClientId="CRM-9")
    assert (lead["PrimaryPhone"], lead["FirstName"]) == ("4075550177", "Noor")
    assert lead["custom_fields"] == {"adv_Roof__Type": "Slate"}
    assert lead["Email"] == "noor@example.com"
    assert pipeline.row("hot_queue", lead_id=lead["LeadId"])["suppressed"] == ""
    callback = pipeline.row("callbacks", lead_id=lead["LeadId"])
    assert (callback["agent"], callback["at"]) == ("Maria", "08/23/2026 14:20:00")
    assert callback["notes"] == "Ask for Noor"


async def test_insert_lead_only_stores_where_it_is_told_to(pipeline: SandboxPipeline) -> None:
    queued = pipeline.rows("hot_queue")
    await pipeline.run(
        "insert_lead", campaign="Solar", primary_phone="4075550177", import_only=True, client_id="C"
    )
    assert pipeline.row("leads", ClientId="C")["PrimaryPhone"] == "4075550177"
    assert pipeline.rows("hot_queue") == queued


async def test_a_second_lead_of_one_phone_is_a_duplicate_and_is_not_stored(
    pipeline: SandboxPipeline,
) -> None:
    before = pipeline.rows("leads")
    arguments = {"campaign": "Solar", "primary_phone": "954-555-0101", "import_only": True}
    with pytest.raises(CallError) as caught:
        await pipeline.run("insert_lead", **arguments)
    assert caught.value.code is Code.DUPLICATE_LEAD
    assert pipeline.rows("leads") == before


async def test_update_lead_changes_and_clears_and_never_dials(pipeline: SandboxPipeline) -> None:
    queued = pipeline.rows("hot_queue")
    result = await pipeline.run(
        "update_lead",
        search_field="client_id",
        identifier="WEB-1001",
        city="Tampa",
        clear_fields=["notes", "adv_Roof__Type", "Email"],
    )
    lead = pipeline.row("leads", LeadId=1001)
    assert (lead["City"], lead["Campaign"], lead["Notes"]) == ("Tampa", "Solar", "")
    assert (lead["Email"], lead["FirstName"]) == ("", "Dana")
    assert not lead["custom_fields"].get("adv_Roof__Type")
    assert pipeline.rows("hot_queue") == queued
    assert result.warnings == []


async def test_update_lead_with_a_campaign_moves_the_lead_and_warns_of_it(
    pipeline: SandboxPipeline,
) -> None:
    result = await pipeline.run(
        "update_lead", search_field="phone", identifier="954 555 0101", campaign="Billing"
    )
    assert pipeline.row("leads", LeadId=1001)["Campaign"] == "Billing"
    assert any("moves the lead" in warning for warning in result.warnings)


async def test_search_lead_finds_one_finds_several_and_finds_none(
    pipeline: SandboxPipeline,
) -> None:
    for by, identifier, ids in (
        ("client_id", "WEB-1001", ["1001"]),
        ("phone", "(305) 555-0110", ["1002", "1003", "1010"]),
        ("lead_id", "999999", []),
    ):
        result = await pipeline.run("search_lead", search_field=by, identifier=identifier)
        assert isinstance(result, LeadsResult)
        assert [lead.lead_id for lead in result.leads or []] == ids
        assert result.found is bool(ids)
        assert all(lead.fields == {} for lead in result.leads or [])


async def test_search_lead_shows_the_fields_where_they_are_asked_for(
    pipeline: SandboxPipeline,
) -> None:
    result = await pipeline.run(
        "search_lead", search_field="lead_id", identifier="1001", detailed=True
    )
    assert isinstance(result, LeadsResult)
    (lead,) = result.leads or []
    assert (lead.fields["FirstName"], lead.fields["adv_Roof__Type"]) == ("Dana", "Tile")


async def test_search_lead_is_narrowed_by_campaign(pipeline: SandboxPipeline) -> None:
    result = await pipeline.run(
        "search_lead",
        search_field="phone",
        identifier="3055550110",
        campaign="Solar",
        subcampaign="Referral",
    )
    assert isinstance(result, LeadsResult)
    assert [lead.lead_id for lead in result.leads or []] == ["1003"]


async def test_disposition_lead_sets_it_on_the_lead_that_is_open(pipeline: SandboxPipeline) -> None:
    await pipeline.run("disposition_lead", lead_id="1007", disposition="NOT INTERESTED")
    assert pipeline.row("leads", LeadId=1007)["disposition"] == "NOT INTERESTED"


async def test_insert_dnc_lists_the_number_and_marks_its_leads(pipeline: SandboxPipeline) -> None:
    await pipeline.run("insert_dnc", number="305.555.0110")
    assert pipeline.row("dnc", number="3055550110")
    assert [lead["dnc"] for lead in pipeline.rows("leads", PrimaryPhone="3055550110")] == [True] * 3


async def test_delete_dnc_takes_the_number_off_and_leaves_the_marks(
    pipeline: SandboxPipeline,
) -> None:
    await pipeline.run("delete_dnc", number="212-555-0104")
    assert pipeline.rows("dnc", number="2125550104") == []
    assert pipeline.row("leads", LeadId=1004)["dnc"] is True


async def test_send_sms_sends_the_text(pipeline: SandboxPipeline) -> None:
    await pipeline.run(
        "send_sms",
        from_number="9545550195",
        to_number="(954) 555-0101",
        message="Your quote\nis ready",
        agent="Maria",
        lead_id="1001",
    )
    text = pipeline.row("texts")
    assert (text["from_number"], text["to_number"]) == ("9545550195", "9545550101")
    assert (text["message"], text["agent"]) == ("Your quote\nis ready", "Maria")
    assert text["lead_id"] == 1001


@pytest.mark.parametrize(
    ("message", "parts", "encoding", "said"),
    [
        ("a" * 160, 1, "GSM-7", "for sending."),
        ("a" * 161, 2, "GSM-7", "for sending, in 2 parts."),
        ("It\N{RIGHT SINGLE QUOTATION MARK}s ready", 1, "UCS-2", "for sending."),
        ("😀" * 67, 3, "UCS-2", "for sending, in 3 parts."),
    ],
)
async def test_send_sms_tells_what_the_text_was_sent_in(
    pipeline: SandboxPipeline, message: str, parts: int, encoding: str, said: str
) -> None:
    result = await pipeline.run(
        "send_sms", from_number="9545550195", to_number="9545550101", message=message
    )
    assert isinstance(result, SmsResult)
    assert (result.parts, result.encoding) == (parts, encoding)
    assert result.message.endswith(said)


async def test_available_inbound_agents_names_those_who_wait(pipeline: SandboxPipeline) -> None:
    result = await pipeline.run("available_inbound_agents", did="954-555-0190")
    assert isinstance(result, AgentsResult)
    assert [agent.name for agent in result.agents or []] == ["James", "Maria"]
    assert result.count == 2


async def test_available_inbound_agents_is_widened_by_its_options(
    pipeline: SandboxPipeline,
) -> None:
    widened = await pipeline.run(
        "available_inbound_agents", did="9545550190", can_be_on_call=True, can_be_on_break=True
    )
    assert isinstance(widened, AgentsResult)
    names = [agent.name for agent in widened.agents or []]
    assert sorted(names) == ["Aisha", "James", "Lena", "Maria"]
    wrapping = await pipeline.run("available_inbound_agents", did="2125550191", can_do_wrap_up=True)
    assert isinstance(wrapping, AgentsResult)
    assert "Tom" in [agent.name for agent in wrapping.agents or []]


async def test_conference_call_joins_a_phone_to_the_agents_call(pipeline: SandboxPipeline) -> None:
    await pipeline.run(
        "conference_call", agent="Lena", phone="(954) 555-0123", private_conference=True
    )
    conference = pipeline.row("conferences")
    assert (conference["phone"], conference["private"]) == ("9545550123", True)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("update_lead", {"search_field": "lead_id", "identifier": "999999", "city": "X"}),
        ("disposition_lead", {"lead_id": "999999", "disposition": "SALE"}),
        ("create_dial_list", LISTED),
        ("delete_dial_list", {"agent": "Maria", "list_name": "None-Such"}),
        ("reload_playlist", {"playlist": "None-Such"}),
        ("conference_call", {"agent": "Maria", "phone": "9545550123"}),
    ],
)
async def test_what_the_sandbox_refuses_changes_nothing_and_is_no_success(
    pipeline: SandboxPipeline, tool: str, arguments: dict[str, object]
) -> None:
    before = pipeline.sandbox.state()
    with pytest.raises(CallError) as caught:
        await pipeline.run(tool, **arguments)
    assert caught.value.code is Code.REFUSED_BY_DIALER
    assert pipeline.sandbox.state() == before
