"""The HTTP endpoint of all scripts: it reads the request, applies a fault and sends the answer."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import anyio
from starlette.types import Receive, Scope, Send

from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Body, Delay, Drop, FaultEffect, Faults, HttpStatus
from chasedata_mcp.sandbox.plain_text import send_text

DROP: Final = "chasedata_mcp.drop"
"""The key in a scope's `extensions` under which a server gives the function that ends the
connection."""

_FORM: Final = b"application/x-www-form-urlencoded"
# Notes have no limit on the wire, but a body is held in memory as a whole.
_MAX_BODY_BYTES: Final = 32 * 1024 * 1024
_MAX_RECENT: Final = 50
_MAX_SHOWN: Final = 300

# PHP, the vendor's language, replaces these in the names of parameters
# (php.net/language.variables.external).
_PHP_NAMES: Final = str.maketrans({" ": "_", ".": "_", "[": "_"})


class BodyTooLargeError(Exception):
    """A request's body is larger than any that makes sense."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request on the wire as the page shows it: without its token, and cut short."""

    at: str
    method: str
    script: str
    sent: Mapping[str, str]
    answered: str
    fault: str


class ScriptEndpoint:
    """The ASGI endpoint of all scripts."""

    def __init__(self, dialer: SandboxDialer, faults: Faults) -> None:
        self._dialer = dialer
        self._faults = faults
        self._recent: deque[LoggedRequest] = deque(maxlen=_MAX_RECENT)

    def recent(self) -> list[LoggedRequest]:
        """Give the last requests, newest first."""
        return list(reversed(self._recent))

    def forget(self) -> None:
        """Forget the last requests."""
        self._recent.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a script."""
        script = self._dialer.scripts.get(scope["path_params"]["script"])
        if script is None:
            await send_text(send, 404, "File not found.")
        elif scope["method"] not in ("GET", "POST"):
            await send_text(send, 405, "Use GET or POST.")
        else:
            await self._answer(script, scope, receive, send)

    async def _answer(self, script: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            sent = await _parameters(scope, receive)
        except BodyTooLargeError:
            await send_text(send, 413, "The request is too large.")
            return
        # The dialer does its work before any delay: a client that gives up changes nothing of it.
        effect = self._faults.take(script)
        text = answer(self._dialer, script, sent) if _reaches_dialer(effect) else ""
        self._log(scope["method"], script, sent, text, effect)
        match effect:
            case None:
                await send_text(send, 200, text)
            case Delay(seconds):
                await anyio.sleep(seconds)
                await send_text(send, 200, text)
            case HttpStatus(code):
                await send_text(send, code, "")
            case Body(body):
                await send_text(send, 200, body)
            case Drop():
                await _drop(scope, receive)

    def _log(
        self,
        method: str,
        script: str,
        sent: Mapping[str, str],
        text: str,
        effect: FaultEffect | None,
    ) -> None:
        cut = {
            name[:_MAX_SHOWN]: value[:_MAX_SHOWN] for name, value in sent.items() if name != "token"
        }
        fault = "" if effect is None else str(effect)
        at = self._dialer.now().isoformat(timespec="seconds")
        self._recent.append(LoggedRequest(at, method, script, cut, text[:_MAX_SHOWN], fault))


def _reaches_dialer(effect: FaultEffect | None) -> bool:
    match effect:
        case None | Delay():
            return True
        case HttpStatus(after=after) | Body(after=after) | Drop(after=after):
            return after


async def _drop(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer, and stay until it has ended."""
    drop: Callable[[], None] | None = scope.get("extensions", {}).get(DROP)
    if drop is None:
        raise RuntimeError(
            "This server can't drop a connection: use sandbox.standalone or embedded."
        )
    drop()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _parameters(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read query and form as PHP does."""
    # The last value of a name counts, and the form's before the query's (request_order "GP").
    pairs = parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    if scope["method"] == "POST" and _is_form(scope):
        body = await _read_body(receive)
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.translate(_PHP_NAMES): value for name, value in pairs}


def _is_form(scope: Scope) -> bool:
    content_type = dict(scope["headers"]).get(b"content-type", b"")
    return bool(content_type.lower().startswith(_FORM))


async def _read_body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MAX_BODY_BYTES:
            raise BodyTooLargeError
    return body
