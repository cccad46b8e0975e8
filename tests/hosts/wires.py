"""The tap's log, read: what host and server said to each other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from views import Sent

_META = "io.modelcontextprotocol/"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of JSON-RPC, who sent it, and when."""

    at: float
    sender: str
    body: Mapping[str, Any]

    @property
    def method(self) -> str | None:
        return self.body.get("method")

    @property
    def params(self) -> Mapping[str, Any]:
        return self.body.get("params") or {}

    @property
    def result(self) -> Mapping[str, Any]:
        return self.body.get("result") or {}


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a tool as the server answered it, after how many seconds."""

    seconds: float
    sent: Sent

    @property
    def word(self) -> str:
        """The outcome, or the code of an error."""
        structured = self.sent.structured or {}
        return str(structured.get("code") or structured.get("outcome", "no structure"))


@dataclass(frozen=True, slots=True)
class Wire:
    """Everything that went between a host and the servers that it started."""

    messages: Sequence[Message]

    @property
    def opened_with(self) -> str:
        """The method of the host's first request."""
        asked = (one.method for one in self.messages if one.sender == "host")
        return next((f"`{method}`" for method in asked if method is not None), "nothing")

    @property
    def protocol(self) -> str:
        """The revision in which tools are called: each call names it, or the handshake did."""
        named = [_named(one) for one in self.messages if one.method == "tools/call"]
        agreed = [one.result["protocolVersion"] for one in self.messages if _agrees(one)]
        return next((one for one in [*named, *agreed] if one is not None), "none")

    @property
    def advertises_forms(self) -> bool:
        """Tell what the client says that it can do, which need not be true."""
        return any("elicitation" in _capabilities(one) for one in self.messages)

    def called(self, tool: str) -> list[Called]:
        """The calls of a tool that the server answered with a result."""
        return list(self._called(tool))

    def _called(self, tool: str) -> Iterator[Called]:
        for at, one in enumerate(self.messages):
            if one.method == "tools/call" and one.params["name"] == tool:
                for answer in self.messages[at:]:
                    if answer.body.get("id") == one.body["id"] and "content" in answer.result:
                        yield Called(answer.at - one.at, _sent(answer.result))
                        break


def _named(message: Message) -> str | None:
    meta: Mapping[str, Any] = message.params.get("_meta") or {}
    return meta.get(f"{_META}protocolVersion")


def _agrees(message: Message) -> bool:
    return message.sender == "server" and "protocolVersion" in message.result


def _capabilities(message: Message) -> Mapping[str, Any]:
    meta = message.params.get("_meta") or {}
    found: Mapping[str, Any] = (
        message.params.get("capabilities") or meta.get(f"{_META}clientCapabilities") or {}
    )
    return found


def _sent(result: Mapping[str, Any]) -> Sent:
    text = "\n".join(part.get("text", "") for part in result["content"])
    return Sent(text, result.get("structuredContent"))


def read(log: Path) -> Wire:
    """Read the log; a line that is no JSON object is left out."""
    if not log.exists():
        return Wire(())
    lines = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return Wire(
        [
            Message(one["at"], one["from"], body)
            for one in lines
            if (body := _object(one["line"])) is not None
        ]
    )


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
