"""A model on loopback that follows the script and keeps every request that it got."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

import anthropic_messages
import gemini_generate
import openai_chat
import openai_responses
from protocols import ProviderProtocol, Reply
from story import (
    END,
    Call,
    Conversation,
    Presented,
    given,
    next_call,
    presents_ours,
    search_for_tools,
)
from typing_extensions import override

PROVIDERS: Sequence[ProviderProtocol] = (
    anthropic_messages,
    gemini_generate,
    openai_chat,
    openai_responses,
)


@dataclass
class ScriptedModel:
    """Takes the next step of the script by the results that a request holds.

    `observe` is told of each result once, before the model goes on.
    """

    observe: Callable[[str, str], bool]
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    tools: Sequence[Presented] = ()
    results: dict[str, str] = field(default_factory=dict[str, str])
    ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take_turn(self, conversation: Conversation) -> Call | str:
        """Make the next call, or end."""
        with self._lock:
            return self._turn(conversation)

    def _turn(self, conversation: Conversation) -> Call | str:
        if self.ended or not presents_ours(conversation.tools):
            return search_for_tools(conversation) or END  # a host asks for a title too, say
        call = next_call(conversation)
        self.tools = conversation.tools
        goes_on = True
        for title, text in given(conversation).items():
            if title not in self.results:
                self.results[title] = text
                goes_on = self.observe(title, text)
        self.ended = call is None or not goes_on
        return END if call is None or not goes_on else call


class _Handler(BaseHTTPRequestHandler):
    """The HTTP side: every request is kept, those of a provider are answered by the model."""

    protocol_version = "HTTP/1.1"
    model: ScriptedModel

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        raw = self.rfile.read(length)
        path = urlsplit(self.path).path
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {}
        self.model.requests.append({"path": self.path, "body": body})
        for provider in PROVIDERS:
            if provider.serves(path):
                turn = self.model.take_turn(provider.read(body))
                return self._send(200, provider.reply(body, path, turn))
        return self._send(404, Reply("application/json", '{"error": {"message": "not served"}}'))

    def do_GET(self) -> None:
        self.model.requests.append({"path": self.path})
        self._send(404, Reply("application/json", '{"error": {"message": "not served"}}'))

    do_HEAD = do_GET  # noqa: N815 - the base's name

    def do_CONNECT(self) -> None:
        """Refuse a host that calls home by way of its proxy, which is this server."""
        self.model.requests.append({"connect": self.path})
        self._send(403, Reply("text/plain", ""))

    def _send(self, status: int, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(status)
        self.send_header("content-type", reply.kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error."""


@contextmanager
def serving(model: ScriptedModel) -> Iterator[str]:
    """Serve the model on a free port of loopback; its address."""
    handler = cast("type[BaseHTTPRequestHandler]", type("Handler", (_Handler,), {"model": model}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
