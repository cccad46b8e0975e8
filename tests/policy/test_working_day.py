"""A working day of a centre with 20 agents: no cap refuses anything, and few questions are asked.

300 leads from the web are dialed, 60 people ask not to be called, 150 texts go out, half of them to
the day's leads, 80 calls get a disposition, and 40 changes are made to dial lists and filters.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from _support.clock import READING
from _support.pipeline import CALLER
from _support.sandbox import OWN, SandboxPipeline, a_sandbox_pipeline
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.ledger import Scope
from chasedata_mcp.ledger.questions import ALSO
from chasedata_mcp.pipeline.pipeline import PendingApproval
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.presets import ATTENDED, UNATTENDED

pytestmark = pytest.mark.anyio
MORNING = datetime(2026, 6, 1, 9).astimezone()
"""A Monday by this machine's clock, by which grants end; the sandbox keeps to no calling hours."""
BY_HOUR = (8, 12, 13, 11, 9, 11, 13, 13, 10)
"""The percent of the day's work in each hour from nine on; lunch is quieter."""
LIST = {"agent": "Maria", "list_name": "Warm-Leads"}
FILTER = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
Work = tuple[str, Mapping[str, object]]


def leads() -> Iterator[Work]:
    for number in range(300):
        phone = f"954655{1000 + number}"
        lead = {"campaign": "Solar", "primary_phone": phone, "import_only": False}
        yield "insert_lead", {**lead, "client_id": f"WEB-{number}"}


def requests_to_stop() -> Iterator[Work]:
    for number in range(60):
        yield "insert_dnc", {"number": f"305655{4000 + number}"}


def texts() -> Iterator[Work]:
    for number in range(150):
        # To one of the day's first leads, or to somebody else.
        to = f"954655{1000 + number // 2}" if number % 2 else f"305655{2000 + number}"
        yield "send_sms", {"from_number": OWN, "to_number": to, "message": f"Hello {number}"}


def dispositions() -> Iterator[Work]:
    for _ in range(80):
        yield "disposition_lead", {"lead_id": "1006", "disposition": "SALE"}


def list_changes() -> Iterator[Work]:
    for number in range(10):
        listed = {**LIST, "phone": f"954655{1000 + number}"}
        yield "add_dial_list_phone", listed
        yield "mark_dial_list_phone_dialed", listed
        yield "delete_dial_list_phone", listed
        switch = "disable_playlist_filter" if number % 2 else "enable_playlist_filter"
        yield switch, FILTER


def at_their_times(work: list[Work]) -> Iterator[tuple[timedelta, Work]]:
    """Spread one kind of work over the day, as the hours have it."""
    done = 0
    for hour, percent in enumerate(BY_HOUR):
        upto = round(len(work) * sum(BY_HOUR[: hour + 1]) / 100)
        for place in range(done, upto):
            yield timedelta(hours=hour + (place - done) / (upto - done)), work[place]
        done = upto
        assert percent


@dataclass
class Day:
    """A day at one pipeline, with a person who says yes to what a question offers."""

    live: SandboxPipeline
    asked: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    done: Counter[str] = field(default_factory=Counter[str])

    async def pass_by(self) -> None:
        kinds = (leads(), requests_to_stop(), texts(), dispositions(), list_changes())
        day = [one for work in kinds for one in at_their_times(list(work))]
        for after, (tool, given) in sorted(day, key=lambda one: one[0]):
            self.live.clock.time = max(self.live.clock(), MORNING + after)
            await self.do(tool, given)

    async def do(self, tool: str, given: Mapping[str, object]) -> None:
        action = self.live.read(tool, given)
        try:
            admitted = await self.live.admit(action, CALLER)
        except RefusedError as error:
            self.refused.update(rule.rule for rule in error.rules)
            return
        if isinstance(admitted, PendingApproval):
            self.asked.update({ask.rule for ask in admitted.calls[0].asked_by})
            question = admitted.approval.question
            wider = {ALSO: question.offers[0][1]} if question.offers else {}
            self.live.clock.move(READING)
            reply = Reply({"confirm": True, **wider})
            admitted = await self.live.redeem(action, CALLER, admitted.approval.id, reply)
        assert (await self.live.send(admitted)).outcome == "done"
        self.done[tool] += 1


async def test_the_day_passes_unattended_with_ten_questions_at_most() -> None:
    async with a_sandbox_pipeline(
        UNATTENDED, environment="sandbox", duplicates_within=timedelta(minutes=10), start=MORNING
    ) as live:
        day = Day(live)
        await day.pass_by()
    assert not day.refused
    assert day.done.total() == 300 + 60 + 150 + 80 + 40
    assert day.asked.total() <= 10
    assert set(day.asked) <= {"caps"}


async def test_the_day_passes_attended_under_a_grant_without_a_stop() -> None:
    async with a_sandbox_pipeline(
        ATTENDED, environment="sandbox", duplicates_within=timedelta(minutes=10), start=MORNING
    ) as live:
        tools = ("insert_lead", "send_sms")
        await live.grant(Scope(tools, None, None, 500, MORNING + timedelta(hours=12)))
        day = Day(live)
        await day.pass_by()
    assert not day.refused
    assert day.done.total() == 300 + 60 + 150 + 80 + 40
    assert not day.asked
