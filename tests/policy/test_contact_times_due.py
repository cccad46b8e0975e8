"""A callback that is due is a call now, and one with an offset waits for its lead to be read."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from _support.dialer import RecordingDialer, failing_to_search, finding
from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import NOON, a_sandbox_pipeline, minutes, terms
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.ledger.usage import CALLED
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.caps import list_usage
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import EffectTime
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE

pytestmark = pytest.mark.anyio
NEW_YORK, HAWAII, PANHANDLE = "2125550101", "8085550101", "8505550101"
BY_LEAD: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1001"}
BY_CLIENT: Mapping[str, object] = {"search_field": "client_id", "identifier": "A1"}
BY_PHONE: Mapping[str, object] = {"search_field": "phone", "identifier": NEW_YORK}
STORED: Mapping[str, object] = {
    "campaign": "Solar",
    "primary_phone": NEW_YORK,
    "import_only": True,
}
IN_NEW_YORK = datetime(2026, 6, 1, 12, 0)  # noqa: DTZ001 - what the clock shows there at noon
ONE_DAY = timedelta(days=1)
"""To a Tuesday: the first Monday in June is a legal holiday in Alabama."""
QUIET = terms(after_reading={"minutes": 0})


def callback(at: datetime, named: Mapping[str, object]) -> dict[str, object]:
    return {**named, "callback": {"agent": "Maria", "at": at.isoformat()}}


def at_noon(tool: str, arguments: dict[str, object]) -> Action:
    return CATALOGUE[tool].read(arguments, ValidationContext(NOON))


@pytest.mark.parametrize(
    ("tool", "named"),
    [("update_lead", BY_PHONE), ("insert_lead", STORED)],
    ids=["update", "insert"],
)
def test_a_callback_in_ten_minutes_is_a_call_now_and_one_after_that_is_not(
    tool: str, named: Mapping[str, object]
) -> None:
    for after, when, impact in (
        (timedelta(seconds=1), EffectTime.NOW, Impact.OUTWARD),
        (minutes(10), EffectTime.NOW, Impact.OUTWARD),
        (minutes(10) + timedelta(seconds=1), EffectTime.LATER, Impact.WRITE),
    ):
        for at in (IN_NEW_YORK + after, NOON + after):
            action = at_noon(tool, callback(at, named))
            assert [one.when for one in action.contacts if one.at is not None] == [when]
            assert action.impact is impact
            called = [unit.key for unit in list_usage(action) if unit.cap == CALLED]
            assert called == ([NEW_YORK] if when is EffectTime.NOW else [])


def time_sent(dialer: RecordingDialer) -> str | None:
    """The callback's time as the dialer got it, if it did."""
    sent = [form["CallbackDate"] for form in dialer.forms if "CallbackDate" in form]
    return sent[-1] if sent else None


async def asked_after_reading(pipeline: AssembledPipeline, call: dict[str, object]) -> bool:
    pipeline.has_read(CALLER, ("lead 1005",))
    return "after_reading" in await pipeline.outcome("update_lead", **call)


@pytest.mark.parametrize("named", [BY_LEAD, BY_CLIENT, BY_PHONE], ids=["lead", "client", "phone"])
@pytest.mark.parametrize("read_back", [True, False])
async def test_it_is_asked_about_after_reading_whatever_names_its_lead(
    named: Mapping[str, object],
    read_back: bool,  # noqa: FBT001 - a setting
) -> None:
    async with a_sandbox_pipeline(read_back=read_back) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        for after, asks in ((minutes(2), True), (minutes(10), True), (minutes(11), False)):
            pipeline.has_read(CALLER, ("lead 1005",))
            outcome = await pipeline.outcome("update_lead", **callback(IN_NEW_YORK + after, named))
            assert ("after_reading" in outcome) is asks


async def test_a_callback_becomes_due_while_it_waits_for_an_answer() -> None:
    asking = terms(confirm="writes", after_reading={"minutes": 0})
    async with a_sandbox_pipeline(asking) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        call = callback(IN_NEW_YORK + minutes(12), BY_LEAD)
        action = pipeline.read("update_lead", call)
        first = await pipeline.pending("update_lead", **call)
        assert first.calls[0].action.impact is Impact.WRITE
        pipeline.clock.move(minutes(3))
        later = await pipeline.admit(action, CALLER)
        assert isinstance(later, PendingApproval)
        assert later.calls[0].action.impact is Impact.OUTWARD


async def test_it_is_counted_as_a_call_to_the_number_of_its_lead() -> None:
    once = terms(after_reading={"minutes": 0}, frequency={"calls_in_24_hours": 1})
    async with a_sandbox_pipeline(once) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        due = callback(IN_NEW_YORK + minutes(5), BY_PHONE)
        assert await pipeline.outcome("update_lead", **due) == "done"
        assert await pipeline.outcome("update_lead", **due) == "frequency"
        later = callback(IN_NEW_YORK + minutes(60), BY_PHONE)
        assert await pipeline.outcome("update_lead", **later) == "done"


@pytest.mark.parametrize("first", [BY_LEAD, BY_CLIENT, BY_PHONE], ids=["lead", "client", "phone"])
async def test_it_is_counted_at_each_phone_of_its_lead_whatever_names_that(
    first: Mapping[str, object],
) -> None:
    once = terms(after_reading={"minutes": 0}, frequency={"calls_in_24_hours": 1})
    async with a_sandbox_pipeline(once) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK, "Cell": "2125550102"}))
        at = IN_NEW_YORK + minutes(5)
        assert await pipeline.outcome("update_lead", **callback(at, first)) == "done"
        for again in (BY_LEAD, BY_CLIENT, BY_PHONE):
            assert "frequency" in await pipeline.outcome("update_lead", **callback(at, again))
        for phone in (NEW_YORK, "2125550102"):
            ring = {"agent": "Lena", "phone": phone}
            assert await pipeline.outcome("conference_call", **ring) == "frequency"


async def test_it_is_held_to_the_hours_now_and_to_those_of_its_time() -> None:
    async with a_sandbox_pipeline(QUIET, start=datetime(2026, 6, 1, 11, 55, tzinfo=UTC)) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        early = datetime(2026, 6, 1, 8, 1)  # noqa: DTZ001 - the clock at the phone
        assert await pipeline.outcome("update_lead", **callback(early, BY_LEAD)) == "calling_hours"
        pipeline.clock.move(minutes(5))
        assert await pipeline.outcome("update_lead", **callback(early, BY_LEAD)) == "done"


async def test_a_lead_in_another_zone_than_the_callback_s_clock_is_called_by_its_own() -> None:
    # Noon in Hawaii is six hours off, and is past in New York.
    async with a_sandbox_pipeline(start=NOON.replace(hour=22)) as live:
        live.has_read(CALLER, ("lead 1005",))
        at = datetime(2026, 6, 1, 18, 5)  # noqa: DTZ001 - the clock at the phone
        far = live.over(dialer=finding({"PrimaryPhone": HAWAII}))
        assert not await asked_after_reading(far, callback(at, BY_LEAD))
        near = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        assert await asked_after_reading(near, callback(at, BY_LEAD))


async def test_a_lead_that_can_not_be_read_may_be_where_the_callback_is_due() -> None:
    async with a_sandbox_pipeline(terms(calling_hours={"outside": "off"})) as live:
        pipeline = live.over(dialer=failing_to_search())
        # 13:35 in Newfoundland, the easternmost clock, is 12:05 in New York.
        for after, asks in ((minutes(95), True), (minutes(101), False)):
            call = callback(IN_NEW_YORK + after, BY_LEAD)
            assert await asked_after_reading(pipeline, call) is asks


async def test_the_hours_let_a_callback_of_today_pass_though_its_lead_can_not_be_read() -> None:
    # Else a dialer whose searches nobody can read would get no callback for today.
    async with a_sandbox_pipeline(QUIET, start=NOON + ONE_DAY) as live:
        pipeline = live.over(dialer=failing_to_search())
        for named in (BY_LEAD, BY_CLIENT, BY_PHONE):
            call = callback(IN_NEW_YORK + ONE_DAY + minutes(60), named)
            assert "calling_hours" not in await pipeline.outcome("update_lead", **call)
            late = callback(IN_NEW_YORK + ONE_DAY + minutes(8 * 60), named)
            assert await pipeline.outcome("update_lead", **late) == "calling_hours"


async def test_a_callback_by_a_phone_is_due_by_its_clock_where_the_lead_can_not_be_read() -> None:
    async with a_sandbox_pipeline(start=NOON + ONE_DAY) as live:
        pipeline = live.over(dialer=failing_to_search())
        for after, asks in ((minutes(10), True), (minutes(11), False)):
            call = callback(IN_NEW_YORK + ONE_DAY + after, BY_PHONE)
            assert await asked_after_reading(pipeline, call) is asks


@pytest.mark.parametrize("named", [BY_LEAD, BY_CLIENT], ids=["lead", "client"])
@pytest.mark.parametrize("read_back", [True, False])
@pytest.mark.parametrize("hours", ["refuse", "off"])
async def test_an_offset_is_converted_by_the_phone_of_the_lead_that_is_read(
    named: Mapping[str, object],
    read_back: bool,  # noqa: FBT001 - a setting
    hours: str,
) -> None:
    policy = terms(calling_hours={"outside": hours}, after_reading={"minutes": 0})
    async with a_sandbox_pipeline(policy, read_back=read_back) as live:
        for phone, local in ((NEW_YORK, "14:00"), ("3035550101", "12:00")):
            dialer = finding({"PrimaryPhone": phone})
            result = await live.over(dialer=dialer).call(
                "update_lead", **callback(NOON + minutes(120), named)
            )
            assert time_sent(dialer) == f"06/01/2026 {local}:00"
            assert any(f"2026-06-01 {local}:00 by the clock" in told for told in result.warnings)


@pytest.mark.parametrize(
    "leads",
    [
        None,
        (),
        ({"State": "NY"},),
        ({"PrimaryPhone": "555-0101"},),
        ({"PrimaryPhone": PANHANDLE},),
        ({"PrimaryPhone": "8005550101"},),
        ({"PrimaryPhone": NEW_YORK, "Phone2": HAWAII},),
        ({"PrimaryPhone": NEW_YORK}, {"PrimaryPhone": HAWAII}),
    ],
)
async def test_an_offset_is_refused_where_the_lead_s_clock_is_not_certain(
    leads: tuple[Mapping[str, str], ...] | None,
) -> None:
    async with a_sandbox_pipeline(QUIET) as live:
        dialer = failing_to_search() if leads is None else finding(*leads)
        pipeline = live.over(dialer=dialer)
        error = await pipeline.failure("update_lead", **callback(NOON + minutes(120), BY_LEAD))
        assert error.code is Code.INVALID_ARGUMENTS
        assert "has an offset, and can't be converted" in error.message
        assert time_sent(dialer) is None


async def test_an_offset_is_held_against_the_other_phones_of_a_lead_that_is_found_by_one() -> None:
    async with a_sandbox_pipeline(QUIET) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": HAWAII, "Phone2": NEW_YORK}))
        with pytest.raises(CallError, match="several time zones"):
            await pipeline.call("update_lead", **callback(NOON + minutes(120), BY_PHONE))


async def test_a_time_that_is_past_where_the_lead_is_read_to_be_is_refused() -> None:
    async with a_sandbox_pipeline(QUIET) as live:
        pipeline = live.over(dialer=finding({"PrimaryPhone": NEW_YORK}))
        error = await pipeline.failure("update_lead", **callback(IN_NEW_YORK, BY_LEAD))
        assert (error.code, "is in the past" in error.message) == (Code.INVALID_ARGUMENTS, True)
