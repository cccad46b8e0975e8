"""The common parts of the protocols of model providers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from story import Call, Conversation


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request, with status 200."""

    kind: str
    body: str


class ProviderProtocol(Protocol):
    """A module that reads a provider's requests and writes its replies."""

    def serves(self, path: str, /) -> bool:
        """Tell a request that the model answers from any other."""

    def read(self, body: dict[str, Any], /) -> Conversation:
        """Read what the model is shown."""

    def reply(self, body: dict[str, Any], path: str, turn: Call | str, /) -> Reply:
        """Write the model's turn: a tool call or words."""


def sse(events: Iterable[tuple[str | None, Any]]) -> Reply:
    """A stream of events, each with its name where the protocol gives it one."""
    lines = [
        (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"
        for name, data in events
    ]
    return Reply("text/event-stream", "".join(lines))
