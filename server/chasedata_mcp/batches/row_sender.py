"""A row as a call: evaluated with what is looked up for it, then sent, or found to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from chasedata_mcp.batches.models import Batch, BatchRow, OnDuplicate, RowOutcome, RowState
from chasedata_mcp.batches.row_outcomes import (
    build_update,
    outcome_of_entry,
    outcome_of_error,
    outcome_of_result,
    report_duplicate,
)
from chasedata_mcp.batches.row_settlement import RowSettler, was_found_undone
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import ApprovalSummary, Entry, Ledger, UnrecordableError
from chasedata_mcp.pipeline.errors import RowSentError
from chasedata_mcp.pipeline.pipeline import ApprovedRow, Cleared, Pipeline
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.rules.usage_caps import CAPS

_STOPPING_RULES: Final = frozenset({"frozen", CAPS, "read_only", "toolsets", "tools"})
"""The rules that refuse every further row as well."""


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


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """A row whose call was cleared, and may be sent for a moment."""

    row: BatchRow
    approved: ApprovedRow
    cleared: Cleared


class RowSender:
    """A sender of the rows of one batch.

    Args:
        pipeline: The way of every row.
        ledger: Where a row's call is on record before it is sent.
        batch: Theirs.
        approval: A person's yes to all of them.
    """

    def __init__(
        self, pipeline: Pipeline, ledger: Ledger, batch: Batch, approval: ApprovalSummary
    ) -> None:
        self._pipeline = pipeline
        self._batch, self._approval = batch, approval
        self._settler = RowSettler(pipeline, ledger, batch)

    async def prepare(self, row: BatchRow, entry: Entry | None) -> PreparedRow | RowOutcome | Stop:
        """Clear a row's call; one that was sent before, as `entry`, has its outcome looked up.

        An outcome that is ready, as where the dialer wasn't reached, says that it may be tried
        again.
        """
        place = f"{self._batch.id}/{row.number}"
        approved = ApprovedRow(place, self._approval, entry.id if entry else "")
        known = await self._read_known(row, entry)
        if known is None or known.state is RowState.READY:
            return await self._clear(row, self._batch.tool, row.arguments, approved)
        if known.code == Code.DUPLICATE_LEAD:
            return await self._prepare_duplicate(row, approved, known)
        return known

    async def _read_known(self, row: BatchRow, entry: Entry | None) -> RowOutcome | None:
        """Read what became of a row that was sent; None or ready where it may be sent."""
        if entry is None:
            return self._settler.keep_unknown(row) if row.state is RowState.UNKNOWN else None
        known = outcome_of_entry(row, entry)
        if known.state is RowState.UNKNOWN or was_found_undone(entry):
            return await self._settler.settle(row, entry)
        return known

    async def send(self, prepared: PreparedRow) -> RowOutcome | Stop | None:
        """Send a row that was cleared, and update a lead that is there already where asked for.

        None where other calls came ahead of it: nothing was sent, and it is to be cleared anew.
        """
        row = prepared.row
        try:
            return outcome_of_result(row, await self._pipeline.send(prepared.cleared))
        except CallError as error:
            failed = error
        if failed.code is Code.NEEDS_CONFIRMATION:
            return None
        if self._batch.tool == "insert_lead" and failed.code is Code.DUPLICATE_LEAD:
            return await self._handle_duplicate(prepared, failed)
        return _explain(row, failed)

    async def _handle_duplicate(self, prepared: PreparedRow, error: CallError) -> RowOutcome | Stop:
        """Update the lead that is there already, or name it, where that was asked for."""
        row = prepared.row
        known = outcome_of_error(row, error)
        update = await self._prepare_duplicate(row, prepared.approved, known)
        if not isinstance(update, PreparedRow):
            return update
        try:
            return outcome_of_result(row, await self._pipeline.send(update.cleared))
        except CallError as failed:
            return _explain(row, failed)

    async def _prepare_duplicate(
        self, row: BatchRow, approved: ApprovedRow, known: RowOutcome
    ) -> PreparedRow | RowOutcome | Stop:
        """Clear the update of the lead that is there already, where that was asked for."""
        wanted = self._batch.on_duplicate
        update = build_update(row.arguments) if wanted is OnDuplicate.UPDATE else None
        if update is not None:
            return await self._clear(row, "update_lead", update, approved)
        return report_duplicate(known) if wanted is OnDuplicate.REPORT else known

    async def _clear(
        self, row: BatchRow, tool: str, arguments: Mapping[str, object], approved: ApprovedRow
    ) -> PreparedRow | RowOutcome | Stop:
        try:
            action = self._pipeline.read(tool, arguments, resolves=False)
            cleared = await self._pipeline.admit_row(action, self._batch.caller, approved)
        except CallError as error:
            return _explain(row, error)
        return PreparedRow(row, approved, cleared)


def _explain(row: BatchRow, error: CallError) -> RowOutcome | Stop:
    """Say what became of a row that wasn't done, or why none may be sent."""
    match error:
        case RowSentError():
            return outcome_of_entry(row, error.ahead)
        case UnrecordableError():
            return Stop(error.message, is_passing=True)
        case RefusedError() if _STOPPING_RULES & {rule.rule for rule in error.rules}:
            return Stop(error.message)
        case RefusedError():
            of_person = all(rule.is_of_person for rule in error.rules)
            return replace(outcome_of_error(row, error), is_of_row=of_person)
        case _:
            return outcome_of_error(row, error)
