"""A cleared call: made by the road alone, sent by the same road, once."""

import copy
from dataclasses import replace

import anyio
import pytest

from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval, Pipeline, Reply
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.levels import Level
from roads import CALLER, DELETE_DNC, EXAMPLES, GUARDED, READS, Guarded, Laid, title

pytestmark = pytest.mark.anyio


async def cleared(road: Pipeline, tool: str = "insert_dnc") -> Cleared:
    found = await road.admit(road.read(tool, EXAMPLES[tool]), CALLER)
    assert isinstance(found, Cleared)
    return found


@pytest.mark.parametrize("mint", [None, object(), True, "mint", Cleared])
async def test_nobody_but_the_road_makes_a_cleared_call(mint: object) -> None:
    laid = Laid()
    call = Call(laid.read("delete_dnc", DELETE_DNC.arguments), CALLER)
    with pytest.raises(TypeError, match="only the road clears a call"):
        Cleared(call, None, mint)


async def test_a_cleared_call_does_not_become_another() -> None:
    laid = Laid()
    held = await laid.held("delete_dnc", DELETE_DNC.arguments)
    with pytest.raises((TypeError, ValueError), match="mint"):  # by Python's version
        replace(await cleared(laid.road), call=held.calls[0])  # type: ignore[call-arg]  # nor to mypy


async def test_a_cleared_call_does_not_change() -> None:
    laid = Laid()
    held = await laid.held("delete_dnc", DELETE_DNC.arguments)
    harmless = await cleared(laid.road)
    with pytest.raises(AttributeError):
        harmless.call = held.calls[0]  # type: ignore[misc]  # that it is a type error too is the point


async def test_a_held_call_is_not_sent() -> None:
    laid = Laid()
    held = await laid.held("delete_dnc", DELETE_DNC.arguments)
    with pytest.raises(TypeError, match="cleared itself"):
        await laid.road.send(held)  # type: ignore[arg-type]  # that it is a type error is the point
    assert not laid.dialer.posted


async def test_a_call_that_nobody_judged_is_not_sent() -> None:
    laid = Laid()
    action = laid.read("delete_dnc", DELETE_DNC.arguments)
    with pytest.raises(TypeError):
        await laid.road.send(Call(action, CALLER))  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError):
        await laid.road.send(action)  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError):
        await laid.road.send(None)  # type: ignore[arg-type]  # as above
    assert not laid.dialer.posted


async def test_a_copy_of_a_cleared_call_is_not_sent() -> None:
    laid = Laid()
    with pytest.raises(TypeError):
        await laid.road.send(copy.copy(await cleared(laid.road)))
    assert not laid.dialer.posted


async def test_a_cleared_call_is_sent_once() -> None:
    laid = Laid()
    call = await cleared(laid.road)
    await laid.road.send(call)
    with pytest.raises(TypeError, match="that once"):
        await laid.road.send(call)
    assert len(laid.dialer.posted) == 1


async def test_a_cleared_call_is_sent_once_by_many_at_once() -> None:
    laid = Laid()
    call = await cleared(laid.road)
    refused: list[TypeError] = []

    async def send() -> None:
        try:
            await laid.road.send(call)
        except TypeError as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(send)
    assert len(laid.dialer.posted) == 1
    assert len(refused) == 19


async def test_what_one_road_cleared_another_does_not_send() -> None:
    lax, strict = Laid(), Laid(Policy(Level.WRITES))
    call = await cleared(lax.road)
    with pytest.raises(TypeError, match="cleared itself"):
        await strict.road.send(call)
    assert not strict.dialer.posted


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_a_guarded_call_is_held_and_nothing_is_sent(guarded: Guarded) -> None:
    laid = Laid()
    held = await laid.held(guarded.tool, guarded.arguments)
    assert isinstance(held, PendingApproval)
    assert not laid.dialer.posted


@pytest.mark.parametrize("guarded", GUARDED, ids=title)
async def test_a_guarded_call_is_sent_as_it_was_asked_about(guarded: Guarded) -> None:
    laid = Laid()
    held = await laid.held(guarded.tool, guarded.arguments)
    action = laid.read(guarded.tool, guarded.arguments)
    redeemed = await laid.road.redeem(action, CALLER, held.consent_id, Reply(guarded.right))
    assert redeemed.consent_id == held.consent_id
    await laid.road.send(redeemed)
    assert laid.dialer.forms == [guarded.form]


@pytest.mark.parametrize("tool", READS)
async def test_a_read_is_cleared_at_every_level(tool: str) -> None:
    for level in Level:
        call = await cleared(Laid(Policy(level)).road, tool)
        assert call.consent_id is None
