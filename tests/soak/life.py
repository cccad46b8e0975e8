"""The life of a serving process in the soak: started, called, and ended in the midst."""

import os
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup

from _support.timeouts import TIMEOUT
from soak.calls import Json, answer_question, make_calls
from soak.endings import Ending
from soak.server_process import ServerProcess

_HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "soak", "version": "1"},
}
_TALK_SECONDS = (1.0, 3.0, 9.0)
"""The times after which a life ends at the latest; the longest has room for a person who reads."""
_WRONG_ARGUMENTS, _CONNECTION_CLOSED = -32602, -32000


@dataclass
class Told:
    """What the callers were told, the outcome of each entry, and how their servers ended."""

    answers: Counter[str] = field(default_factory=Counter[str])
    asked: int = 0
    cancelled: int = 0
    ended: Counter[str] = field(default_factory=Counter[str])
    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])


@dataclass
class Life:
    """One life of a serving process, with several calls under way at once.

    Attributes:
        number: Its number, from which its calls are made.
        ending: Its end.
        chance: Everything else that happens in it.
        environ: The environment of the server.
        told: Takes what came of it.
        traces: A directory for what was said, and for what the server complained of.
    """

    number: int
    ending: Ending
    chance: random.Random
    environ: Mapping[str, str]
    told: Told
    traces: Path

    def __post_init__(self) -> None:
        self._stderr = self.traces / f"{self.number}.stderr"
        self._calls = enumerate(make_calls(self.chance, self.number), 1)
        self._open: dict[object, str] = {}
        self._errors_allowed = {_WRONG_ARGUMENTS}
        self._is_early = self.chance.random() < 0.1

    async def live(self) -> None:
        """Start a server, call it, and end it at some moment."""
        server = self._start()
        try:
            with anyio.fail_after(TIMEOUT):
                await self._end(server)
                self._judge(await server.ended())
        except TimeoutError:
            waiting = ", ".join(sorted(self._open.values()))
            self._wrong(f"it didn't end within {TIMEOUT:.0f} s, with these under way: {waiting}")
        finally:
            server.close()

    def _start(self) -> ServerProcess:
        """Start the server with its standard error as the ending wants it."""
        environ = {**self.environ, **self.ending.variables}
        trace = self.traces / f"{self.number}.trace"
        if self.ending.variables.get("STDERR") != "unread":
            with self._stderr.open("wb") as stderr:
                return ServerProcess(environ, stderr.fileno(), trace)
        unread, stderr_end = os.pipe()
        try:
            os.close(unread)
            return ServerProcess(environ, stderr_end, trace)
        finally:
            os.close(stderr_end)

    async def _end(self, server: ServerProcess) -> None:
        server.note("life", f"{self.number}: {self.ending.name}")
        async with anyio.create_task_group() as people:
            with anyio.move_on_after(self.chance.choice(_TALK_SECONDS)):
                await self._talk(server, people)
            # What waits for a person is answered so, then.
            self._errors_allowed |= {_CONNECTION_CLOSED}
            await self.ending.end(server, self.chance)
            while await self._hear(server, people) is not None:
                pass
            people.cancel_scope.cancel()

    async def _talk(self, server: ServerProcess, people: TaskGroup) -> None:
        """Call it, with some calls under way at once; what is under way at the end stays so."""
        await server.say(id=0, method="initialize", params=_HELLO)
        if self._is_early:
            await anyio.sleep(self.chance.uniform(0, 0.2))
            return
        await server.hear()
        await server.say(method="notifications/initialized")
        for _ in range(self.chance.randint(1, 6)):
            await self._call(server, people)
        await self._go_on(server, people, self.chance.choice((0, 0, 1, 2, 4, 8, 16)))
        if self.ending.during is not None:
            await self.ending.during(server, self.chance)
            with anyio.move_on_after(self.chance.uniform(0, 1)):
                await self._go_on(server, people, 8)
        # In the midst of what is under way now.
        with anyio.move_on_after(self.chance.uniform(0, 0.08)):
            while await self._hear(server, people) is not None:
                pass

    async def _go_on(self, server: ServerProcess, people: TaskGroup, answers: int) -> None:
        """Make another call for each of so many answers."""
        for _ in range(answers):
            while (heard := await self._hear(server, people)) is not None and "method" in heard:
                pass
            if heard is not None:
                await self._call(server, people)

    async def _call(self, server: ServerProcess, people: TaskGroup) -> None:
        number, (name, arguments) = next(self._calls)
        self._open[number] = name
        params = {"name": name, "arguments": arguments}
        await server.say(id=number, method="tools/call", params=params)
        if self.chance.random() < 0.08:
            people.start_soon(self._cancel, server, number, self.chance.uniform(0, 0.06))

    async def _cancel(self, server: ServerProcess, number: int, seconds: float) -> None:
        await anyio.sleep(seconds)
        if self._open.pop(number, None) is not None:
            self.told.cancelled += 1
            await server.say(method="notifications/cancelled", params={"requestId": number})

    async def _hear(self, server: ServerProcess, people: TaskGroup) -> Json | None:
        """Wait for the next message, and have people answer whatever is asked."""
        message = await server.hear()
        if message is None:
            return None
        match message:
            case {"method": "elicitation/create"}:
                self.told.asked += 1
                people.start_soon(self._answer, server, message)
            case {"id": number, "result": {"structuredContent": result}}:
                self._open.pop(number, None)
                self._take_down(result)
            case {"id": number, "error": error}:
                self._open.pop(number, None)
                self.told.answers["an error"] += 1
                if error["code"] not in self._errors_allowed and not self.ending.starves:
                    self._wrong(f"it answered a call with {error}")
            case _:
                pass
        return message

    async def _answer(self, server: ServerProcess, question: Json) -> None:
        answer = answer_question(question, self.chance)
        if answer is not None:
            seconds, result = answer
            await anyio.sleep(seconds)
            await server.say(id=question["id"], result=result)

    def _take_down(self, result: Mapping[str, Any]) -> None:
        outcome = result.get("outcome", "done")
        self.told.answers[outcome] += 1
        if result.get("entry"):
            self.told.outcomes[result["entry"]] = outcome
        if result.get("code") == "internal_error" and not self.ending.starves:
            self._wrong(f"it failed in a call: {result}")

    def _judge(self, code: int) -> None:
        """Compare its end with what may come of this ending."""
        if self.ending.answers_all and self._open:
            self._wrong(f"it left without an answer: {', '.join(sorted(self._open.values()))}")
        name = self.ending.name
        self.told.ended[f"{name}: {code}" if self.ending.codes is None else name] += 1
        if self.ending.codes is not None and code not in self.ending.codes:
            self._wrong(f"it ended with {code}")
        complaint = self._stderr.read_text("utf-8", "replace") if self._stderr.exists() else ""
        is_excused = self.ending.starves or (self._is_early and "KeyboardInterrupt" in complaint)
        if complaint and not is_excused:
            self._wrong(f"it complained: {complaint.splitlines()[-1]}")

    def _wrong(self, what: str) -> None:
        self.told.problems.append(f"life {self.number} ({self.ending.name}): {what}")
