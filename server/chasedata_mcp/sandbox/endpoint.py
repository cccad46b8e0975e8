"""The scripts over HTTP: reading what was sent, faults, and sending the answer."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import anyio
from starlette.types import Receive, Scope, Send

from chasedata_mcp.sandbox.api import answer
from chasedata_mcp.sandbox.dialer import Dialer
from chasedata_mcp.sandbox.faults import Body, Delay, Drop, Effect, Faults, Status
from chasedata_mcp.sandbox.http import send_text
from chasedata_mcp.sandbox.routes import RULES

DROP: Final = "chasedata_mcp.drop"
"""Where in a scope's `extensions` a server gives the function that ends the connection."""

_FORM: Final = b"application/x-www-form-urlencoded"
_MOST_BYTES: Final = 32 * 1024 * 1024
_KEPT: Final = 50
_SHOWN: Final = 300

# The vendor's language names no parameter with these.
_NAMED = str.maketrans({" ": "_", ".": "_", "[": "_"})


class TooLarge(Exception):  # noqa: N818 - an answer to the caller, no error of the program
    """The body of a request is larger than any that makes sense."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One request on the wire as the page shows it: without its token, and cut short."""

    at: str
    method: str
    script: str
    sent: Mapping[str, str]
    answered: str
    fault: str


class Desk:
    """The ASGI endpoint of all scripts."""

    def __init__(self, dialer: Dialer, faults: Faults) -> None:
        self._dialer = dialer
        self._faults = faults
        self._recent: deque[Spoken] = deque(maxlen=_KEPT)

    def recent(self) -> list[Spoken]:
        """Give the last requests, newest first."""
        return list(reversed(self._recent))

    def forget(self) -> None:
        """Forget the last requests."""
        self._recent.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a script."""
        script = scope["path_params"]["script"]
        if script not in RULES:
            await send_text(send, 404, "File not found.")
        elif scope["method"] not in ("GET", "POST"):
            await send_text(send, 405, "Use GET or POST.")
        else:
            await self._answer(script, scope, receive, send)

    async def _answer(self, script: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            sent = await _parameters(scope, receive)
        except TooLarge:
            await send_text(send, 413, "The request is too large.")
            return
        effect = self._faults.take(script)
        done = _comes_to_the_dialer(effect)
        said = answer(self._dialer, script, sent) if done else ""
        self._note(scope["method"], script, sent, said, effect)
        match effect:
            case None:
                await send_text(send, 200, said)
            case Delay(seconds):
                await anyio.sleep(seconds)
                await send_text(send, 200, said)
            case Status(code):
                await send_text(send, code, "")
            case Body(text):
                await send_text(send, 200, text)
            case Drop():
                await _drop(scope, receive)

    def _note(
        self,
        method: str,
        script: str,
        sent: Mapping[str, str],
        said: str,
        effect: Effect | None,
    ) -> None:
        shown = {name[:_SHOWN]: text[:_SHOWN] for name, text in sent.items() if name != "token"}
        fault = "" if effect is None else str(effect)
        at = self._dialer.now().isoformat(timespec="seconds")
        self._recent.append(Spoken(at, method, script, shown, said[:_SHOWN], fault))


def _comes_to_the_dialer(effect: Effect | None) -> bool:
    match effect:
        case None | Delay():
            return True
        case Status(after=after) | Body(after=after) | Drop(after=after):
            return after


async def _drop(scope: Scope, receive: Receive) -> None:
    """End the connection without an answer, and stay until it has ended."""
    drop: Callable[[], None] | None = scope.get("extensions", {}).get(DROP)
    if drop is None:
        raise RuntimeError("This server can't drop a connection: use sandbox.serving or embedded.")
    drop()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _parameters(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read query and form as the vendor's language does.

    The last of a name counts, and the form's before the query's.
    """
    pairs = parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    if scope["method"] == "POST" and _is_form(scope):
        body = await read_body(receive)
        pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.translate(_NAMED): text for name, text in pairs}


def _is_form(scope: Scope) -> bool:
    content_type = dict(scope["headers"]).get(b"content-type", b"")
    return bool(content_type.lower().startswith(_FORM))


async def read_body(receive: Receive) -> bytes:
    """Read the whole body of a request.

    Raises:
        TooLarge: It is larger than any that makes sense.
    """
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _MOST_BYTES:
            raise TooLarge
    return body
