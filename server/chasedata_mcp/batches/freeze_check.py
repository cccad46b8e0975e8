"""The freeze of an account, as far as it stops the rows of a batch."""

from collections.abc import Sequence

from chasedata_mcp.batches.models import Batch, BatchRow
from chasedata_mcp.errors import CallError
from chasedata_mcp.ledger import Ledger, ledger_required
from chasedata_mcp.pipeline.errors import stopped_since
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.policy.decision import ALLOWED, Refuse, Verdict, refuse_any
from chasedata_mcp.policy.rules.access import check_freeze, refuse_frozen


async def refuse_frozen_rows(
    pipeline: Pipeline, ledger: Ledger, batch: Batch, rows: Sequence[BatchRow]
) -> None:
    """Refuse a batch while writes are stopped, as each of its rows would be.

    Raises:
        CallError: `not_allowed`; they are, or the ledger can't be read.
    """
    refuse_any([await _check_rows(pipeline, ledger, batch, rows)])


async def describe_freeze(
    pipeline: Pipeline, ledger: Ledger, batch: Batch, rows: Sequence[BatchRow]
) -> str:
    """Say since when, by whom and why the rows of a batch are stopped; nothing where they aren't.

    Raises:
        CallError: `not_allowed`; the ledger can't be read.
    """
    verdict = await _check_rows(pipeline, ledger, batch, rows)
    return verdict.reason if isinstance(verdict, Refuse) else ""


async def _check_rows(
    pipeline: Pipeline, ledger: Ledger, batch: Batch, rows: Sequence[BatchRow]
) -> Verdict:
    if not rows:
        return ALLOWED
    with ledger_required:
        frozen = await ledger.freezes.frozen(batch.account)
    if frozen is None:
        return ALLOWED
    why = stopped_since(frozen)
    try:
        action = pipeline.read(batch.tool, rows[0].arguments, resolves=False)
    except CallError:
        # A row that is no call now, such as one of a tool that is hidden since, passes no freeze.
        return refuse_frozen(why)
    return check_freeze(action, why)
