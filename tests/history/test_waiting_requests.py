"""Requests not to be called that the dialer doesn't have yet: suppressed here, sent again once."""

from collections.abc import Callable

import pytest

from _support.pipeline import CALLER, AssembledPipeline, failure_of
from _support.sandbox import (
    PHONE,
    SECOND,
    TEXT,
    SandboxPipeline,
    a_sandbox_pipeline,
    minutes,
    terms,
)
from chasedata_mcp.app.composition import no_store, policy_in_force
from chasedata_mcp.dialer import errors
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.list import list_history
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.history.waiting_requests import SentRequest, build_group, send_requests
from chasedata_mcp.ledger import DroppedRequest, Ledger, WaitingRequest
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.history import ListHistory
from chasedata_mcp.tools.render import render_text
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import DncResult, Result, build_failure

pytestmark = pytest.mark.anyio
THIRD = "7865550112"
Fault = Callable[[], CallError]


def unreached() -> CallError:
    return errors.not_reached("its own server found no way to it")


def wrong_token() -> CallError:
    return errors.locked_out(401, None)


def lost() -> CallError:
    return errors.no_answer("none within the time", read=False)


def garbled() -> CallError:
    return errors.not_understood("its HTTP status is 502", read=False)


class Breaking:
    """A dialer that fails so many times, and then hands the calls on."""

    def __init__(self, beyond: Dialer, fault: Fault, times: int = 99) -> None:
        self._beyond, self._fault, self._times = beyond, fault, times

    async def post(self, request: Request) -> Answer:
        if self._times > 0:
            self._times -= 1
            raise self._fault()
        return await self._beyond.post(request)


def breaking(live: SandboxPipeline, fault: Fault, times: int = 99) -> AssembledPipeline:
    return live.over(dialer=Breaking(live.dialer, fault, times))


async def waiting(live: SandboxPipeline) -> list[WaitingRequest]:
    return await live.ledger.dnc_registry.waiting(live.account.accid, live.clock())


async def fail(live: SandboxPipeline, *numbers: str, fault: Fault = unreached) -> CallError:
    """Have requests fail, some time ago."""
    pipeline = breaking(live, fault)
    failed = [await pipeline.failure("insert_dnc", number=number) for number in numbers]
    live.clock.move(minutes(2))
    return failed[-1]


async def send(pipeline: AssembledPipeline, requests: list[WaitingRequest]) -> list[SentRequest]:
    cleared = await pipeline.admit(build_group(pipeline, requests, CALLER), CALLER)
    assert isinstance(cleared, Cleared)
    return [one async for one in send_requests(pipeline, cleared, requests)]


def outcomes(sent: list[SentRequest]) -> list[str | None]:
    return [
        None if one.result is None else str(one.result.code or one.result.outcome) for one in sent
    ]


@pytest.mark.parametrize(
    ("fault", "code", "listed"),
    [
        (unreached, Code.NOT_REACHED, False),
        (wrong_token, Code.REFUSED_BY_DIALER, False),
        (lost, Code.NO_ANSWER, None),
        (garbled, Code.NOT_UNDERSTOOD, None),
    ],
)
async def test_however_it_fails_the_number_is_suppressed_and_the_result_says_where(
    *, fault: Fault, code: Code, listed: bool | None
) -> None:
    async with a_sandbox_pipeline() as live:
        error = await fail(live, PHONE, fault=fault)
        assert error.code is code
        result = build_failure(live.account, error)
        assert isinstance(result, DncResult)
        assert (result.suppressed, result.on_dialer_list) == (True, listed)
        text = render_text(result)
        assert "This server suppresses the number" in text
        assert "`chasedata-mcp dnc send` sends what waits" in text
        assert "suppressed=true" in text
        assert await live.refused_by("send_sms", **TEXT) == {"suppressed"}
        (one,) = await waiting(live)
        assert (one.number, one.may_be_listed) == (PHONE, listed is None)
        assert outcomes(await send(live, [one])) == ["done"]
        assert live.rows("dnc", number=PHONE)
        assert await waiting(live) == []


async def test_a_request_that_is_done_is_on_both_lists_and_waits_not() -> None:
    async with a_sandbox_pipeline() as live:
        result = await live.call("insert_dnc", number=PHONE)
        assert isinstance(result, DncResult)
        assert (result.suppressed, result.on_dialer_list) == (True, True)
        assert await waiting(live) == []


async def test_it_is_sent_through_a_freeze_and_not_through_read_only() -> None:
    async with a_sandbox_pipeline() as live:
        await fail(live, PHONE)
        requests = await waiting(live)
        with pytest.raises(CallError, match="read-only"):
            build_group(live.over(policy=policy_in_force(terms(read_only=True))), requests, CALLER)
        await live.ledger.freezes.freeze(live.account.accid, "why", "maria", live.clock())
        assert outcomes(await send(live, requests)) == ["done"]


async def test_of_two_processes_that_send_the_same_list_each_number_is_sent_by_one() -> None:
    async with a_sandbox_pipeline() as live, live.another_process() as other:
        await fail(live, PHONE, SECOND)
        requests = await waiting(live)
        cleared = [
            await one.admit(build_group(one, requests, CALLER), CALLER) for one in (live, other)
        ]
        before = len(live.dialer.writes)
        pairs = zip((live, other), cleared, strict=True)
        sent = [
            [one async for one in send_requests(pipeline, part, requests)]
            for pipeline, part in pairs
            if isinstance(part, Cleared)
        ]
        assert [outcomes(one) for one in sent] == [["done", "done"], [None, None]]
        assert len(live.dialer.writes) - before == 2


async def drop(live: SandboxPipeline) -> None:
    dropped = DroppedRequest(PHONE, "maria/terminal", live.clock())
    await live.ledger.dnc_registry.drop_request(live.account.accid, dropped)


async def take_off(live: SandboxPipeline) -> None:
    await live.with_a_yes("delete_dnc", number=PHONE)


@pytest.mark.parametrize("change", [drop, take_off])
async def test_one_that_ends_in_between_is_left_out_and_the_others_go(
    change: Callable[[SandboxPipeline], object],
) -> None:
    async with a_sandbox_pipeline() as live:
        await fail(live, PHONE, SECOND)
        requests = await waiting(live)
        await (drop if change is drop else take_off)(live)
        assert outcomes(await send(live, requests)) == [None, "done"]
        assert not live.rows("dnc", number=PHONE)


async def test_nothing_more_is_sent_once_the_dialer_is_not_reached() -> None:
    async with a_sandbox_pipeline() as live:
        await fail(live, PHONE, SECOND)
        sent = await send(breaking(live, unreached), await waiting(live))
        assert outcomes(sent) == [Code.NOT_REACHED]
        assert [one.number for one in await waiting(live)] == [PHONE, SECOND]


async def test_one_number_that_is_refused_keeps_no_other_back_and_three_end_it() -> None:
    async with a_sandbox_pipeline() as live:
        numbers = [f"95455501{last}" for last in range(30, 35)]
        await fail(live, *numbers)
        refused, done = Code.REFUSED_BY_DIALER, Outcome.DONE
        sent = await send(breaking(live, wrong_token, 1), await waiting(live))
        assert outcomes(sent) == [refused, *[done] * 4]
        await fail(live, THIRD, SECOND, PHONE)
        sent = await send(breaking(live, wrong_token), await waiting(live))
        assert outcomes(sent) == [refused] * 3


async def test_a_call_of_an_assistant_ends_the_wait_as_well() -> None:
    async with a_sandbox_pipeline() as live:
        await fail(live, PHONE)
        await live.call("insert_dnc", number=PHONE)
        assert await waiting(live) == []


async def test_a_process_that_ended_before_the_answer_leaves_it_waiting() -> None:
    async with a_sandbox_pipeline() as live:
        crashing = live.over(dialer=Crashing())
        with pytest.raises(SystemExit):
            await crashing.call("insert_dnc", number=PHONE)
        (one,) = await waiting(live)
        assert one.is_under_way
        live.clock.move(minutes(2))
        (one,) = await waiting(live)
        assert not one.is_under_way
        assert outcomes(await send(live, [one])) == ["done"]


class Crashing:
    """A dialer with which the process ends."""

    async def post(self, request: Request) -> Answer:
        raise SystemExit(str(request.script))


async def test_where_nothing_can_be_recorded_it_says_that_nobody_is_protected() -> None:
    async with a_sandbox_pipeline() as live:
        unwritable = live.over(ledger=Ledger(no_store))
        error = await unwritable.failure("insert_dnc", number=PHONE)
        assert error.code is Code.NOT_ALLOWED
        assert "not even a request not to be called" in error.hint
        assert "put such a number on the do-not-call list in the dialer" in error.hint
        assert not live.dialer.writes


async def test_a_disposition_that_never_arrived_waits_as_a_request_for_the_leads_phones() -> None:
    async with a_sandbox_pipeline() as live:
        pipeline = live.over(dialer=FailingAt("DispositionLead", live.dialer))
        error = await pipeline.failure("disposition_lead", lead_id="1007", disposition="DNC")
        assert "The request waits to be sent to the dialer" in error.message
        assert "`chasedata-mcp dnc send` sends what waits" in error.hint
        live.clock.move(minutes(2))
        (one,) = await waiting(live)
        assert one.number == "3125550107"
        assert outcomes(await send(live, [one])) == ["done"]
        assert live.rows("dnc", number="3125550107")
        await live.call("disposition_lead", lead_id="1006", disposition="DO NOT CALL")
        assert await waiting(live) == []


class FailingAt:
    """A dialer that is not reached by one action."""

    def __init__(self, action: str, beyond: Dialer) -> None:
        self._action, self._beyond = action, beyond

    async def post(self, request: Request) -> Answer:
        if request.form.get("Action") == self._action:
            raise unreached()
        return await self._beyond.post(request)


async def test_the_history_warns_of_what_waits() -> None:
    async with a_sandbox_pipeline() as live:
        which = ListHistory()
        listed = await list_history(live.ledger, which, CALLER, own=True, account=live.account)
        assert listed.warnings == []
        await fail(live, PHONE, SECOND)
        listed = await list_history(live.ledger, which, CALLER, own=True, account=live.account)
        [said] = listed.warnings
        assert said.startswith("2 requests not to be called still wait to be sent")
        assert "`chasedata-mcp dnc send`" in said


async def test_an_undo_that_puts_a_number_back_waits_too_and_its_result_fits_the_undo() -> None:
    async with a_sandbox_pipeline() as live:
        await live.call("insert_dnc", number=PHONE)
        released = await live.with_a_yes("delete_dnc", number=PHONE)
        pipeline = breaking(live, unreached)
        undoing = UndoService(pipeline, live.ledger)
        plan = await undoing.plan(str(released.entry), None, CALLER)
        cleared = await undoing.admit(plan, CALLER)
        assert isinstance(cleared, Cleared)
        error = await failure_of(undoing.execute(plan, cleared))
        result = build_failure(live.account, error)
        assert type(result) is Result
        assert "This server suppresses the number from now on" in result.message
        assert [one.number for one in await waiting(live)] == [PHONE]
        assert await live.refused_by("send_sms", **TEXT) == {"suppressed"}
