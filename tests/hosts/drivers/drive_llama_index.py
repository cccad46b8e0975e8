"""LlamaIndex on the task: `drive_llama_index.py CONFIG`, in an environment of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec


async def main(told: dict[str, Any]) -> None:
    """Let the agent do the task."""
    server = told["server"]
    # By itself it gives a call up after 30 seconds, and the model is told of a TaskGroup.
    client = BasicMCPClient(
        server["command"], args=server["args"], env=server["env"], timeout=told["timeout"]
    )
    tools = await McpToolSpec(client).to_tool_list_async()
    agent = FunctionAgent(tools=tools, llm=OpenAI(model="gpt-4o"))
    sys.stdout.write(f"{await agent.run(told['task'])}\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
