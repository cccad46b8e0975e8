"""The lives of a serving process for `soak.py`: started, called, and killed in the midst."""

import json
import os
import random
import signal
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import SocketStream, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from chasedata_mcp.mcp_server.stdio import serve_stdio
from chasedata_mcp.settings import load_settings

Json = dict[str, Any]
Call = tuple[str, Mapping[str, object]]
Handler = Callable[[SocketStream], Awaitable[None]]
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "soak", "version": "1"},
}
_LONGEST_LINE = 1 << 20
TIMEOUT = 600.0
_LONGEST_LIFE = 600
# A bare yes that comes sooner may be nobody's: it would wait for one out of band instead.
_READING_SECONDS = 4.1
_AREAS = ("954", "305", "212", "813", "312", "206", "602", "407")


def serve(address: str, environ: Mapping[str, str]) -> None:
    """Serve as `chasedata-mcp serve` does, with a socket for standard input and output."""
    with socket.socket(socket.AF_UNIX) as connected:
        connected.connect(address)
        for stream in (0, 1):
            os.dup2(connected.fileno(), stream)
    sys.stdin, sys.stdout = os.fdopen(0, "r"), os.fdopen(1, "w")
    anyio.run(serve_stdio, load_settings(environ))


def calls(chance: random.Random, life: int) -> Iterator[Call]:
    """Mixed calls without an end: most can be told from all others, some are made again."""
    for number in count():
        mark = f"soak-{life}-{number}"
        phone = f"{chance.choice(_AREAS)}55501{chance.randrange(100):02}"
        lead = {"search_field": "client_id", "identifier": f"WEB-{1001 + chance.randrange(40)}"}
        listed = {"agent": "Maria", "list_name": f"Soak {life} {number // 12}"}
        text = {"from_number": "9545550195", "to_number": phone}
        insert = {"campaign": "Solar", "primary_phone": phone, "client_id": mark}
        yield chance.choice(
            (
                ("search_lead", {**lead, "detailed": True}),
                ("search_lead", {"search_field": "phone", "identifier": phone}),
                ("update_lead", {**lead, "notes": mark}),
                ("update_lead", {**lead, "notes": mark, "city": chance.choice(("Tampa", "Ocala"))}),
                ("insert_lead", {**insert, "import_only": True, "duplicates_check": "none"}),
                ("insert_lead", {**insert, "import_only": False}),
                ("insert_dnc", {"number": phone}),
                ("delete_dnc", {"number": phone}),
                ("send_sms", {**text, "message": mark}),
                ("send_sms", {**text, "to_number": "9545550123", "message": "the same"}),
                ("create_dial_list", listed),
                ("add_dial_list_phone", {**listed, "phone": phone}),
                ("mark_dial_list_phone_dialed", {**listed, "phone": phone}),
                ("delete_dial_list", listed),
                ("enable_playlist_filter", {"playlist": "Solar-Main", "filter_name": "New-Leads"}),
                ("reload_skills", {}),
            )
        )


class Wire:
    """The client's end of a connection, of which several may write at once."""

    def __init__(self, stream: SocketStream) -> None:
        self._stream = stream
        self._reader = BufferedByteReceiveStream(stream)
        self._one_at_a_time = anyio.Lock()
        self._open: dict[object, str] = {}

    async def call(self, number: int, call: Call) -> None:
        """Ask for a call, by a number of the request."""
        name, arguments = call
        self._open[number] = name
        await self.say(
            id=number, method="tools/call", params={"name": name, "arguments": arguments}
        )

    async def say(self, **message: object) -> None:
        """Send a message."""
        async with self._one_at_a_time:
            await self._stream.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def hear(self) -> Json:
        """Wait for the next message.

        Raises:
            TimeoutError: None came, since each call that is under way waits for something else.
        """
        with anyio.move_on_after(TIMEOUT):
            line = await self._reader.receive_until(b"\n", _LONGEST_LINE)
            message: Json = json.loads(line)
            if "method" not in message:
                self._open.pop(message["id"], None)
            return message
        waiting = ", ".join(sorted(self._open.values()))
        raise TimeoutError(f"no answer in {TIMEOUT:.0f} s, with these under way: {waiting}")


@dataclass
class Told:
    """What the callers were told, the outcome of each entry, and how their servers ended."""

    answers: int = 0
    asked: int = 0
    exit_codes: Counter[int | None] = field(default_factory=Counter[int | None])
    outcomes: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def killed(self) -> int:
        """How many servers were killed, and had not ended before."""
        return self.exit_codes[-signal.SIGKILL]


@dataclass
class Life:
    """One life of a serving process, with so many calls at once, until so many are answered."""

    number: int
    chance: random.Random
    context: ForkServerContext
    environ: Mapping[str, str]
    told: Told

    async def live(self, place: Path) -> None:
        """Start a server, call it, and kill it at some moment."""
        address = str(place / f"{self.number}.socket")
        async with await anyio.create_unix_listener(address) as listener:
            process = self.context.Process(target=serve, args=(address, self.environ), daemon=True)
            process.start()
            try:
                with anyio.fail_after(_LONGEST_LIFE):
                    async with anyio.create_task_group() as tasks:
                        handler = self._called_until(process.kill, tasks.cancel_scope)
                        await listener.serve(handler, tasks)
            finally:
                process.kill()
                with anyio.CancelScope(shield=True):
                    # Joined here and not in a thread: the start of another process looks for this
                    # one's end too, and of two threads that do, one takes the other's exit code.
                    await anyio.wait_readable(process.sentinel)
                process.join()
                self.told.exit_codes[process.exitcode] += 1
                process.close()

    def _called_until(self, kill: Callable[[], None], over: anyio.CancelScope) -> Handler:
        async def handle(stream: SocketStream) -> None:
            async with stream:
                try:
                    async with anyio.create_task_group() as people:
                        await self._call(Wire(stream), people)
                        people.cancel_scope.cancel()
                finally:
                    kill()  # before it could notice that its client is gone
            over.cancel()

        return handle

    async def _call(self, wire: Wire, people: TaskGroup) -> None:
        """Call it, with some calls under way at once; what is under way at the end stays so."""
        mixed, at_once = calls(self.chance, self.number), self.chance.randint(1, 6)
        answers = self.chance.choice((0, 0, 1, 2, 4, 8, 16))
        await wire.say(id=0, method="initialize", params=HELLO)
        if self.chance.random() < 0.1:
            return await anyio.sleep(self.chance.uniform(0, 0.2))
        await wire.hear()
        await wire.say(method="notifications/initialized")
        for number in range(1, at_once + 1):
            await wire.call(number, next(mixed))
        for number in range(at_once + 1, at_once + 1 + answers):
            await self._answer(wire, people)
            await wire.call(number, next(mixed))
        # In the midst of what is under way now.
        with anyio.move_on_after(self.chance.uniform(0, 0.08)):
            while True:
                await self._answer(wire, people)
        return None

    async def _answer(self, wire: Wire, people: TaskGroup) -> None:
        """Wait for one call's answer, and have people say yes to whatever is asked meanwhile."""
        while True:
            message = await wire.hear()
            if message.get("method") == "elicitation/create":
                self.told.asked += 1
                people.start_soon(_say_yes, wire, message)
            elif "result" in message:
                self._take_down(message["result"]["structuredContent"])
                return
            elif "error" in message:
                raise RuntimeError(message["error"])

    def _take_down(self, told: Json) -> None:
        self.told.answers += 1
        if told.get("entry"):
            self.told.outcomes[told["entry"]] = told["outcome"]


async def _say_yes(wire: Wire, question: Json) -> None:
    """Say yes as a person does, who reads what only has to be ticked."""
    field_ = question["params"]["requestedSchema"]["properties"]["confirm"]
    is_bare = field_["type"] == "boolean"
    if is_bare:
        await anyio.sleep(_READING_SECONDS)
    right = True if is_bare else field_["description"]
    await wire.say(id=question["id"], result={"action": "accept", "content": {"confirm": right}})
