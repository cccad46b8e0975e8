"""Each job under a fault at each of its steps: what was done is told right, nothing is sent twice
blind, and doing it again completes it.
"""

import os
import signal
import sys
from pathlib import Path
from typing import cast

import anyio
import anyio.lowlevel
import pytest
from anyio import get_cancelled_exc_class

from _support.faults import Failing
from _support.job_faults import (
    FAULTS,
    Case,
    Fault,
    FaultyDialer,
    a_fault,
    no_answer,
    not_sent,
    refused,
    run,
)
from _support.pipeline import CALLER
from _support.sandbox import (
    PHONE,
    SandboxPipeline,
    a_recorded_pipeline,
    a_sandbox_pipeline,
    minutes,
)
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.history.reconcile import reconcile
from chasedata_mcp.jobs.contact_stop import list_requests
from chasedata_mcp.jobs.job_service import JobCall
from chasedata_mcp.jobs.plan import JobContext
from chasedata_mcp.ledger import LedgerUnwritableError
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.pipeline.early_suppression import EarlyRequest
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.answer_types import Answer, Expects
from chasedata_mcp.tools.jobs import JOBS
from chasedata_mcp.tools.jobs.job_results import JobResult
from chasedata_mcp.tools.request import Request

pytestmark = pytest.mark.anyio
KNOWN, OTHER, THIRD = "9545550101", "3055550124", "9545550102"


async def _two_phones(pipeline: SandboxPipeline) -> None:
    by_id = {"search_field": "lead_id", "identifier": "1001"}
    await pipeline.call("update_lead", **by_id, other_fields={"SecondaryPhone": OTHER})
    place = {"agent": "Maria", "list_name": "Own", "phone": KNOWN}
    await pipeline.call("create_dial_list", agent="Maria", list_name="Own")
    await pipeline.call("add_dial_list_phone", **place)


async def _assigned(pipeline: SandboxPipeline) -> None:
    await pipeline.call("assign_playlist_filter", playlist="Solar-Main", filter_name="Web-Leads")


_SKILL = {"skill": "Spanish", "source": "9545550190"}
CASES = (
    Case("stop_contact", {"phone": KNOWN}, 3, _two_phones),
    Case("add_note", {"lead_id": "1001", "note": "Hi"}, 1),
    Case("upsert_lead", {"phone": KNOWN, "campaign": "Solar", "fields": {"city": "Rome"}}, 2),
    Case("upsert_lead", {"phone": PHONE, "campaign": "Solar", "fields": {"city": "Rome"}}, 1),
    Case("fill_dial_list", {"agent": "Sam", "list_name": "June", "phones": [PHONE, THIRD]}, 3),
    Case(
        "change_playlist",
        {"playlist": "Solar-Main", "enable": ["Web-Leads"], "disable": ["Florida-Only"]},
        3,
        _assigned,
    ),
    Case(
        "change_routing",
        {"changes": [{**_SKILL, "priority": 7}, {**_SKILL, "skill": "Sales", "delay_seconds": 3}]},
        3,
    ),
)


def state(pipeline: SandboxPipeline) -> dict[str, list[object]]:
    """What the sandbox holds, but for times."""
    kept = {}
    for table, rows in pipeline.state().items():
        named = [{k: v for k, v in row.items() if not k.endswith("_at")} for row in rows]
        kept[table] = sorted(repr(sorted(row.items())) for row in named)
    return {table: list(rows) for table, rows in kept.items()}


async def clean(case: Case) -> dict[str, list[object]]:
    """The state that a job leaves that meets no fault."""
    async with a_sandbox_pipeline() as pipeline:
        await case.before(pipeline)
        result = await run(pipeline, case)
        assert result.outcome == "done", result
        return state(pipeline)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.job}-{case.writes}")
async def test_a_fault_at_a_step_is_told_and_the_job_done_again_completes_it(case: Case) -> None:
    wanted = await clean(case)
    for fault in FAULTS:
        for at in range(1, case.writes + 1):
            async with a_sandbox_pipeline() as pipeline:
                await case.before(pipeline)
                dialer = FaultyDialer(pipeline.dialer, fault, at)
                result = await run(pipeline.over(dialer=dialer), case)
                where = f"{fault.__name__} at {at}: {result}"
                assert len(dialer.writes) <= case.writes, where
                sent = [tuple(sorted(form.items())) for form in dialer.writes]
                assert len(set(sent)) == len(sent), f"sent twice: {where}"
                _is_told_right(case, fault, result, where)
                again = await run(pipeline, case)
                assert again.outcome == "done", f"{where}, then {again}"
                assert state(pipeline) == wanted, where


def _is_told_right(case: Case, fault: Fault, result: JobResult, where: str) -> None:
    outcomes = [step.outcome for step in result.steps or ()]
    if result.outcome == "done":
        # An update whose answer was lost is read; of a list each refusal is one of many; an insert
        # that is refused as a duplicate is what the update is for.
        assert case.job in {"add_note", "upsert_lead", "fill_dial_list", "stop_contact"}, where
        if case.job == "stop_contact":
            # A place on a list that the dialer refuses to give up isn't there any more.
            assert (fault, outcomes[:2]) == (refused, ["done", "done"]), where
        return
    assert result.code is not None, where
    assert {"refused", "unknown"} & set(outcomes), where
    if fault in {not_sent, refused}:
        assert "unknown" not in outcomes, where
        partly = "done" in outcomes or "The list is new." in result.message
        assert result.outcome == ("unknown" if partly else "refused"), where
    else:
        assert (result.outcome, result.changed) == ("unknown", "unknown"), where
    assert result.hint is not None
    assert "Do the job again" in result.hint, where


async def test_a_freeze_between_steps_stops_all_but_what_protects() -> None:
    for case in (CASES[0], CASES[4], CASES[5], CASES[6]):
        async with a_sandbox_pipeline() as pipeline:
            await case.before(pipeline)

            async def frozen(dialer: FaultyDialer, request: Request) -> Answer:
                account, now = pipeline.account.accid, pipeline.clock()
                await pipeline.ledger.freezes.freeze(account, "test", "maria", now)
                return await dialer.beyond.post(request)

            dialer = FaultyDialer(pipeline.dialer, frozen, 1)
            result = await run(pipeline.over(dialer=dialer), case)
            outcomes = [step.outcome for step in result.steps or ()]
            if case.job == "stop_contact":
                assert (result.outcome, outcomes) == ("done", ["done"] * 3)
                continue
            assert len(dialer.writes) == 1
            assert result.code == "not_allowed"
            said = " ".join(step.message or "" for step in result.steps or ())
            assert "All writes are stopped" in said
            account = pipeline.account.accid
            await pipeline.ledger.freezes.rearm(account, "maria", pipeline.clock())
            assert (await run(pipeline, case)).outcome == "done"
            assert state(pipeline) == await clean(case)


async def test_a_job_that_is_cancelled_is_on_record_as_far_as_it_came_and_can_be_done_again() -> (
    None
):
    for case in (CASES[0], CASES[4], CASES[5]):
        async with a_sandbox_pipeline() as pipeline:
            await case.before(pipeline)
            with anyio.CancelScope() as scope:

                async def cancelled(_: FaultyDialer, __: Request) -> Answer:
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()
                    raise AssertionError

                dialer = FaultyDialer(pipeline.dialer, cancelled, 2)
                with pytest.raises(get_cancelled_exc_class()):
                    await run(pipeline.over(dialer=dialer), case)
            assert len(dialer.writes) == 2
            steps = [one for one in await pipeline.entries() if one.intent.row is not None]
            assert [one.settled for one in steps] == [True] * len(steps)
            assert (await run(pipeline, case)).outcome == "done"
            assert state(pipeline) == await clean(case)


async def test_a_process_that_ends_before_the_first_request_leaves_all_phones_suppressed() -> None:
    case = CASES[0]
    async with a_sandbox_pipeline() as pipeline:
        await case.before(pipeline)
        wanted = JOBS[case.job].read(case.given, pipeline.validation_context())
        plan = await JobCall(JobContext(pipeline, pipeline.ledger, CALLER), wanted).plan()
        # What a killed process leaves: the intent of the suppression, and no ending.
        early = EarlyRequest(list_requests(plan), f"{plan.id}.0")
        await pipeline.early_suppression.suppress(early, CALLER)
        async with pipeline.another_process() as other:
            account = other.account.accid
            held = await other.ledger.dnc_registry.suppressed(account)
            assert {one.number for one in held} == {KNOWN, OTHER}
            assert await other.ledger.dnc_registry.count_waiting(account) == 2
            pipeline.clock.move(minutes(2))
            found = [one async for one in reconcile(other, other.ledger)]
            assert [one.entry.intent.tool for one in found] == ["stop_contact"]
            assert await other.ledger.count_unsettled() == 0
            assert await other.ledger.dnc_registry.count_waiting(account) == 2
            assert (await run(other, case)).outcome == "done"
            assert await other.ledger.dnc_registry.count_waiting(account) == 0


async def test_what_a_job_sent_is_told_where_its_end_can_not_be_recorded(tmp_path: Path) -> None:
    case = CASES[0]
    store = Failing(tmp_path, LedgerUnwritableError("The disk is full."))
    async with a_recorded_pipeline(lambda: cast("Store", store)) as pipeline:
        await case.before(pipeline)
        store.fails = frozenset({"end"})
        result = await run(pipeline, case)
        listed = {row["number"] for row in pipeline.rows("dnc")}
    assert (result.outcome, result.code) == ("done", None)
    assert {KNOWN, OTHER} <= listed
    assert any("the history shows it as unknown. They are" in one for one in result.warnings)


async def test_a_call_whose_answer_was_lost_is_not_made_again_unasked() -> None:
    given = {"phone": PHONE, "campaign": "Solar"}
    async with a_sandbox_pipeline() as pipeline:
        case = Case("call_lead_now", given, 1)
        dialer = FaultyDialer(pipeline.dialer, no_answer, 1)
        first = await run(pipeline.over(dialer=dialer), case)
        assert first.outcome in {"unknown", "done"}
        wanted = JOBS[case.job].read(given, pipeline.validation_context())
        again = await JobCall(JobContext(pipeline, pipeline.ledger, CALLER), wanted).admit()
        assert not isinstance(again, Cleared)
        assert "a second lead is made, which stays" in again.approval.question.text


class BlindDialer:
    """A dialer whose leads can't be read."""

    def __init__(self, beyond: Dialer) -> None:
        self._beyond = beyond

    async def post(self, request: Request) -> Answer:
        if request.expects is not Expects.DONE:
            raise a_fault(Code.NO_ANSWER)
        return await self._beyond.post(request)


async def test_where_leads_cannot_be_read_a_number_is_stopped_and_no_note_is_lost() -> None:
    async with a_sandbox_pipeline() as pipeline:
        blind = pipeline.over(dialer=BlindDialer(pipeline.dialer))
        stopped = await run(blind, Case("stop_contact", {"phone": KNOWN}, 1))
        assert stopped.outcome == "done"
        assert "Not all phones of their leads could be read" in (stopped.left or [""])[0]
        for case in (CASES[1], Case("stop_contact", {"lead_id": "1001"}, 1)):
            with pytest.raises(CallError) as caught:
                await run(blind, case)
            assert "The lead can't be read. Nothing was sent." in caught.value.message


_KILLED = """
import os, signal, sys
from pathlib import Path

import anyio

from _support.sandbox import a_sandbox_pipeline
from jobs.test_job_faults import CASES, FaultyDialer, run


async def main():
    async def killed(dialer, request):
        os.kill(os.getpid(), signal.SIGKILL)

    async with a_sandbox_pipeline(ledger=Path(sys.argv[1])) as pipeline:
        await CASES[0].before(pipeline)
        await run(pipeline.over(dialer=FaultyDialer(pipeline.dialer, killed, 2)), CASES[0])


anyio.run(main)
"""


async def test_a_process_that_is_killed_between_requests_leaves_the_rest_to_be_sent(
    tmp_path: Path,
) -> None:
    # The process is the point: nothing of it runs any more once it is killed.
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    ended = await anyio.run_process(command, env=environ, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    async with a_sandbox_pipeline(ledger=tmp_path) as pipeline:
        account = pipeline.account.accid
        held = await pipeline.ledger.dnc_registry.suppressed(account)
        assert {one.number for one in held} == {KNOWN, OTHER}
        # The first was listed; of the second nobody knows.
        assert await pipeline.ledger.dnc_registry.count_waiting(account) == 1
        job = next(one.intent.row for one in await pipeline.entries() if one.intent.row)
        steps = {
            one.intent.row: one.outcome
            for one in await pipeline.entries()
            if (one.intent.row or "").startswith(job.partition(".")[0])
        }
        assert sorted(steps.values()) == ["done", "unknown", "unknown"]
        for phone in (KNOWN, OTHER):
            again = await run(pipeline, Case("stop_contact", {"phone": phone}, 1))
            assert again.outcome == "done", again
        assert await pipeline.ledger.dnc_registry.count_waiting(account) == 0
