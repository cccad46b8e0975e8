"""The demo's MCP client: a real one, over stdio, with a person who answers as the scenes say."""

import os
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import (
    CallToolResult,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    Implementation,
    TextContent,
)

from chasedata_mcp import __version__
from chasedata_mcp.cli.demo_scenes import FAULTS, PLANNED, Declines, Scene, Step, Ticks, Types
from chasedata_mcp.cli.demo_transcript import Transcript
from chasedata_mcp.policy.models import EVERY_TOOLSET
from chasedata_mcp.settings import IN_MEMORY, PREFIX

_READING = 4
"""Seconds before a bare yes or no: one that comes too soon is no answer (docs/clients.md)."""


def make_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Make the server's environment, without the user's settings: no dialer or ledger is met."""
    clean = {name: text for name, text in own.items() if not name.upper().startswith(PREFIX)}
    return {
        **clean,
        f"{PREFIX}SANDBOX_FILE": str(IN_MEMORY),
        f"{PREFIX}SANDBOX_FAULTS": FAULTS,
        f"{PREFIX}TOOLSETS": ",".join(EVERY_TOOLSET),  # batches are offered where they are named
    }


async def play(
    scenes: Iterable[Scene], transcript: Transcript, reading_seconds: float = _READING
) -> list[str]:
    """Play the scenes, and list the calls that didn't end as they should."""
    wrong: list[str] = []
    async with DemoSession.open(transcript, reading_seconds) as session:
        for number, scene in enumerate(scenes, 1):
            transcript.scene(number, scene.title)
            for step in scene.steps:
                wrong += [f"{step.tool} in scene {number}"] * (not await session.take(step))
            transcript.moral(scene.moral)
    return wrong


class DemoSession:
    """A connected client, and the step that it is at."""

    def __init__(self, transcript: Transcript, reading_seconds: float = _READING) -> None:
        self._transcript = transcript
        self._reading_seconds = reading_seconds
        self._step: Step | None = None
        self._batch = ""
        self._client: Client

    @classmethod
    @asynccontextmanager
    async def open(
        cls, transcript: Transcript, reading_seconds: float
    ) -> AsyncGenerator["DemoSession"]:
        """Start a server on the embedded sandbox and connect to it."""
        session = cls(transcript, reading_seconds)
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "chasedata_mcp", "--sandbox"],
            env=make_environment(os.environ),
        )
        async with Client(
            server,
            elicitation_callback=session.answer,
            client_info=Implementation(name="demo", version=__version__),
        ) as client:
            transcript.connected(
                client.server_info.name if client.server_info else "",
                client.protocol_version,
                client.instructions or "",
                len((await client.list_tools()).tools),
            )
            session._client = client
            yield session

    async def take(self, step: Step) -> bool:
        """Make the step's call, and check that it ended as it should."""
        self._step = step
        arguments = {
            name: self._batch if value == PLANNED else value
            for name, value in step.arguments.items()
        }
        self._transcript.wish(step.wish, step.tool, arguments)
        result = await self._client.call_tool(step.tool, arguments)
        fields: dict[str, Any] = result.structured_content or {}
        self._batch = str(fields.get("batch_id", self._batch))
        self._transcript.answer(_text(result), str(fields.get("outcome")))
        return fields.get("code", fields.get("outcome")) == step.ends

    async def answer(self, context: object, params: ElicitRequestParams) -> ElicitResult:
        """Answer a question as the person of this step does."""
        del context  # there is one session, and one question at a time
        answer = self._step.answer if self._step else None
        self._transcript.question(params.message, _form(params))
        match answer:
            case Types(text):
                self._transcript.reply(f"types {text}")
                return ElicitResult(action="accept", content={"confirm": text})
            case Ticks():
                await anyio.sleep(self._reading_seconds)
                self._transcript.reply("ticks the box")
                return ElicitResult(action="accept", content={"confirm": True})
            case Declines() | None:
                await anyio.sleep(self._reading_seconds)
                self._transcript.reply("presses Decline")
                return ElicitResult(action="decline")


def _form(params: ElicitRequestParams) -> str:
    """Read the label of the one field that a person fills in."""
    if not isinstance(params, ElicitRequestFormParams):
        return ""
    schema: dict[str, Any] = params.requested_schema
    return str(schema["properties"]["confirm"]["title"])


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))
