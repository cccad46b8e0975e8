"""Conversations played against a sandbox, and written as a person reads them."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client
from mcp_types import CallToolResult, ElicitResult, TextContent
from pydantic import BaseModel, ConfigDict

from _support.conversations import DECLINED, Person, accepted, client
from _support.sandbox import terms
from _support.served_batches import a_batch_desk
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.policy.models import EVERY_TOOLSET

CONVERSATIONS = Path(__file__).with_name("conversations.toml")
DOCUMENT = Path(__file__).parents[2] / "docs" / "transcripts.md"
_HEAD = """# Transcripts

Ten conversations: what a person says, the calls that an assistant makes of it, and what the server
answers. The calls were really made, to the [sandbox](sandbox.md), and the answers are what a model
reads; only ids that are made anew each time have names here. The assistant's last words are an
example of what it may make of them. `make test` holds that the server still answers so.
"""
_MARK = re.compile(r"(?<!\d)\d{8}(?!\d)")
_NAMED = ("entry", "batch_id", "job")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Strict):
    """A call, and what the person types where the server asks; without it they decline."""

    tool: str
    arguments: dict[str, Any]
    types: str | None = None


class Turn(_Strict):
    """What a person says, the calls for it, and what the assistant may say then."""

    person: str
    calls: tuple[Step, ...]
    assistant: str


class Conversation(_Strict):
    """A conversation with a sandbox of its own."""

    title: str
    turn: tuple[Turn, ...]


def load_conversations() -> Sequence[Conversation]:
    """Read the conversations of the file."""
    told = tomllib.loads(CONVERSATIONS.read_text("utf-8"))
    return [Conversation.model_validate(one) for one in told["conversation"]]


@dataclass
class Ids:
    """The ids that were made in a conversation, each with a name that is the same each time."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    last: dict[str, str] = field(default_factory=dict[str, str])

    def learn(self, told: Mapping[str, Any]) -> None:
        """Take the ids of a result, at any depth."""
        for key, value in _fields(told):
            if key in _NAMED and isinstance(value, str):
                kind = "batch" if key == "batch_id" else key
                count = sum(name.startswith(kind) for name in self.names.values())
                self.names.setdefault(value, f"{kind}-{count + 1}")
                self.last[key] = value

    def put_in(self, value: Any) -> Any:  # noqa: ANN401 - as deep as arguments are
        """Put the newest ids where the arguments of a later call name them."""
        if isinstance(value, dict):
            return {key: self.put_in(one) for key, one in value.items()}
        return value.format(**self.last) if isinstance(value, str) else value

    def hide(self, text: str) -> str:
        """Write a text with the names of the ids."""
        for made, name in self.names.items():
            text = text.replace(made, name)
        return _MARK.sub("12345678", text)


async def write_all() -> str:
    """Play all conversations, and write the document."""
    parts = [_HEAD]
    for conversation in load_conversations():
        parts += [f"\n## {conversation.title}\n", *await _play(conversation)]
    return "\n".join(parts)


async def _play(conversation: Conversation) -> list[str]:
    ids = Ids()
    lines = list[str]()
    policy = policy_in_force(terms(toolsets=EVERY_TOOLSET))
    with TemporaryDirectory() as place:
        async with a_batch_desk(Path(place), policy) as desk:
            for turn in conversation.turn:
                lines += [f"**Person:** {turn.person}\n"]
                for step in turn.calls:
                    person = Person(_answer(step), clock=desk.pipeline.clock)
                    async with client(desk.server(), "auto", person) as connected:
                        lines += await _step(connected, step, person, ids)
                lines += [f"**Assistant:** {turn.assistant}\n"]
    return lines


def _answer(step: Step) -> ElicitResult:
    if step.types is None:
        return DECLINED
    return accepted({"confirm": True if step.types == "yes" else step.types})


async def _step(connected: Client, step: Step, person: Person, ids: Ids) -> list[str]:
    arguments = ids.put_in(step.arguments)
    result = await connected.call_tool(step.tool, arguments)
    ids.learn(result.structured_content or {})
    written = json.dumps(arguments, ensure_ascii=False)
    return [
        f"`{step.tool}` `{ids.hide(written)}`\n",
        *_questions(step, person, ids),
        f"```text\n{ids.hide(_text(result))}\n```\n",
    ]


def _questions(step: Step, person: Person, ids: Ids) -> Iterator[str]:
    for question in person.asked:
        asked = ids.hide(question.message).replace("\n", "\n> ")
        yield f"> The server asks the person: {asked}\n>\n> They answer: **{step.types}**\n"


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def _fields(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in told.items():
        yield key, value
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, dict):
                yield from _fields(one)
