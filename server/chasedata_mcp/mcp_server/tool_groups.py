"""The tools beside the catalogue: the jobs, the history's, those about batches, all called alike.

A group is a value. A further tool is a class in `tools`, and its handler in its group's module.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent

from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.ledger import LedgerError, refuse_without_ledger
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.tool_call import MakeCall, ToolCall
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.published import PublishedTool
from chasedata_mcp.tools.render import RenderedResult, render_views
from chasedata_mcp.tools.results import Result

T = TypeVar("T")

UNSENT: Final = "Nothing was sent by this call."
_TELL: Final = "Tell the person who runs this server."
Handler = Callable[[Any, ToolCall], Awaitable[Result | InputRequiredResult]]
"""Carries out a call, given its arguments; its `CallError` is the call's result."""
Obstacle = BatchError | LedgerError | SettingsError
"""What a handler may raise beside: a service refused the call, before anything was sent."""
Explain = Callable[[Obstacle, type[Tool], ToolCall], Awaitable[CallError]]


async def explain_unusable(error: Obstacle, tool: type[Tool], call: ToolCall) -> CallError:
    """Explain that what the server keeps can't be used, which only its owner can mend."""
    del tool, call
    if isinstance(error, LedgerError):
        return refuse_without_ledger(error)
    problem = f"{error}." if isinstance(error, SettingsError) else f"{error}"
    return CallError(Code.NOT_ALLOWED, f"{problem} {UNSENT}", hint=_TELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolGroup:
    """Tools that are carried out and shown by the same services.

    Attributes:
        handlers: What carries out a call of each tool, in the order in which they are listed.
        render: Renders the result of a handler.
        explain: Makes a call's failure of what a service refused.
        evaluated: The tools whose calls the pipeline refuses by name, and records.
    """

    handlers: Mapping[type[Tool], Handler]
    render: Callable[[Any], RenderedResult]
    explain: Explain = explain_unusable
    evaluated: frozenset[type[Tool]] = frozenset()

    def find(self, name: str) -> type[Tool]:
        """Find a tool of the group by its name."""
        return next(tool for tool in self.handlers if tool.name == name)


class LateToolGroup:
    """A group that is imported with the first call of one of its tools.

    Most servers are asked for no job, no history and no batch, and the classes and services of the
    three are 100 modules: 4.5 MB, and a quarter of the first call's processor time.

    Args:
        tools: The tools of the group.
        load: Gives the group, and imports what it is made of.
    """

    def __init__(self, tools: Sequence[PublishedTool], load: Callable[[], ToolGroup]) -> None:
        self.tools, self._load = tools, load

    @cached_property
    def loaded(self) -> ToolGroup:
        """The group itself."""
        return self._load()


class ToolGroups:
    """The groups of one server, for the callers of one transport, in the order of their tools."""

    def __init__(
        self, pipeline: Pipeline, make_call: MakeCall, groups: Sequence[LateToolGroup]
    ) -> None:
        self._pipeline, self._make_call = pipeline, make_call
        self._groups = {tool.name: group for group in groups for tool in group.tools}
        self._tools = {tool.name: tool for group in groups for tool in group.tools}

    @property
    def offered(self) -> dict[str, PublishedTool]:
        """The tools on offer, by name."""
        offers = self._pipeline.policy.offers
        return {name: tool for name, tool in self._tools.items() if offers(tool)}

    def permits(self, tool: type[Tool]) -> bool:
        """Tell whether a tool is here, on offer, and not refused at every call."""
        return self.has(tool.name) and self._pipeline.policy.offer.permits(tool)

    def has(self, name: str) -> bool:
        """Tell whether there is a tool of this name here, on offer or not."""
        return name in self._tools

    async def answer(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool that is here, and write its result as the protocol has it.

        Raises:
            CallError: `not_allowed`, `invalid_arguments`, or whatever ended the call.
        """
        group, call = self._groups[params.name].loaded, self._make_call(context, params)
        tool = group.find(params.name)
        self._pipeline.policy.refuse_tool(tool)
        if tool not in group.evaluated:
            self._pipeline.policy.refuse_by_name(tool)
        which = tool.read(params.arguments or {}, self._pipeline.validation_context())
        result = await self._explained(tool, call, group.handlers[tool](which, call))
        if isinstance(result, InputRequiredResult):
            return result
        return write_result(self._pipeline.redact(result), group.render)

    async def look(
        self, context: Context, tool: type[Tool], work: Callable[[ToolCall], Awaitable[T]]
    ) -> T | Result:
        """Do what a resource shows by the right to call a tool; a failure is a result too."""
        try:
            call = self._make_call(context, CallToolRequestParams(name=tool.name))
            found = await self._explained(tool, call, work(call))
        except Exception as error:  # noqa: BLE001 - whatever fails, the reader learns how it stands
            return self._pipeline.build_failure(error)
        return self._pipeline.redact(found) if isinstance(found, Result) else found

    async def _explained(self, tool: type[Tool], call: ToolCall, work: Awaitable[T]) -> T:
        """Wait for work, and make a call's failure of what a service refused.

        Raises:
            CallError: Whatever ended the call.
        """
        try:
            return await work
        except (BatchError, LedgerError, SettingsError) as error:
            raise await self._groups[tool.name].loaded.explain(error, tool, call) from None


def write_result(
    result: Result, render: Callable[[Result], RenderedResult] = render_views
) -> CallToolResult:
    """Write a result of any tool as the protocol has it."""
    both = render(result)
    return CallToolResult(
        content=[TextContent(type="text", text=both.text)],
        structured_content=both.fields,
        is_error=result.code is not None,
    )
