"""The rows of what it costs to judge a call with 100,000 entries in the ledger.

The bound is on judging without the look-up of a lead, which is at most one request: it costs what
the network costs.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio
import stores
from rows import Row, at_most, slowest
from scale import Scale
from typing_extensions import override

from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.ledger import Ledger, Reservation, open_ledger
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.executor import Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.policy.models import CallingHours
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.answer_types import Acknowledged, Answer, Expects, Lead, LeadsRead
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.request import Request

NOW: Final = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
"""A Monday, in the calling hours of every state."""
CALLER: Final = "maria/an assistant"
ACCOUNT: Final = Account("sandbox", ACCID)
OWN: Final = "9545550195"
_SUPPRESSED, _WRITES, _TIMES = 2000, 60, 400
_AREAS: Final = ("954", "212", "615", "415", "713", "850", "406")


def judging(
    scale: Scale, store: Callable[[], AbstractContextManager[str]], name: str, bound: float
) -> Iterator[Row]:
    """Measure the decision on each kind of call."""
    with store() as where:
        taken = anyio.run(_measure, where, scale.judged)
    name = f"judging at {scale.judged:,} entries on {name}"
    if scale.each:
        yield from (
            Row(f"{name}: {kind}", "ms", at_most(bound), each) for kind, each in taken.items()
        )
    else:
        yield slowest(name, "ms", at_most(bound), taken)


class Answering:
    """A dialer that answers at once."""

    async def post(self, request: Request) -> Answer:
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
    """Record so many calls up to now, numbers that are suppressed, and a day's writes."""
    await stores.fill(ledger, entries, NOW - timedelta(seconds=entries), ACCID)
    # All of a week ago, in one: what counts is how many there are.
    numbers = tuple(f"305{555_0000 + number:07}" for number in range(_SUPPRESSED))
    intent, _ = stores.call(0, NOW - timedelta(days=7), ACCID)
    await ledger.intend(intent, Reservation(suppresses=numbers))
    for number in range(_WRITES):
        intent, ending = stores.call(
            number, NOW - timedelta(minutes=10 * (_WRITES - number)), ACCID
        )
        units = (Unit("contacted", f"212555{number:04}"), Unit("overwrites", "update_lead"))
        await ledger.intend(intent, Reservation(units))
        await ledger.finish(ending)


def pipeline(ledger: Ledger) -> tuple[Pipeline, TimedExecutor]:
    """A pipeline under the default preset, with calling hours in the sandbox too."""
    terms = UNATTENDED.model_copy(update={"calling_hours": CallingHours(in_sandbox=True)})
    policy = policy_in_force(terms)

    def clock() -> datetime:
        return NOW

    recorder = Recorder(ledger, ACCOUNT, clock)
    executor = TimedExecutor(Answering(), recorder)
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


async def _measure(where: str, entries: int) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in calls(0)}
    async with open_ledger(where, "sandbox", clock=lambda: NOW) as ledger:
        await ledger.open()
        await fill(ledger, entries)
        judge, executor = pipeline(ledger)
        gc.collect()
        gc.freeze()
        for number in range(_TIMES):
            for name, (tool, given) in calls(number).items():
                action = judge.read(tool, given)
                executor.looking_up = 0.0
                began = time.perf_counter()
                admitted = await judge.admit(action, CALLER)
                whole = time.perf_counter() - began
                assert isinstance(admitted, Cleared), f"{name}: {admitted}"
                taken[name].append((whole - executor.looking_up) * 1e3)
        gc.unfreeze()
    return taken
