"""Endpoints of models, as OpenAI and Anthropic speak, behind one conversation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import httpx
from mcp_types import Tool

Json = dict[str, Any]
_PATIENCE = 600.0
_MOST_TOKENS = 2048


class EndpointError(Exception):
    """The endpoint refused, wasn't reached, or answered something else."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call that the model wants, under the endpoint's own id."""

    id: str
    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Turn:
    """What a model said, and the calls that it wants."""

    text: str
    uses: tuple[ToolUse, ...]


class Conversation(Protocol):
    """A conversation with a model, which remembers what was said."""

    async def ask(self, text: str) -> Turn:
        """Say something, and get the model's turn."""
        ...

    async def give(self, results: Sequence[tuple[ToolUse, str]]) -> Turn:
        """Give the results of all calls of the last turn, and get the next."""
        ...


@dataclass
class OpenAiChat:
    """A conversation by Chat Completions, which most servers of models speak.

    Raises:
        EndpointError: By each request that isn't answered with a turn.
    """

    client: httpx.AsyncClient
    model: str
    instructions: str
    tools: Sequence[Tool]
    messages: list[Json] = field(default_factory=list[Json])

    async def ask(self, text: str) -> Turn:
        self.messages = [
            {"role": "system", "content": self.instructions},
            {"role": "user", "content": text},
        ]
        return await self._turn()

    async def give(self, results: Sequence[tuple[ToolUse, str]]) -> Turn:
        self.messages += [
            {"role": "tool", "tool_call_id": use.id, "content": text} for use, text in results
        ]
        return await self._turn()

    async def _turn(self) -> Turn:
        body = {"model": self.model, "messages": self.messages, "tools": self._described()}
        answer = await _post(self.client, "chat/completions", body)
        try:
            message = answer["choices"][0]["message"]
            self.messages.append(message)
            uses = [
                ToolUse(one["id"], one["function"]["name"], _read(one["function"]["arguments"]))
                for one in message.get("tool_calls") or ()
            ]
            return Turn(message.get("content") or "", tuple(uses))
        except (KeyError, IndexError, TypeError) as error:
            raise EndpointError(f"the answer has no message: {error!r}") from error

    def _described(self) -> list[Json]:
        return [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description or "",
                    "parameters": tool.input_schema,
                },
            }
            for tool in self.tools
        ]


@dataclass
class AnthropicMessages:
    """A conversation by Anthropic's Messages.

    Raises:
        EndpointError: By each request that isn't answered with a turn.
    """

    client: httpx.AsyncClient
    model: str
    instructions: str
    tools: Sequence[Tool]
    messages: list[Json] = field(default_factory=list[Json])

    async def ask(self, text: str) -> Turn:
        self.messages = [{"role": "user", "content": text}]
        return await self._turn()

    async def give(self, results: Sequence[tuple[ToolUse, str]]) -> Turn:
        content = [
            {"type": "tool_result", "tool_use_id": use.id, "content": text} for use, text in results
        ]
        self.messages.append({"role": "user", "content": content})
        return await self._turn()

    async def _turn(self) -> Turn:
        body = {
            "model": self.model,
            "max_tokens": _MOST_TOKENS,
            "system": self.instructions,
            "messages": self.messages,
            "tools": [
                {
                    "name": tool.name,
                    "description": tool.description or "",
                    "input_schema": tool.input_schema,
                }
                for tool in self.tools
            ],
        }
        answer = await _post(self.client, "messages", body)
        try:
            content = answer["content"]
            self.messages.append({"role": "assistant", "content": content})
            text = "".join(part["text"] for part in content if part["type"] == "text")
            uses = [
                ToolUse(part["id"], part["name"], part["input"])
                for part in content
                if part["type"] == "tool_use"
            ]
            return Turn(text, tuple(uses))
        except (KeyError, TypeError) as error:
            raise EndpointError(f"the answer has no content: {error!r}") from error


PROTOCOLS: Mapping[str, type[OpenAiChat | AnthropicMessages]] = {
    "openai": OpenAiChat,
    "anthropic": AnthropicMessages,
}


def connect(protocol: str, endpoint: str, key: str) -> httpx.AsyncClient:
    """Make the client of an endpoint: `endpoint` is its address up to and with `/v1`."""
    headers = (
        {"x-api-key": key, "anthropic-version": "2023-06-01"}
        if protocol == "anthropic"
        else {"authorization": f"Bearer {key}"}
    )
    return httpx.AsyncClient(
        base_url=f"{endpoint.rstrip('/')}/", headers=headers, timeout=_PATIENCE
    )


async def _post(client: httpx.AsyncClient, path: str, body: Json) -> Json:
    try:
        answer = await client.post(path, json=body)
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise EndpointError(str(error)) from error
    if not isinstance(told, dict):
        raise EndpointError("the answer is no JSON object")
    return cast("Json", told)


def _read(arguments: str) -> Json:
    """Read the arguments of a call, which Chat Completions have as text."""
    try:
        told = json.loads(arguments or "{}")
    except ValueError:
        told = None
    # What is no object is left to the server, which says so to the model.
    return cast("Json", told) if isinstance(told, dict) else {"": arguments}
