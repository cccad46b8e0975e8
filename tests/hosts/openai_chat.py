"""The Chat Completions protocol of OpenAI, as much as a host needs of it."""

import json
from collections.abc import Iterator
from typing import Any

from protocols import Reply, sse
from story import Call, Conversation, Presented, Result, text_of

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def serves(path: str) -> bool:
    return path.endswith("/chat/completions")


def read(body: dict[str, Any]) -> Conversation:
    """The tools that are offered and the results so far."""
    functions = [tool["function"] for tool in body.get("tools") or ()]
    tools = [
        Presented(one["name"], one.get("description", ""), one.get("parameters", {}))
        for one in functions
    ]
    results = [
        Result(message["tool_call_id"], text_of(message["content"]))
        for message in body.get("messages", ())
        if message["role"] == "tool"
    ]
    return Conversation(tools, results)


def reply(body: dict[str, Any], _path: str, turn: Call | str) -> Reply:
    completion = {"id": "chatcmpl-1", "created": 1, "model": body.get("model", "")}
    ended = "tool_calls" if isinstance(turn, Call) else "stop"
    if body.get("stream"):
        chunk = {**completion, "object": "chat.completion.chunk"}
        return Reply("text/event-stream", _stream(chunk, turn, ended))
    choice = {"index": 0, "message": _message(turn), "finish_reason": ended}
    whole = {**completion, "object": "chat.completion", "choices": [choice], "usage": _USAGE}
    return Reply("application/json", json.dumps(whole))


def _stream(chunk: dict[str, Any], turn: Call | str, ended: str) -> str:
    return sse((None, one) for one in _chunks(chunk, turn, ended)).body + "data: [DONE]\n\n"


def _chunks(chunk: dict[str, Any], turn: Call | str, ended: str) -> Iterator[dict[str, Any]]:
    message = _message(turn)
    for at, call in enumerate(message.get("tool_calls", ())):
        call["index"] = at
    yield {**chunk, "choices": [{"index": 0, "delta": message, "finish_reason": None}]}
    yield {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": ended}]}
    yield {**chunk, "choices": [], "usage": _USAGE}


def _message(turn: Call | str) -> dict[str, Any]:
    if isinstance(turn, str):
        return {"role": "assistant", "content": turn}
    function = {"name": turn.tool, "arguments": json.dumps(turn.arguments)}
    call = {"id": turn.id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}
