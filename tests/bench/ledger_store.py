"""What the ledger's store costs: a call's two writes, a page of 100,000 entries, verification.

`python tests/bench/ledger_store.py [ADDRESS] [--entries N]`; without an address, SQLite in a
temporary directory.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median

import anyio
from rich.console import Console
from rich.table import Table

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import (
    Ending,
    EntryKind,
    Filter,
    Intent,
    Ledger,
    Note,
    Reservation,
    fresh_id,
    open_ledger,
)

TOOLS = ("search_lead", "update_lead", "insert_dnc", "send_sms", "add_dial_list_phone")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LEAD = {f"Field{number}": "A value of usual length" for number in range(20)}


def call(number: int) -> tuple[Intent, Ending]:
    """A call as the pipeline would record it, and what came of it."""
    phone = f"954555{100 + number % 100:04}"
    at = BEGAN + timedelta(seconds=number)
    intent = Intent(
        entry=fresh_id(),
        at=at,
        caller=f"person {number % 7}",
        environment="sandbox",
        account="test",
        host="127.0.0.1",
        tool=TOOLS[number % len(TOOLS)],
        digest=f"digest {number}",
        arguments={"number": phone, "first_name": "Maria"},
        form={"Action": "Something", "Number": phone},
        numbers=(phone,),
        resource_keys=(f"dnc:{phone}", f"list:agent{number % 20}/Spring"),
    )
    outcome = Outcome.UNKNOWN if number % 1000 == 1 else Outcome.DONE
    ending = Ending(
        entry=intent.entry, at=at, outcome=outcome, message="Done.", milliseconds=120, answer=LEAD
    )
    return intent, ending


async def fill(ledger: Ledger, entries: int) -> float:
    """Note so many reads, in turns with their writing, and give the microseconds of one."""
    began = time.perf_counter()
    for number in range(entries):
        ledger.note(Note(EntryKind.READ, *call(number)))
        if number % 5000 == 0:
            await ledger.flush()
    await ledger.flush()
    return (time.perf_counter() - began) / entries * 1e6


async def writes(ledger: Ledger, first: int, number: int) -> Iterator[float]:
    """Record so many calls that write, and give the milliseconds of each."""
    taken: list[float] = []
    for place in range(first, first + number):
        intent, ending = call(place)
        began = time.perf_counter()
        await ledger.intend(intent, Reservation(duplicate_within=timedelta(minutes=10)))
        await ledger.finish(ending)
        taken.append((time.perf_counter() - began) * 1e3)
    return iter(taken)


async def timed(work: Callable[[], Awaitable[object]], times: int = 5) -> list[float]:
    """How many milliseconds a piece of work takes, several times."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def pages(entries: int) -> dict[str, tuple[Filter, str | None]]:
    """Pages that somebody would look at, and some that are hard to find."""
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
        "account and tool": (Filter(account="test", tool="send_sms"), None),
        "another account": (Filter(account="other"), None),
    }


async def measure(where: str, entries: int) -> Table:
    """Fill a store, and measure it."""
    table = Table("figure", title=f"{entries:,} entries")
    table.add_column("median, ms", justify="right")
    table.add_column("worst, ms", justify="right")

    def row(name: str, taken: Sequence[float]) -> None:
        table.add_row(name, f"{median(taken):.1f}", f"{max(taken):.1f}")

    async with open_ledger(where, "sandbox") as ledger:
        await ledger.open()
        row("a read, noted and written", [await fill(ledger, entries) / 1e3])
        row("a write: intent and outcome", list(await writes(ledger, entries, 200)))
        for name, (which, before) in pages(entries).items():

            async def one(which: Filter = which, before: str | None = before) -> None:
                await ledger.history(which, before=before)

            row(f"page: {name}", await timed(one))
        row("verification", await timed(ledger.verify, 1))
    return table


@contextmanager
def somewhere(address: str | None) -> Iterator[str]:
    """The address, or a directory that is removed again."""
    if address is not None:
        yield address
        return
    with tempfile.TemporaryDirectory() as directory:
        yield directory


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--entries", type=int, default=100_000)
    asked = parser.parse_args()
    with somewhere(asked.address) as where:
        Console().print(anyio.run(measure, where, asked.entries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
