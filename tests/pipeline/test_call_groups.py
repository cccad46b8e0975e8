"""Calls that are wanted together: cleared as one, sent one after another, recorded each."""

import pytest

from _support.examples import DELETE_DNC
from _support.pipeline import CALLER, AssembledPipeline, a_pipeline, an_action
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalAnswer, ApprovalState, AssuranceLevel
from chasedata_mcp.pipeline.call import CallGroup
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval

pytestmark = pytest.mark.anyio

NUMBERS = ("9545550123", "9545550124", "9545550125")
THREE = tuple(an_action("insert_dnc", {"number": number}) for number in NUMBERS)


async def cleared(pipeline: AssembledPipeline, group: CallGroup) -> Cleared:
    found = await pipeline.admit(group, CALLER)
    assert isinstance(found, Cleared)
    return found


async def test_the_calls_of_a_batch_are_sent_in_their_order_and_once_each() -> None:
    pipeline = a_pipeline()
    group = await cleared(pipeline, CallGroup(THREE))
    for number in NUMBERS:
        await pipeline.send(group)
        assert pipeline.dialer.forms[-1]["Number"] == number
    with pytest.raises(TypeError, match="cleared itself"):
        await pipeline.send(group)
    assert len(pipeline.dialer.forms) == len(NUMBERS)


async def test_every_call_of_an_undo_says_what_it_undoes_and_the_first_what_it_knows() -> None:
    pipeline = a_pipeline()
    known = frozenset({"an entry"})
    group = await cleared(pipeline, CallGroup(THREE, undoes="entry", aware_of=known))
    assert [call.undoes for call in group.calls] == ["entry"] * 3
    assert [call.aware_of for call in group.calls] == [known, None, None]


async def test_a_call_by_itself_undoes_nothing_and_knows_of_nothing() -> None:
    (call,) = (await cleared(a_pipeline(), CallGroup(THREE[:1]))).calls
    assert (call.undoes, call.aware_of) == (None, None)


async def test_a_yes_that_was_given_out_of_band_clears_the_call_the_next_time_it_is_made() -> None:
    pipeline = a_pipeline()
    action = pipeline.read("delete_dnc", DELETE_DNC.arguments)
    pending = await pipeline.admit(action, CALLER, out_of_band=True)
    assert isinstance(pending, PendingApproval)
    yes = ApprovalAnswer(
        ApprovalState.GRANTED, "on a page", "maria", pipeline.now(), AssuranceLevel.MACHINE
    )
    await pipeline.ledger.approvals.answer(pending.approval.id, yes)
    again = await pipeline.admit(action, CALLER)
    assert isinstance(again, Cleared)
    (call,) = again.calls
    assert call.approval is not None
    assert (call.approval.id, call.approval.by) == (pending.approval.id, "maria")
    await pipeline.send(again)
    assert pipeline.dialer.forms == [DELETE_DNC.form]


async def test_an_answer_that_is_another_callers_is_refused_on_record() -> None:
    pipeline = a_pipeline()
    pending = await pipeline.pending("delete_dnc", **DELETE_DNC.arguments)
    action = pipeline.read("delete_dnc", DELETE_DNC.arguments)
    with pytest.raises(CallError) as refused:
        await pipeline.redeem(action, "somebody/else", pending.approval.id, None)
    assert refused.value.code is Code.NEEDS_CONFIRMATION
    newest = await pipeline.newest()
    assert (newest.intent.tool, newest.intent.caller) == ("delete_dnc", "somebody/else")
