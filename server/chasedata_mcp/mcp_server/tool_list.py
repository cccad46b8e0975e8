"""The list of tools: made once of what is published, and sent as it is."""

from collections.abc import Iterable
from typing import Final

from mcp.server.context import CallNext, HandlerResult
from mcp_types import ListToolsResult, PaginatedRequestParams

from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.written_json import WrittenList
from chasedata_mcp.tools.published import PublishedTool

_EMPTY: Final = ListToolsResult(tools=[])


class ToolList:
    """The tools on offer, in a fixed order; only the settings at the start decide which."""

    def __init__(self, offered: Iterable[PublishedTool]) -> None:
        self._entries = WrittenList(tool.entry for tool in offered)

    async def listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """List no tool: `fill` puts them into what the SDK makes of this."""
        return _EMPTY

    async def fill(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Put the tools into the answer of tools/list, whose envelope is the SDK's.

        A result of models would be dumped, checked against the version's schema and dumped again,
        which took two thirds of an answer; a test holds that the SDK would send the same.
        """
        result = await call_next(ctx)
        if ctx.method == "tools/list" and isinstance(result, dict):
            return {**result, "tools": self._entries}
        return result
