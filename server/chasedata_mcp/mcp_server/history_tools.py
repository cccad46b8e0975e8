"""The tools about the history: listed, taken back, and every write stopped."""

from functools import partial
from typing import Final

from mcp_types import InputRequiredResult

from chasedata_mcp.app.batch_undo import BatchUndo
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.history.freeze import freeze
from chasedata_mcp.history.list import list_history
from chasedata_mcp.history.present import redact_page, render_page
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import ledger_required, read_principal
from chasedata_mcp.mcp_server.caller_batches import CallerBatches
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import ToolGroup
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.free_text import HISTORY as HISTORY_SOURCE
from chasedata_mcp.tools.free_text import holds_free_text
from chasedata_mcp.tools.history import Freeze, HistoryResult, ListHistory, Undo
from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result


async def list_entries(which: ListHistory, call: ToolCall) -> HistoryResult:
    """List past calls that the caller may see; what others wrote in them counts as read.

    Raises:
        CallError: `not_allowed`; the ledger can't be read.
    """
    result = await list_history(
        call.ledger, which, call.caller, own=call.own, account=call.pipeline.account
    )
    page = redact_page(result, call.pipeline.policy.redactor)
    entries = page.entries or ()
    if any(entry.dialer_said or holds_free_text(entry.arguments) for entry in entries):
        # Entries quote leads and the dialer, so this counts as reading free text: the policy asks
        # about calls that reach somebody soon after it.
        call.pipeline.has_read(call.caller, (HISTORY_SOURCE,))
    return page


async def _undo(which: Undo, call: ToolCall) -> Result | InputRequiredResult:
    if (view := await _find_batch(which.entry, call)) is not None:
        return await _undo_batch(view, call)
    undoing = UndoService(call.pipeline, call.ledger)
    whose = read_principal(call.caller) if call.own else None
    plan = await undoing.plan(which.entry, whose, call.caller)
    return await call.once_cleared(
        partial(undoing.admit, plan, call.caller),
        partial(undoing.redeem, plan, call.caller),
        partial(undoing.execute, plan),
    )


async def _find_batch(batch_id: str, call: ToolCall) -> BatchView | None:
    """Find a batch that the caller may see; None where there is none of this id."""
    with ledger_required:
        is_entry = await call.ledger.entry(batch_id) is not None
    if is_entry or call.server_context.load_batches is None:
        return None
    try:
        return await CallerBatches(call).view(batch_id)
    except (BatchError, SettingsError):
        return None  # an entry or a job is taken back all the same


async def _undo_batch(view: BatchView, call: ToolCall) -> Result | InputRequiredResult:
    undoing = BatchUndo(call.pipeline, call.ledger, CallerBatches(call).jobs.batches.store)
    plan = await undoing.plan(view, call.caller)
    approval = undoing.make_approval(plan, call.caller)

    async def execute(_: Cleared) -> Result:
        return await undoing.execute(plan, call.caller, approval.kept[0])

    return await call.once_cleared(approval.rows.admit, approval.rows.redeem, execute)


async def _freeze(which: Freeze, call: ToolCall) -> Result:
    now = call.pipeline.now()
    return await freeze(call.ledger, which, call.caller, call.pipeline.account, now)


def _render(result: Result) -> RenderedResult:
    return render_page(result) if isinstance(result, HistoryResult) else render_views(result)


HISTORY_TOOLS: Final = ToolGroup(
    handlers={ListHistory: list_entries, Undo: _undo, Freeze: _freeze},
    render=_render,
    # The calls that undo an entry are evaluated and recorded by the pipeline.
    evaluated=frozenset({Undo}),
)
