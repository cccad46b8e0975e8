"""The tools beside the catalogue, which are about the history: listed and called like the others.

Another one is a class in `history`, a line in its `HISTORY`, and a line in `_HANDLERS` here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent, Tool

from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.history.freeze import freeze
from chasedata_mcp.history.list import list_history, principal
from chasedata_mcp.history.present import page_views, redact
from chasedata_mcp.history.undo_service import UndoService
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.context import ServerContext
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.history import HISTORY, Freeze, HistoryResult, ListHistory, Undo
from chasedata_mcp.tools.history_base import HistoryTool
from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result
from chasedata_mcp.tools.schema import build_entry


@dataclass(frozen=True, slots=True)
class Visit:
    """One call of such a tool: who makes it, with what, and what it may use."""

    caller: str
    context: Context
    params: CallToolRequestParams
    pipeline: Pipeline
    ledger: Ledger
    own: bool
    """Whether the caller sees only what its own principal did."""
    out_of_band: OutOfBand | None


async def _list_history(which: ListHistory, visit: Visit) -> Result:
    result = await list_history(
        visit.ledger, which, visit.caller, own=visit.own, account=visit.pipeline.account
    )
    if any(entry.arguments or entry.dialer_said for entry in result.entries or ()):
        visit.pipeline.has_read(visit.caller)
    return redact(result, visit.pipeline.policy.redactor)


async def _undo(which: Undo, visit: Visit) -> Result | InputRequiredResult:
    undoing = UndoService(visit.pipeline, visit.ledger)
    whose = principal(visit.caller) if visit.own else None
    plan = await undoing.plan(which.entry, whose, visit.caller)
    elicitation = Elicitation.of(
        visit.pipeline,
        visit.context,
        visit.out_of_band,
        admit=partial(undoing.admit, plan, visit.caller),
        redeem=partial(undoing.redeem, plan, visit.caller),
    )
    cleared = await elicitation.cleared(visit.params)
    if isinstance(cleared, InputRequiredResult):
        return cleared
    return await undoing.execute(plan, cleared)


async def _freeze(which: Freeze, visit: Visit) -> Result:
    now = visit.pipeline.now()
    return await freeze(visit.ledger, which, visit.caller, visit.pipeline.account, now)


Handler = Callable[[Any, Visit], Awaitable[Result | InputRequiredResult]]
"""Carries out a call, given its arguments; its `CallError` is the call's result."""
_HANDLERS: Mapping[type[HistoryTool], Handler] = {
    ListHistory: _list_history,
    Undo: _undo,
    Freeze: _freeze,
}


class HistoryTools:
    """The tools about one ledger's history, for the callers of one transport; none without one."""

    def __init__(self, pipeline: Pipeline, caller_of: CallerOf, site: ServerContext) -> None:
        self._pipeline = pipeline
        self._caller_of = caller_of
        self._site = site
        self._known = {} if site.ledger is None else dict(HISTORY)

    @property
    def can_be_read(self) -> bool:
        """Whether the history is on offer, and may be read."""
        return ListHistory.name in self.offered and self._pipeline.policy.permits(ListHistory)

    @property
    def offered(self) -> dict[str, type[HistoryTool]]:
        """The tools on offer, by name."""
        offers = self._pipeline.policy.offers
        return {name: tool for name, tool in self._known.items() if offers(tool)}

    def listed(self) -> list[Tool]:
        """The tools on offer, as they are listed."""
        return [Tool.model_validate(build_entry(tool)) for tool in self.offered.values()]

    def has(self, name: str) -> bool:
        """Whether there is a tool of this name here, on offer or not."""
        return name in self._known

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
        checked = ValidationContext(self._pipeline.now(), frozenset(self._site.countries))
        arguments = tool.read(params.arguments or {}, checked)
        return await _HANDLERS[tool](arguments, self._visit(context, params))

    async def last(self, context: Context) -> Result:
        """The newest entries that the caller may see, or why they can't be read."""
        params = CallToolRequestParams(name=ListHistory.name)
        try:
            return await _list_history(ListHistory(), self._visit(context, params))
        except CallError as error:
            return self._pipeline.told(error)

    def _visit(self, context: Context, params: CallToolRequestParams) -> Visit:
        ledger = self._site.ledger
        assert ledger is not None  # noqa: S101 - without one no tool is known
        own = not self._site.history_of_all
        caller, beside = self._caller_of(context), self._site.out_of_band
        return Visit(caller, context, params, self._pipeline, ledger, own, beside)


def shown(result: Result) -> CallToolResult:
    """A result of any tool as the protocol has it."""
    seen = views_of(result)
    return CallToolResult(
        content=[TextContent(type="text", text=seen.text)],
        structured_content=seen.fields,
        is_error=result.code is not None,
    )


def views_of(result: Result) -> RenderedResult:
    """Both views of a result of any tool."""
    return page_views(result) if isinstance(result, HistoryResult) else render_views(result)
