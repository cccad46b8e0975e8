"""Questions and answers in the ledger: across pipelines, processes' restarts, and calls."""

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from sqlalchemy import create_engine, text

from _support.clock import START
from _support.kept import CALLER, Failing, Kept, failure_of, kept, later
from chasedata_mcp.approvals.grants import Approval
from chasedata_mcp.approvals.models import LIFE, State
from chasedata_mcp.approvals.questions import Kind, Question, Typed
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import LedgerUnwritableError, open_ledger
from chasedata_mcp.pipeline.approval_store import ConsentsInLedger
from chasedata_mcp.pipeline.pipeline import AskedAgainError, PendingApproval, Pipeline, Reply

pytestmark = pytest.mark.anyio
DNC = "2125550104"
CALL: Mapping[str, object] = {"number": DNC}
YES = Reply({"confirm": "(212) 555-0104"})
QUESTIONS = [
    Question("Do it?"),
    Question("Delete it?", Typed(Kind.NAME, "Warm “leads”")),
    Question("Take it off?", Typed(Kind.PHONE, DNC)),
]


async def held_by(pipeline: Pipeline) -> str:
    pending = await pipeline.admit(pipeline.read("delete_dnc", CALL), CALLER)
    assert isinstance(pending, PendingApproval)
    return pending.consent_id


async def redeem(pipeline: Pipeline, consent_id: str, reply: Reply = YES) -> None:
    await pipeline.send(
        await pipeline.redeem(pipeline.read("delete_dnc", CALL), CALLER, consent_id, reply)
    )


async def refused(pipeline: Pipeline, consent_id: str, reply: Reply = YES) -> CallError:
    return await failure_of(redeem(pipeline, consent_id, reply))


async def test_a_yes_asked_for_on_one_road_is_redeemed_on_another_once(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        consent_id = await held_by(floor.pipeline)
        # As after a restart: another ledger on the same store.
        async with open_ledger(tmp_path, "sandbox", clock=floor.clock) as again:
            other = floor.over(floor.client, again)
            await redeem(other, consent_id)
            assert not floor.rows("dnc", number=DNC)
            for pipeline in (floor.pipeline, other):
                error = await refused(pipeline, consent_id)
                assert error.code is Code.NEEDS_CONFIRMATION
                assert "used already" in error.message


async def test_of_two_roads_that_redeem_one_yes_at_once_one_sends(tmp_path: Path) -> None:
    sent: list[bool] = []
    async with (
        kept(tmp_path) as floor,
        open_ledger(tmp_path, "sandbox", clock=floor.clock) as again,
    ):
        pipelines = [floor.pipeline, floor.over(floor.client, again)] * 4
        consent_id = await held_by(floor.pipeline)

        async def race(pipeline: Pipeline) -> None:
            try:
                await redeem(pipeline, consent_id)
            except CallError as error:
                assert error.code is Code.NEEDS_CONFIRMATION  # noqa: PT017 - which one loses is open
                sent.append(False)
            else:
                sent.append(True)

        async with anyio.create_task_group() as tasks:
            for pipeline in pipelines:
                tasks.start_soon(race, pipeline)
    assert sorted(sent) == [False] * 7 + [True]


async def test_a_no_on_one_road_is_a_no_on_the_other(tmp_path: Path) -> None:
    async with (
        kept(tmp_path) as floor,
        open_ledger(tmp_path, "sandbox", clock=floor.clock) as again,
    ):
        consent_id = await held_by(floor.pipeline)
        typed_wrong = Reply({"confirm": "3055550110"})
        once_more = await refused(floor.pipeline, consent_id, typed_wrong)
        assert isinstance(once_more, AskedAgainError)
        wrong = await refused(floor.pipeline, once_more.pending.consent_id, typed_wrong)
        assert wrong.code is Code.DECLINED
        for closed in (consent_id, once_more.pending.consent_id):
            late = await refused(floor.over(floor.client, again), closed)
            assert late.code is Code.NEEDS_CONFIRMATION
        assert floor.rows("dnc", number=DNC)


async def test_a_yes_after_five_minutes_is_none(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        consent_id = await held_by(floor.pipeline)
        floor.clock.move(LIFE)
        error = await refused(floor.pipeline, consent_id)
    assert (error.code, "too late" in error.message) == (Code.NEEDS_CONFIRMATION, True)


async def test_a_yes_to_a_question_whose_words_are_gone_is_late_and_nothing_else(
    tmp_path: Path,
) -> None:
    async with (
        kept(tmp_path) as floor,
        open_ledger(tmp_path, "sandbox", clock=floor.clock) as again,
    ):
        consent_id = await held_by(floor.pipeline)
        floor.clock.move(LIFE)
        await again.open()
        error = await refused(floor.pipeline, consent_id)
    assert (error.code, "too late" in error.message) == (Code.NEEDS_CONFIRMATION, True)


async def test_a_yes_is_for_its_call_and_its_caller(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        consent_id = await held_by(floor.pipeline)
        another = floor.pipeline.read("delete_dnc", {"number": "6025550199"})
        same = floor.pipeline.read("delete_dnc", CALL)
        for action, caller in ((another, CALLER), (same, "james/another")):
            error = await failure_of(floor.pipeline.redeem(action, caller, consent_id, YES))
            assert error.code is Code.NEEDS_CONFIRMATION
        assert "no open question" in (await refused(floor.pipeline, "nothing")).message
        await redeem(floor.pipeline, consent_id)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
async def test_a_question_is_read_as_it_was_asked(tmp_path: Path, question: Question) -> None:
    async with kept(tmp_path) as floor:
        consents = ConsentsInLedger(floor.ledger)
        asked = await consents.ask("digest", CALLER, question, START)
        found = await consents.find(asked.id)
        assert found == asked
        await consents.grant(asked.id, Approval(START, "here", CALLER))
        granted = await consents.find(asked.id)
        assert granted is not None
        assert (granted.state, granted.how, granted.by) == (State.GRANTED, "here", CALLER)
        assert await consents.find("nothing") is None


async def test_a_question_that_can_not_be_read_is_never_a_yes(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        consent_id = await held_by(floor.pipeline)
        engine = create_engine(f"sqlite:///{tmp_path}/ledger-sandbox.sqlite3")
        with engine.begin() as connection:
            connection.execute(text('UPDATE ledger_consents SET question = \'{"text": "x"}\''))
        engine.dispose()
        error = await refused(floor.pipeline, consent_id)
        assert error.code is Code.NEEDS_CONFIRMATION
        assert floor.rows("dnc", number=DNC)


@pytest.mark.parametrize("step", ["ask", "get", "answer", "spend"])
async def test_a_ledger_that_fails_at_any_step_means_no(tmp_path: Path, step: str) -> None:
    store = Failing(tmp_path, LedgerUnwritableError("The disk is full."))
    async with kept(tmp_path, lambda: store) as floor:  # type: ignore[arg-type, return-value]  # as a store
        if step == "ask":
            store.fails = frozenset({step})
            action = floor.pipeline.read("delete_dnc", CALL)
            error = await failure_of(floor.pipeline.admit(action, CALLER))
        else:
            consent_id = await held_by(floor.pipeline)
            store.fails = frozenset({step})
            error = await refused(floor.pipeline, consent_id)
        assert (error.code, "Nothing was sent." in error.message) == (Code.NOT_ALLOWED, True)
        assert floor.rows("dnc", number=DNC)


async def spent_meanwhile(floor: Kept, consent_id: str, digest: str) -> None:
    consents = ConsentsInLedger(floor.ledger)
    await consents.grant(consent_id, Approval(floor.clock(), "here", CALLER))
    await consents.spend(consent_id, digest, CALLER, floor.clock())


async def test_a_consent_says_why_it_is_not_spent(tmp_path: Path) -> None:
    async with kept(tmp_path) as floor:
        consents = ConsentsInLedger(floor.ledger)
        asked = await consents.ask("digest", CALLER, QUESTIONS[0], START)
        tries = [
            ("digest", START, "Nobody has said yes"),
            ("other", START, "another call"),
            ("digest", START + LIFE + later(1), "too late"),
        ]
        for digest, now, said in tries:
            error = await failure_of(consents.spend(asked.id, digest, CALLER, now))
            assert said in error.message
        await spent_meanwhile(floor, asked.id, "digest")
        error = await failure_of(consents.spend(asked.id, "digest", CALLER, START))
        assert "used already" in error.message
