"""`make bench`: each figure beside a bare low-level SDK server's, in the same run, over stdio.

The two servers are measured in turns, A B A B, since a shared machine is never the same for long.
`--before CHECKOUT` measures ours beside ours as it is in another checkout, with bounds for noise.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
from measure import Era, Subject, running, seconds_to_first_list
from report import Figure, table
from rich.console import Console

OURS = Subject(
    "chasedata-mcp",
    (sys.executable, "-m", "chasedata_mcp", "--sandbox"),
    "search_lead",
    {"search_field": "client_id", "identifier": "WEB-1001"},
)
BARE = Subject("bare", (sys.executable, str(Path(__file__).with_name("bare_server.py"))), "trivial")
ERAS: dict[Era, str] = {"auto": "2026-07-28", "legacy": "2025-11-25"}
CALLS_A_TURN = 300


async def start(ours: Subject, other: Subject, era: Era, pairs: int) -> Figure:
    """How long a server takes until it has listed its tools."""
    turns = [
        [await seconds_to_first_list(subject, era) for subject in (ours, other)]
        for _ in range(pairs)
    ]
    return _figure(f"start to first tools/list, {ERAS[era]}", "s", 1.3, turns)


async def throughput(ours: Subject, other: Subject, era: Era, at_once: int, pairs: int) -> Figure:
    """How many calls a second a server answers; both are up, and one at a time is asked."""
    async with running(ours, era) as one, running(other, era) as two:
        for server in (one, two):
            await server.calls(CALLS_A_TURN // 3, at_once=at_once)
        turns = [
            [await server.calls(CALLS_A_TURN, at_once=at_once) for server in (one, two)]
            for _ in range(pairs)
        ]
    name = f"calls a second, {at_once} at once, {ERAS[era]}"
    return _figure(name, "1/s", 0.6, turns, at_least=True)


async def memory(ours: Subject, other: Subject, pairs: int) -> Figure:
    """How much memory a server holds after 1,000 calls."""
    turns = [[await _after_1000_calls(subject) for subject in (ours, other)] for _ in range(pairs)]
    return _figure("memory after 1,000 calls", "MB", 1.3, turns)


async def _after_1000_calls(subject: Subject) -> float:
    async with running(subject) as server:
        await server.calls(1000, at_once=8)
        return server.megabytes()


def _figure(
    name: str, unit: str, bound: float, turns: Sequence[Sequence[float]], *, at_least: bool = False
) -> Figure:
    ours, bare = zip(*turns, strict=True)
    return Figure(name, unit, bound, "at least" if at_least else "at most", ours, bare)


async def _measure(ours: Subject, other: Subject, pairs: int) -> list[Figure]:
    return [
        *[await start(ours, other, era, pairs) for era in ERAS],
        *[await throughput(ours, other, era, n, pairs) for era in ERAS for n in (1, 32)],
        await memory(ours, other, max(1, pairs // 3)),
    ]


def _as_in(checkout: str) -> Subject:
    """Our server as it is in another checkout, with this one's packages."""
    path = f"PYTHONPATH={Path(checkout).resolve() / 'server'}"
    return Subject("before", ("env", path, *OURS.command), OURS.tool, OURS.arguments)


def main() -> int:
    """Measure, print the table, and give 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9, help="how many turns each server has")
    parser.add_argument("--before", metavar="CHECKOUT", help="measure beside ours in a checkout")
    parser.add_argument("command", nargs="*", help="measure this server instead of ours")
    asked = parser.parse_args()
    ours = Subject(OURS.name, tuple(asked.command) or OURS.command, OURS.tool, OURS.arguments)
    other = _as_in(asked.before) if asked.before else BARE
    figures = anyio.run(partial(_measure, ours, other, asked.pairs))
    if asked.before:
        figures = [figure.within_noise() for figure in figures]
    named = ("ours beside ours before", "now", "before") if asked.before else ()
    Console(width=None if sys.stdout.isatty() else 110).print(table(figures, *named))
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
