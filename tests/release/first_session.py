"""A real client's first session with an installed server, on the embedded sandbox over stdio."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import anyio
from clean_places import PUBLISHED, FailedError, clean_environment
from mcp import Client, StdioServerParameters

ACTIONS: Final = 22
"""The actions of the dialer's API, each of which is a tool."""
_PATIENCE: Final = 600
"""Seconds for a start that installs everything first."""


def play(
    command: Sequence[str | Path], settings: Mapping[str, str], environment: str = "SANDBOX"
) -> None:
    """List the tools and look a lead up, by a server that this command starts.

    On a dialer that is set (`LIVE`) nothing is looked up: there is none to answer.

    Raises:
        FailedError: It doesn't serve, or does something else.
    """
    words = [str(word) for word in command]
    server = StdioServerParameters(
        command=words[0], args=words[1:], env=clean_environment(**settings)
    )
    try:
        anyio.run(_play, server, environment)
    except Exception as error:
        raise FailedError(f"{' '.join(words)}: {error!r}") from error


async def _play(server: StdioServerParameters, environment: str) -> None:
    with anyio.fail_after(_PATIENCE):
        async with Client(server) as client:
            instructions = client.instructions or ""
            tools = (await client.list_tools()).tools
            found = environment != "SANDBOX" or await _finds_a_lead(client)
    if environment not in instructions:
        raise FailedError(f"the server's instructions don't say {environment}")
    published = {one["entry"]["name"] for one in json.loads(PUBLISHED.read_text(encoding="utf-8"))}
    names = {tool.name for tool in tools}
    if len(names) < ACTIONS or not names <= published:
        raise FailedError(f"it lists {', '.join(sorted(names))}")
    if not found:
        raise FailedError("the sandbox's lead wasn't found")


async def _finds_a_lead(client: Client) -> bool:
    lead = {"search_field": "client_id", "identifier": "WEB-1001"}
    result = await client.call_tool("search_lead", lead)
    return bool((result.structured_content or {}).get("found"))
