"""Caps after the record was restored: what they count is refused until a person opens them."""

from typing import Final

import pytest

from _support.pipeline import CALLER
from _support.restores import record_restore
from _support.sandbox import (
    EVERY_CAP,
    PHONE,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    caps,
    minutes,
    terms,
)
from _support.served_sandbox import SWITCH
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.policy.decision import RefusedError

pytestmark = pytest.mark.anyio
OFF: Final = dict.fromkeys(EVERY_CAP, "off")
STEPS: Final = {"hour": [50, 90], "day": [900, 990]}
NO_FREQUENCY: Final = {"frequency": {"over": "off", "texts_in_24_hours": "off"}}
CALL: Final = {"agent": "Lena", "phone": PHONE}


async def restore(live: SandboxPipeline) -> None:
    await record_restore(live.ledger, live.clock(), live.account.accid)


async def open_caps(live: SandboxPipeline) -> None:
    assert await live.ledger.limits.open(live.account.accid, "maria/terminal", live.clock())


async def test_what_a_cap_counts_is_refused_with_why_until_when_and_what_to_do() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(50, 90)), **NO_FREQUENCY)) as live:
        await restore(live)
        error = await live.failure("send_sms", **TEXT)
        assert "The record was restored from a backup" in error.message
        assert "counts as used up (caps.texts.day.stop)" in error.message
        assert "Such calls go again from 2026-06-02 16:00 UTC on" in error.message
        assert "chasedata-mcp policy rearm" in (error.hint or "")
        # What no cap counts goes.
        assert (await live.call("enable_playlist_filter", **SWITCH)).outcome == "done"
        await open_caps(live)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_several_caps_are_one_reason() -> None:
    async with a_sandbox_pipeline(
        terms(**caps(texts=(50, 90), contacted=(50, 90)), **NO_FREQUENCY)
    ) as live:
        await restore(live)
        error = await live.failure("send_sms", **TEXT)
        assert error.message.count("The record was restored") == 1
        assert "(caps.contacted.day.stop, caps.texts.day.stop)" in error.message


async def test_each_cap_opens_by_itself_once_its_own_time_has_passed() -> None:
    policy = terms(caps={**OFF, "texts": STEPS}, **NO_FREQUENCY)
    async with a_sandbox_pipeline(policy) as live:
        await restore(live)
        live.clock.move(minutes(60 * 24 - 1))
        assert await live.refused_by("send_sms", **TEXT) == {"caps"}
        live.clock.move(minutes(1))
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_a_cap_that_freezes_refuses_and_freezes_nothing() -> None:
    policy = terms(caps={**OFF, "texts": STEPS, "at_stop": "freeze"}, **NO_FREQUENCY)
    async with a_sandbox_pipeline(policy) as live:
        await restore(live)
        assert await live.refused_by("send_sms", **TEXT) == {"caps"}
        assert await live.ledger.freezes.frozen(live.account.accid) is None


async def test_a_cap_that_was_passed_as_far_as_is_known_says_so() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(1, 1)), **NO_FREQUENCY)) as live:
        assert (await live.call("send_sms", **TEXT)).outcome == "done"
        await restore(live)
        live.clock.move(minutes(1))
        await live.failure("send_sms", **TEXT)
        await open_caps(live)
        error = await live.failure("send_sms", **TEXT)
        assert "the policy stops at 2 (caps.texts.day.stop)" in error.message


async def test_how_often_somebody_was_reached_is_not_known_either() -> None:
    policy = terms(**caps(), confirm="destructive", frequency={"calls_in_24_hours": 3})
    async with a_sandbox_pipeline(policy) as live:
        await restore(live)
        error = await live.failure("conference_call", **CALL)
        assert "counts as used up (frequency.calls_in_24_hours)" in error.message
        assert "go again from 2026-06-02 16:00 UTC on" in error.message
        assert await live.refused_by("send_sms", **TEXT) == {"frequency"}
        await open_caps(live)
        assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_where_the_frequency_asks_it_asks_with_that_reason() -> None:
    policy = terms(**caps(), frequency={"over": "ask", "texts_in_24_hours": "off"})
    async with a_sandbox_pipeline(policy) as live:
        await restore(live)
        text = await live.question("conference_call", **CALL)
        assert "counts as used up (frequency.calls_in_24_hours)" in text
        assert (await live.with_a_yes("conference_call", **CALL)).outcome == "done"


async def test_a_request_not_to_be_called_goes_as_ever() -> None:
    policy = terms(**caps(dnc_insertions=(50, 90), overwrites=(50, 90)))
    async with a_sandbox_pipeline(policy) as live:
        await restore(live)
        assert (await live.call("insert_dnc", number=PHONE)).outcome == "done"


async def test_a_dry_run_says_what_the_call_would_meet() -> None:
    async with a_sandbox_pipeline(terms(**caps(texts=(50, 90)), **NO_FREQUENCY)) as live:
        await restore(live)
        preview = await live.preview(live.read("send_sms", TEXT), CALLER)
        assert [refusal.rule for refusal in preview.refused] == ["caps"]


@pytest.mark.parametrize("at_stop", ["refuse", "freeze"])
async def test_a_call_that_was_cleared_before_meets_it_in_its_intent(at_stop: str) -> None:
    policy = terms(caps={**OFF, "texts": STEPS, "at_stop": at_stop}, **NO_FREQUENCY)
    async with a_sandbox_pipeline(policy) as live:
        cleared = await live.admit(live.read("send_sms", TEXT), CALLER)
        assert isinstance(cleared, Cleared)
        await restore(live)
        with pytest.raises(RefusedError, match="counts as used up"):
            await live.send(cleared)
        assert await live.ledger.freezes.frozen(live.account.accid) is None
