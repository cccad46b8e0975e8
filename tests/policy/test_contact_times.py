"""Calling hours on the pipeline: calls now, callbacks, and the verdict on each."""

from datetime import UTC, datetime

import pytest

from _support.pipeline import an_action
from _support.sandbox import DIALED, PHONE, TEXT, a_sandbox_pipeline, seconds, terms
from _support.tables import each
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.hours_table import load_shipped_table
from chasedata_mcp.policy.models import OnViolation
from chasedata_mcp.policy.rules.contact_times import HoursRule

pytestmark = pytest.mark.anyio
OPENS = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""8:00 on a Monday in Florida, whose own window is 8 to 20."""
CLOSES = datetime(2026, 6, 2, 0, 0, tzinfo=UTC)
CONFERENCE = {"agent": "Lena", "phone": PHONE}
RINGING = [("send_sms", TEXT), ("insert_lead", DIALED), ("conference_call", CONFERENCE)]


@pytest.mark.parametrize(("tool", "arguments"), RINGING)
async def test_a_phone_rings_from_eight_to_eight_in_florida(
    tool: str, arguments: dict[str, object]
) -> None:
    async with a_sandbox_pipeline() as pipeline:
        for moment, is_in in (
            (OPENS - seconds(1), False),
            (OPENS, True),
            (CLOSES - seconds(1), True),
            (CLOSES, False),
        ):
            pipeline.clock.time = moment
            if is_in:
                await pipeline.admit(pipeline.read(tool, arguments), "somebody")
            else:
                assert await pipeline.refused_by(tool, **arguments) == {"calling_hours"}
        assert "try again when" in (await pipeline.failure(tool, **arguments)).hint.lower()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("insert_lead", {**DIALED, "import_only": True}),
        ("add_dial_list_phone", {"agent": "Maria", "list_name": "Warm-Leads", "phone": PHONE}),
        ("insert_dnc", {"number": PHONE}),
        ("search_lead", {"search_field": "phone", "identifier": PHONE}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1001", "campaign": "Billing"}),
        ("reload_playlist", {"playlist": "Solar-Main"}),
    ],
)
async def test_what_rings_nobody_now_knows_no_hours(
    tool: str, arguments: dict[str, object]
) -> None:
    async with a_sandbox_pipeline() as pipeline:
        pipeline.clock.time = CLOSES
        assert (await pipeline.call(tool, **arguments)).outcome == "done"


@pytest.mark.parametrize("outside", ["ask", "off"])
async def test_a_setting_has_it_asked_or_let_through(outside: str) -> None:
    async with a_sandbox_pipeline(terms(calling_hours={"outside": outside})) as pipeline:
        pipeline.clock.time = CLOSES
        if outside == "off":
            assert (await pipeline.call("send_sms", **TEXT)).outcome == "done"
            return
        pending = await pipeline.pending("send_sms", **TEXT)
        assert [ask.rule for ask in pending.calls[0].asked_by] == ["calling_hours"]
        assert "It is 20:00 at the phone (America/New_York)" in pending.approval.question.text
        assert pending.approval.question.offers == ()
        assert (await pipeline.with_a_yes("send_sms", **TEXT)).outcome == "done"


@pytest.mark.parametrize("in_sandbox", [True, False])
async def test_a_sandbox_rings_nobody_and_so_keeps_no_hours_unless_told_to(
    in_sandbox: bool,  # noqa: FBT001 - a setting
) -> None:
    held_to = terms(calling_hours={"in_sandbox": in_sandbox})
    async with a_sandbox_pipeline(held_to, environment="sandbox") as pipeline:
        pipeline.clock.time = CLOSES
        if in_sandbox:
            assert await pipeline.refused_by("send_sms", **TEXT) == {"calling_hours"}
        else:
            assert (await pipeline.call("send_sms", **TEXT)).outcome == "done"


@each(
    "at, is_in",
    [
        ("2026-06-03T07:59:59", False),
        ("2026-06-03T08:00:00", True),
        ("2026-06-03T19:59:59", True),
        ("2026-06-03T20:00:00", False),
    ],
)
@each(
    "tool, arguments",
    [
        ("insert_lead", {**DIALED, "import_only": True}),
        ("update_lead", {"search_field": "phone", "identifier": "9545550101"}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1001"}),
        ("update_lead", {"search_field": "client_id", "identifier": "WEB-1001"}),
    ],
)
@each("read_back", [True, False])
async def test_a_callback_is_in_the_hours_of_the_lead_that_is_called_back(
    tool: str,
    arguments: dict[str, object],
    at: str,
    is_in: bool,  # noqa: FBT001 - what is expected
    read_back: bool,  # noqa: FBT001 - a setting
) -> None:
    async with a_sandbox_pipeline(read_back=read_back) as pipeline:
        pipeline.clock.time = CLOSES
        call = {**arguments, "callback": {"agent": "Maria", "at": at}}
        if is_in:
            assert (await pipeline.call(tool, **call)).outcome == "done"
        else:
            assert await pipeline.refused_by(tool, **call) == {"calling_hours"}


def evaluated(
    tool: str, arguments: dict[str, object], facts: Facts, outside: OnViolation = "refuse"
) -> bool:
    """Tell whether the calling hours allow a call."""
    policy = Policy(hours=HoursRule(load_shipped_table(), outside))
    try:
        policy.evaluate(an_action(tool, arguments), facts)
    except RefusedError:
        return False
    return True


IN_TWO_ZONES = "8505550123"
"""Pensacola is in Chicago's time, Tallahassee in New York's."""
SEVEN_IN_CHICAGO = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


def test_a_number_in_two_zones_is_in_hours_only_in_both() -> None:
    text = {**TEXT, "to_number": IN_TWO_ZONES}
    assert not evaluated("send_sms", text, Facts(now=SEVEN_IN_CHICAGO))
    assert evaluated("send_sms", text, Facts(now=SEVEN_IN_CHICAGO.replace(hour=13)))


def test_the_state_that_a_call_gives_adds_its_hours() -> None:
    kentucky = {**DIALED, "primary_phone": "2705550123"}
    at_ten_in_louisville = Facts(now=datetime(2026, 6, 1, 14, 30, tzinfo=UTC))
    assert not evaluated("insert_lead", kentucky, at_ten_in_louisville)
    # The state's own window is added to it: 10 to 21 in Kentucky.
    at_nine_in_miami = Facts(now=datetime(2026, 6, 1, 13, 0, tzinfo=UTC))
    assert evaluated("insert_lead", dict(DIALED), at_nine_in_miami)
    assert not evaluated("insert_lead", {**DIALED, "state": "KY"}, at_nine_in_miami)


def test_the_state_of_a_lead_counts_for_its_own_number_alone() -> None:
    text = {**TEXT, "lead_id": "1001"}
    nine_in_miami = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
    kentucky = frozenset({"KY"})
    own = TargetLead(1, frozenset({PHONE}), frozenset({PHONE}), states=kentucky)
    other = TargetLead(1, frozenset({"5025550123"}), frozenset({"5025550123"}), states=kentucky)
    assert not evaluated("send_sms", text, Facts(now=nine_in_miami, target_lead=own))
    assert evaluated("send_sms", text, Facts(now=nine_in_miami, target_lead=other))


SOUTH_DAKOTA, RHODE_ISLAND, UTAH = "6055550123", "4015550123", "8015550123"
SATURDAY_AT_NOON = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
"""In South Dakota, whose row is about automated calls on weekdays."""


def test_a_row_about_automated_calls_is_for_whatever_the_dialer_dials_and_not_for_texts() -> None:
    facts = Facts(now=SATURDAY_AT_NOON)
    assert evaluated("send_sms", {**TEXT, "to_number": SOUTH_DAKOTA}, facts)
    assert not evaluated("insert_lead", {**DIALED, "primary_phone": SOUTH_DAKOTA}, facts)
    assert not evaluated("conference_call", {**CONFERENCE, "phone": SOUTH_DAKOTA}, facts)
    monday = Facts(now=SATURDAY_AT_NOON.replace(day=30))
    assert evaluated("insert_lead", {**DIALED, "primary_phone": SOUTH_DAKOTA}, monday)
    assert evaluated("conference_call", {**CONFERENCE, "phone": SOUTH_DAKOTA}, monday)


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        ("2026-12-24T12:00", True),
        ("2026-12-25T12:00", False),
        ("2026-12-26T12:00", True),
        ("2026-12-26T17:00", False),
        ("2026-12-27T12:00", False),
        ("2026-12-28T17:59:59", True),
    ],
)
async def test_a_callback_may_not_be_on_a_legal_holiday_of_the_phone_s_state(
    at: str,
    is_in: bool,  # noqa: FBT001 - what is expected
) -> None:
    lead = {**DIALED, "primary_phone": RHODE_ISLAND, "import_only": True}
    call = {**lead, "callback": {"agent": "Maria", "at": at}}
    async with a_sandbox_pipeline() as pipeline:
        pipeline.clock.time = datetime(2026, 12, 23, 17, 0, tzinfo=UTC)
        if is_in:
            assert (await pipeline.call("insert_lead", **call)).outcome == "done"
        else:
            assert await pipeline.refused_by("insert_lead", **call) == {"calling_hours"}


@pytest.mark.parametrize(("tool", "arguments"), RINGING)
async def test_nobody_is_called_or_texted_on_a_legal_holiday(
    tool: str, arguments: dict[str, object]
) -> None:
    key = next(name for name in ("to_number", "primary_phone", "phone") if name in arguments)
    to_utah = {**arguments, key: UTAH}
    async with a_sandbox_pipeline() as pipeline:
        pipeline.clock.time = datetime(2026, 7, 24, 18, 0, tzinfo=UTC)
        assert await pipeline.refused_by(tool, **to_utah) == {"calling_hours"}
        failure = await pipeline.failure(tool, **to_utah)
        assert "It is Pioneer Day, 12:00, at the phone (America/Denver)" in failure.message
        pipeline.clock.time = datetime(2026, 7, 27, 18, 0, tzinfo=UTC)
        await pipeline.admit(pipeline.read(tool, to_utah), "somebody")
