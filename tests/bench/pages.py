"""The rows of the ledger's pages: each kind, at a million entries.

The store that is read is kept for the next time, and filled again where the ledger's tables or
indexes have changed: that takes some minutes.
"""

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import anyio
import stores
from rows import Row, at_most, slowest
from scale import Scale

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Filter, open_ledger

BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT: Final = "test"
BOUND: Final = at_most(50)
_TIMES: Final = 5


def pages(scale: Scale) -> Iterator[Row]:
    """Measure each kind of page of a large ledger."""
    taken = anyio.run(_measure, filled(scale.stores, scale.paged), scale.paged)
    name = f"a page of {scale.paged:,} entries"
    if scale.each:
        yield from (Row(f"{name}: {kind}", "ms", BOUND, each) for kind, each in taken.items())
    else:
        yield slowest(name, "ms", BOUND, taken)


def filled(stores_kept: Path, entries: int) -> Path:
    """Give the store with so many entries, filled where there is none of these tables."""
    place = stores_kept / f"{entries}-{_digest_of_tables()}"
    if not place.exists():
        for other in stores_kept.glob(f"{entries}-*"):
            shutil.rmtree(other)
        filling = place.with_suffix(".filling")
        filling.mkdir(parents=True)
        anyio.run(_fill, filling, entries)
        filling.rename(place)
    return place


def _digest_of_tables() -> str:
    """Digest what a new store's tables and indexes are made by."""
    with stores.on_sqlite() as place:
        anyio.run(_fill, Path(place), 0)
        (file,) = Path(place).glob("*.sqlite3")
        with closing(sqlite3.connect(file)) as connection:
            rows = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]


async def _fill(place: Path, entries: int) -> None:
    async with open_ledger(place, "sandbox") as ledger:
        await ledger.open()
        await stores.fill(ledger, entries, BEGAN, ACCOUNT)


async def _measure(place: Path, entries: int) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = {}
    async with open_ledger(place, "sandbox") as ledger:
        await ledger.open()
        for name, (which, before) in kinds(entries).items():
            taken[name] = []
            for _ in range(_TIMES):
                began = time.perf_counter()
                await ledger.history(which, before=before)
                taken[name].append((time.perf_counter() - began) * 1e3)
    return taken


def kinds(entries: int) -> dict[str, tuple[Filter, str | None]]:
    """List pages that somebody would look at, and some that are hard to find."""
    half = BEGAN + timedelta(seconds=entries // 2)
    return {
        "the newest": (Filter(), None),
        "from the middle on": (Filter(), str(entries // 2)),
        "a tool": (Filter(tool="send_sms"), None),
        "a tool that never was": (Filter(tool="reload_skills"), None),
        "a number": (Filter(number="9545550142"), None),
        "a number and a caller": (Filter(number="9545550142", caller="person 3"), None),
        "a number that never was": (Filter(number="9545550199", tool="nothing"), None),
        "unknown": (Filter(outcome=Outcome.UNKNOWN), None),
        "unknown of a tool": (Filter(outcome=Outcome.UNKNOWN, tool="update_lead"), None),
        "refused": (Filter(outcome=Outcome.REFUSED), None),
        "a caller": (Filter(caller="person 3"), None),
        "a caller that never was": (Filter(caller="nobody"), None),
        "a day long ago": (Filter(until=BEGAN + timedelta(hours=1)), None),
        "a day in the middle": (Filter(since=half, until=half + timedelta(hours=1)), None),
        "a day, a tool": (Filter(until=BEGAN + timedelta(hours=1), tool="send_sms"), None),
        "account and tool": (Filter(account=ACCOUNT, tool="send_sms"), None),
        "another account": (Filter(account="other"), None),
    }
