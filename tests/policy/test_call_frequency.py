"""Calls to one number in a day: counted in the intent, by the smallest figure that applies."""

from contextlib import suppress
from datetime import timedelta

import anyio
import pytest

from _support.pipeline import an_action
from _support.sandbox import (
    DIALED,
    EVERY_CAP,
    OWN,
    PHONE,
    SECOND,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    minutes,
    seconds,
    terms,
)
from _support.tables import each
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.policy.caps import list_usage
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.frequency import FrequencyLimits, build_frequency_limits
from chasedata_mcp.policy.hours_table import load_shipped_table
from chasedata_mcp.policy.models import CallFrequency
from chasedata_mcp.policy.rules.contact_times import HoursRule

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
NOWHERE_NARROW = "2125550109"
"""New York has no figure of its own."""


async def dial(live: SandboxPipeline, number: str = PHONE) -> None:
    again = {"duplicates_check": "none", "primary_phone": number}
    assert (await live.call("insert_lead", **{**DIALED, **again})).outcome == "done"


async def test_three_calls_go_and_the_fourth_is_refused_until_the_first_is_a_day_old() -> None:
    async with a_sandbox_pipeline(terms(caps=_off())) as live:
        for _ in range(3):
            await dial(live)
            live.clock.move(seconds(60))
        for tool, arguments in (
            ("insert_lead", DIALED),
            ("conference_call", {"agent": "Lena", "phone": PHONE}),
        ):
            assert await live.refused_by(tool, **arguments) == {"frequency"}
        await dial(live, SECOND)
        # A text is no call, and to store somebody isn't one either.
        await live.call("send_sms", **TEXT)
        await live.call(
            "insert_lead", **{**DIALED, "import_only": True, "duplicates_check": "none"}
        )
        live.clock.move(DAY - seconds(181))
        assert await live.refused_by("insert_lead", **DIALED) == {"frequency"}
        live.clock.move(seconds(1))
        await dial(live)


async def test_of_fifteen_at_once_three_go_over_and_over() -> None:
    async with a_sandbox_pipeline(terms(caps=_off())) as live, live.another_process() as other:
        ended: list[str] = []

        async def conference(number: int) -> None:
            pipeline = other if number % 2 else live
            try:
                outcome = await pipeline.outcome("conference_call", agent="Lena", phone=PHONE)
            except CallError as error:
                outcome = error.code
            ended.append(outcome)

        # While one is under way nothing else reaches the same person unasked.
        for _ in range(4):
            async with anyio.create_task_group() as tasks:
                for number in range(15):
                    tasks.start_soon(conference, number)
        assert ended.count("done") == len(live.rows("conferences")) == 3
        late = {Code.NEEDS_CONFIRMATION, Code.NOT_ALLOWED}
        assert set(ended) <= {"done", "twin", "frequency", *late}


@pytest.mark.parametrize("over", ["ask", "off"])
async def test_a_setting_has_it_asked_or_let_through(over: str) -> None:
    held_to = terms(caps=_off(), frequency={"calls_in_24_hours": 1, "over": over})
    async with a_sandbox_pipeline(held_to) as live:
        conference = {"agent": "Lena", "phone": NOWHERE_NARROW}
        await live.call("conference_call", **conference)
        if over == "off":
            assert (await live.call("conference_call", **conference)).outcome == "done"
            return
        assert await live.rules_that_ask("conference_call", **conference) == {"frequency"}
        assert (await live.with_a_yes("conference_call", **conference)).outcome == "done"


async def test_a_call_that_the_dialer_refused_is_not_counted() -> None:
    async with a_sandbox_pipeline(terms(caps=_off(), frequency={"calls_in_24_hours": 1})) as live:
        nobody = await live.failure("conference_call", agent="Sam", phone=PHONE)
        assert nobody.code is Code.REFUSED_BY_DIALER
        # What the dialer said of it counts as read.
        live.clock.move(minutes(11))
        assert (await live.call("conference_call", agent="Lena", phone=PHONE)).outcome == "done"
        assert await live.refused_by("conference_call", agent="Lena", phone=PHONE) == {"frequency"}


@each(
    "number, state, allowed",
    [
        (PHONE, None, 3),
        ("4055550123", None, 3),
        ("5035550123", None, 3),
        ("4105550123", None, 3),
        ("2075550123", None, 3),
        (NOWHERE_NARROW, None, 10),
        (NOWHERE_NARROW, "FL", 3),
        (NOWHERE_NARROW, "OK", 3),
        (NOWHERE_NARROW, "OR", 3),
        (NOWHERE_NARROW, "MD", 3),
        (NOWHERE_NARROW, "NY", 10),
        (PHONE, "NY", 3),
    ],
)
def test_florida_maryland_maine_oklahoma_and_oregon_have_a_figure_of_their_own(
    number: str, state: str | None, allowed: int
) -> None:
    policy = Policy(
        hours=HoursRule(load_shipped_table()), frequency=CallFrequency(calls_in_24_hours=10)
    )
    given = {**DIALED, "primary_phone": number, **({"state": state} if state else {})}
    (limit,) = policy.evaluate_arguments(an_action("insert_lead", given)).frequency.refuses
    assert (limit.at_most, limit.within, limit.key) == (allowed, DAY, number)


async def test_the_figure_of_the_state_that_a_call_gives_is_kept_to_when_it_is_judged() -> None:
    held_to = terms(caps=_off(), frequency={"calls_in_24_hours": 10})
    async with a_sandbox_pipeline(held_to) as live:
        for _ in range(3):
            await dial(live, NOWHERE_NARROW)
        in_florida = {**DIALED, "primary_phone": NOWHERE_NARROW, "state": "FL"}
        assert await live.refused_by("insert_lead", **in_florida) == {"frequency"}
        await dial(live, NOWHERE_NARROW)


async def test_no_refusal_tells_the_number() -> None:
    async with a_sandbox_pipeline(terms(caps=_off(), frequency={"calls_in_24_hours": 1})) as live:
        ready = [await live.admit(live.read("insert_lead", DIALED), "somebody") for _ in range(2)]
        said: list[str] = []
        for cleared in ready:
            try:
                await live.send(cleared)  # type: ignore[arg-type]  # cleared, both of them
            except CallError as error:
                said.append(f"{error.message} {error.hint}")
        said.append((await live.failure("insert_lead", **DIALED)).message)
    assert len(said) == 2
    for sentence in said:
        assert PHONE not in sentence
        assert "954-555-0123" not in sentence


def test_what_calls_nobody_now_has_no_such_limit() -> None:
    stored = list_usage(an_action("insert_lead", {**DIALED, "import_only": True}))
    assert build_frequency_limits(stored, CallFrequency(), lambda _: 1) == FrequencyLimits()
    initial = Policy().evaluate_arguments(an_action("insert_lead", dict(DIALED)))
    assert initial.frequency == FrequencyLimits()


async def test_the_third_text_to_one_number_in_24_hours_asks_and_the_fourth_is_refused() -> None:
    async with a_sandbox_pipeline(terms(caps=_off())) as live:
        for agent in ("Lena", "Maria"):
            other = {"message": f"From {agent}", "from_number": OWN, "agent": agent}
            await live.call("send_sms", **{**TEXT, **other})
            live.clock.move(minutes(10))
        pending = await live.pending("send_sms", **TEXT)
        assert {ask.rule for ask in pending.calls[0].asked_by} == {"frequency"}
        assert "the number would get 3 in 24 hours" in pending.approval.question.text
        await live.with_a_yes("send_sms", **TEXT)
        error = await live.failure("send_sms", **TEXT)
        assert "4 in 24 hours, and the policy stops at 4" in error.message
        # When the first one is a day old.
        assert "from 2026-06-02 16:00 UTC on" in error.message
        await live.call("send_sms", **{**TEXT, "to_number": SECOND})
        live.clock.move(DAY - minutes(20) - seconds(1))
        assert await live.refused_by("send_sms", **TEXT) == {"frequency"}
        live.clock.move(seconds(1))
        assert await live.rules_that_ask("send_sms", **TEXT) == {"frequency"}


async def test_no_more_texts_than_the_figure_go_to_one_number_however_many_come_at_once() -> None:
    held_to = terms(caps=_off(), frequency={"texts_in_24_hours": {"ask": 3, "stop": 3}})
    async with a_sandbox_pipeline(held_to) as live, live.another_process() as other:
        cleared = [
            await pipeline.admit(pipeline.read("send_sms", {**TEXT, "message": f"{n}"}), "s")
            for n, pipeline in enumerate([live, other] * 5)
        ]

        async def send(pipeline: Pipeline, one: object) -> None:
            assert isinstance(one, Cleared)
            with suppress(CallError):
                await pipeline.send(one)

        async with anyio.create_task_group() as tasks:
            for pipeline, one in zip([live, other] * 5, cleared, strict=True):
                tasks.start_soon(send, pipeline, one)
        assert 1 <= len(live.rows("texts")) <= 2


async def test_texts_to_one_number_are_bounded_by_the_policys_figures_or_not_at_all() -> None:
    for figures in ("off", {"ask": 9, "stop": 9}):
        held_to = terms(caps=_off(), frequency={"texts_in_24_hours": figures})
        async with a_sandbox_pipeline(held_to) as live:
            for _ in range(5):
                assert (await live.call("send_sms", **TEXT)).outcome == "done"


async def test_a_least_time_between_calls_to_one_number_is_kept_where_the_policy_has_one() -> None:
    held_to = terms(caps=_off(), frequency={"minutes_between_calls": 30.0})
    async with a_sandbox_pipeline(held_to) as live:
        await dial(live)
        live.clock.move(minutes(30) - seconds(1))
        conference = {"agent": "Lena", "phone": PHONE}
        assert await live.refused_by("conference_call", **conference) == {"frequency"}
        error = await live.failure("conference_call", **conference)
        assert "less than 30 minutes ago" in error.message
        assert "from 2026-06-01 16:30 UTC on" in error.message
        await dial(live, SECOND)
        await live.call("send_sms", **TEXT)
        live.clock.move(seconds(1))
        assert (await live.call("conference_call", **conference)).outcome == "done"


def _off() -> dict[str, str]:
    return dict.fromkeys(EVERY_CAP, "off")
