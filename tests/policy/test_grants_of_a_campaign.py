"""A grant for a campaign covers texts to its leads, and no lead that a model moved there."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from _support.pipeline import CALLER, an_action
from _support.sandbox import (
    ATTENDED,
    DANA,
    NOON,
    OVER,
    PHONE,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    dialed,
)
from chasedata_mcp.approvals.grants import Filed, build_grant, covers, list_offers
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, Scope
from chasedata_mcp.ledger.questions import ALSO

pytestmark = pytest.mark.anyio
SOLAR = Scope(("send_sms",), None, "Solar", 3, OVER)
GRACE = {**DANA, "to_number": "9545550106", "lead_id": "1006"}
WALTER = {**DANA, "to_number": "3125550107", "lead_id": "1007"}
"""A lead of another campaign."""


@asynccontextmanager
async def allowed(*, read_back: bool = True) -> AsyncGenerator[SandboxPipeline]:
    """A pipeline where texts to a campaign were allowed a second ago."""
    async with a_sandbox_pipeline(ATTENDED, read_back=read_back) as pipeline:
        await pipeline.grant(SOLAR)
        pipeline.clock.move(timedelta(seconds=1))
        yield pipeline


async def test_it_covers_texts_to_the_leads_of_the_campaign_and_no_others() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(SOLAR)
        for text in (DANA, GRACE):
            assert not await pipeline.asks("send_sms", **text)
        assert await pipeline.asks("send_sms", **WALTER)
        assert await pipeline.asks("send_sms", **TEXT)
        assert await pipeline.asks("send_sms", **{**GRACE, "to_number": PHONE})
        assert await pipeline.asks("send_sms", **{**DANA, "lead_id": "9999"})
        assert not await pipeline.asks("send_sms", **{**GRACE, "message": "Bye"})
        assert await pipeline.asks("send_sms", **{**DANA, "message": "Bye"})


@pytest.mark.parametrize(
    "moved",
    [
        {"search_field": "lead_id", "identifier": "1007", "campaign": "Solar"},
        {"search_field": "client_id", "identifier": "WEB-1007", "campaign": "Solar"},
        {"search_field": "phone", "identifier": "3125550107", "campaign": "Solar"},
    ],
)
@pytest.mark.parametrize("read_back", [True, False])
async def test_a_lead_that_was_moved_into_it_since_is_not_covered(
    moved: dict[str, object], *, read_back: bool
) -> None:
    async with allowed(read_back=read_back) as pipeline:
        await pipeline.call("update_lead", **moved)
        assert await pipeline.asks("send_sms", **WALTER)
        pipeline.clock.move(timedelta(seconds=1))
        await pipeline.grant(SOLAR)
        assert not await pipeline.asks("send_sms", **WALTER)


async def test_a_lead_whose_phone_was_changed_or_that_was_stored_since_is_not_covered() -> None:
    async with allowed() as pipeline:
        where = {"search_field": "client_id", "identifier": "WEB-1006"}
        await pipeline.call("update_lead", **where, primary_phone=PHONE)
        assert await pipeline.asks("send_sms", **{**GRACE, "to_number": PHONE})
        stored = {**dialed("Solar", "9545550144"), "import_only": True}
        await pipeline.call("insert_lead", **stored)
        (lead,) = pipeline.rows("leads", PrimaryPhone="9545550144")
        text = {**DANA, "to_number": "9545550144", "lead_id": str(lead["LeadId"])}
        assert await pipeline.asks("send_sms", **text)


@pytest.mark.parametrize("read_back", [True, False])
async def test_a_lead_that_got_a_further_phone_since_is_not_covered(*, read_back: bool) -> None:
    async with allowed(read_back=read_back) as pipeline:
        further = {"other_fields": {"SecondaryPhone": PHONE}}
        grace = {"search_field": "phone", "identifier": "9545550106"}
        await pipeline.call("update_lead", **grace, **further)
        stored = {**dialed("Solar", "9545550144"), "import_only": True}
        await pipeline.call("insert_lead", **stored, **further)
        (lead,) = pipeline.rows("leads", PrimaryPhone="9545550144")
        for lead_id in ("1006", str(lead["LeadId"])):
            text = {**DANA, "to_number": PHONE, "lead_id": lead_id}
            assert await pipeline.asks("send_sms", **text)


async def test_it_is_offered_beside_the_yes_to_the_number() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        pending = await pipeline.pending("send_sms", **DANA)
        (_, to_them), (_, to_all) = pending.approval.question.offers
        assert to_them.startswith("This one and the next 10 texts to 954-555-0101 until ")
        assert to_all.startswith("This one and the next 10 texts to campaign “Solar” until ")
        wider = Reply({"confirm": True, ALSO: to_all})
        action = pipeline.read("send_sms", DANA)
        await pipeline.send(await pipeline.redeem(action, CALLER, pending.approval.id, wider))
        assert not await pipeline.asks("send_sms", **GRACE)
        assert await pipeline.asks("send_sms", **WALTER)


async def test_where_the_lead_bears_another_number_nothing_is_offered() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        for lead_id in ("9999", "1006"):
            pending = await pipeline.pending("send_sms", **{**DANA, "lead_id": lead_id})
            assert {ask.rule for ask in pending.calls[0].asked_by} == {"confirm", "lead_number"}
            assert pending.approval.question.offers == ()


def test_a_lead_that_was_written_since_the_grant_is_not_covered_whatever_the_clocks_said() -> None:
    given = build_grant(SOLAR, "test", CALLER, ApprovalAnswer.no("", "", NOON))
    grant, text = replace(given, after=7), an_action("send_sms", DANA)
    assert covers(grant, text, frozenset(), Filed("Solar"))
    assert covers(grant, text, frozenset(), Filed("Solar", 7))
    assert not covers(grant, text, frozenset(), Filed("Solar", 8))
    assert not covers(grant, text, frozenset(), Filed("Medicare"))
    assert not covers(grant, text, frozenset(), None)
    assert [one.campaign for one in list_offers(text, NOON, Filed("Solar"))] == [None, "Solar"]
