"""A sandbox on a port that writes down each call it gets and what it did, and often answers badly.

An answer may come late or never, before or after the call was done, in the place of an error page,
or cut off in its midst.
"""

import json
import os
import random
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anyio
from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from _support.forks import forked
from _support.terminals import environment
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.plain_text import send_text
from chasedata_mcp.sandbox.script_endpoint import DROP
from chasedata_mcp.sandbox.standalone import dropping_server
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.web.sockets import address_of, listen
from chasedata_mcp.web.uvicorn_server import serve

WRITE_SECONDS = 2.0
"""The time that the servers give a call; an answer may come later."""
_WAIT = 0.02
_SCRIPTS = "/HttpImport/"
_SEEN = "seen.jsonl"
_PROGRAM = "from soak.recording_dialer import main; main()"
_GARBAGE = (
    "",
    "<html><body>502 Bad Gateway</body></html>",
    "OK" * 40_000,
    "<br><br>Result:",
    "\x00\x1b[31mOK",
)


class Did(StrEnum):
    """What the dialer did with a call."""

    DONE = "done"
    REFUSED = "refused"
    NOTHING = "nothing"


class Slip(StrEnum):
    """What goes wrong with a call; `before` it is done, or after."""

    RESET_BEFORE = "reset before"
    ERROR_BEFORE = "error before"
    GARBAGE_BEFORE = "garbage before"
    RESET_AFTER = "reset after"
    ERROR_AFTER = "error after"
    GARBAGE_AFTER = "garbage after"
    CUT = "cut"
    LATE = "late"


_SLIPS: Mapping[Slip | None, float] = {
    None: 0.75,
    Slip.RESET_BEFORE: 0.03,
    Slip.ERROR_BEFORE: 0.03,
    Slip.GARBAGE_BEFORE: 0.03,
    Slip.RESET_AFTER: 0.06,
    Slip.ERROR_AFTER: 0.03,
    Slip.GARBAGE_AFTER: 0.03,
    Slip.CUT: 0.03,
    Slip.LATE: 0.01,
}
_NO_SLIPS: Mapping[Slip | None, float] = {None: 1.0}
_BEFORE = frozenset({Slip.RESET_BEFORE, Slip.ERROR_BEFORE, Slip.GARBAGE_BEFORE})
_DROPPED = frozenset({Slip.RESET_BEFORE, Slip.RESET_AFTER, Slip.CUT})


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as it came over the wire, without the token, and what the dialer did with it."""

    script: str
    form: Mapping[str, str]
    did: Did
    slip: str | None = None


@asynccontextmanager
async def recording_dialer(
    place: Path, seed: object = None, *, slips: bool = True, wait: float = _WAIT
) -> AsyncGenerator[str]:
    """Run it in a process of its own, with its state and what it saw in a directory.

    Gives its base address. It waits at most so many seconds before a call and after it. At the end,
    what is under way is finished first.
    """
    given = json.dumps({"place": str(place), "seed": str(seed), "slips": slips, "wait": wait})
    with forked(_PROGRAM, [], {**environment(), "GIVEN": given}) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = await to_thread.run_sync(process.stdout.readline)
            yield f"{address.strip()}{_SCRIPTS}"
        finally:
            with anyio.CancelScope(shield=True):
                process.stdin.close()
                await to_thread.run_sync(process.wait)


def read_seen(place: Path) -> list[Seen]:
    """Read what was written down."""
    lines = (place / _SEEN).read_text(encoding="utf-8").splitlines()
    read = [json.loads(line) for line in lines]
    return [Seen(**{**one, "did": Did(one["did"])}) for one in read]


def main() -> None:
    """Serve until standard input ends; say the address first."""
    anyio.run(_serve, json.loads(os.environ["GIVEN"]))


async def _serve(given: Mapping[str, Any]) -> None:
    place, chance = Path(given["place"]), random.Random(given["seed"])  # noqa: S311 - no secret
    slips = _SLIPS if given["slips"] else _NO_SLIPS
    with (
        closing(SandboxDialer(place / "sandbox.db")) as dialer,
        listen(0) as listening,
        (place / _SEEN).open("a", encoding="utf-8", buffering=1) as file,
    ):

        def write_down(seen: Seen) -> None:
            file.write(json.dumps(asdict(seen)) + "\n")

        app = _Recorded(create_app(dialer), write_down, chance, slips, given["wait"])
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, dropping_server(app), listening)
            sys.stdout.write(f"{address_of(listening)}\n")
            sys.stdout.flush()
            await to_thread.run_sync(sys.stdin.read)
            tasks.cancel_scope.cancel()


class _Recorded:
    """An app whose calls are written down as soon as the dialer is done with them."""

    def __init__(
        self,
        app: ASGIApp,
        write_down: Callable[[Seen], None],
        chance: random.Random,
        slips: Mapping[Slip | None, float],
        wait: float,
    ) -> None:
        self._app = app
        self._write_down = write_down
        self._chance = chance
        self._slips = slips
        self._longest_wait = wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(_SCRIPTS):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        slip = self._chance.choices([*self._slips], [*self._slips.values()])[0]
        await self._wait()
        answer = [] if slip in _BEFORE else await self._answered(scope, body)
        self._write_down(_seen(scope, body, answer, slip))
        await self._wait()
        await self._answer(slip, answer, send)
        if slip in _DROPPED:
            scope["extensions"][DROP]()
            while (await receive())["type"] != "http.disconnect":
                pass

    async def _wait(self) -> None:
        await anyio.sleep(self._chance.uniform(0, self._longest_wait))

    async def _answered(self, scope: Scope, body: bytes) -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, send)
        return answer

    async def _answer(self, slip: Slip | None, answer: list[Message], send: Send) -> None:
        match slip:
            case Slip.RESET_BEFORE | Slip.RESET_AFTER:
                pass
            case Slip.ERROR_BEFORE | Slip.ERROR_AFTER:
                await send_text(send, self._chance.choice((500, 502, 503)), "")
            case Slip.GARBAGE_BEFORE | Slip.GARBAGE_AFTER:
                await send_text(send, 200, self._chance.choice(_GARBAGE))
            case Slip.CUT:
                headers = [(b"content-length", b"1000")]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": b"<br>", "more_body": True})
            case Slip.LATE | None:
                if slip is Slip.LATE:
                    await anyio.sleep(1.5 * WRITE_SECONDS)
                for message in answer:
                    await send(message)


def _seen(scope: Scope, body: bytes, answer: list[Message], slip: Slip | None) -> Seen:
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    said = b"".join(message.get("body", b"") for message in answer).decode()
    kept = {name: text for name, text in form.items() if name not in {"token", "accid"}}
    did = Did.DONE if said == load_shipped_profile().answers.done[0] else Did.REFUSED
    script = scope["path"].removeprefix(_SCRIPTS)
    return Seen(script, kept, did if answer else Did.NOTHING, slip)


async def _body(receive: Receive) -> bytes | None:
    """Read the whole body; None where whoever sent it was ended before."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
