"""The script of the model, the same in every host: a read, a write and a guarded call."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LEAD = "1005"
"""The sandbox's lead with hostile notes (source: sandbox/seed.py)."""
HOSTILE = "ignore previous instructions"
STOPPED = "4075550142"
"""Nobody's number, which the write puts on the do-not-call list."""
SUPPRESSED = "6025550199"
"""A number that stands on the sandbox's do-not-call list from the start."""
SUPPRESSED_WRITTEN = "602-555-0199"
TASK = (
    "Look the lead WEB-1005 up, stop calls to 407-555-0142, and let 602-555-0199 be called again."
)
END = "That is all."
_STEP = "call_step"
_FIND = "call_find"
_CODE = re.compile(r"(?:approval_code\W{1,8}|chasedata.mcp\W? approve )([a-z0-9]{4,})\b")


@dataclass(frozen=True, slots=True)
class Presented:
    """A tool as the model is shown it."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """A tool's result as the model is given it: the id of the call, or the tool's name."""

    call: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request to the model, read from its provider's protocol."""

    tools: Sequence[Presented]
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the model makes."""

    id: str
    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A call of the script, under our own name of the tool."""

    title: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


READ = Step(
    "read",
    "search_lead",
    {"search_field": "client_id", "identifier": "WEB-1005", "detailed": True},
)
WRITE = Step("write", "insert_dnc", {"number": "407-555-0142"})
GUARDED = Step("guarded", "delete_dnc", {"number": SUPPRESSED_WRITTEN})
AGAIN = Step("again", "delete_dnc", GUARDED.arguments)
STEPS = (READ, WRITE, GUARDED, AGAIN)
"""The last is made only after a person said yes beside the host."""


def given(conversation: Conversation) -> dict[str, str]:
    """The results of the script's calls that the model has by now, by the step's title."""
    texts = [one.text for one in conversation.results if _is_ours(one)]
    return {step.title: text for step, text in zip(STEPS, texts, strict=False)}


def _is_ours(result: Result) -> bool:
    tools = tuple(step.tool for step in STEPS)
    return result.call.startswith(_STEP) or result.call.endswith(tools)


def presents_ours(tools: Sequence[Presented]) -> bool:
    """Tell whether the model is shown our tools."""
    return any(tool.name.endswith(READ.tool) for tool in tools)


def next_call(conversation: Conversation) -> Call | None:
    """The next call of the script, under the name that the host gives the tool; None at its end."""
    at = len(given(conversation))
    if at == len(STEPS):
        return None
    step = STEPS[at]
    for tool in conversation.tools:
        if tool.name.endswith(step.tool):
            return Call(f"{_STEP}_{at}", tool.name, _strictly(step.arguments, tool.schema))
    return None


def search_for_tools(conversation: Conversation) -> Call | None:
    """Look for our tools where the host holds them back until the model searches for them."""
    if any(result.call == _FIND for result in conversation.results):
        return None
    for tool in conversation.tools:
        if tool.name.lower().replace("_", "") == "toolsearch":
            return Call(_FIND, tool.name, {"query": f"{READ.tool} {WRITE.tool} {GUARDED.tool}"})
    return None


def _strictly(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with null for each further one that the schema requires: a strict mode."""
    required: Sequence[str] = schema.get("required", ())
    return {**{name: None for name in required if name not in arguments}, **arguments}


def approval_code(text: str) -> str | None:
    """The code by which a person can answer the call on a terminal, where a result has one."""
    found = _CODE.search(text)
    return found[1] if found else None


def text_of(content: object) -> str:
    """The text of a tool result: a string, or a list of parts, whatever their provider."""
    match content:
        case str():
            return content
        case list():
            return "\n".join(text_of(part) for part in content)
        case {"text": str(text)} | {"content": str(text)}:
            return text
        case _:
            return json.dumps(content, ensure_ascii=False)
