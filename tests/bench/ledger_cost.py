"""What the ledger costs a call: our server beside the same one with nothing put on record.

Both over stdio on the embedded sandbox, in turns. A read may be slowed by a tenth at most; a write
may cost what the disk costs, and that is printed.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from statistics import median

import anyio
from measure import Subject, running
from report import Figure, table
from rich.console import Console

SERVER = (sys.executable, str(Path(__file__).with_name("ledger_server.py")))
CALLS = {
    "reads": ("search_lead", {"search_field": "client_id", "identifier": "WEB-1001"}),
    "writes": ("insert_dnc", {"number": "9545550101"}),
}
# Reads are written half a second later: a turn is long beside that, or the other's would bear it.
CALLS_A_TURN = {"reads": 1000, "writes": 200}
BOUNDS = {"reads": 0.9, "writes": 0.0}


async def cost(kind: str, at_once: int, pairs: int) -> Figure:
    """How many calls a second of a kind both servers answer."""
    tool, arguments = CALLS[kind]
    number = CALLS_A_TURN[kind]
    ours = Subject("recorded", SERVER, tool, arguments)
    bare = Subject("unrecorded", (*SERVER, "--unrecorded"), tool, arguments)
    async with running(ours) as one, running(bare) as other:
        for server in (one, other):
            await server.calls(number // 2, at_once=at_once)
        turns = [
            [await server.calls(number, at_once=at_once) for server in (one, other)]
            for _ in range(pairs)
        ]
    recorded, unrecorded = zip(*turns, strict=True)
    name = f"{kind}, {at_once} at once"
    return Figure(name, "1/s", BOUNDS[kind], "at least", recorded, unrecorded)


def milliseconds(figure: Figure) -> str:
    """What a call takes longer on record, where one is made at a time."""
    longer = [1e3 / ours - 1e3 / bare for ours, bare in zip(figure.ours, figure.bare, strict=True)]
    return f"{figure.name}: {median(longer):+.2f} ms a call, the median of {len(longer)} pairs"


async def _measure(pairs: int) -> list[Figure]:
    return [await cost(kind, at_once, pairs) for kind in CALLS for at_once in (1, 32)]


def main() -> int:
    """Measure, print the table, and give 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9, help="how many turns each server has")
    asked = parser.parse_args()
    figures = anyio.run(partial(_measure, asked.pairs))
    console = Console(width=None if sys.stdout.isatty() else 110)
    console.print(
        table(figures, "calls on record beside the same not on record", "with", "without")
    )
    for figure in figures:
        if "1 at once" in figure.name:
            console.print(milliseconds(figure), highlight=False)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
