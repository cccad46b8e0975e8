"""The yardstick: a server of the bare low-level SDK whose one tool answers one word, over stdio."""

import anyio
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

Context = ServerRequestContext[dict[str, object], object]
_TOOL = Tool(name="search_lead", description="Answers.", input_schema={"type": "object"})


async def _listed(_context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=[_TOOL])


async def _called(_context: Context, _params: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="answered")])


async def _serve() -> None:
    server: Server[dict[str, object]] = Server("bare", on_list_tools=_listed, on_call_tool=_called)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(_serve)
