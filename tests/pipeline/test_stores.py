"""A store of approvals that forgets, fails or grants too much turns no question into a yes."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from _support.clock import START
from _support.examples import DELETE_DNC
from _support.faults import OtherApprovals
from _support.pipeline import CALLER, RecordedPipeline, a_pipeline
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import Approval, ApprovalAnswer, ApprovalState, AssuranceLevel, Unspent
from chasedata_mcp.pipeline.pipeline import AskedAgainError

pytestmark = pytest.mark.anyio
WRONG = {"confirm": "wrong"}
YES = ApprovalAnswer.yes("on a page", CALLER, START, AssuranceLevel.CLIENT)


class Forgetful(OtherApprovals):
    """Loses each answer, as a store might that another process cleared meanwhile."""

    async def answer(self, approval_id: str, answer: ApprovalAnswer) -> bool:
        del approval_id, answer
        return True


class Broken(OtherApprovals):
    """Fails at the last step."""

    async def spend(self, *about: object) -> Unspent | None:
        del about
        raise OSError("the disk is full")


class Generous(OtherApprovals):
    """Has a yes before anybody answered, as from a page of the server's own."""

    async def ask(self, new: Approval) -> None:
        await self.store.ask(new)
        await self.store.answer(new.id, YES)


class Mistaken(OtherApprovals):
    """Finds an approval of another call under every id."""

    async def get(self, approval_id: str) -> Approval | None:
        found = await self.store.get(approval_id)
        return found and replace(found, digest="of another call", state=ApprovalState.GRANTED)


def laid_over(store: type[OtherApprovals]) -> RecordedPipeline:
    pipeline = a_pipeline()
    store.put_over(pipeline.ledger)
    return pipeline


async def redeem(
    pipeline: RecordedPipeline, approval_id: str, content: Mapping[str, object]
) -> None:
    action = pipeline.read(DELETE_DNC.tool, DELETE_DNC.arguments)
    await pipeline.send(await pipeline.redeem(action, CALLER, approval_id, Reply(content)))


@pytest.mark.parametrize("store", [Forgetful, Mistaken])
async def test_a_yes_that_is_not_on_record_is_none(store: type[OtherApprovals]) -> None:
    pipeline = laid_over(store)
    pending = await pipeline.pending(DELETE_DNC.tool, **DELETE_DNC.arguments)
    with pytest.raises(CallError) as caught:
        await redeem(pipeline, pending.approval.id, DELETE_DNC.right)
    assert caught.value.code is Code.NEEDS_CONFIRMATION
    assert not pipeline.dialer.posted


async def test_a_yes_that_can_not_be_spent_sends_nothing() -> None:
    pipeline = laid_over(Broken)
    pending = await pipeline.pending(DELETE_DNC.tool, **DELETE_DNC.arguments)
    with pytest.raises(OSError, match="disk"):
        await redeem(pipeline, pending.approval.id, DELETE_DNC.right)
    assert not pipeline.dialer.posted


async def test_a_wrong_answer_is_no_even_where_a_yes_is_on_record() -> None:
    pipeline = laid_over(Generous)
    pending = await pipeline.pending(DELETE_DNC.tool, **DELETE_DNC.arguments)
    with pytest.raises(CallError) as first:
        await redeem(pipeline, pending.approval.id, WRONG)
    assert isinstance(first.value, AskedAgainError)
    with pytest.raises(CallError) as second:
        await redeem(pipeline, pending.approval.id, DELETE_DNC.right)
    assert second.value.code is Code.NEEDS_CONFIRMATION
    assert not pipeline.dialer.posted
