"""What it costs to judge a call with 100,000 entries in the ledger: 0.3 ms at most, at the median.

The bound is on judging without the look-up of a lead, which is at most one request: it costs what
the network costs. Here its answer is there at once, and both figures are printed.

`python tests/bench/judging_cost.py [ADDRESS] [--entries N]`; without an address, SQLite in a
temporary directory. To compare with another checkout, run it there in turns with this one.
"""

import argparse
import gc
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import anyio
from ledger_store import call, somewhere
from rich.console import Console
from rich.table import Table
from typing_extensions import override

from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.ledger import (
    EntryKind,
    Ledger,
    Note,
    Reservation,
    open_ledger,
)
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.executor import Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.policy.models import CallingHours
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.answer_types import Acknowledged, Answer, Expects, Lead, LeadsRead
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account

BOUND = 0.3
NOW = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
"""A Monday, in the calling hours of every state."""
CALLER = "maria/an assistant"
ACCOUNT = Account("sandbox", ACCID)
OWN = "9545550195"
_REMEMBERED, _WRITES, _TIMES = 2000, 60, 400
_AREAS = ("954", "212", "615", "415", "713", "850", "406")


class Answering:
    """A dialer that answers at once, and counts the requests."""

    def __init__(self) -> None:
        self.requests = 0

    async def post(self, request: Request) -> Answer:
        self.requests += 1
        if request.expects is Expects.DONE:
            return Acknowledged()
        fields = {"State": "FL", "Campaign": "Solar", "CallStatus": ""}
        lead = {"PrimaryPhone": request.form["Identifier"], **fields}
        return LeadsRead((Lead("1001", lead),))


class TimedExecutor(Executor):
    """An executor that measures its look-ups, in seconds."""

    looking_up = 0.0

    @override
    async def search(self, search: SearchLead) -> LeadsRead | None:
        began = time.perf_counter()
        found = await super().search(search)
        self.looking_up += time.perf_counter() - began
        return found


async def fill(ledger: Ledger, entries: int) -> None:
    """Note so many calls, one a second, up to now; a day's writes and a memory among them."""
    for number in range(entries):
        intent, ending = call(number)
        at = NOW - timedelta(seconds=entries - number)
        intent = replace(intent, at=at, account=ACCID)
        ledger.note(Note(EntryKind.READ, intent, replace(ending, at=at)))
        if number % 5000 == 0:
            await ledger.flush()
    await ledger.flush()
    # All of a week ago, in one: what counts is how many there are.
    numbers = tuple(f"305{555_0000 + number:07}" for number in range(_REMEMBERED))
    intent, _ = call(0)
    before = replace(intent, account=ACCID, at=NOW - timedelta(days=7))
    await ledger.intend(before, Reservation(suppresses=numbers))
    for number in range(_WRITES):
        intent, ending = call(number)
        at = NOW - timedelta(minutes=10 * (_WRITES - number))
        units = (Unit("contacted", f"212555{number:04}"), Unit("overwrites", "update_lead"))
        await ledger.intend(replace(intent, account=ACCID, at=at), Reservation(units))
        await ledger.finish(replace(ending, at=at))


def pipeline(ledger: Ledger, dialer: Answering) -> tuple[Pipeline, TimedExecutor]:
    """A pipeline under the default preset, with calling hours in the sandbox too."""
    terms = UNATTENDED.model_copy(update={"calling_hours": CallingHours(in_sandbox=True)})
    policy = policy_in_force(terms)

    def clock() -> datetime:
        return NOW

    recorder = Recorder(ledger, ACCOUNT, clock)
    executor = TimedExecutor(dialer, recorder)
    judging = Pipeline(
        policy,
        recorder,
        executor,
        FactGatherer(recorder, SuppressionFile(None), reading_counts_for=policy.after_reading),
        ApprovalService(ledger, ACCID, clock),
    )
    return judging, executor


def calls(number: int) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """The calls that are judged: to another person each time, so that nothing is known of them."""
    area = _AREAS[number % len(_AREAS)]
    phone = f"{area}{620 + number % 80}{1000 + number}"
    by_phone = {"search_field": "phone", "identifier": phone}
    return {
        "a text": (
            "send_sms",
            {"from_number": OWN, "to_number": phone, "message": f"Hello {number}"},
        ),
        "an insert that dials": (
            "insert_lead",
            {
                "campaign": "Solar",
                "primary_phone": phone,
                "import_only": False,
                "client_id": f"W-{number}",
                "first_name": "Dana",
                "state": "FL",
            },
        ),
        "an update by phone": ("update_lead", {**by_phone, "campaign": "Solar", "city": "Miami"}),
        "an update of a name": ("update_lead", {**by_phone, "first_name": f"Dana {number}"}),
        "a search": ("search_lead", {**by_phone, "detailed": True}),
    }


@dataclass
class Figures:
    """The milliseconds that each call of a kind took, with and without its look-up."""

    whole: list[float] = field(default_factory=list[float])
    without_lookup: list[float] = field(default_factory=list[float])


async def measure(where: str, entries: int) -> Mapping[str, Figures]:
    """How many milliseconds each kind of call takes to judge."""
    taken = {name: Figures() for name in calls(0)}
    async with open_ledger(where, "sandbox", clock=lambda: NOW) as ledger:
        await ledger.open()
        await fill(ledger, entries)
        dialer = Answering()
        judging, executor = pipeline(ledger, dialer)
        gc.collect()
        gc.freeze()
        for number in range(_TIMES):
            for name, (tool, given) in calls(number).items():
                action = judging.read(tool, given)
                dialer.requests, executor.looking_up = 0, 0.0
                began = time.perf_counter()
                admitted = await judging.admit(action, CALLER)
                whole = time.perf_counter() - began
                assert isinstance(admitted, Cleared)
                assert dialer.requests <= 1
                taken[name].whole.append(whole * 1e3)
                taken[name].without_lookup.append((whole - executor.looking_up) * 1e3)
    return taken


def main() -> int:
    """Measure, print, and fail where a median is over the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?")
    parser.add_argument("--entries", type=int, default=100_000)
    asked = parser.parse_args()
    with somewhere(asked.address) as where:
        taken = anyio.run(measure, where, asked.entries)
    table = Table("judging", title=f"{asked.entries:,} entries; bound {BOUND} ms at the median")
    for head in ("without look-up, ms", "95 %", "with it, ms", "95 %"):
        table.add_column(head, justify="right")
    for name, each in taken.items():
        figures = (each.without_lookup, each.whole)
        cells = [f"{one:.3f}" for many in figures for one in (median(many), _slow(many))]
        table.add_row(name, *cells)
    Console().print(table)
    return int(any(median(each.without_lookup) > BOUND for each in taken.values()))


def _slow(each: Sequence[float]) -> float:
    """The time within which 95 % are judged."""
    return quantiles(each, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
