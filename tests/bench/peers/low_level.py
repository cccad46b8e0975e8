"""A naive server of the SDK's low-level `Server`, over stdio, or over HTTP on the port named."""

import sys
from typing import Any

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

import dialer

Context = ServerRequestContext[dict[str, object], Any]


def _tool(name: str, description: str, *arguments: str) -> Tool:
    properties = {argument: {"type": "string"} for argument in arguments}
    schema = {"type": "object", "properties": properties, "required": [*arguments]}
    return Tool(name=name, description=description, input_schema=schema)


TOOLS = [
    _tool("search_lead", "Searches a lead.", "search_field", "identifier"),
    _tool("update_lead", "Changes a lead's notes.", "search_field", "identifier", "notes"),
]


async def _listed(_context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
    return ListToolsResult(tools=TOOLS)


async def _called(_context: Context, params: CallToolRequestParams) -> CallToolResult:
    given = params.arguments or {}
    call = dialer.search_lead if params.name == "search_lead" else dialer.update_lead
    return CallToolResult(content=[TextContent(type="text", text=await call(**given))])


async def _serve(server: Server[dict[str, object]]) -> None:
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def main(port: str | None = None) -> None:
    """Serve over stdio, or over HTTP on a port."""
    server: Server[dict[str, object]] = Server(
        "low-level", on_list_tools=_listed, on_call_tool=_called
    )
    if port is None:
        anyio.run(_serve, server)
        return
    import uvicorn  # noqa: PLC0415 - over stdio nobody waits for it

    uvicorn.run(server.streamable_http_app(), port=int(port), log_level="error")


if __name__ == "__main__":
    main(*sys.argv[1:])
