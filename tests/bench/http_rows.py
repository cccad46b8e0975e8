"""The rows that are measured over HTTP: searches of the sandbox on a port, a session a client."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from statistics import median
from typing import Final

from http_server import HttpServer, HttpTurn, serving
from rows import Row, at_least, at_most, beside
from scale import Scale
from subjects import LOW_LEVEL, OURS, Subject, sandbox_on_a_port

_PORT: Final = {
    OURS.name: ("serve", "--transport", "http", "--port", "{port}"),
    LOW_LEVEL.name: ("{port}",),
}


def http(scale: Scale, at_once: int) -> Iterator[Row]:
    """Measure the latency of one client, or the calls a second of several."""
    with sandbox_on_a_port() as settings, ExitStack() as stack:
        subjects = [_over_http(subject) for subject in (OURS, *scale.peers((LOW_LEVEL,)))]
        servers = [stack.enter_context(serving(subject, settings)) for subject in subjects]
        turns = asyncio.run(_in_turns(servers, scale, at_once))
    clients = f"{at_once} client{'s' if at_once > 1 else ''}"
    cpu = {name: [turn.cpu_ms for turn in each] for name, each in turns.items()}
    yield from beside(f"CPU a read over HTTP, {clients}", "ms", cpu, {})
    if at_once == 1:
        taken = {name: [median(turn.milliseconds) for turn in each] for name, each in turns.items()}
        name = f"a read over HTTP, {clients}"
        yield from beside(name, "ms", taken, {LOW_LEVEL.name: at_most(1.0)})
    else:
        many = {name: [turn.a_second for turn in each] for name, each in turns.items()}
        name = f"reads a second over HTTP, {clients}"
        yield from beside(name, "1/s", many, {LOW_LEVEL.name: at_least(1.0)})


def _over_http(subject: Subject) -> Subject:
    words = _PORT.get(subject.name, _PORT[OURS.name])
    return replace(subject, command=(*subject.command, *words))


async def _in_turns(
    servers: Sequence[HttpServer], scale: Scale, at_once: int
) -> dict[str, list[HttpTurn]]:
    calls = max(scale.calls, 2 * at_once)
    for server in servers:
        await server.open(at_once)
        await server.turn(calls)
    turns: dict[str, list[HttpTurn]] = {server.name: [] for server in servers}
    for _ in range(scale.turns):
        for server in servers:
            turns[server.name].append(await server.turn(calls))
    return turns
