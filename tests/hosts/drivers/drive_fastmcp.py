"""FastMCP's client on the task: `drive_fastmcp.py CONFIG`, in an environment of its own.

It has no agent, so this is the least that a program would write: each result's `.data`, or the
error's text, goes to the model.
"""

import asyncio
import dataclasses
import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError


async def main(told: dict[str, Any]) -> None:
    """Make the calls that the model asks for until it asks for none."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": told["task"]}]
    async with Client(StdioTransport(**told["server"])) as client:
        tools = [_function(tool) for tool in await client.list_tools()]
        while calls := (turn := _ask(told["model"], messages, tools)).get("tool_calls"):
            messages.append(turn)
            for call in calls:
                content = await _call(client, call["function"])
                result = {"role": "tool", "tool_call_id": call["id"], "content": content}
                messages.append(result)
    sys.stdout.write(f"{turn['content']}\n")


def _function(tool: Any) -> dict[str, Any]:  # noqa: ANN401 - a type of the client's
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


def _ask(model: str, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, Any]:
    body = json.dumps({"model": "scripted", "messages": messages, "tools": tools}).encode()
    asked = urllib.request.Request(f"{model}/v1/chat/completions", body)  # noqa: S310 - loopback
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - loopback
        message: dict[str, Any] = json.load(answer)["choices"][0]["message"]
    return message


async def _call(client: Any, function: dict[str, str]) -> str:  # noqa: ANN401 - as above
    try:
        result = await client.call_tool(function["name"], json.loads(function["arguments"]))
    except ToolError as failed:
        return str(failed)
    return json.dumps(result.data, default=_as_json, ensure_ascii=False)


def _as_json(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
