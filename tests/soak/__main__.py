"""`make soak`: servers are ended in the midst of their calls, and the ledger has to be right.

`PYTHONPATH=tests:tests/bench python -m soak`, with `-h` for how much of what; ends
with 1 where something doesn't hold, and leaves its traces then. Several real servers at a time
serve on one ledger; they are forked off a process that has imported everything.
"""

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
from rich.console import Console
from rich.table import Table
from unbounded import unbounded

from _support.forks import warm
from _support.terminals import environment
from chasedata_mcp.app.composition import pipeline_of
from chasedata_mcp.app.dialer import OpenedLate, line
from chasedata_mcp.history.reconcile import reconcile
from chasedata_mcp.ledger import open_ledger
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import load_settings
from soak.approver import answer_some
from soak.batches import check_batches
from soak.checks import check_chain, compare_calls, list_entries
from soak.endings import deal
from soak.life import Life, Told
from soak.races import check_races
from soak.recording_dialer import WRITE_SECONDS, read_seen, recording_dialer

_LANES = 6
_BETWEEN_LOOKS = 50
_LATER = timedelta(hours=1)


@dataclass
class Soak:
    """A number of ends, in a directory that takes the store, the dialer's state and all traces."""

    place: Path
    seed: int
    ends: int

    def __post_init__(self) -> None:
        self.told = Told()
        self.answered: Counter[str] = Counter()
        self.figures: dict[str, int] = {}
        self._state, self._traces = self.place / "state", self.place / "lives"

    async def run(self) -> list[str]:
        """Do it all, and list what doesn't hold."""
        self._traces.mkdir(parents=True)
        began = time.monotonic()
        async with recording_dialer(self.place, self.seed) as address:
            environ = self._environment(address)
            await self._live(environ)
            self.figures["seconds for the ends"] = round(time.monotonic() - began)
            problems = [*self.told.problems, *await self._check()]
            await self._reconcile(environ)
            return [*problems, *await self._check(), *await self._compare_head()]

    def _environment(self, address: str) -> dict[str, str]:
        return environment(
            BASE_URL=address,
            TOKEN=TOKEN,
            ACCID=ACCID,
            STATE_DIR=str(self._state),
            POLICY=str(unbounded(self.place)),
            LOG_LEVEL="error",
            WRITE_SECONDS=str(WRITE_SECONDS),
            SEARCH_SECONDS=str(WRITE_SECONDS),
        )

    async def _live(self, environ: Mapping[str, str]) -> None:
        """Let so many servers live and end, some at once, and look at the chain meanwhile."""
        endings = deal(random.Random(self.seed))  # noqa: S311 - no secret
        lives = iter([(number, next(endings)) for number in range(self.ends)])

        async def lane() -> None:
            for number, ending in lives:
                chance = random.Random(f"{self.seed}/{number}")  # noqa: S311 - no secret
                await Life(number, ending, chance, environ, self.told, self._traces).live()
                if number % _BETWEEN_LOOKS == _BETWEEN_LOOKS - 1:
                    self.told.problems += await self._look()

        async with anyio.create_task_group() as beside:
            chance = random.Random(f"{self.seed}/person")  # noqa: S311 - no secret
            beside.start_soon(answer_some, self._state, chance, self.answered)
            async with anyio.create_task_group() as lanes:
                for _ in range(_LANES):
                    lanes.start_soon(lane)
            beside.cancel_scope.cancel()

    async def _look(self) -> list[str]:
        """Verify the chain while others write it."""
        async with open_ledger(self._state, "sandbox") as ledger:
            verdict = await ledger.verify()
        return [f"while others wrote: {problem}" for problem in verdict.problems]

    async def _check(self) -> list[str]:
        async with open_ledger(self._state, "sandbox") as ledger:
            chain = await check_chain(ledger, ACCID)
            entries = await list_entries(ledger)
            end = await ledger.checkpoint()
        found = compare_calls(entries, read_seen(self.place), self.told.outcomes)
        self.figures |= {**found.figures, "events in the chain": end.count}
        return [*chain, *found.problems]

    async def _compare_head(self) -> list[str]:
        """Have a last event recorded and the store closed: by then the head is the chain's end."""
        now = datetime.now(UTC)
        async with open_ledger(self._state, "sandbox") as ledger:
            await ledger.freezes.freeze(ACCID, "the soak is over", "soak", now)
        async with open_ledger(self._state, "sandbox") as ledger:
            verdict = await ledger.verify()
        is_right = verdict.checkpoint_beside == verdict.checkpoint
        return [] if is_right else [f"the head is {verdict.checkpoint_beside}"]

    async def _reconcile(self, environ: Mapping[str, str]) -> None:
        """Look up what is unknown, an hour later, when no call can arrive any more."""
        settings = load_settings(environ)
        dialer = OpenedLate(settings, line(settings))
        async with open_ledger(self._state, "sandbox") as ledger:
            later = pipeline_of(
                settings, line(settings), dialer, ledger, lambda: datetime.now(UTC) + _LATER
            )
            async for _ in reconcile(later, ledger):
                pass
        await dialer.aclose()


async def _soak(place: Path, asked: argparse.Namespace) -> bool:
    soak = Soak(place, asked.seed, asked.ends)
    problems = await soak.run()
    races, lost = await check_races(place / "races", asked.races)
    batches, wrong = Counter[str](), list[str]()
    if asked.rows:
        batches, wrong = await check_batches(
            place / "batches", asked.seed, asked.rows, asked.batch_ends
        )
    problems += [*lost, *wrong]
    _show(soak, {**races, **batches}, problems)
    return not problems


def _show(soak: Soak, races: Mapping[str, int], problems: list[str]) -> None:
    told = soak.told
    table = Table("figure", title=f"soak, seed {soak.seed}")
    table.add_column("", justify="right")
    figures = {
        "servers ended": told.ended.total(),
        **{f"  {name}": times for name, times in sorted(told.ended.items())},
        "answers that callers got": told.answers.total(),
        **{f"  {name}": times for name, times in sorted(told.answers.items())},
        "calls cancelled": told.cancelled,
        "questions asked": told.asked,
        "answers of a person elsewhere": soak.answered.total(),
        **{f"  {name}": times for name, times in sorted(soak.answered.items())},
        **soak.figures,
        **races,
    }
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(table)
    for problem in problems[:50]:
        console.print(f"WRONG: {problem}", markup=False, soft_wrap=True)
    console.print(f"{len(problems)} problems" if problems else "Everything holds.")


def main() -> int:
    """Soak it, and give 1 where something doesn't hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ends", type=int, default=1000)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=2000, help="of each of two batches")
    parser.add_argument("--batch-ends", type=int, default=100, help="of processes that run one")
    parser.add_argument("--traces", type=Path, default=Path("build/soak"))
    asked = parser.parse_args()
    place = asked.traces / f"seed-{asked.seed}"
    shutil.rmtree(place, ignore_errors=True)
    try:
        everything_holds = anyio.run(_soak, place.absolute(), asked)
    finally:
        warm().end()
    if everything_holds:
        shutil.rmtree(place)
        return 0
    sys.stdout.write(f"What was said, the store and what the dialer saw are in {place}.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
