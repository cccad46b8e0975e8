"""Rows of a batch that are run down a pipeline to a sandbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from _support.passing_time import PassingTime
from _support.pipeline import CALLER
from _support.sandbox import SandboxPipeline
from chasedata_mcp.batches.models import Batch, BatchRow, OnDuplicate, RowOutcome, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_runner import Keep, RowRunner
from chasedata_mcp.batches.row_sender import RowSender, Stop
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalSummary
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request

THERE = "9545550101"
"""The phone of a lead that the sandbox has."""
COMMON = {"campaign": "Solar", "import_only": True}
YES = ApprovalSummary("a1", "Store 2 leads?", "at the terminal", "maria")
NEW = [f"954555{number:04}" for number in range(7000, 7060)]


def make_batch(tool: str = "insert_lead", **other: Any) -> Batch:  # noqa: ANN401 - any field
    usual: dict[str, Any] = {
        "id": "b1",
        "account": "test",
        "caller": CALLER,
        "tool": tool,
        "source": "leads.csv",
        "header": ("Phone",),
        "arguments": ("primary_phone",),
        "common": COMMON,
        "on_duplicate": OnDuplicate.SKIP,
        "planned": None,
    }
    return Batch(**{**usual, **other})


def leads(*phones: str, **other: object) -> list[BatchRow]:
    return [
        BatchRow(
            *(number, number + 1, (phone,)),
            *({**COMMON, "primary_phone": phone, **other}, RowState.READY),
        )
        for number, phone in enumerate(phones, 1)
    ]


class CountingDialer:
    """A dialer that counts what it passes on, and can't be reached so many times at first."""

    def __init__(self, beyond: Dialer, unreached: int = 0) -> None:
        self.posts = 0
        self._beyond, self._unreached = beyond, unreached

    async def post(self, request: Request) -> Answer:
        if self._unreached:
            self._unreached -= 1
            raise CallError(Code.NOT_REACHED, "The dialer was not reached.", hint="Try again.")
        self.posts += 1
        return await self._beyond.post(request)


@dataclass
class Running:
    """A pipeline to a sandbox, and rows that are run down it."""

    pipeline: SandboxPipeline
    stops: dict[int, Stop] = field(default_factory=dict)
    """What ends the run before its so manieth row."""
    begun: int = 0
    time: PassingTime = field(default_factory=PassingTime)

    async def find_stop(self) -> Stop | None:
        self.begun += 1
        return self.stops.get(self.begun)

    async def run(  # noqa: PLR0913 - what a run is made of
        self,
        rows: Sequence[BatchRow],
        batch: Batch | None = None,
        pipeline: Pipeline | None = None,
        *,
        in_flight: int = 5,
        per_second: float = 0,
        keep: Keep | None = None,
    ) -> tuple[list[RowOutcome], Stop | None]:
        way = pipeline or self.pipeline
        pace = Pace(in_flight, per_second, clock=self.time.read, sleep=self.time.sleep)
        ledger, of = self.pipeline.ledger, batch or make_batch()
        kept: list[RowOutcome] = []

        async def keep_here(outcomes: Sequence[RowOutcome]) -> None:
            kept.extend(outcomes)

        sender = RowSender(way, ledger, of, YES)
        runner = RowRunner(sender, pace, self.find_stop, keep or keep_here)
        entries = await ledger.batches.of_rows([f"{of.id}/{row.number}" for row in rows])
        known = [entries.get(f"{of.id}/{row.number}") for row in rows]
        stop = await runner.run(rows, known)
        return sorted(kept, key=lambda one: one.number), stop

    async def states(self, rows: Sequence[BatchRow], **other: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401 - as above
        outcomes, stop = await self.run(rows, **other)
        assert stop is None
        return [(one.number, one.state.value, one.code) for one in outcomes]

    def stored(self) -> list[str]:
        """List the phones of the sandbox's leads that tests put there, each as often as there."""
        phones = [row["PrimaryPhone"] for row in self.pipeline.state()["leads"]]
        return sorted(phone for phone in phones if phone in NEW)
