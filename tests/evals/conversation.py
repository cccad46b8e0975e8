"""One request, put to a model that has the server's tools: its calls, to their end."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.context import ClientRequestContext
from mcp_types import ElicitRequestParams, ElicitResult, TextContent, Tool

from evals.endpoints import Conversation, ToolUse
from evals.request_file import Request
from evals.scoring import Call

MOST_TURNS = 8
"""The turns after which a model is taken to go round in circles."""
Begin = Callable[[str, Sequence[Tool]], Conversation]
"""Begins a conversation with a model, by the server's instructions and tools."""
Connect = Callable[[], AbstractAsyncContextManager[Client]]


async def decline(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    """Decline: what is measured is the calls of a model, and not a person's answer to them."""
    del context, params
    return ElicitResult(action="decline")


def over_stdio() -> Client:
    """Connect to a server of one's own, with a sandbox that keeps nothing."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "chasedata_mcp", "--sandbox"],
        env={"CHASEDATA_SANDBOX_FILE": ":memory:"},
    )
    return Client(parameters, elicitation_callback=decline)


async def calls_for(request: Request, begin: Begin, connect: Connect = over_stdio) -> list[Call]:
    """Put a request to a model, make the calls that it wants, and give them in their order."""
    made = list[Call]()
    async with connect() as client:
        tools = (await client.list_tools()).tools
        conversation = begin(client.instructions or "", tools)
        turn = await conversation.ask(request.says)
        for _ in range(MOST_TURNS):
            if not turn.uses:
                break
            made += [Call(use.tool, use.arguments) for use in turn.uses]
            turn = await conversation.give([(use, await _made(client, use)) for use in turn.uses])
    return made


async def _made(client: Client, use: ToolUse) -> str:
    try:
        result = await client.call_tool(use.tool, use.arguments)
    except MCPError as error:
        return str(error)
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


async def calls_for_each(
    requests: Sequence[Request], begin: Begin, connect: Connect = over_stdio, at_once: int = 4
) -> list[list[Call]]:
    """Put several requests to a model, each with a server of its own."""
    made: list[list[Call]] = [[] for _ in requests]
    limit = anyio.CapacityLimiter(at_once)

    async def put(at: int, request: Request) -> None:
        async with limit:
            made[at] = await calls_for(request, begin, connect)

    async with anyio.create_task_group() as group:
        for at, request in enumerate(requests):
            group.start_soon(put, at, request)
    return made
