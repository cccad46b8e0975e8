"""LangChain on the task: `drive_langchain.py CONFIG`, in an environment of its own."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI


async def main(told: dict[str, Any]) -> None:
    """Let the agent do the task."""
    client = MultiServerMCPClient({"chasedata": {**told["server"], "transport": "stdio"}})
    agent = create_agent(ChatOpenAI(model="scripted"), await client.get_tools())
    result = await agent.ainvoke({"messages": [{"role": "user", "content": told["task"]}]})
    sys.stdout.write(f"{result['messages'][-1].content}\n")


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
