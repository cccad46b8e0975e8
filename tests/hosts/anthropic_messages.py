"""The Anthropic Messages protocol, as much as a host needs of it."""

import json
from collections.abc import Iterator
from typing import Any

from protocols import Reply, sse
from story import Call, Conversation, Presented, Result, text_of

_USAGE = {"input_tokens": 1, "output_tokens": 1}


def serves(path: str) -> bool:
    return path.endswith("/v1/messages")


def read(body: dict[str, Any]) -> Conversation:
    """The tools that are offered and the results so far."""
    tools = [
        Presented(tool["name"], tool.get("description", ""), tool.get("input_schema", {}))
        for tool in body.get("tools", ())
    ]
    parts = [
        part
        for message in body.get("messages", ())
        if isinstance(message["content"], list)
        for part in message["content"]
    ]
    results = [
        Result(part["tool_use_id"], text_of(part.get("content", "")))
        for part in parts
        if part["type"] == "tool_result"
    ]
    return Conversation(tools, results)


def reply(body: dict[str, Any], _path: str, turn: Call | str) -> Reply:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", ""),
        "stop_reason": "tool_use" if isinstance(turn, Call) else "end_turn",
        "stop_sequence": None,
        "usage": _USAGE,
    }
    if body.get("stream"):
        return sse((event["type"], event) for event in _events(message, turn))
    return Reply("application/json", json.dumps({**message, "content": [_block(turn)]}))


def _block(turn: Call | str) -> dict[str, Any]:
    if isinstance(turn, str):
        return {"type": "text", "text": turn}
    return {"type": "tool_use", "id": turn.id, "name": turn.tool, "input": turn.arguments}


def _events(message: dict[str, Any], turn: Call | str) -> Iterator[dict[str, Any]]:
    started = {**message, "content": [], "stop_reason": None}
    yield {"type": "message_start", "message": started}
    if isinstance(turn, str):
        empty: dict[str, Any] = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": turn}
    else:
        empty = {**_block(turn), "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(turn.arguments)}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stopped = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stopped, "usage": _USAGE}
    yield {"type": "message_stop"}
