"""`make soak`: servers are killed in the midst of their calls, and the ledger has to be right.

`python tests/bench/soak.py [--seed N] [--kills N] [--races N]`; ends with 1 where something doesn't
hold. The servers are real ones over a socket in place of standard input and output, four at a time
on one ledger; they are forked off a process that has imported everything, and killed by SIGKILL.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path

import anyio
import soak_checks
import soak_sandbox
from rich.console import Console
from rich.table import Table
from soak_lives import Life, Told
from soak_races import races
from unbounded import unbounded

from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.sandbox import ACCID, TOKEN

LANES = 4
LOST = 0.06
_AT_MOST_SECONDS = 900
_PRELOADED = [
    "soak_lives",
    "soak_races",
    "soak_sandbox",
    "chasedata_mcp.dialer",
    "chasedata_mcp.ledger.engine",
]


@contextmanager
def sandbox(context: ForkServerContext, place: Path, seed: int) -> Iterator[Mapping[str, str]]:
    """A sandbox in a process of its own, and the settings that point a server at it."""
    near, far = context.Pipe()
    process = context.Process(
        target=soak_sandbox.serve, args=(far, str(place), seed, LOST), daemon=True
    )
    process.start()
    try:
        yield {
            "CHASEDATA_BASE_URL": f"{near.recv()}/HttpImport/",
            "CHASEDATA_TOKEN": TOKEN,
            "CHASEDATA_ACCID": ACCID,
            "CHASEDATA_STATE_DIR": str(place / "state"),
            "CHASEDATA_POLICY": str(unbounded(place)),
            "CHASEDATA_LOG_LEVEL": "error",
        }
        # What is under way there is finished first.
        time.sleep(10 * soak_sandbox.LONGEST_WAIT)
    finally:
        process.terminate()
        process.join(_AT_MOST_SECONDS)
        process.kill()


async def live(
    context: ForkServerContext, place: Path, environ: Mapping[str, str], kills: int, seed: int
) -> Told:
    """Let so many servers live and be killed, some at once."""
    told, numbers = Told(), iter(range(kills))

    async def lane() -> None:
        for number in numbers:
            chance = random.Random(f"{seed}/{number}")  # noqa: S311 - no secret
            await Life(number, chance, context, environ, told).live(place)

    async with anyio.create_task_group() as lanes:
        for _ in range(LANES):
            lanes.start_soon(lane)
    return told


async def soak(context: ForkServerContext, place: Path, asked: argparse.Namespace) -> bool:
    """Do it all, print the figures, and say whether everything holds."""
    began = time.monotonic()
    with sandbox(context, place, asked.seed) as environ:
        told = await live(context, place, environ, asked.kills, asked.seed)
    killed = time.monotonic() - began
    async with open_ledger(place / "state", "sandbox") as ledger:
        entries = await soak_checks.everything(ledger)
        verdict = await ledger.verify()
    found = soak_checks.held(entries, soak_sandbox.seen(place), told.outcomes)
    began = time.monotonic()
    spent = Counter(await races(context, str(place / "races"), asked.races))
    async with open_ledger(place / "races", "sandbox") as ledger:
        raced = await ledger.verify()
    figures = {
        "servers killed": told.killed,
        "answers that callers got": told.answers,
        "questions answered": told.asked,
        **found.figures,
        "events in the chain": verdict.checkpoint.count,
        "seconds for it": round(killed),
        "races for one consent": spent.total(),
        "won by exactly one": spent[1],
        "seconds for these": round(time.monotonic() - began),
    }
    problems = [
        *found.problems,
        *(str(problem) for problem in (*verdict.problems, *raced.problems)),
        *(f"a consent was sent with {times} times" for times in spent if times != 1),
        *(
            f"{times} servers ended before they were killed, with {code}"
            for code, times in told.exit_codes.items()
            if code != -signal.SIGKILL
        ),
    ]
    _show(figures, problems, asked.seed)
    return not problems


def _show(figures: Mapping[str, int], problems: list[str], seed: int) -> None:
    table = Table("figure", title=f"soak, seed {seed}")
    table.add_column("", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    for problem in problems[:50]:
        console.print(f"WRONG: {problem}", markup=False, soft_wrap=True)
    console.print(f"{len(problems)} problems" if problems else "Everything holds.")


async def _bounded(context: ForkServerContext, place: Path, asked: argparse.Namespace) -> bool:
    with anyio.fail_after(_AT_MOST_SECONDS):
        return await soak(context, place, asked)


def main() -> int:
    """Soak it, and give 1 where something doesn't hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--races", type=int, default=1000)
    asked = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        return 0 if anyio.run(_bounded, context, Path(directory), asked) else 1


if __name__ == "__main__":
    sys.exit(main())
