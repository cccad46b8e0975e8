"""Rows down the pipeline: each is sent once, and what became of it is known or read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import anyio

from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.models import Batch, BatchRow, OnDuplicate, RowOutcome, RowState
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.row_outcomes import (
    build_update,
    outcome_of_entry,
    outcome_of_error,
    outcome_of_result,
    report_duplicate,
)
from chasedata_mcp.batches.row_settlement import settle_row
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalSummary, Entry, Ledger, LedgerError, UnrecordableError
from chasedata_mcp.pipeline.errors import RowSentError
from chasedata_mcp.pipeline.pipeline import ApprovedRow, Pipeline
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.rules.usage_caps import CAPS

_STOPPING_RULES: Final = frozenset({"frozen", CAPS, "read_only", "toolsets", "tools"})
"""The rules that refuse every further row as well."""

_LOOK: Final = 1.0
"""The seconds after which a rest is interrupted to look whether the run is over."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of a run before the end of its rows.

    Attributes:
        because: Why, for a person.
        is_left: This process may not go on with it, and another may.
        is_passing: A store can't be used at the moment.
    """

    because: str
    is_left: bool = False
    is_passing: bool = False


class RowRunner:
    """A runner of the rows of one batch, so many at a time.

    Args:
        pipeline: The way of every row.
        ledger: Where a row's call is on record before it is sent.
        batch: Theirs.
        approval: A person's yes to all of them.
        pace: How many are in flight, and when it is no use to go on.
        find_stop: Finds, before each row, what ends the run.
    """

    def __init__(  # noqa: PLR0913 - its parts
        self,
        pipeline: Pipeline,
        ledger: Ledger,
        batch: Batch,
        approval: ApprovalSummary,
        pace: Pace,
        *,
        find_stop: Callable[[], Awaitable[Stop | None]],
    ) -> None:
        self._pipeline, self._ledger = pipeline, ledger
        self._batch, self._approval, self._pace = batch, approval, pace
        self._find_stop = find_stop
        self._stop: Stop | None = None

    async def run(self, rows: Sequence[BatchRow]) -> tuple[list[RowOutcome], Stop | None]:
        """Run rows that are ready or unknown; those that were not sent have no outcome.

        A row that has an entry already, of a run that was killed, isn't sent again.

        Raises:
            LedgerError: The ledger can't be read.
        """
        self._stop = None
        names = {row.number: f"{self._batch.id}/{row.number}" for row in rows}
        entries = await self._ledger.batches.of_rows(list(names.values()))
        found: dict[int, RowOutcome] = {}

        async def run_one(row: BatchRow) -> None:
            async with self._pace.turn():
                outcome = await self._run_in_turn(row, entries.get(names[row.number]))
                while outcome is not None and outcome.state is RowState.READY:
                    # It wasn't sent, and is tried again once the dialer may be reached.
                    outcome = await self._run_in_turn(row, None)
                if outcome is not None:
                    found[row.number] = outcome

        async with anyio.create_task_group() as tasks:
            for row in rows:
                tasks.start_soon(run_one, row)
        return [found[row.number] for row in rows if row.number in found], self._stop

    async def _run_in_turn(self, row: BatchRow, entry: Entry | None) -> RowOutcome | None:
        """Run a row unless something ends the run before it."""
        try:
            if await self._is_over():
                return None
            began = self._pace.read()
            outcome = await self._run_row(row, entry)
        except (BatchStoreError, LedgerError) as error:
            self._end(Stop(str(error), is_passing=True))
            return None
        if outcome is not None and (why := self._pace.note(outcome, began)):
            self._end(Stop(why))
        return outcome

    async def _is_over(self) -> bool:
        """Tell whether the run is over, once the rest is that a struggling dialer is given."""
        while self._stop is None:
            if stop := await self._find_stop():
                self._end(stop)
            elif rest := self._pace.rest:
                await self._pace.sleep(min(rest, _LOOK))
            else:
                return False
        return True

    def _end(self, stop: Stop) -> None:
        """Send no further row; those in flight are waited for."""
        self._stop = self._stop or stop

    async def _run_row(self, row: BatchRow, entry: Entry | None) -> RowOutcome | None:
        """Send a row, unless it was sent before; None where it wasn't and stays ready."""
        if entry is not None:
            known = outcome_of_entry(row, entry)
            if known.state is not RowState.UNKNOWN:
                return known
            settled = await settle_row(self._pipeline, self._ledger, self._batch, row, entry)
            if settled is not None:
                return settled
        approved = ApprovedRow(
            f"{self._batch.id}/{row.number}", self._approval, entry.id if entry else ""
        )
        return await self._send(row, self._batch.tool, row.arguments, approved)

    async def _send(
        self, row: BatchRow, tool: str, arguments: Mapping[str, object], approved: ApprovedRow
    ) -> RowOutcome | None:
        try:
            action = self._pipeline.read(tool, arguments, resolves=False)
            cleared = await self._pipeline.admit_row(action, self._batch.caller, approved)
            return outcome_of_result(row, await self._pipeline.send(cleared))
        except CallError as error:
            if error.code is Code.DUPLICATE_LEAD and tool == "insert_lead":
                return await self._handle_duplicate(row, error, approved)
            return self._explain(row, error)

    def _explain(self, row: BatchRow, error: CallError) -> RowOutcome | None:
        """Say what became of a row that wasn't done; None where it stays ready."""
        match error:
            case RowSentError():
                return outcome_of_entry(row, error.ahead)
            case UnrecordableError():
                self._end(Stop(error.message, is_passing=True))
            case RefusedError() if _STOPPING_RULES & {rule.rule for rule in error.rules}:
                self._end(Stop(error.message))
            case _:
                return outcome_of_error(row, error)
        return None

    async def _handle_duplicate(
        self, row: BatchRow, error: CallError, approved: ApprovedRow
    ) -> RowOutcome | None:
        """Update the lead that is there already, where that was asked for."""
        update = build_update(row.arguments)
        if self._batch.on_duplicate is OnDuplicate.UPDATE and update is not None:
            return await self._send(row, "update_lead", update, approved)
        outcome = outcome_of_error(row, error)
        return report_duplicate(outcome) if self._reports_duplicates else outcome

    @property
    def _reports_duplicates(self) -> bool:
        return self._batch.on_duplicate is OnDuplicate.REPORT
