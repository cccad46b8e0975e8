"""The rows that are measured over stdio: the start, the memory, reads and writes."""

from collections.abc import Iterator, Sequence
from typing import Final

from rows import Row, at_least, at_most, below, beside
from scale import Scale
from stdio_server import Era, StdioServer, Turn, running
from subjects import (
    LOW_LEVEL,
    MCP_SERVER,
    NAIVE,
    ONE_WORD,
    OURS,
    Call,
    reads,
    sandbox_on_a_port,
    writes,
)

Turns = dict[str, list[Turn]]
EMBEDDED: Final = {"CHASEDATA_SANDBOX": "1", "CHASEDATA_SANDBOX_FILE": ":memory:"}


def start(scale: Scale, era: Era) -> Iterator[Row]:
    """Measure a server's start until it has listed its tools."""
    subjects = (OURS, *scale.peers(NAIVE))
    cpu: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    wall: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    with sandbox_on_a_port() as settings:
        for turn in range(scale.turns + 1):
            for subject in subjects:
                with running([subject], settings, era) as (server,):
                    # The first writes the bytecode.
                    if turn:
                        cpu[subject.name].append(server.start_cpu_seconds)
                        wall[subject.name].append(server.start_seconds)
    bounds = {LOW_LEVEL.name: at_most(1.1)}
    yield from beside(f"start to first tools/list, {era}, CPU", "s", cpu, bounds)
    yield from beside(f"start to first tools/list, {era}, wall", "s", wall, bounds)


def memory(scale: Scale) -> Iterator[Row]:
    """Measure the memory that a server holds after its calls."""
    subjects = (OURS, *scale.peers(NAIVE))
    held: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    with sandbox_on_a_port() as settings:
        for _ in range(max(1, scale.turns // 3)):
            for subject in subjects:
                with running([subject], settings) as (server,):
                    server.make(reads(), scale.held, at_once=8)
                    server.make(writes(), scale.held, at_once=8)
                    held[subject.name].append(server.megabytes())
    name = f"memory after {scale.held:,} reads and {scale.held:,} writes"
    yield from beside(name, "MB", held, {LOW_LEVEL.name: at_most(1.3)})


def reading(scale: Scale, at_once: int) -> Iterator[Row]:
    """Measure searches of the sandbox on a port."""
    subjects = (OURS, *scale.peers(NAIVE))
    with sandbox_on_a_port() as settings, running(subjects, settings) as servers:
        turns = in_turns(servers, reads(), scale, at_once)
    yield from beside(
        f"CPU a read, {at_once} at once", "ms", cpu_ms(turns), {LOW_LEVEL.name: at_most(1.0)}
    )
    yield from beside(f"reads a second, {at_once} at once", "1/s", a_second(turns), {})


def writing(scale: Scale, at_once: int) -> Iterator[Row]:
    """Measure updates on the sandbox on a port: ours are judged, recorded and read back."""
    subjects = (OURS, *scale.peers(NAIVE))
    with sandbox_on_a_port() as settings, running(subjects, settings) as servers:
        turns = in_turns(servers, writes(), scale, at_once)
    bounds = {LOW_LEVEL.name: at_most(1.6), MCP_SERVER.name: below(1.0)}
    yield from beside(f"CPU a write, {at_once} at once", "ms", cpu_ms(turns), bounds)
    least = at_least(0.7 if at_once == 1 else 1.0)
    name = f"writes a second, {at_once} at once"
    yield from beside(name, "1/s", a_second(turns), {LOW_LEVEL.name: least})


def embedded(scale: Scale, at_once: int) -> Iterator[Row]:
    """Measure searches of the embedded sandbox beside a tool that answers one word."""
    with running((OURS, *scale.peers((ONE_WORD,))), EMBEDDED) as servers:
        turns = in_turns(servers, reads(), scale, at_once)
    name = f"reads a second, {at_once} at once, embedded sandbox"
    least = at_least(0.75 if at_once == 1 else 0.85)
    yield from beside(name, "1/s", a_second(turns), {ONE_WORD.name: least})


def in_turns(
    servers: Sequence[StdioServer], calls: Iterator[Call], scale: Scale, at_once: int
) -> Turns:
    """Make a turn's calls to one server after the other, again and again."""
    for server in servers:
        server.turn(calls, scale.calls // 2, at_once)
    turns: Turns = {server.subject.name: [] for server in servers}
    for _ in range(scale.turns):
        for server in servers:
            turns[server.subject.name].append(server.turn(calls, scale.calls, at_once))
    return turns


def cpu_ms(turns: Turns) -> dict[str, list[float]]:
    """Give the processor time of a call, by server."""
    return {name: [turn.cpu_ms for turn in each] for name, each in turns.items()}


def a_second(turns: Turns) -> dict[str, list[float]]:
    """Give the calls a second, by server."""
    return {name: [turn.a_second for turn in each] for name, each in turns.items()}
