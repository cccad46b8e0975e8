"""The tools beside the catalogue, which are about the history: listed and called like the others.

Another one is a class in `history`, a line in its `HISTORY`, and a line in `_HANDLERS` here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent

from chasedata_mcp.app.batch_undo import BatchUndo
from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.batches.batch_service import BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.errors import CallError, SettingsError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.history.freeze import freeze
from chasedata_mcp.history.list import list_history
from chasedata_mcp.history.present import redact_page, render_page
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import Ledger, ledger_required, read_principal
from chasedata_mcp.mcp_server.batch_jobs import BatchJobs
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.base import HistoryTool
from chasedata_mcp.tools.free_text import HISTORY as HISTORY_SOURCE
from chasedata_mcp.tools.free_text import holds_free_text
from chasedata_mcp.tools.history import HISTORY, Freeze, HistoryResult, ListHistory, Undo
from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result


@dataclass(frozen=True, slots=True)
class HistoryCall:
    """One call of such a tool: its caller and arguments, and the services that it may use."""

    caller: str
    caller_of: CallerOf
    context: Context
    params: CallToolRequestParams
    pipeline: Pipeline
    ledger: Ledger
    own: bool
    """True where the caller sees only the entries of its own principal."""
    out_of_band: OutOfBand | None
    jobs: BatchJobs | None

    async def find_batch(self, batch_id: str) -> BatchView | None:
        """Find a batch that the caller may see; None where there is none of this id."""
        with ledger_required:
            is_entry = await self.ledger.entry(batch_id) is not None
        if is_entry or self.jobs is None:
            return None
        try:
            view = await self.jobs.view(batch_id)
        except (BatchError, SettingsError):
            return None  # an entry or a job is taken back all the same
        is_own = read_principal(view.batch.caller) == read_principal(self.caller)
        return view if is_own or not self.own else None


async def _list_history(which: ListHistory, call: HistoryCall) -> Result:
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


async def _undo(which: Undo, call: HistoryCall) -> Result | InputRequiredResult:
    if (view := await call.find_batch(which.entry)) is not None:
        return await _undo_batch(view, call)
    undoing = UndoService(call.pipeline, call.ledger)
    whose = read_principal(call.caller) if call.own else None
    plan = await undoing.plan(which.entry, whose, call.caller)
    elicitation = Elicitation.of(
        call.pipeline,
        call.context,
        call.caller_of,
        call.out_of_band,
        admit=partial(undoing.admit, plan, call.caller),
        redeem=partial(undoing.redeem, plan, call.caller),
    )
    cleared = await elicitation.cleared(call.params)
    if isinstance(cleared, InputRequiredResult):
        return cleared
    return await undoing.execute(plan, cleared)


async def _undo_batch(view: BatchView, call: HistoryCall) -> Result | InputRequiredResult:
    assert call.jobs is not None  # noqa: S101 - the batch is theirs
    undoing = BatchUndo(call.pipeline, call.ledger, call.jobs.batches.store)
    plan = await undoing.plan(view)
    approval = undoing.make_approval(plan, call.caller)
    elicitation = Elicitation.of(
        call.pipeline,
        call.context,
        call.caller_of,
        call.out_of_band,
        admit=approval.rows.admit,
        redeem=approval.rows.redeem,
    )
    cleared = await elicitation.cleared(call.params)
    if isinstance(cleared, InputRequiredResult):
        return cleared
    return await undoing.execute(plan, call.caller, approval.kept[0])


async def _freeze(which: Freeze, call: HistoryCall) -> Result:
    now = call.pipeline.now()
    return await freeze(call.ledger, which, call.caller, call.pipeline.account, now)


Handler = Callable[[Any, HistoryCall], Awaitable[Result | InputRequiredResult]]
"""Carries out a call, given its arguments; its `CallError` is the call's result."""
_HANDLERS: Mapping[type[HistoryTool], Handler] = {
    ListHistory: _list_history,
    Undo: _undo,
    Freeze: _freeze,
}


class HistoryTools:
    """The tools about one ledger's history, for the callers of one transport; none without one."""

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        self._pipeline = pipeline
        self._caller_of = caller_of
        self._server_context = server_context
        self._known = {} if server_context.ledger is None else dict(HISTORY)

    @property
    def can_be_read(self) -> bool:
        """True where the history is on offer, and may be read."""
        return ListHistory.name in self.offered and self._pipeline.policy.offer.permits(ListHistory)

    @property
    def offered(self) -> dict[str, type[HistoryTool]]:
        """The tools on offer, by name."""
        offers = self._pipeline.policy.offers
        return {name: tool for name, tool in self._known.items() if offers(tool)}

    def has(self, name: str) -> bool:
        """Tell whether there is a tool of this name here, on offer or not."""
        return name in self._known

    async def answer(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool that is here, and write its result as the protocol has it.

        Raises:
            CallError: As for `called`.
        """
        result = await self.called(context, params)
        return result if isinstance(result, InputRequiredResult) else call_tool_result(result)

    async def called(
        self, context: Context, params: CallToolRequestParams
    ) -> Result | InputRequiredResult:
        """Call a tool that is here.

        Raises:
            CallError: `not_allowed`, `invalid_arguments`, or whatever ended the call.
        """
        tool = self._known[params.name]
        self._pipeline.policy.refuse_tool(tool)
        if tool is not Undo:
            # The calls that undo the entry are evaluated and recorded by the pipeline.
            self._pipeline.policy.refuse_by_name(tool)
        checked = ValidationContext(self._pipeline.now(), frozenset(self._server_context.countries))
        arguments = tool.read(params.arguments or {}, checked)
        return await _HANDLERS[tool](arguments, self._call(context, params))

    async def last(self, context: Context) -> Result:
        """Read the newest entries that the caller may see, or why they can't be read."""
        params = CallToolRequestParams(name=ListHistory.name)
        try:
            return await _list_history(ListHistory(), self._call(context, params))
        except CallError as error:
            return self._pipeline.build_failure(error)

    def _call(self, context: Context, params: CallToolRequestParams) -> HistoryCall:
        ledger = self._server_context.ledger
        assert ledger is not None  # noqa: S101 - without one no tool is known
        own = not self._server_context.history_of_all
        caller, beside = self._caller_of(context), self._server_context.out_of_band
        return HistoryCall(
            caller,
            self._caller_of,
            context,
            params,
            self._pipeline,
            ledger,
            own,
            beside,
            self._server_context.batches,
        )


def call_tool_result(result: Result) -> CallToolResult:
    """Write a result of any tool as the protocol has it."""
    both = views_of(result)
    return CallToolResult(
        content=[TextContent(type="text", text=both.text)],
        structured_content=both.fields,
        is_error=result.code is not None,
    )


def views_of(result: Result) -> RenderedResult:
    """Make both views of a result of any tool: text and structured content."""
    return render_page(result) if isinstance(result, HistoryResult) else render_views(result)
