"""The tools about batches: planned, approved once, run beside the requests, shown, stopped."""

from functools import partial
from typing import Final

from mcp_types import InputRequiredResult

from chasedata_mcp.batches.batch_approval import approval_of_batch
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.models import BatchState, OnDuplicate, RowState
from chasedata_mcp.batches.planner import BatchRequest
from chasedata_mcp.batches.present import render_batch
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.fields.format import join_words
from chasedata_mcp.ledger import LedgerError
from chasedata_mcp.mcp_server.caller_batches import CallerBatches
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import UNSENT, Obstacle, ToolGroup, explain_unusable
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.batches import (
    LONGEST_WAIT,
    BatchResult,
    PlanBatch,
    RunBatch,
    ShowBatch,
    StopBatch,
)
from chasedata_mcp.tools.results import Result

_LOOK: Final = 1.0
"""Seconds from one look at a batch that is waited for to the next."""
_NAMED: Final = 5
_UNDER_WAY: Final = frozenset({BatchState.PLANNING, BatchState.RUNNING})
_STOPS: Final = "It stops between two rows; those in flight are answered first."
_BEGUN: Final = "The run was begun, so rows may have been sent; each of those is on record."
_LOOK_FIRST: Final = "Look with show_batch how far it is before anything is sent again."


async def _plan(which: PlanBatch, call: ToolCall) -> BatchResult:
    batches = CallerBatches(call)
    request = BatchRequest(
        tool=which.tool,
        rows=which.rows or (),
        file=which.file or "",
        columns=which.columns or {},
        common=which.common or {},
        on_duplicate=OnDuplicate(which.on_duplicate or OnDuplicate.SKIP),
        already_there=bool(which.already_there),
    )
    batch_id = await batches.jobs.plan(request, call.caller, LONGEST_WAIT)
    return await batches.present(await batches.view(batch_id))


async def _run(which: RunBatch, call: ToolCall) -> Result | InputRequiredResult:
    batches = CallerBatches(call)
    view = await batches.view(which.batch_id, to_run=True)
    service = batches.jobs.batches.service
    approval = approval_of_batch(service, call.pipeline, call.ledger, view.batch, call.caller)
    start = partial(_start, batches, view.batch.id)
    return await call.once_cleared(approval.admit, approval.redeem, start)


async def _start(batches: CallerBatches, batch_id: str, _: Cleared) -> BatchResult:
    """Start a run, and wait for it a little.

    Raises:
        BatchError: It could not be begun.
        CallError: `failed`; how far it is can't be told.
    """
    jobs = batches.jobs
    jobs.start(batch_id, batches.call.is_let_in)
    try:
        await jobs.wait(batch_id, jobs.quick)
        return await batches.present(await batches.view(batch_id))
    except (BatchStoreError, LedgerError, SettingsError) as error:
        message = f"{str(error).rstrip('.')}. {_BEGUN}"
        raise CallError(Code.FAILED, message, hint=_LOOK_FIRST) from None


async def _show(which: ShowBatch, call: ToolCall) -> BatchResult:
    batches = CallerBatches(call)
    view = await batches.view(which.batch_id)
    until = batches.jobs.clock() + (which.wait_seconds or 0)
    told = -1
    while view.batch.state in _UNDER_WAY and (left := until - batches.jobs.clock()) > 0:
        sendable = view.counts.total - view.counts.of(RowState.LEFT_OUT)
        if (done := sendable - view.left) > told:
            told = done
            doing = f"{done:,} of {sendable:,} rows of the batch"
            await call.context.session.report_progress(done, sendable, doing)
        await batches.jobs.wait(view.batch.id, min(_LOOK, left))
        view = await batches.view(which.batch_id)
    return await batches.present(view)


async def _stop(which: StopBatch, call: ToolCall) -> BatchResult:
    batches = CallerBatches(call)
    view = await batches.view(which.batch_id)
    await batches.jobs.stop(view.batch.id)
    before = _STOPS if view.batch.state is BatchState.RUNNING else "It wasn't running."
    return await batches.present(await batches.view(view.batch.id), before)


async def _explain(error: Obstacle, tool: type[Tool], call: ToolCall) -> CallError:
    """Explain what is wrong with a batch, and what to do about it."""
    if isinstance(error, BatchStoreError) or not isinstance(error, BatchError):
        return await explain_unusable(error, tool, call)
    hint = await _advise(tool, CallerBatches(call))
    return CallError(Code.INVALID_ARGUMENTS, f"{error} {UNSENT}", hint=hint)


async def _advise(tool: type[Tool], batches: CallerBatches) -> str:
    if tool is PlanBatch:
        return "Mend what is named, and plan again."
    latest = (await batches.list_latest())[:_NAMED]
    named = [f"{one.batch.id} ({one.batch.state})" for one in latest]
    return f"The latest batches of this caller: {join_words(named) or 'none'}."


BATCH_TOOLS: Final = ToolGroup(
    handlers={PlanBatch: _plan, RunBatch: _run, ShowBatch: _show, StopBatch: _stop},
    render=render_batch,
    explain=_explain,
)
