"""A sandbox on a port that writes down each call it gets and what it did, for `soak.py`.

Now and then a call or its answer takes a while, or the answer is lost after the call was done.
"""

import json
import random
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qsl

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.script_endpoint import DROP
from chasedata_mcp.sandbox.standalone import dropping_server
from chasedata_mcp.sandbox.wire import OK
from chasedata_mcp.web.sockets import address_of, listen

LONGEST_WAIT = 0.02
SCRIPTS = "/HttpImport/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as it came over the wire, without the token, and whether the dialer did it."""

    script: str
    form: Mapping[str, str]
    done: bool


def serve(told: Connection, place: str, seed: int, lost: float) -> None:
    """Serve until the process ends; say the address first.

    Args:
        told: Who is told the address.
        place: A directory for the state, `sandbox.db`, and what is written down, `seen.jsonl`.
        seed: Of what goes wrong.
        lost: Which share of the answers is lost.
    """
    with closing(SandboxDialer(Path(place) / "sandbox.db")) as dialer:
        listening = listen(0)
        told.send(address_of(listening))
        with (Path(place) / "seen.jsonl").open("a", encoding="utf-8") as file:

            def write_down(seen: Seen) -> None:
                file.write(json.dumps(asdict(seen)) + "\n")
                file.flush()

            app = _Watched(create_app(dialer), write_down, random.Random(seed), lost)  # noqa: S311 - no secret
            dropping_server(app).run([listening])


def seen(place: Path) -> list[Seen]:
    """What was written down."""
    lines = (place / "seen.jsonl").read_text(encoding="utf-8").splitlines()
    return [Seen(**json.loads(line)) for line in lines]


class _Watched:
    """An app whose calls are written down as soon as the dialer is done with them."""

    def __init__(
        self, app: ASGIApp, write_down: Callable[[Seen], None], chance: random.Random, lost: float
    ) -> None:
        self._app = app
        self._write_down = write_down
        self._chance = chance
        self._lost = lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(SCRIPTS):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        await anyio.sleep(self._chance.uniform(0, LONGEST_WAIT))
        answer = await self._answered(scope, body)
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        said = b"".join(message.get("body", b"") for message in answer).decode()
        kept = {name: text for name, text in form.items() if name not in {"token", "accid"}}
        self._write_down(Seen(scope["path"].removeprefix(SCRIPTS), kept, said == OK))
        if self._chance.random() < self._lost:
            scope["extensions"][DROP]()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await anyio.sleep(self._chance.uniform(0, LONGEST_WAIT))
        for message in answer:
            await send(message)

    async def _answered(self, scope: Scope, body: bytes) -> list[Message]:
        answer: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, send)
        return answer


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where whoever sent it was killed before its end."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
