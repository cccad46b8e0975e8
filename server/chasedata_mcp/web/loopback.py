"""The guard of every server on loopback: its own hosts and origins, and nothing else.

A web page can make a browser send requests to this machine, under a host name of its own (DNS
rebinding) or not. The browser itself writes `Host`, `Origin` and `Sec-Fetch-*`, and no script can
change them, so each server decides by these. What it asks of them is its own: `mcp_server.auth`,
`approvals_page.csrf` and `sandbox.guard` each give this guard a rule.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
_ANY_PORT: Final = re.compile(rf"(?:{'|'.join(map(re.escape, _OWN_NAMES))})(?::[0-9]{{1,5}})?")
_HTTP_PORT: Final = 80
# RFC 6455 section 7.4.1: 1008 is a violation of policy.
_POLICY_VIOLATION: Final = 1008


@dataclass(frozen=True, slots=True)
class GuardRefusal:
    """An answer to a request that may not come in; it reveals nothing of what is inside."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Rule = Callable[[Scope], GuardRefusal | None]
"""Gives the refusal of an HTTP request, None where it may come in."""


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """The hosts that a server answers to, `127.0.0.1:8766`, and the origins that may use it."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of_hosts(cls, *hosts: str) -> Self:
        """Make the policy of a server on plain HTTP that is reached by these hosts."""
        return cls(frozenset(hosts), frozenset(f"http://{host}" for host in hosts))

    @classmethod
    def on_loopback(cls, port: int) -> Self:
        """Make the policy of a server on a port of this machine."""
        hosts = [f"{name}:{port}" for name in _OWN_NAMES]
        # Clients leave out the scheme's own port (RFC 9110 section 7.2, RFC 6454 section 6.2).
        return cls.of_hosts(*hosts, *(_OWN_NAMES if port == _HTTP_PORT else ()))

    @classmethod
    def on_any_port(cls, host: str) -> Self | None:
        """Make the policy of a server that doesn't know its port, None for a foreign host."""
        return cls.of_hosts(host.lower()) if _ANY_PORT.fullmatch(host.lower()) else None

    def is_own_host(self, headers: Headers) -> bool:
        """Tell whether a request names one of the hosts, once."""
        return headers.getlist("host") in [[host] for host in self.hosts]

    def is_own_origin(self, headers: Headers) -> bool:
        """Tell whether a request comes from one of the origins, named once."""
        return headers.getlist("origin") in [[origin] for origin in self.origins]

    def has_foreign_origin(self, headers: Headers) -> bool:
        """Tell whether a request names an origin that isn't one of the origins.

        Programs other than browsers name none.
        """
        return "origin" in headers and not self.is_own_origin(headers)


class LoopbackGuard:
    """The outermost ASGI middleware of a server: its rule comes first, its headers are on all."""

    def __init__(self, app: ASGIApp, rule: Rule, headers: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._rule = rule
        self._headers = headers or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it. No server of ours has WebSockets."""
        match scope["type"]:
            case "lifespan":
                await self._app(scope, receive, send)
            case "http":
                refusal = self._rule(scope)
                app = self._app if refusal is None else _answer(refusal)
                await app(scope, receive, self._with_headers(send))
            case "websocket":
                await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            case _:
                return

    def _with_headers(self, send: Send) -> Send:
        if not self._headers:
            return send

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        return send_with_headers


def _answer(refusal: GuardRefusal) -> PlainTextResponse:
    return PlainTextResponse(refusal.text, refusal.status, refusal.headers)
