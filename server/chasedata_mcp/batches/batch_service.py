"""The service of batches: approved by a person, run in chunks, stopped and gone on with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from anyio import to_thread

from chasedata_mcp.approvals.models import ApprovalRequest
from chasedata_mcp.batches.batch_run import CHANGED, NO_YES, mark_terms
from chasedata_mcp.batches.batch_runs import BatchRuns
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.freeze_check import describe_freeze, refuse_frozen_rows
from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, RowCounts, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.question import SAMPLE, ShownRows, build_question
from chasedata_mcp.batches.row_redaction import RowRedaction
from chasedata_mcp.batches.run_engine import RunEngine
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import ApprovalSummary, Json, Ledger
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.names.given_names import ARGUMENTS
from chasedata_mcp.tools.registry import find_action

HOLDS: Final = timedelta(hours=24)
"""The time for which a yes to a batch holds: a run that was stopped goes on the next morning."""
NO_BATCH: Final = "There is no batch of this id; list them to see the ids."
"""What is said of another's batch too: nobody learns by an id that there is one."""
STOPPED_BY_CLIENT: Final = "its client stopped it"
STOPPED_HERE: Final = "a person stopped it at the terminal"
GOES_ON: Final = frozenset({BatchState.APPROVED, BatchState.RUNNING})
"""The states of a batch that runs, or is about to."""


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with the counts of its rows."""

    batch: Batch
    counts: RowCounts

    @property
    def left(self) -> int:
        """The rows that still are to be run or settled."""
        return self.counts.of(RowState.READY) + self.counts.of(RowState.UNKNOWN)

    @property
    def awaited(self) -> int:
        """The rows without an answer that a run has left: they may still arrive."""
        has_rest = self.batch.state is not BatchState.RUNNING or self.counts.of(RowState.READY)
        return 0 if has_rest else self.counts.of(RowState.UNKNOWN)


class BatchService:
    """The batches of one account, whose rows go down its pipeline."""

    def __init__(
        self,
        pipeline: Pipeline,
        ledger: Ledger,
        store: BatchStore,
        pace: Callable[[], Pace],
        engine: RunEngine,
    ) -> None:
        self._pipeline, self._ledger, self._store = pipeline, ledger, store
        self._runs = BatchRuns(pipeline, ledger, store, pace, engine)

    async def view(self, batch_id: str) -> BatchView:
        """Read a batch.

        Raises:
            BatchError: There is none of this id in the account.
        """
        batch = await to_thread.run_sync(self._store.get, batch_id)
        if batch is None or batch.account != self._pipeline.account.accid:
            raise BatchError(NO_BATCH)
        return BatchView(batch, await to_thread.run_sync(self._store.count_rows, batch_id))

    async def list_views(self, limit: int) -> list[BatchView]:
        """List the account's batches, the newest first."""
        account = self._pipeline.account.accid
        found = await to_thread.run_sync(self._store.list_batches, account, limit)
        return [await self.view(batch.id) for batch in found]

    async def build_request(self, view: BatchView) -> ApprovalRequest:
        """Make the request for a person's yes to all rows that are ready.

        Raises:
            BatchError: There is nothing to run.
            CallError: `not_allowed`; every row would be refused, so nobody is asked.
        """
        self._require_runnable(view)
        batch, until = view.batch, self._pipeline.now() + HOLDS
        tool = find_action(batch.tool)
        self._pipeline.policy.refuse_tool(tool)
        self._pipeline.policy.refuse_by_name(tool)
        rows = await to_thread.run_sync(self._read_first, batch.id)
        await refuse_frozen_rows(self._pipeline, self._ledger, batch, rows)
        redaction = RowRedaction(batch, self._pipeline.policy.redactor)
        named = [_write_names(batch, row) for row in rows]
        sample = [replace(row, cells=tuple(redaction.show_cells(row).values())) for row in named]
        common = redaction.redact_object(batch.common)
        shown_rows = ShownRows(sample, common, await self._count_ringing(batch))
        question = build_question(batch, view.counts, shown_rows, until)
        shown: dict[str, Json] = {
            "tool": batch.tool,
            "rows": view.left,
            "arguments": self._describe_rows(batch, redaction),
            "asked_by": [{"rule": "batch", "reason": question.text}],
            "protects": tool is InsertDnc,
        }
        return ApprovalRequest(
            digest=f"batch:{batch.digest}:{mark_terms(self._pipeline)}:{_name_last_yes(batch)}",
            caller=batch.caller,
            question=question,
            rules=(frozenset({"batch"}),),
            calls=(shown,),
            needs=self._pipeline.policy.required_assurance_of_grant(tool),
        )

    async def _count_ringing(self, batch: Batch) -> int:
        if batch.tool != InsertLead.name or batch.common.get("import_only") is True:
            return 0
        return await to_thread.run_sync(self._store.count_ringing, batch.id)

    @staticmethod
    def _describe_rows(batch: Batch, redaction: RowRedaction) -> dict[str, Json]:
        """Describe where the rows come from, and which column each of their arguments is."""
        mapped = [
            f"{redaction.redact_name(column)} → {argument}"
            for column, argument in zip(batch.header, batch.arguments, strict=True)
            if argument
        ]
        common = {
            name: value if isinstance(value, str | bool | int) else str(value)
            for name, value in redaction.redact_object(batch.common).items()
        }
        file = {"file": redaction.redact_name(batch.source)} if batch.source else {}
        return {"batch": batch.id, **file, "columns": ", ".join(mapped), **common}

    async def approve(self, view: BatchView, yes: ApprovalSummary, asked: datetime) -> None:
        """Keep a person's yes to a batch, until the time that its question said.

        Args:
            view: The batch.
            yes: The yes.
            asked: When the question was put, by this machine's clock.
        """
        await self._ledger.open()
        until = self._ledger.time.of(min(asked, self._pipeline.now())) + HOLDS
        terms = mark_terms(self._pipeline)
        await to_thread.run_sync(self._store.approve, view.batch.id, until, yes, terms)

    async def is_approved(self, view: BatchView) -> bool:
        """Tell whether a yes to a batch still holds: in time, under the policy, at the dialer.

        Raises:
            LedgerError: The ledger can't be opened, which has the time that goes on by itself.
        """
        until = view.batch.approved_until
        if until is None or view.batch.terms != mark_terms(self._pipeline):
            return False
        return await self._store_now() < until

    async def find_end_of_yes(self, view: BatchView) -> datetime | None:
        """Find until when a yes holds, by this machine's clock; None where none does.

        Raises:
            LedgerError: As for `is_approved`.
        """
        until = view.batch.approved_until
        if until is None or not await self.is_approved(view):
            return None
        return until + (self._pipeline.now() - await self._store_now())

    async def describe_freeze(self, view: BatchView) -> str:
        """Say since when and why a freeze stops what is left of a batch; nothing where none does.

        Raises:
            CallError: `not_allowed`; the ledger can't be read.
        """
        rows = await to_thread.run_sync(self._read_first, view.batch.id)
        return await describe_freeze(self._pipeline, self._ledger, view.batch, rows)

    async def stop(self, batch_id: str, because: str = STOPPED_BY_CLIENT) -> BatchView:
        """Stop a batch: what is in flight is waited for, and no further row is sent."""
        await self.view(batch_id)
        await self._set_state(batch_id, BatchState.STOPPED, because, (*GOES_ON,))
        return await self.view(batch_id)

    async def end_yes(self, batch_id: str, because: str = STOPPED_HERE) -> BatchView:
        """Stop a batch as a person does who wants no more of it: it needs a new yes to go on."""
        await self.view(batch_id)
        await to_thread.run_sync(self._store.end_yes, batch_id, because)
        return await self.view(batch_id)

    async def run(self, batch_id: str, report: Callable[[BatchView], object]) -> BatchView:
        """Run an approved batch to its end, or until it stops; `report` learns how it goes.

        It runs in this process or in another one, behind the account's others. If this is
        cancelled, what is in flight is waited for, and the rest is left to the next run.

        Raises:
            BatchError: No yes holds for it or for these rows, or nothing is left to run.
            LedgerError: The ledger can't be used.
        """
        view = await self.view(batch_id)
        self._require_runnable(view)
        if view.batch.approval is None or not await self.is_approved(view):
            raise BatchError(NO_YES)
        if await to_thread.run_sync(self._store.digest_planned, view.batch) != view.batch.digest:
            raise BatchError(CHANGED)
        await self._set_state(batch_id, BatchState.RUNNING)

        async def look() -> bool:
            now = await self.view(batch_id)
            report(now)
            return now.batch.state in GOES_ON

        await self._runs.follow(batch_id, look)
        return await self.view(batch_id)

    async def work(self, tell: Callable[[BatchView], object]) -> None:
        """Run what is approved, whoever asked for it, until this is cancelled.

        `tell` learns of a batch after each of its chunks.

        Raises:
            BatchStoreError: The stores can't be used for longer than a while.
            LedgerError: As above.
        """

        async def watch(batch_id: str) -> None:
            tell(await self.view(batch_id))

        await self._runs.work(self._find_approved, watch)

    async def _find_approved(self) -> Sequence[str]:
        """Find the batches that a yes holds for, the oldest first; from now on they run."""
        account, now = self._pipeline.account.accid, await self._store_now()
        terms = mark_terms(self._pipeline)
        found = await to_thread.run_sync(self._store.find_approved, account, terms, now)
        for batch_id in found:
            among = (BatchState.APPROVED,)
            await self._set_state(batch_id, BatchState.RUNNING, among=among)
        return found

    def _read_first(self, batch_id: str) -> list[BatchRow]:
        return self._store.read_rows(batch_id, limit=SAMPLE, state=RowState.READY)

    async def _store_now(self) -> datetime:
        """Read the ledger's own time, which no setting of a clock changes."""
        await self._ledger.open()
        return self._ledger.time.of(self._pipeline.now())

    async def _set_state(
        self,
        batch_id: str,
        state: BatchState,
        because: str = "",
        among: Sequence[BatchState] = tuple(BatchState),
    ) -> None:
        await to_thread.run_sync(self._store.set_state, batch_id, state, because, among)

    @staticmethod
    def _require_runnable(view: BatchView) -> None:
        """Refuse what was not planned to its end, and what has nothing left.

        Raises:
            BatchError: It is one of the two.
        """
        if view.batch.state is BatchState.PLANNING:
            raise BatchError("This batch was not planned to its end. Plan it again.")
        if not view.left:
            raise BatchError("No row of this batch is left to be run.")


def _name_last_yes(batch: Batch) -> str:
    """Name the last yes: one that was asked for before it is no yes to what comes behind it.

    Two clients may have asked at once, and a person may have stopped what one of them ran.
    """
    return "" if batch.approval is None else batch.approval.id


def _write_names(batch: Batch, row: BatchRow) -> BatchRow:
    """Write a row's names as they will be sent: a cell may hold an alias."""
    sent = [
        row.arguments.get(argument) if argument in ARGUMENTS else None
        for argument in batch.arguments
    ]
    pairs = zip(row.cells, sent, strict=False)
    return replace(row, cells=tuple([to if isinstance(to, str) else cell for cell, to in pairs]))
