"""The rows of writes recorded in PostgreSQL, by one process and by four on one database."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import mean
from typing import Final

from rows import Row, at_least, at_most
from scale import Scale
from stdio_server import StdioServer, Turn, running
from stores import postgresql
from subjects import OURS, sandbox_on_a_port, writes

PROCESSES: Final = 4


def writing(scale: Scale) -> Iterator[Row]:
    """Measure updates, one at a time in each process."""
    one: list[Turn] = []
    several: list[Turn] = []
    with sandbox_on_a_port() as sandbox, postgresql() as made:
        calls = scale.calls // (2 * PROCESSES)
        settings = {**sandbox, "CHASEDATA_LEDGER": made()}
        with running([OURS] * PROCESSES, settings) as servers:
            _together(servers, calls)
            for _ in range(scale.turns):
                one.append(_together(servers[:1], calls))
                several.append(_together(servers, calls))
    cpu = [turn.cpu_ms for turn in one]
    yield Row("CPU a write on PostgreSQL, one process", "ms", at_most(6), cpu)
    yield Row(
        f"writes a second on PostgreSQL, {PROCESSES} processes",
        "1/s",
        at_least(2),
        [turn.a_second for turn in several],
        "one process",
        [turn.a_second for turn in one],
    )


def _together(servers: Sequence[StdioServer], calls: int) -> Turn:
    """Have each server make so many calls, all at the same time."""
    with ThreadPoolExecutor(len(servers)) as threads:
        turns = list(threads.map(lambda server: server.turn(writes(), calls, 1), servers))
    return Turn(mean(turn.cpu_ms for turn in turns), sum(turn.a_second for turn in turns))
