"""The Responses protocol of OpenAI, as much as a host needs of it."""

import json
from collections.abc import Iterator
from typing import Any

from protocols import Reply, sse
from story import Call, Conversation, Presented, Result, text_of

_USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}


def serves(path: str) -> bool:
    return path.endswith("/responses")


def read(body: dict[str, Any]) -> Conversation:
    """The tools that are offered, those of a namespace too, and the results so far."""
    tools = [
        Presented(prefix + tool["name"], tool.get("description", ""), tool.get("parameters", {}))
        for prefix, tool in _functions(body)
    ]
    items = body.get("input", ())
    results = [
        Result(item["call_id"], text_of(item["output"]))
        for item in (items if isinstance(items, list) else ())
        if item.get("type") == "function_call_output"
    ]
    return Conversation(tools, results)


def _functions(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for tool in body.get("tools") or ():
        if tool["type"] == "namespace":
            yield from ((f"{tool['name']}{_IN}", one) for one in tool["tools"])
        elif tool["type"] == "function":
            yield "", tool


_IN = "::"


def reply(body: dict[str, Any], _path: str, turn: Call | str) -> Reply:
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": body.get("model", ""),
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": False,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "output": [_item(turn)],
        "usage": _USAGE,
    }
    if body.get("stream"):
        return sse((event["type"], event) for event in _events(response))
    return Reply("application/json", json.dumps(response))


def _item(turn: Call | str) -> dict[str, Any]:
    if isinstance(turn, str):
        text = {"type": "output_text", "text": turn, "annotations": []}
        return {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }
    namespace, _, name = turn.tool.rpartition(_IN)
    return {
        "type": "function_call",
        "id": f"fc_{turn.id}",
        "call_id": turn.id,
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "arguments": json.dumps(turn.arguments),
        "status": "completed",
    }


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    item = response["output"][0]
    of_item = {"output_index": 0, "item": item}
    yield {"type": "response.created", "sequence_number": 0, "response": begun}
    yield {"type": "response.output_item.added", "sequence_number": 1, **of_item}
    yield {"type": "response.output_item.done", "sequence_number": 2, **of_item}
    yield {"type": "response.completed", "sequence_number": 3, "response": response}
