"""A person's view of an account's batches: which run, how far they are, and what came of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from anyio import to_thread

from chasedata_mcp.batches.batch_service import GOES_ON, BatchView
from chasedata_mcp.batches.errors import BatchError
from chasedata_mcp.batches.models import Batch, BatchState, RowCounts, RowState
from chasedata_mcp.batches.present import describe_awaited
from chasedata_mcp.batches.question import describe_left_out
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.fields.escapes import name_unseen_in_line
from chasedata_mcp.fields.format import describe_caller
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.registry import find_action

_LAST: Final = 5
_NAME: Final = 100
_STILL: Final = frozenset({BatchState.PLANNED, BatchState.FINISHED})
"""The states in which no row changes."""
_ENDED: Final = (RowState.DONE, RowState.DUPLICATE, RowState.REFUSED, RowState.UNKNOWN)
STOPPED_HERE: Final = "a person stopped it on the approvals page"


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch as the page shows it; everything in it is made to be shown.

    `settled` of its `sendable` rows have an outcome, `outcomes` says which.
    """

    id: str
    title: str
    source: str
    state: BatchState
    caller: str
    planned: datetime
    settled: int
    sendable: int
    outcomes: str
    left_out: str
    because: str

    @property
    def can_stop(self) -> bool:
        """True where it runs or is about to."""
        return self.state in GOES_ON

    @property
    def has_account(self) -> bool:
        """True where something came of it, and no more does."""
        return self.state in {BatchState.STOPPED, BatchState.FINISHED}


@dataclass(slots=True)
class BatchOverview:
    """The latest batches of one account.

    Attributes:
        open_store: Opens where they are kept; None as long as there is none.
        account: The account.
    """

    open_store: Callable[[], BatchStore | None]
    account: Account
    _store: BatchStore | None = None
    _counted: dict[tuple[str, BatchState], RowCounts] = field(
        default_factory=dict[tuple[str, BatchState], RowCounts]
    )

    async def lines(self) -> list[BatchLine]:
        """List the latest batches, the newest first; none where they can't be read."""
        return await to_thread.run_sync(self._read)

    async def stop(self, batch_id: str) -> bool:
        """Stop a batch between two rows, wherever it runs; false where it didn't run."""
        return await to_thread.run_sync(self._stop, batch_id)

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()

    def _read(self) -> list[BatchLine]:
        try:
            store = self._find_store()
            batches = store.list_batches(self.account.accid, _LAST) if store else []
            return [self._describe(batch) for batch in batches]
        except BatchError:
            return []  # the questions are shown all the same

    def _stop(self, batch_id: str) -> bool:
        store = self._find_store()
        batch = store.get(batch_id) if store else None
        if store is None or batch is None or batch.account != self.account.accid:
            return False
        if batch.state not in GOES_ON:
            return False
        # No assistant goes on with what a person stopped, unless one says yes anew.
        store.end_yes(batch_id, STOPPED_HERE)
        return True

    def _find_store(self) -> BatchStore | None:
        if self._store is None:
            self._store = self.open_store()
        return self._store

    def _describe(self, batch: Batch) -> BatchLine:
        counts = self._count(batch)
        ended = [f"{counts.of(state):,} {state}" for state in _ENDED if counts.of(state)]
        settled = sum(counts.of(state) for state in _ENDED) - counts.of(RowState.UNKNOWN)
        return BatchLine(
            id=batch.id,
            title=find_action(batch.tool).title,
            source=name_unseen_in_line(batch.source, _NAME),
            state=batch.state,
            caller=name_unseen_in_line(describe_caller(batch.caller), _NAME),
            planned=batch.planned,
            settled=settled,
            sendable=counts.total - counts.of(RowState.LEFT_OUT),
            outcomes=", ".join(ended),
            left_out=describe_left_out(counts),
            because=_describe_standstill(BatchView(batch, counts)),
        )

    def _count(self, batch: Batch) -> RowCounts:
        """Count the rows of a batch; the page looks every 1.5 s, and most batches stand still."""
        assert self._store is not None  # noqa: S101 - the batch is of it
        known = self._counted.get((batch.id, batch.state))
        if known is None:
            known = self._store.count_rows(batch.id)
            if batch.state in _STILL:
                self._counted[batch.id, batch.state] = known
        return known


def _describe_standstill(view: BatchView) -> str:
    """Say why no row is sent at the moment, empty where some are or none is left."""
    if view.awaited:
        return describe_awaited(view)
    return name_unseen_in_line(view.batch.stopped_because, 3 * _NAME)
