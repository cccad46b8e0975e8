"""The scope of a grant: its numbers, its campaign and its assurance level."""

import pytest

from _support.sandbox import (
    ATTENDED,
    DANA,
    OVER,
    PHONE,
    SECOND,
    TEXT,
    TEXTS,
    a_sandbox_pipeline,
    dialed,
    minutes,
    terms,
)
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.approval_models import Scope

pytestmark = pytest.mark.anyio
SOLAR = Scope(("insert_lead", "send_sms"), None, "Solar", 3, OVER)


async def test_one_for_a_campaign_is_for_calls_that_name_it_themselves() -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(SOLAR)
        assert not await pipeline.asks("insert_lead", **dialed("Solar"))
        assert await pipeline.asks("insert_lead", **dialed("Medicare"))
        assert await pipeline.asks("send_sms", **TEXT)


async def test_a_lead_of_the_campaign_lets_no_text_through_to_a_phone_that_it_was_given_since() -> (
    None
):
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(SOLAR)
        anybody = {"search_field": "lead_id", "identifier": "1001", "primary_phone": SECOND}
        await pipeline.call("update_lead", **anybody)
        assert await pipeline.asks("send_sms", **{**DANA, "to_number": SECOND})
        assert not pipeline.rows("texts")


@pytest.mark.parametrize(
    "changes", [{"campaign": "Solar"}, {"campaign": "Medicare"}, {"primary_phone": SECOND}, {}]
)
async def test_one_for_a_campaign_covers_no_update_whatever_it_changes(
    changes: dict[str, str],
) -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as pipeline:
        await pipeline.grant(Scope(("update_lead",), None, "Solar", 3, OVER))
        update = {"search_field": "lead_id", "identifier": "1001", "city": "Miami", **changes}
        assert await pipeline.asks("update_lead", **update)


@pytest.mark.parametrize(
    ("further", "covered"),
    [
        ({}, True),
        ({"custom_fields": {"Mobile": SECOND}}, True),
        ({"custom_fields": {"Mobile": "(954) 555-0124"}}, False),
    ],
)
async def test_one_for_numbers_minds_every_number_that_a_call_holds(
    further: dict[str, object], *, covered: bool
) -> None:
    async with a_sandbox_pipeline(ATTENDED) as pipeline:
        await pipeline.grant(Scope(("insert_lead",), (PHONE, SECOND), None, 3, OVER))
        assert await pipeline.asks("insert_lead", **dialed("Solar"), **further) is not covered


@pytest.mark.parametrize("named", ["lead_id", "phone"])
async def test_one_for_numbers_covers_nobody_who_is_named_by_a_lead(named: str) -> None:
    async with a_sandbox_pipeline(terms(confirm="writes")) as pipeline:
        await pipeline.grant(Scope(("update_lead",), (PHONE,), None, 3, OVER))
        lead = {"lead_id": "1001", "phone": "9545550101"}[named]
        moved = {"search_field": named, "identifier": lead, "campaign": "Medicare"}
        assert await pipeline.asks("update_lead", **moved)


@pytest.mark.parametrize("needs", AssuranceLevel)
@pytest.mark.parametrize("given", AssuranceLevel)
async def test_it_answers_only_where_it_is_as_sure_as_the_yes_has_to_be(
    given: AssuranceLevel, needs: AssuranceLevel
) -> None:
    async with a_sandbox_pipeline(terms(confirm="outward", yes={"outward": needs})) as pipeline:
        await pipeline.grant(TEXTS, given)
        assert await pipeline.asks("send_sms", **TEXT) is not (given >= needs)


async def test_one_that_is_not_sure_enough_stands_in_no_others_way() -> None:
    held_to = terms(confirm="outward", yes={"outward": "machine"})
    async with a_sandbox_pipeline(held_to) as pipeline:
        await pipeline.grant(TEXTS)
        pipeline.clock.move(minutes(1))
        to_one = Scope(("send_sms",), (SECOND,), None, 3, OVER)
        sure = await pipeline.grant(to_one, AssuranceLevel.SECOND_FACTOR)
        assert await pipeline.asks("send_sms", **TEXT)
        assert not await pipeline.asks("send_sms", **{**TEXT, "to_number": SECOND})
        used = {
            one.id: one.used
            for one in await pipeline.ledger.grants.all(pipeline.account.accid, pipeline.clock())
        }
        assert used[sure] == 1
        assert sum(used.values()) == 1
