"""Answers that need more than a list: what they are made with is loaded when one is asked for."""

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING

from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    CompleteRequestParams,
    CompleteResult,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequiredResult,
    ListPromptsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.server_front import ServerFront

if TYPE_CHECKING:
    from chasedata_mcp.mcp_server.handlers import Handlers
    from chasedata_mcp.mcp_server.prompts import Prompts


class LateAnswers:
    """The answers of one server.

    The pipeline, the rules and the tools' classes take as long to import as a third of the SDK, and
    many hosts start a server, list its tools and never call one.
    """

    def __init__(self, front: ServerFront, opened: "Callable[[], Awaitable[Handlers]]") -> None:
        self._front = front
        self._opened = opened

    async def call_tool(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool."""
        return await (await self._opened()).tools.called(context, params)

    async def read_resource(
        self, context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        """Read a resource."""
        return await (await self._opened()).resources.read(context, params)

    async def complete(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        """Complete a value."""
        return await (await self._opened()).completions.completed(context, params)

    async def list_prompts(
        self, context: Context, params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """List the prompts."""
        return await self._prompts.listed(context, params)

    async def get_prompt(self, context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """Write out a prompt."""
        return await self._prompts.got(context, params)

    @cached_property
    def _prompts(self) -> "Prompts":
        from chasedata_mcp.mcp_server.prompts import Prompts  # noqa: PLC0415 - the reason is above

        return Prompts(self._front.offer, self._front.countries)
