"""`make faults`: a store on a disk that is full, fails, is read-only or has no locks.

`PYTHONPATH=tests python -m faults --shim build/faults/shim.so [WORDS]` runs each scenario whose
name has the words; ends with 1 where a promise isn't kept.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import anyio
from rich.console import Console

from _support.forks import warm
from faults.faulted_disk import FaultedDisk
from faults.faulted_server import NotPossibleError, Site
from faults.scenarios import Scenario, list_scenarios
from soak.recording_dialer import recording_dialer

_WAIT = 0.3
"""The dialer takes so long at most: time for a fault to come between a call and its outcome."""


async def _run(scenario: Scenario, place: Path, shim: Path) -> list[str]:
    """Run a scenario in a directory of its own; lists what doesn't hold.

    Raises:
        NotPossibleError: It can't be tried here.
    """
    (place / "state").mkdir(mode=0o700)
    disk = FaultedDisk(shim, place / "state", place / "control")
    async with recording_dialer(place, slips=False, wait=_WAIT) as address:
        site = Site(place, address, disk)
        try:
            await scenario(site)
        except AssertionError as error:
            return [str(error), *await site.check()]
        return await site.check()


def _try(name: str, scenario: Scenario, shim: Path) -> bool:
    """Run a scenario, say how it ended, and return false where a promise wasn't kept."""
    console, place = Console(soft_wrap=True), Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        problems = anyio.run(_run, scenario, place, shim)
    except NotPossibleError as error:
        console.print(f"- {name}: not tried, since {error}", markup=False)
        return True
    console.print(f"{'✗' if problems else '✓'} {name}", markup=False)
    for problem in problems:
        console.print(f"    {problem}", markup=False)
    if problems:
        console.print(f"    see {place}", markup=False)
    else:
        shutil.rmtree(place)
    return not problems


def main() -> int:
    """Run them, and give 1 where something doesn't hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shim", type=Path, required=True)
    parser.add_argument("words", nargs="*")
    asked = parser.parse_args()
    chosen = {
        name: scenario
        for name, scenario in list_scenarios().items()
        if all(word in name for word in asked.words)
    }
    try:
        kept = [_try(name, scenario, asked.shim.absolute()) for name, scenario in chosen.items()]
    finally:
        warm().end()
    broken = kept.count(False)
    sys.stdout.write(f"{broken} broken.\n" if broken else "Everything holds.\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
