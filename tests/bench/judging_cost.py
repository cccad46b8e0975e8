"""What it costs to judge a call with 100,000 entries in the ledger: 0.3 ms at most, at the median.

`python tests/bench/judging_cost.py [ADDRESS] [--entries N]`; without an address, SQLite in a
temporary directory.
"""

import argparse
import gc
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

import anyio
from ledger_store import call, somewhere
from rich.console import Console
from rich.table import Table

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
    """A dialer that answers at once: what a lead is read for costs what the network costs."""

    async def post(self, request: Request) -> Answer:
        if request.expects is Expects.DONE:
            return Acknowledged()
        fields = {"State": "FL", "Campaign": "Solar", "CallStatus": ""}
        lead = {"PrimaryPhone": request.form["Identifier"], **fields}
        return LeadsRead((Lead("1001", lead),))


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


def pipeline(ledger: Ledger) -> Pipeline:
    """A pipeline under the default preset, with calling hours in the sandbox too."""
    terms = UNATTENDED.model_copy(update={"calling_hours": CallingHours(in_sandbox=True)})
    policy = policy_in_force(terms)

    def clock() -> datetime:
        return NOW

    recorder = Recorder(ledger, ACCOUNT, clock)
    return Pipeline(
        policy,
        recorder,
        Executor(Answering(), recorder),
        FactGatherer(recorder, SuppressionFile(None), reading_counts_for=policy.after_reading),
        ApprovalService(ledger, ACCID, clock),
    )


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


async def measure(where: str, entries: int) -> Mapping[str, Sequence[float]]:
    """How many milliseconds each kind of call takes to judge."""
    taken: dict[str, list[float]] = {name: [] for name in calls(0)}
    async with open_ledger(where, "sandbox", clock=lambda: NOW) as ledger:
        await ledger.open()
        await fill(ledger, entries)
        judging = pipeline(ledger)
        gc.collect()
        gc.freeze()
        for number in range(_TIMES):
            for name, (tool, given) in calls(number).items():
                action = judging.read(tool, given)
                began = time.perf_counter()
                admitted = await judging.admit(action, CALLER)
                taken[name].append((time.perf_counter() - began) * 1e3)
                assert isinstance(admitted, Cleared)
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
    for head in ("median, ms", "95 %, ms"):
        table.add_column(head, justify="right")
    for name, each in taken.items():
        table.add_row(name, f"{median(each):.3f}", f"{quantiles(each, n=20)[-1]:.3f}")
    Console().print(table)
    return int(any(median(each) > BOUND for each in taken.values()))


if __name__ == "__main__":
    sys.exit(main())
