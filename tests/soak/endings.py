"""The ways in which a server ends in the soak, and the exit codes that go with each."""

import os
import random
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio

from soak.server_process import ServerProcess

End = Callable[[ServerProcess, random.Random], Awaitable[None]]
_HARMLESS = ("CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH", "INFO")
"""The signals that end no process by default, those that stop one too (signal(7))."""
_IGNORED = ("PIPE", "XFSZ")
"""The signals that Python ignores from its start on."""
_GRACEFUL = ("INT", "TERM")
_INTERRUPTED = 130
_LEFT_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Ending:
    """A way to end.

    Attributes:
        name: Its name.
        end: Brings it about.
        codes: The exit codes that may come of it; None for any.
        during: Comes before, while calls go on.
        answers_all: True where every call is answered before the end, be it with an error.
        starves: True where the server lacks something from then on: it may fail, but not lie.
        variables: What the server has in its environment.
    """

    name: str
    end: End
    codes: frozenset[int] | None = frozenset({0})
    during: End | None = None
    answers_all: bool = False
    starves: bool = False
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


def deal(chance: random.Random) -> Iterator[Ending]:
    """Deal endings without an end, each kind as often as it weighs in every round."""
    while True:
        deck = list(_list_endings())
        chance.shuffle(deck)
        yield from deck


def _list_endings() -> Iterator[Ending]:
    yield from [Ending("killed", partial(_send, signal.SIGKILL), frozenset({-signal.SIGKILL}))] * 8
    for number in sorted(signal.valid_signals()):
        if isinstance(number, signal.Signals):
            yield from _of_signal(number, number.name.removeprefix("SIG"))
    yield from [Ending("input closed", _close_input, answers_all=True)] * 4
    yield from [Ending("output closed", _close_output)] * 3
    yield from [Ending("input and output closed", _close_both)] * 2
    yield Ending("errors not read", _close_input, variables={"STDERR": "unread", **_TALKATIVE})
    yield Ending("errors closed", _close_input, variables={"STDERR": "closed", **_TALKATIVE})
    if Path("/proc/self/statm").exists():
        yield from [Ending("memory ran out", _give_up, None, _take_memory, starves=True)] * 6
        yield from [Ending("files ran out", _give_up, None, _take_files, starves=True)] * 2


def _of_signal(number: signal.Signals, name: str) -> Iterator[Ending]:
    if name in _IGNORED:
        yield Ending(f"{name}, input closed", _close_input, during=partial(_send, number))
    elif name in _GRACEFUL:
        codes = frozenset({0, _INTERRUPTED, -number})
        yield from [Ending(name, partial(_send, number), codes)] * 3
        yield Ending(f"{name} twice", partial(_send_twice, number), codes)
    elif name not in {*_HARMLESS, "KILL"}:
        yield Ending(name, partial(_send, number), frozenset({-number}))


_TALKATIVE = {"CHASEDATA_LOG_LEVEL": "debug"}


async def _send(number: signal.Signals, server: ServerProcess, _: random.Random) -> None:
    server.signal(number)


async def _send_twice(number: signal.Signals, server: ServerProcess, chance: random.Random) -> None:
    server.signal(number)
    await anyio.sleep(chance.uniform(0, 0.05))
    server.signal(number)


async def _close_input(server: ServerProcess, _: random.Random) -> None:
    await server.close_input()


async def _close_output(server: ServerProcess, _: random.Random) -> None:
    server.close_output()
    # It notices that nobody reads once it has something to say.
    await server.say(id="after all", method="ping")


async def _close_both(server: ServerProcess, _: random.Random) -> None:
    server.close_output()
    await server.close_input()


async def _give_up(server: ServerProcess, chance: random.Random) -> None:
    if chance.random() < 0.5:
        await server.close_input()
        await anyio.sleep(chance.uniform(0, 0.5))
    server.signal(signal.SIGKILL)


async def _take_memory(server: ServerProcess, chance: random.Random) -> None:
    left = chance.choice((0, chance.randrange(_LEFT_BYTES)))
    server.limit(resource.RLIMIT_AS, _read_pages(server.pid) * resource.getpagesize() + left)


def _read_pages(pid: int) -> int:
    """Read the size of a process's address space, the first number there (proc(5))."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])


async def _take_files(server: ServerProcess, chance: random.Random) -> None:
    is_open = len(os.listdir(f"/proc/{server.pid}/fd"))  # noqa: PTH208 - numbers, no paths
    server.limit(resource.RLIMIT_NOFILE, is_open + chance.randrange(3))
