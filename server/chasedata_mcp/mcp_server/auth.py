"""What stands before everything served over HTTP: Host, Origin and the key, in that order."""

import hmac
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from chasedata_mcp.web.sockets import own_hosts

OPEN_PATH = "/healthz"
"""Needs no key and minds no origin: it tells nothing but that the server runs."""


SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that tells nothing of what is behind the gate."""

    status: int
    text: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


WRONG_HOST = Refusal(421, "This server answers to its own host and port only.\n")
FOREIGN_ORIGIN = Refusal(403, "Pages of other origins may not call this server.\n")
NO_KEY = Refusal(401, "A key is needed.\n", ((b"www-authenticate", b"Bearer"),))


@dataclass(frozen=True, slots=True)
class Admission:
    """What a request has to bear.

    A web page can make a browser send requests here, under a host name of its own (DNS rebinding)
    or not; so the host is exactly one of `hosts`, and an origin, where there is one, is exactly one
    of `origins`. `key` is None only where somebody asked for that.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    key: str | None = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if self.key is not None and len(self.key) < SHORTEST_KEY:
            message = f"a key has at least {SHORTEST_KEY} characters"
            raise ValueError(message)

    @classmethod
    def on_loopback(cls, port: int, key: str | None) -> "Admission":
        """What a server on a port of this machine asks for."""
        hosts = own_hosts(port)
        return cls(hosts, frozenset(f"http://{host}" for host in hosts), key)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why a request may not come in, None where it may."""
        if _only(scope, b"host") not in self.hosts:
            return WRONG_HOST
        if scope["path"] == OPEN_PATH:
            return None
        if _all(scope, b"origin") and _only(scope, b"origin") not in self.origins:
            return FOREIGN_ORIGIN
        return None if self.key is None or self._has_the_key(scope, self.key) else NO_KEY

    @staticmethod
    def _has_the_key(scope: Scope, key: str) -> bool:
        scheme, _, given = (_only(scope, b"authorization") or "").partition(" ")
        right = hmac.compare_digest(given.strip(" ").encode("latin-1"), key.encode())
        return scheme.lower() == "bearer" and right


class BearerAuth:
    """The outermost ASGI middleware: nothing is served that it hasn't seen."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it. There are no WebSockets here."""
        match scope["type"]:
            case "lifespan":
                await self._app(scope, receive, send)
            case "http" if (refusal := self._admission.refusal(scope)) is not None:
                await _refuse(refusal, send)
            case "http":
                await self._app(scope, receive, send)
            case "websocket":
                await send({"type": "websocket.close", "code": 1008})
            case _:
                return


def _all(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]


def _only(scope: Scope, name: bytes) -> str | None:
    """The header's value where it was sent once; twice is a trick."""
    values = _all(scope, name)
    return values[0] if len(values) == 1 else None


async def _refuse(refusal: Refusal, send: Send) -> None:
    body = refusal.text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *refusal.headers,
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
