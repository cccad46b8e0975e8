"""The tools about batches: planned, approved once, run beside the requests, shown, stopped."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from anyio import to_thread
from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent

from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.batches.batch_approval import approval_of_batch
from chasedata_mcp.batches.batch_service import NO_BATCH, BatchView
from chasedata_mcp.batches.errors import BatchError, BatchStoreError
from chasedata_mcp.batches.models import BatchState, OnDuplicate, RowState
from chasedata_mcp.batches.planner import BatchRequest
from chasedata_mcp.batches.present import BatchPresenter, render_batch
from chasedata_mcp.batches.run_record import note_refused_run
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.fields.format import join_words
from chasedata_mcp.ledger import Ledger, LedgerError, read_principal, refuse_without_ledger
from chasedata_mcp.mcp_server.batch_jobs import BatchJobs
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.base import HistoryTool
from chasedata_mcp.tools.batches import (
    BATCHES,
    LONGEST_WAIT,
    BatchResult,
    PlanBatch,
    RunBatch,
    ShowBatch,
    StopBatch,
)
from chasedata_mcp.tools.free_text import holds_free_text

_LOOK: Final = 1.0
"""Seconds from one look at a batch that is waited for to the next."""
_LATEST: Final = 50
"""The batches that are looked through for a caller's own."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class BatchCall:
    """One call of such a tool: its caller and arguments, and the services that it may use."""

    caller: str
    caller_of: CallerOf
    context: Context
    params: CallToolRequestParams
    pipeline: Pipeline
    ledger: Ledger
    jobs: BatchJobs
    own: bool
    """True where the caller sees only the batches of its own principal."""
    out_of_band: OutOfBand | None

    def is_let_in(self) -> bool:
        """Tell whether the caller would still be let in."""
        try:
            self.caller_of(self.context)
        except CallError:
            return False
        return True

    async def view(self, batch_id: str, *, to_run: bool = False) -> BatchView:
        """Read a batch that the caller may see; to run it, it must be the principal's own.

        Raises:
            BatchError: There is none.
        """
        view = await self.jobs.view(batch_id)
        if (to_run or self.own) and not self._is_own(view):
            raise BatchError(NO_BATCH)
        return view

    async def list_own(self) -> list[BatchView]:
        """List the latest batches that the caller may see, the newest first."""
        views = await self.jobs.batches.service.list_views(_LATEST)
        return [one for one in views if not self.own or self._is_own(one)]

    async def present(self, view: BatchView, before: str = "") -> BatchResult:
        """Make the result of the call; what others wrote in it counts as read."""
        redactor = self.pipeline.policy.redactor
        presenter = BatchPresenter(self.jobs.batches.store, self.pipeline.account, redactor)
        until = await self.jobs.batches.service.find_end_of_yes(view)
        result = await to_thread.run_sync(presenter.present, view, until, before)
        shown = [row.values for row in result.first_rows or ()]
        if view.batch.source and holds_free_text([*shown, list(result.columns or ())]):
            self.note_reading(view)
        return result

    def note_reading(self, view: BatchView) -> None:
        """Note that the caller is shown free text of a batch's rows."""
        self.pipeline.has_read(self.caller, (f"rows of batch {view.batch.id}",))

    def _is_own(self, view: BatchView) -> bool:
        return read_principal(view.batch.caller) == read_principal(self.caller)


async def _plan(which: PlanBatch, call: BatchCall) -> BatchResult:
    request = BatchRequest(
        tool=which.tool,
        rows=which.rows or (),
        file=which.file or "",
        columns=which.columns or {},
        common=which.common or {},
        on_duplicate=OnDuplicate(which.on_duplicate or OnDuplicate.SKIP),
        already_there=bool(which.already_there),
    )
    batch_id = await call.jobs.plan(request, call.caller, LONGEST_WAIT)
    return await call.present(await call.view(batch_id))


async def _run(which: RunBatch, call: BatchCall) -> BatchResult | InputRequiredResult:
    view = await call.view(which.batch_id, to_run=True)
    batches = call.jobs.batches
    approval = approval_of_batch(batches.service, call.pipeline.approvals, view.batch.id)
    elicitation = Elicitation.of(
        call.pipeline,
        call.context,
        call.caller_of,
        call.out_of_band,
        admit=approval.admit,
        redeem=approval.redeem,
    )
    try:
        cleared = await elicitation.cleared(call.params)
    except CallError as error:
        note_refused_run(call.pipeline, call.ledger, view.batch, call.caller, error)
        raise
    if isinstance(cleared, InputRequiredResult):
        return cleared
    call.jobs.start(view.batch.id, call.is_let_in)
    await call.jobs.wait(view.batch.id, call.jobs.quick)
    return await call.present(await call.view(view.batch.id))


async def _show(which: ShowBatch, call: BatchCall) -> BatchResult:
    view = await call.view(which.batch_id)
    until = call.jobs.clock() + (which.wait_seconds or 0)
    told = -1
    while view.batch.state in _UNDER_WAY and (left := until - call.jobs.clock()) > 0:
        sendable = view.counts.total - view.counts.of(RowState.LEFT_OUT)
        if (done := sendable - view.left) > told:
            told = done
            doing = f"{done:,} of {sendable:,} rows of the batch"
            await call.context.session.report_progress(done, sendable, doing)
        await call.jobs.wait(view.batch.id, min(_LOOK, left))
        view = await call.view(which.batch_id)
    return await call.present(view)


async def _stop(which: StopBatch, call: BatchCall) -> BatchResult:
    view = await call.view(which.batch_id)
    await call.jobs.stop(view.batch.id)
    before = _STOPS if view.batch.state is BatchState.RUNNING else "It wasn't running."
    return await call.present(await call.view(view.batch.id), before)


_UNDER_WAY: Final = frozenset({BatchState.PLANNING, BatchState.RUNNING})
_STOPS: Final = "It stops between two rows; those in flight are answered first."
Handler = Callable[[Any, BatchCall], Awaitable[BatchResult | InputRequiredResult]]
"""Carries out a call, given its arguments; its `CallError` is the call's result."""
_HANDLERS: Mapping[type[HistoryTool], Handler] = {
    PlanBatch: _plan,
    RunBatch: _run,
    ShowBatch: _show,
    StopBatch: _stop,
}


class BatchTools:
    """The tools about one account's batches, for the callers of one transport."""

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        self._pipeline = pipeline
        self._caller_of = caller_of
        self._server_context = server_context
        self._known = {} if server_context.batches is None else dict(BATCHES)

    @property
    def offered(self) -> dict[str, type[HistoryTool]]:
        """The tools on offer, by name."""
        offers = self._pipeline.policy.offers
        return {name: tool for name, tool in self._known.items() if offers(tool)}

    @property
    def can_be_read(self) -> bool:
        """True where batches are on offer, and may be shown."""
        show = ShowBatch.name
        return show in self.offered and self._pipeline.policy.offer.permits(ShowBatch)

    def make_call(self, context: Context) -> BatchCall:
        """Make the call by which a caller looks at batches."""
        return self._call(context, CallToolRequestParams(name=ShowBatch.name))

    def has(self, name: str) -> bool:
        """Tell whether there is a tool of this name here, on offer or not."""
        return name in self._known

    async def answer(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool that is here, and write its result as the protocol has it.

        Raises:
            CallError: `not_allowed`, `invalid_arguments`, or whatever ended the call.
        """
        result = await self._called(context, params)
        if isinstance(result, InputRequiredResult):
            return result
        both = render_batch(result)
        content = TextContent(type="text", text=both.text)
        return CallToolResult(content=[content], structured_content=both.fields)

    async def _called(
        self, context: Context, params: CallToolRequestParams
    ) -> BatchResult | InputRequiredResult:
        tool = self._known[params.name]
        self._pipeline.policy.refuse_tool(tool)
        self._pipeline.policy.refuse_by_name(tool)
        checked = ValidationContext(self._pipeline.now(), frozenset(self._server_context.countries))
        arguments = tool.read(params.arguments or {}, checked)
        call = self._call(context, params)
        try:
            return await _HANDLERS[tool](arguments, call)
        except BatchStoreError as error:
            raise CallError(Code.NOT_ALLOWED, f"{error} {_UNSENT}", hint=_TELL) from None
        except BatchError as error:
            hint = await _advise(tool, call)
            raise CallError(Code.INVALID_ARGUMENTS, f"{error} {_UNSENT}", hint=hint) from None
        except SettingsError as error:
            raise CallError(Code.NOT_ALLOWED, f"{error}. {_UNSENT}", hint=_TELL) from None
        except LedgerError as error:
            raise refuse_without_ledger(error) from None

    def _call(self, context: Context, params: CallToolRequestParams) -> BatchCall:
        jobs, ledger = self._server_context.batches, self._server_context.ledger
        assert jobs is not None  # noqa: S101 - without them no tool is known
        assert ledger is not None  # noqa: S101 - as above
        own = not self._server_context.history_of_all
        caller, beside = self._caller_of(context), self._server_context.out_of_band
        return BatchCall(
            caller, self._caller_of, context, params, self._pipeline, ledger, jobs, own, beside
        )


_UNSENT: Final = "Nothing was sent by this call."
_TELL: Final = "Tell the person who runs this server."


async def _advise(tool: type[HistoryTool], call: BatchCall) -> str:
    if tool is PlanBatch:
        return "Mend what is named, and plan again."
    latest = [f"{one.batch.id} ({one.batch.state})" for one in (await call.list_own())[:_NAMED]]
    return f"The latest batches of this caller: {join_words(latest) or 'none'}."
