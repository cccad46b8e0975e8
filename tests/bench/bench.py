"""`make bench`: what the server costs beside naive ones, in turns, and what must hold.

Without names everything is measured, in some fifteen minutes; a name that several begin with
means all of them. It ends with 1 where a bound is missed.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import batch_rows
import http_rows
import postgresql_rows
import stdio_rows
from judging import judging
from pages import pages
from posts import posting
from rich.console import Console
from rows import Row, cells, table
from scale import Scale
from stores import on_postgresql, on_sqlite
from subjects import NAIVE, ours_in

MEASUREMENTS: Final[Mapping[str, Callable[[Scale], Iterable[Row]]]] = {
    "start-2026": partial(stdio_rows.start, era="2026-07-28"),
    "start-2025": partial(stdio_rows.start, era="2025-11-25"),
    "memory": stdio_rows.memory,
    "reads-1": partial(stdio_rows.reading, at_once=1),
    "reads-32": partial(stdio_rows.reading, at_once=32),
    "writes-1": partial(stdio_rows.writing, at_once=1),
    "writes-32": partial(stdio_rows.writing, at_once=32),
    "embedded-1": partial(stdio_rows.embedded, at_once=1),
    "embedded-32": partial(stdio_rows.embedded, at_once=32),
    "http-1": partial(http_rows.http, at_once=1),
    "http-32": partial(http_rows.http, at_once=32),
    "http-200": partial(http_rows.http, at_once=200),
    "post-1": partial(posting, at_once=1),
    "post-15": partial(posting, at_once=15),
    "writes-postgresql": postgresql_rows.writing,
    "judging-sqlite": partial(judging, store=on_sqlite, name="SQLite", bound=0.25),
    "judging-postgresql": partial(judging, store=on_postgresql, name="PostgreSQL", bound=1),
    "pages": pages,
    "batches-100ms": partial(batch_rows.running, delay=0.1, bound=0.9),
    "batches-100ms-reads": partial(batch_rows.running, delay=0.1, bound=0.9, beside=15),
    "batches-5ms": partial(batch_rows.running, delay=0.005, bound=0.5),
    "batches-planning": batch_rows.planning,
    "batches-memory": batch_rows.planning_memory,
    "batches-long": batch_rows.long_run,
}


def chosen(names: Sequence[str]) -> list[str]:
    """List the measurements that begin with one of the names; without names, all.

    Raises:
        SystemExit: None begins with a name.
    """
    for name in names:
        if not any(each.startswith(name) for each in MEASUREMENTS):
            raise SystemExit(f"nothing is measured as {name}; there are: {', '.join(MEASUREMENTS)}")
    return [each for each in MEASUREMENTS if not names or each.startswith(tuple(names))]


def _arguments() -> argparse.Namespace:
    usual = Scale()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"what to measure: {', '.join(MEASUREMENTS)}")
    parser.add_argument("--turns", type=int, default=usual.turns, help="of each server")
    parser.add_argument("--calls", type=int, default=usual.calls, help="of a turn")
    parser.add_argument("--before", metavar="CHECKOUT", help="measure beside ours in a checkout")
    parser.add_argument("--judged", type=int, default=usual.judged, help="entries to judge among")
    parser.add_argument("--paged", type=int, default=usual.paged, help="entries to page through")
    parser.add_argument("--batch-rows", type=int, default=usual.batch_rows, help="of a long batch")
    parser.add_argument("--each", action="store_true", help="a row for each kind of page and call")
    return parser.parse_args()


def main() -> int:
    """Measure, print the table, and give 1 where a bound is missed."""
    asked = _arguments()
    names = chosen(asked.names)
    before = ours_in(asked.before) if asked.before else None
    given = ("turns", "calls", "judged", "paged", "batch_rows", "each")
    sizes = {name: getattr(asked, name) for name in given}
    scale = Scale(**sizes, before=before)
    console = Console(width=None if sys.stdout.isatty() else 120)
    if any(not Path(subject.command[0]).exists() for subject in NAIVE):
        raise SystemExit("`make bench` sets up first what ours is measured beside: build/peers")
    rows: list[Row] = []
    for name in names:
        for row in MEASUREMENTS[name](scale):
            rows.append(row)
            console.print(f"{name}: {' '.join(cells(row))}", style="dim", highlight=False)
    console.print(table(rows))
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
