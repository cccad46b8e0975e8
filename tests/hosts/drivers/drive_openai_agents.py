"""OpenAI's Agents SDK on the task: `drive_openai_agents.py CONFIG`, in its own environment."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from agents import Agent, Runner, set_tracing_disabled
from agents.mcp import MCPServerStdio


async def main(told: dict[str, Any]) -> None:
    """Let the agent do the task."""
    set_tracing_disabled(disabled=True)
    # By itself it gives a call up after five seconds.
    server = MCPServerStdio(params=told["server"], client_session_timeout_seconds=told["timeout"])
    async with server:
        strict = {"convert_schemas_to_strict": told["strict"]}
        agent = Agent(name="Assistant", mcp_servers=[server], mcp_config=strict)
        result = await Runner.run(agent, told["task"])
    sys.stdout.write(f"{result.final_output}\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
