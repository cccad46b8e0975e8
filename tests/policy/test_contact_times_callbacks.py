"""Callbacks keep to the hours of the lead's place, or of every row where that is unknown."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest

from _support.dialer import failing_to_search, finding
from _support.sandbox import ANY_MARKS, OWN, a_sandbox_pipeline, minutes, terms
from chasedata_mcp.policy.models import CallFrequency, CallingHours

pytestmark = pytest.mark.anyio
NEW_YORK = "2125550101"
"""Where no row is but the federal one."""
BY_LEAD: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1001"}
BY_CLIENT: Mapping[str, object] = {"search_field": "client_id", "identifier": "A1"}
BY_PHONE: Mapping[str, object] = {"search_field": "phone", "identifier": NEW_YORK}


def callback(at: str, **more: object) -> dict[str, object]:
    """A callback on a day in June; the second is a Tuesday."""
    return {**more, "callback": {"agent": "Maria", "at": f"2026-06-{at}"}}


@pytest.mark.parametrize(
    "leads", [None, (), ({"State": "NY"},), ({"State": "NY", "PrimaryPhone": "555-0101"},)]
)
async def test_a_lead_whose_phone_is_not_known_is_held_to_every_row(
    leads: tuple[Mapping[str, str], ...] | None,
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=failing_to_search() if leads is None else finding(*leads))
        for at in ("02T10:00:00", "02T16:59:59", "08T12:00:00"):
            assert await pipeline.outcome("update_lead", **callback(at, **BY_LEAD)) == "done"
        # Closed in Kentucky, in Maine, in Alabama on a Sunday and on Juneteenth.
        for at in ("02T09:59:59", "02T17:00:00", "07T12:00:00", "19T12:00:00"):
            call = callback(at, **BY_LEAD)
            assert await pipeline.outcome("update_lead", **call) == "calling_hours"
            error = await pipeline.failure("update_lead", **call)
            assert (
                "a phone that isn't known, so that the hours of every state hold" in error.message
            )


async def test_with_the_hours_off_it_is_held_to_none() -> None:
    async with a_sandbox_pipeline(
        ANY_MARKS.model_copy(update={"calling_hours": CallingHours(outside="off")})
    ) as live:
        pipeline = live.over(dialer=failing_to_search())
        assert await pipeline.outcome("update_lead", **callback("07T03:00", **BY_LEAD)) == "done"


@pytest.mark.parametrize("read_back", [True, False])
@pytest.mark.parametrize(
    "named",
    [BY_LEAD, BY_CLIENT, BY_PHONE, {**BY_LEAD, "primary_phone": "2125550102"}],
    ids=["lead", "client", "phone", "new phone"],
)
async def test_the_lead_s_state_narrows_the_hours_however_it_is_written_and_named(
    named: Mapping[str, object],
    read_back: bool,  # noqa: FBT001 - a setting
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS, read_back=read_back) as live:
        for state in ("KY", " ky ", "Kentucky", "KENTUCKY", "K.Y.", "Ky.", "Kentucky (KY)"):
            pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "State": state}))
            for at, became in (("02T09:59:59", "calling_hours"), ("02T10:00", "done")):
                assert await pipeline.outcome("update_lead", **callback(at, **named)) == became


async def test_a_state_that_the_call_gives_or_clears_opens_no_hour_that_the_lead_s_closes() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "State": "KY"}))
        for given in ({"state": "NY"}, {"state": "HI"}, {"clear_fields": ["state"]}):
            early = callback("02T09:59", **BY_LEAD, **given)
            assert await pipeline.outcome("update_lead", **early) == "calling_hours"
        ready = callback("02T10:00", **BY_LEAD, state="NY")
        assert await pipeline.outcome("update_lead", **ready) == "done"


async def test_a_state_that_the_call_gives_adds_its_own_hours() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "State": "NY"}))
        for at, became in (("02T09:59", "calling_hours"), ("02T10:00", "done")):
            moved = callback(at, **BY_LEAD, state="KY")
            assert await pipeline.outcome("update_lead", **moved) == became


@pytest.mark.parametrize("named", [BY_LEAD, BY_PHONE])
@pytest.mark.parametrize(("state", "allowed"), [("FL", 3), ("NY", 5)])
async def test_the_calls_in_a_day_are_those_of_the_state_that_the_lead_has(
    named: Mapping[str, object], state: str, allowed: int
) -> None:
    often = ANY_MARKS.model_copy(update={"frequency": CallFrequency(calls_in_24_hours=5)})
    async with a_sandbox_pipeline(often) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "State": state}))
        became: list[str] = []
        for _ in range(allowed + 1):
            soon = (live.clock() + minutes(5)).astimezone(ZoneInfo("America/New_York"))
            due = {"agent": "Maria", "at": f"{soon:%Y-%m-%dT%H:%M}"}
            became.append(await pipeline.outcome("update_lead", **named, callback=due))
            live.clock.move(minutes(11))
        assert became == ["done"] * allowed + ["frequency"]


@pytest.mark.parametrize("named", [BY_CLIENT, BY_PHONE])
@pytest.mark.parametrize(("states", "opens"), [(("KY", "KY"), 10), (("MI", ""), 9), (("", ""), 8)])
async def test_of_several_leads_the_state_of_each_holds(
    named: Mapping[str, object], states: tuple[str, str], opens: int
) -> None:
    async with a_sandbox_pipeline(ANY_MARKS, read_back=False) as live:
        pipeline = live.over(
            dialer=finding(*({"PrimaryPhone": NEW_YORK, "State": state} for state in states))
        )
        early = callback(f"02T{opens - 1:02}:59:59", **named)
        refused = await pipeline.outcome("update_lead", **early)
        assert "calling_hours" in refused.split(",")
        # The hours no longer object; that there are several leads still does.
        ready = callback(f"02T{opens:02}:00", **named)
        assert await pipeline.outcome("update_lead", **ready) == "several_leads"


async def test_a_lead_found_by_a_phone_that_can_not_be_read_is_held_to_every_row() -> None:
    async with a_sandbox_pipeline(ANY_MARKS) as live:
        # It may be called at another phone than the one that it is found by.
        pipeline = live.over(dialer=failing_to_search())
        for at, became in (("02T09:59:59", "calling_hours"), ("02T10:00", "done")):
            assert await pipeline.outcome("update_lead", **callback(at, **BY_PHONE)) == became


async def test_a_text_under_a_lead_keeps_to_the_hours_of_its_state() -> None:
    text = {"from_number": OWN, "to_number": NEW_YORK, "message": "Hello", "lead_id": "1001"}
    async with a_sandbox_pipeline(terms(after_reading={"minutes": 0})) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "State": "Kentucky"}))
        # Paducah, in Kentucky's west, is an hour behind the number's New York.
        for hour, became in ((14, "calling_hours"), (15, "done")):
            live.clock.time = live.clock.time.replace(hour=hour)
            assert await pipeline.outcome("send_sms", **text) == became
