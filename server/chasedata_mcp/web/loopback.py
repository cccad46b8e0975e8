"""The page's door: its own host, no other origin, and headers that let nothing in from elsewhere.

A web page can make a browser send requests here, under a host name of its own (DNS rebinding) or
not. So the host has to be exactly one of ours; what changes something has to be vouched for by its
`Origin` or, since a page without a referrer posts its forms with the origin `null`, by the
browser's own word on the site; and from elsewhere nothing can be got but by opening a link.
"""

from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chasedata_mcp.web.sockets import own_hosts

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_READS: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request may not come in."""

    status: int
    text: str


WRONG_HOST: Final = Refusal(421, "This page answers to its own host and port only.\n")
FOREIGN: Final = Refusal(403, "This page takes no request from another origin.\n")


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Which hosts the page answers to, `127.0.0.1:8766`, and which origins may use it."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def on_loopback(cls, port: int) -> "OriginPolicy":
        """The door of a page on a port of this machine."""
        hosts = own_hosts(port)
        return cls(hosts, frozenset(f"http://{host}" for host in hosts))

    def refusal(self, method: str, headers: Headers) -> Refusal | None:
        """Why a request may not come in, None where it may."""
        if headers.getlist("host") not in [[host] for host in self.hosts]:
            return WRONG_HOST
        vouched = self._vouched(headers) if method not in _READS else self._readable(headers)
        return None if vouched else FOREIGN

    def _vouched(self, headers: Headers) -> bool:
        """Whether the browser says that the request comes from a page of ours."""
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if sites not in ([], ["same-origin"]):
            return False
        if sites and origins in ([], ["null"]):
            return True
        return len(origins) == 1 and origins[0] in self.origins

    def _readable(self, headers: Headers) -> bool:
        """Whether it is a page of ours that reads, or somebody who opens it."""
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if origins and not (len(origins) == 1 and origins[0] in self.origins):
            return False
        if sites in ([], ["same-origin"], ["none"]):
            return True
        dest = headers.getlist("sec-fetch-dest")
        return headers.getlist("sec-fetch-mode") == ["navigate"] and dest == ["document"]


class Guarded:
    """Middleware: every request passes the door, every answer bears the headers."""

    def __init__(self, app: ASGIApp, door: OriginPolicy) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it. There are no WebSockets here."""
        match scope["type"]:
            case "http":
                await self._answer(scope, receive, _with_headers(send))
            case "websocket":
                await send({"type": "websocket.close", "code": 1008})
            case _:
                await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._door.refusal(scope["method"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(refusal.text, refusal.status)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
