"""A lead that was read: its phones, the texts that are filed under it, and unknown parts."""

from collections.abc import Mapping

import pytest

from _support.dialer import failing_to_search, finding
from _support.pipeline import CALLER
from _support.sandbox import ANY_MARKS, OWN, PHONE, SECOND, a_sandbox_pipeline
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.decision import RefusedError

pytestmark = pytest.mark.anyio
DANA, STRANGER = "9545550101", "3055550188"
DISPOSED = ("disposition_lead", {"lead_id": "1001", "disposition": "CALL BACK"})
MOVED = ("update_lead", {"search_field": "lead_id", "identifier": "1001", "campaign": "Medicare"})
GIVEN_A_PHONE = ("update_lead", {**MOVED[1], "primary_phone": "2125550109"})
MADE_CALLABLE = [DISPOSED, MOVED, GIVEN_A_PHONE]
BY_PHONE = {"search_field": "phone", "identifier": "2125550101", "campaign": "Medicare"}


WITHOUT_A_PHONE: list[Mapping[str, str]] = [
    {"FirstName": "Ann", "Campaign": "Solar"},
    {"FirstName": "Ann", "PrimaryPhone": ""},
    {"FirstName": "Ann", "PrimaryPhone": "555-0101"},
    {"FirstName": "Ann", "PrimaryPhone": "555-0101", "adv_Order": "4567890123"},
    {"FirstName": "Ann", "PrimaryPhone": "555-0101", "Phone2": "3055550110"},
    {"FirstName": "Ann", "adv_Order": "4567890123"},
    {"FirstName": "Ann", "adv_Cell__Phone": "3055550110"},
    {"FirstName": "Ann", "Phone2": "3055550110"},
]


@pytest.mark.parametrize("fields", WITHOUT_A_PHONE)
async def test_a_lead_without_a_phone_is_not_made_callable_while_any_number_is_held_back(
    fields: Mapping[str, str],
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=finding(fields))
        for tool, given in MADE_CALLABLE:
            assert await pipeline.outcome(tool, **given) == "done"
        await live.suppress(PHONE)
        for tool, given in MADE_CALLABLE:
            assert await pipeline.outcome(tool, **given) == "suppressed"
        error = await pipeline.failure("disposition_lead", **DISPOSED[1])
        assert "could be read as ten digits" in error.message
        assert "by its phone" not in error.hint
        assert await pipeline.outcome("update_lead", **BY_PHONE) == "suppressed"
        assert await pipeline.outcome("update_lead", **{**MOVED[1], "campaign": "Solar"}) != "done"
        named = {"search_field": "lead_id", "identifier": "1001", "first_name": "Ann"}
        assert await pipeline.outcome("update_lead", **named) == "done"


@pytest.mark.parametrize(
    "fields",
    [
        {"PrimaryPhone": DANA},
        {"primaryphone": "(954) 555-0101 x 7"},
        {"PrimaryPhone": "09545550101"},
        {"Phone": "(954) 555-0101"},
        {"Phone": DANA, "Phone2": "555-0101"},
    ],
)
async def test_a_lead_with_a_phone_is_where_that_is_not_held_back(
    fields: Mapping[str, str],
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        await live.suppress(PHONE)
        pipeline = live.over(dialer=finding(fields))
        for tool, given in MADE_CALLABLE:
            assert await pipeline.outcome(tool, **given) == "done"
        await live.suppress(DANA)
        for tool, given in MADE_CALLABLE:
            assert await pipeline.outcome(tool, **given) == "suppressed"


async def test_of_several_leads_each_has_a_phone() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        await live.suppress(PHONE)
        by_client = {"search_field": "client_id", "identifier": "A1", "campaign": "Medicare"}
        one, other = {"PrimaryPhone": DANA}, {"PrimaryPhone": SECOND}
        assert (
            await live.over(dialer=finding(one, other)).outcome("update_lead", **by_client)
            == "several_leads"
        )
        none = {"FirstName": "Ann"}
        assert (
            await live.over(dialer=finding(one, none)).outcome("update_lead", **by_client)
            == "suppressed,several_leads"
        )


async def test_a_lead_that_is_not_there_is_left_to_the_dialer() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        await live.suppress(PHONE)
        assert await live.over(dialer=finding()).outcome(DISPOSED[0], **DISPOSED[1]) == "done"


@pytest.mark.parametrize(
    ("further", "asks"),
    [
        ({"Mobile": STRANGER}, False),
        ({"adv_Cell__Phone": f"{STRANGER} (work)"}, False),
        ({"Phone2": "(305) 555-0188 ext. 7"}, False),
        ({"adv_Miscellaneous": "Ask my brother, 305-555-0188"}, True),
        ({"adv_Miscellaneous": STRANGER}, True),
        ({"adv_Cancellation__Reason": "305-555-0188"}, True),
        ({"Phone2": "call 305-555-0188 instead"}, True),
        ({"Phone2": "9545550101, 3055550188"}, True),
        ({"adv_Remarks": STRANGER}, True),
        ({}, True),
    ],
)
async def test_a_text_under_a_lead_goes_to_what_stands_alone_in_a_field_of_a_phone(
    further: Mapping[str, str],
    asks: bool,  # noqa: FBT001 - what is expected
) -> None:
    text = {"from_number": OWN, "to_number": STRANGER, "message": "Hello", "lead_id": "1001"}
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": DANA, **further}))
        assert await pipeline.outcome("send_sms", **text) == ("lead_number" if asks else "done")


@pytest.mark.parametrize("read_back", [True, False])
@pytest.mark.parametrize(("tool", "given"), [DISPOSED, MOVED])
async def test_a_lead_that_was_not_read_is_not_reached_once_somebody_is_on_the_list(
    tool: str,
    given: dict[str, object],
    read_back: bool,  # noqa: FBT001 - a setting
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS, read_back=read_back) as live:
        cleared = await live.admit(live.read(tool, given), CALLER)
        assert isinstance(cleared, Cleared)
        await live.suppress(DANA)
        posted = len(live.dialer.writes)
        with pytest.raises(RefusedError) as caught:
            await live.send(cleared)
        assert [rule.rule for rule in caught.value.rules] == ["suppressed"]
        assert len(live.dialer.writes) == posted
        assert await live.refused_by(tool, **given) == {"suppressed"}


async def test_it_is_told_to_be_called_again_where_another_was_put_there() -> None:
    async with a_sandbox_pipeline(ANY_MARKS, read_back=False) as live:
        pipeline = live.over(dialer=failing_to_search())
        cleared = await pipeline.admit(pipeline.read(*MOVED), CALLER)
        assert isinstance(cleared, Cleared)
        await live.suppress(PHONE)
        with pytest.raises(RefusedError) as caught:
            await pipeline.send(cleared)
        assert "Call it again" in caught.value.hint
        readable = live.over(dialer=finding({"PrimaryPhone": DANA}))
        assert await readable.outcome(MOVED[0], **MOVED[1]) == "done"


async def test_a_lead_that_was_read_is_reached_though_another_was_put_there() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": DANA}))
        cleared = await pipeline.admit(pipeline.read(*MOVED), CALLER)
        assert isinstance(cleared, Cleared)
        await live.suppress(PHONE)
        assert (await pipeline.send(cleared)).outcome == "done"


async def test_where_nothing_can_be_read_an_account_that_remembers_nobody_goes_on() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=failing_to_search())
        for tool, given in MADE_CALLABLE:
            assert await pipeline.outcome(tool, **given) == "done"
