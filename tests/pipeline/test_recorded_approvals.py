"""Questions and answers in the ledger: across pipelines, processes' restarts, and calls."""

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from _support.faults import Failing
from _support.ledger import Place
from _support.pipeline import CALLER, failure_of
from _support.sandbox import SandboxPipeline, a_recorded_pipeline
from chasedata_mcp.approvals.lifetimes import LIFE
from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.ledger import (
    ApprovalSummary,
    AssuranceLevel,
    EntryKind,
    LedgerUnwritableError,
    open_ledger,
)
from chasedata_mcp.ledger.questions import Question, Typed, TypedKind
from chasedata_mcp.pipeline.pipeline import AskedAgainError, PendingApproval, Pipeline

pytestmark = pytest.mark.anyio
DNC = "2125550104"
CALL: Mapping[str, object] = {"number": DNC}
YES = Reply({"confirm": "(212) 555-0104"})
QUESTIONS = [
    Question("Do it?"),
    Question("Delete it?", Typed(TypedKind.NAME, "Warm “leads”")),
    Question("Take it off?", Typed(TypedKind.PHONE, DNC)),
]


async def held_by(pipeline: Pipeline) -> str:
    pending = await pipeline.admit(pipeline.read("delete_dnc", CALL), CALLER)
    assert isinstance(pending, PendingApproval)
    return pending.approval.id


async def redeem(pipeline: Pipeline, approval_id: str, reply: Reply = YES) -> None:
    await pipeline.send(
        await pipeline.redeem(pipeline.read("delete_dnc", CALL), CALLER, approval_id, reply)
    )


async def refused(pipeline: Pipeline, approval_id: str, reply: Reply = YES) -> CallError:
    return await failure_of(redeem(pipeline, approval_id, reply))


async def test_a_yes_asked_for_by_one_pipeline_is_redeemed_by_another_once(
    tmp_path: Path, pipeline: SandboxPipeline
) -> None:
    approval_id = await held_by(pipeline)
    # As after a restart: another ledger on the same store.
    async with open_ledger(tmp_path, "sandbox", clock=pipeline.clock) as again:
        other = pipeline.over(ledger=again)
        await redeem(other, approval_id)
        assert not pipeline.rows("dnc", number=DNC)
        for either in (pipeline, other):
            error = await refused(either, approval_id)
            assert error.code is Code.NEEDS_CONFIRMATION
            assert "used already" in error.message


async def test_of_two_pipelines_that_redeem_one_yes_at_once_one_sends(tmp_path: Path) -> None:
    sent: list[bool] = []
    async with (
        a_recorded_pipeline(tmp_path) as pipeline,
        open_ledger(tmp_path, "sandbox", clock=pipeline.clock) as again,
    ):
        pipelines = [pipeline, pipeline.over(ledger=again)] * 4
        approval_id = await held_by(pipeline)

        async def race(pipeline: Pipeline) -> None:
            try:
                await redeem(pipeline, approval_id)
            except CallError as error:
                assert error.code is Code.NEEDS_CONFIRMATION  # noqa: PT017 - which one loses is open
                sent.append(False)
            else:
                sent.append(True)

        async with anyio.create_task_group() as tasks:
            for either in pipelines:
                tasks.start_soon(race, either)
    assert sorted(sent) == [False] * 7 + [True]


async def test_a_no_to_one_pipeline_is_a_no_to_the_other(
    tmp_path: Path, pipeline: SandboxPipeline
) -> None:
    async with open_ledger(tmp_path, "sandbox", clock=pipeline.clock) as again:
        approval_id = await held_by(pipeline)
        typed_wrong = Reply({"confirm": "3055550110"})
        once_more = await refused(pipeline, approval_id, typed_wrong)
        assert isinstance(once_more, AskedAgainError)
        wrong = await refused(pipeline, once_more.pending.approval.id, typed_wrong)
        assert wrong.code is Code.DECLINED
        for closed in (approval_id, once_more.pending.approval.id):
            late = await refused(pipeline.over(ledger=again), closed)
            assert late.code is Code.NEEDS_CONFIRMATION
        assert pipeline.rows("dnc", number=DNC)


async def test_a_question_that_nobody_answered_is_on_record_with_its_words(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as live:
        pending = await live.admit(live.read("delete_dnc", CALL), CALLER)
        assert isinstance(pending, PendingApproval)
        late = CallError(Code.NEEDS_CONFIRMATION, "Nobody answered.", hint="")
        live.refused(pending.mark_unanswered(), late)
        await live.written()
        entry = await live.entry()
    assert (entry.kind, entry.outcome) == (EntryKind.REFUSAL, Outcome.REFUSED)
    asked = pending.approval
    assert entry.intent.approval == ApprovalSummary(
        asked.id, asked.question.text, "by nobody", by="", sureness=""
    )


async def test_a_mistyped_answer_is_on_record_with_who_gave_it_and_how(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as live:
        approval_id = await held_by(live)
        await refused(live, approval_id, Reply({"confirm": "3055550110"}))
        await live.written()
        given = (await live.entry()).intent.approval
    assert given is not None
    assert (given.id, given.how, given.by) == (approval_id, "through the client", CALLER)


async def test_who_is_asked_anew_out_of_band_gets_the_code_and_the_time_of_the_new_question(
    tmp_path: Path,
) -> None:
    async with a_recorded_pipeline(tmp_path) as live:
        action = live.read("delete_dnc", CALL)
        pending = await live.admit(action, CALLER, out_of_band=True)
        assert isinstance(pending, PendingApproval)
        wrong = Reply({"confirm": "3055550110"}, "on the terminal", AssuranceLevel.MACHINE)
        again = await refused(live, pending.approval.id, wrong)
    assert isinstance(again, AskedAgainError)
    anew = again.pending.approval
    assert anew.id != pending.approval.id
    assert again.approvable is not None
    assert (again.approvable.code, again.approvable.until) == (anew.code, anew.ends)
    assert again.approvable.question.startswith(anew.question.text)
    assert "Call the tool again" in again.hint


async def test_a_yes_after_five_minutes_is_none(tmp_path: Path) -> None:
    async with a_recorded_pipeline(tmp_path) as pipeline:
        approval_id = await held_by(pipeline)
        pipeline.clock.move(LIFE)
        error = await refused(pipeline, approval_id)
    assert (error.code, "too late" in error.message) == (Code.NEEDS_CONFIRMATION, True)


async def test_a_yes_to_a_question_whose_words_are_gone_is_late_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with (
        a_recorded_pipeline(tmp_path) as pipeline,
        open_ledger(tmp_path, "sandbox", clock=pipeline.clock) as again,
    ):
        approval_id = await held_by(pipeline)
        pipeline.clock.move(LIFE)
        await again.open()
        error = await refused(pipeline, approval_id)
    assert (error.code, "too late" in error.message) == (Code.NEEDS_CONFIRMATION, True)


async def test_a_yes_is_for_its_call_and_its_caller(pipeline: SandboxPipeline) -> None:
    approval_id = await held_by(pipeline)
    another = pipeline.read("delete_dnc", {"number": "6025550199"})
    same = pipeline.read("delete_dnc", CALL)
    for action, caller in ((another, CALLER), (same, "james/another")):
        error = await failure_of(pipeline.redeem(action, caller, approval_id, YES))
        assert error.code is Code.NEEDS_CONFIRMATION
    assert "no open question" in (await refused(pipeline, "nothing")).message
    await redeem(pipeline, approval_id)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
async def test_a_question_is_read_as_it_was_asked(
    question: Question, pipeline: SandboxPipeline
) -> None:
    request = ApprovalRequest(digest="digest", caller=CALLER, question=question, rules=())
    asked = await pipeline.approvals.spend_or_ask(request, out_of_band=False)
    assert await pipeline.approvals.get(asked.id) == asked


async def test_a_question_that_can_not_be_read_is_never_a_yes(
    tmp_path: Path, pipeline: SandboxPipeline
) -> None:
    approval_id = await held_by(pipeline)
    Place(str(tmp_path), tmp_path).slip('UPDATE ledger_consents SET question = \'{"text": "x"}\'')
    error = await refused(pipeline, approval_id)
    assert error.code is Code.NEEDS_CONFIRMATION
    assert pipeline.rows("dnc", number=DNC)


@pytest.mark.parametrize("step", ["ask", "get", "answer", "spend"])
async def test_a_ledger_that_fails_at_any_step_means_no(tmp_path: Path, step: str) -> None:
    store = Failing(tmp_path, LedgerUnwritableError("The disk is full."))
    async with a_recorded_pipeline(lambda: store) as pipeline:  # type: ignore[arg-type, return-value]  # as a store
        if step == "ask":
            store.fails = frozenset({step})
            action = pipeline.read("delete_dnc", CALL)
            error = await failure_of(pipeline.admit(action, CALLER))
        else:
            approval_id = await held_by(pipeline)
            store.fails = frozenset({step})
            error = await refused(pipeline, approval_id)
        assert (error.code, "Nothing was sent." in error.message) == (Code.NOT_ALLOWED, True)
        assert pipeline.rows("dnc", number=DNC)
