"""A cleared call: made by the pipeline alone, sent by the same one, once."""

import copy
from dataclasses import replace

import anyio
import pytest

from _support.examples import DELETE_DNC, EXAMPLES, GUARDED, READS, Guarded, title
from _support.pipeline import CALLER, a_pipeline
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval, Pipeline
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import ConfirmLevel

pytestmark = pytest.mark.anyio


async def cleared(pipeline: Pipeline, tool: str = "insert_dnc") -> Cleared:
    found = await pipeline.admit(pipeline.read(tool, EXAMPLES[tool]), CALLER)
    assert isinstance(found, Cleared)
    return found


async def test_a_clearance_that_was_made_by_hand_sends_nothing() -> None:
    pipeline = a_pipeline()
    call = Call(pipeline.read("delete_dnc", DELETE_DNC.arguments), CALLER)
    with pytest.raises(TypeError, match="cleared itself"):
        await pipeline.send(Cleared((call,)))
    assert not pipeline.dialer.posted


async def test_a_clearance_that_was_made_of_another_sends_nothing() -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending("delete_dnc", **DELETE_DNC.arguments)
    harmless = await cleared(pipeline)
    for forged in (replace(harmless, calls=pending.calls), copy.copy(harmless)):
        with pytest.raises(TypeError, match="cleared itself"):
            await pipeline.send(forged)
    assert not pipeline.dialer.posted


async def test_a_cleared_call_does_not_change() -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending("delete_dnc", **DELETE_DNC.arguments)
    harmless = await cleared(pipeline)
    with pytest.raises(AttributeError):
        harmless.calls = pending.calls  # type: ignore[misc]  # that it is a type error too is the point


async def test_a_held_call_is_not_sent() -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending("delete_dnc", **DELETE_DNC.arguments)
    with pytest.raises(TypeError):
        await pipeline.send(pending)  # type: ignore[arg-type]  # that it is a type error is the point
    assert not pipeline.dialer.posted


async def test_a_call_that_nobody_judged_is_not_sent() -> None:
    pipeline = a_pipeline()
    action = pipeline.read("delete_dnc", DELETE_DNC.arguments)
    with pytest.raises(TypeError):
        await pipeline.send(Call(action, CALLER))  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError):
        await pipeline.send(action)  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError):
        await pipeline.send(None)  # type: ignore[arg-type]  # as above
    assert not pipeline.dialer.posted


async def test_a_copy_of_a_cleared_call_is_not_sent() -> None:
    pipeline = a_pipeline()
    with pytest.raises(TypeError):
        await pipeline.send(copy.copy(await cleared(pipeline)))
    assert not pipeline.dialer.posted


async def test_a_cleared_call_is_sent_once() -> None:
    pipeline = a_pipeline()
    call = await cleared(pipeline)
    await pipeline.send(call)
    with pytest.raises(TypeError, match="that once"):
        await pipeline.send(call)
    assert len(pipeline.dialer.posted) == 1


async def test_a_cleared_call_is_sent_once_by_many_at_once() -> None:
    pipeline = a_pipeline()
    call = await cleared(pipeline)
    refused: list[TypeError] = []

    async def send() -> None:
        try:
            await pipeline.send(call)
        except TypeError as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(send)
    assert len(pipeline.dialer.posted) == 1
    assert len(refused) == 19


async def test_what_one_pipeline_cleared_another_does_not_send() -> None:
    lax, strict = a_pipeline(), a_pipeline(Policy(ConfirmLevel.WRITES))
    call = await cleared(lax)
    with pytest.raises(TypeError, match="cleared itself"):
        await strict.send(call)
    assert not strict.dialer.posted


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_a_guarded_call_is_held_and_nothing_is_sent(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    assert isinstance(pending, PendingApproval)
    assert not pipeline.dialer.posted


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_a_guarded_call_is_sent_as_it_was_asked_about(guarded: Guarded) -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending(guarded.tool, **guarded.arguments)
    action = pipeline.read(guarded.tool, guarded.arguments)
    redeemed = await pipeline.redeem(action, CALLER, pending.approval.id, Reply(guarded.right))
    (call,) = redeemed.calls
    assert call.approval is not None
    assert call.approval.id == pending.approval.id
    await pipeline.send(redeemed)
    assert pipeline.dialer.forms == [guarded.form]


@pytest.mark.parametrize("tool", READS)
async def test_a_read_is_cleared_at_every_level(tool: str) -> None:
    for level in ConfirmLevel:
        call = await cleared(a_pipeline(Policy(level)), tool)
        assert call.calls[0].approval is None
