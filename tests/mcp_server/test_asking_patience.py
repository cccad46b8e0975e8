"""One call waits as long as one wait, however often it is asked about; then its code is told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from mcp import Client
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult, Implementation

from _support.conversations import client, code, each_era, told
from _support.served_pipeline import (
    DELETE,
    PAGE,
    SENT,
    Attended,
    an_attended_pipeline,
    history_policy,
)
from chasedata_mcp.app.out_of_band import WAIT, Deadline
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.policy.models import RequiredAssurance

pytestmark = pytest.mark.anyio
SECONDS, MINUTES = timedelta(seconds=1), timedelta(minutes=1)


def overtaken(pipeline: Attended) -> Callable[[], Awaitable[None]]:
    """A yes on the terminal to what is no longer so."""

    async def late() -> None:
        await pipeline.approve()
        await pipeline.another_lead()

    return late


@each_era
async def test_a_call_that_is_asked_about_anew_waits_no_longer_for_that(
    era: str, pipeline: Attended
) -> None:
    pipeline.meanwhile[44], pipeline.meanwhile[48] = overtaken(pipeline), overtaken(pipeline)
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        assert pipeline.waited == WAIT
        assert result["code"] == "needs_confirmation"
        assert result["approval_code"] == (await pipeline.open_question()).code
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.waited == WAIT
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_call_that_was_asked_about_thrice_ends_with_the_code_of_the_last_question(
    era: str, pipeline: Attended
) -> None:
    for at in (10, 20, 30):
        pipeline.meanwhile[at] = overtaken(pipeline)
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        asked = await pipeline.open_question()
        assert pipeline.waited == 30
        assert result["code"] == "needs_confirmation"
        assert "has changed" in result["message"]
        assert result["approval_code"] == asked.code
        assert f"chasedata-mcp approve {asked.code} --sandbox" in result["hint"]
        await pipeline.approve()
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_yes_that_comes_too_late_and_by_what_is_no_longer_so_leaves_a_code(
    era: str, pipeline: Attended
) -> None:
    pipeline.meanwhile[WAIT] = overtaken(pipeline)
    async with client(pipeline.server(), era) as connected:
        result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert pipeline.waited == WAIT
    assert "has changed" in result["message"]
    assert result["approval_code"] == (await pipeline.open_question()).code


@each_era
async def test_the_client_hears_one_wait_that_only_goes_on(era: str, pipeline: Attended) -> None:
    heard: list[tuple[float, str]] = []

    async def hears(progress: float, total: float | None, message: str | None) -> None:
        assert total == WAIT
        heard.append((progress, message or ""))

    pipeline.meanwhile[12] = overtaken(pipeline)
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE), progress_callback=hears)
    assert [seconds for seconds, _ in heard] == [0, 5, 10, *range(12, 50, 5)]
    assert len({message for _, message in heard}) == 2


async def test_the_time_that_a_client_takes_to_open_a_link_is_of_the_wait() -> None:
    surer = replace(history_policy(), yes=RequiredAssurance(destructive=AssuranceLevel.MACHINE))
    async with an_attended_pipeline(surer) as pipeline:
        pipeline.page = PAGE

        async def takes_its_time(
            context: ClientRequestContext,  # noqa: ARG001 - the SDK's signature
            params: ElicitRequestParams,  # noqa: ARG001 - the SDK's signature
        ) -> ElicitResult:
            pipeline.waited += WAIT
            return ElicitResult(action="accept")

        who = Implementation(name="an assistant", version="1")
        async with Client(
            pipeline.server(), mode="legacy", elicitation_callback=takes_its_time, client_info=who
        ) as connected:
            result = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        assert pipeline.waited == WAIT
        assert result["approval_code"] == (await pipeline.open_question()).code


def test_patience_begins_with_its_first_use_and_ends_once() -> None:
    times = iter([7.0, 7.0 + WAIT / 2, 7.0 + WAIT, 7.0 + 2 * WAIT])
    deadline = Deadline(lambda: next(times))
    assert [deadline.is_over, deadline.spent, deadline.left] == [False, 0, WAIT / 2]
    assert [deadline.is_over, deadline.left] == [True, 0]


@each_era
async def test_a_yes_given_in_the_last_moments_can_still_be_used(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        await connected.call_tool("delete_dnc", dict(DELETE))
        asked = await pipeline.open_question()
        pipeline.clock.time = asked.ends - SECONDS * 12
        await pipeline.approve()
        pipeline.clock.move(MINUTES * 5 - SECONDS)
        assert code(await connected.call_tool("delete_dnc", dict(DELETE))) is None
    assert pipeline.dialer.writes == SENT


@each_era
async def test_a_yes_that_nobody_used_for_five_minutes_is_over(
    era: str, pipeline: Attended
) -> None:
    async with client(pipeline.server(), era) as connected:
        first = told(await connected.call_tool("delete_dnc", dict(DELETE)))
        asked = await pipeline.open_question()
        pipeline.clock.time = asked.ends - SECONDS * 12
        await pipeline.approve()
        pipeline.clock.move(MINUTES * 5)
        second = told(await connected.call_tool("delete_dnc", dict(DELETE)))
    assert second["approval_code"] != first["approval_code"]
    assert not pipeline.dialer.writes
