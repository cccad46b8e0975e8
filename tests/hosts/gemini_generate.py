"""Gemini's generateContent and streamGenerateContent, as much as a host needs of them."""

import json
from typing import Any

from protocols import Reply, sse
from story import Call, Conversation, Presented, Result

_STREAM = ":streamGenerateContent"
_USAGE = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}


def serves(path: str) -> bool:
    return path.endswith((":generateContent", _STREAM))


def read(body: dict[str, Any]) -> Conversation:
    """The tools that are offered and the results so far."""
    declared = [
        one for tool in body.get("tools") or () for one in tool.get("functionDeclarations", ())
    ]
    tools = [
        Presented(
            one["name"],
            one.get("description", ""),
            one.get("parametersJsonSchema") or one.get("parameters") or {},
        )
        for one in declared
    ]
    parts = [part for content in body.get("contents", ()) for part in content.get("parts", ())]
    responses = [part["functionResponse"] for part in parts if "functionResponse" in part]
    results = [Result(one["name"], _text(one["response"])) for one in responses]
    return Conversation(tools, results)


def _text(response: dict[str, Any]) -> str:
    """The one text of a response, or the whole of it where there is more."""
    match response:
        case {"output": str(text)} | {"error": str(text)} if len(response) == 1:
            return text
        case _:
            return json.dumps(response, ensure_ascii=False)


def reply(body: dict[str, Any], path: str, turn: Call | str) -> Reply:
    content = {"role": "model", "parts": [_part(body, turn)]}
    candidate = {"index": 0, "content": content, "finishReason": "STOP"}
    whole = {"candidates": [candidate], "usageMetadata": _USAGE, "modelVersion": "scripted"}
    if path.endswith(_STREAM):
        return sse([(None, whole)])
    return Reply("application/json", json.dumps(whole))


def _part(body: dict[str, Any], turn: Call | str) -> dict[str, Any]:
    if isinstance(turn, Call):
        return {"functionCall": {"id": turn.id, "name": turn.tool, "args": turn.arguments}}
    wants_json = body.get("generationConfig", {}).get("responseMimeType") == "application/json"
    return {"text": "{}" if wants_json else turn}
