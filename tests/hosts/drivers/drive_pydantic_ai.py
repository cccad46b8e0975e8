"""Pydantic AI on the task: `drive_pydantic_ai.py CONFIG`, in an environment of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset


async def main(told: dict[str, Any]) -> None:
    """Let the agent do the task."""
    agent = Agent("openai-chat:scripted", toolsets=[MCPToolset(StdioTransport(**told["server"]))])
    async with agent:
        result = await agent.run(told["task"])
    sys.stdout.write(f"{result.output}\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
