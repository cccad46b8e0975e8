"""Batches in a store, in whatever state a test wants to see them."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from chasedata_mcp.batches.models import Batch, BatchRow, BatchState, OnDuplicate, RowState
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger.sqlite import SqliteDatabase

Rows = Mapping[tuple[RowState, str], int]


def keep_batch(  # noqa: PLR0913 - what a batch looks like
    place: Path,
    batch: str,
    rows: Rows,
    planned: datetime,
    *,
    state: BatchState = BatchState.PLANNED,
    because: str = "",
    source: str = "leads.csv",
    account: str = "sandbox",
) -> None:
    """Keep a batch of an account beside a sandbox's ledger, with so many rows in each state."""
    made = Batch(
        id=batch,
        account=account,
        caller="maria/an assistant",
        tool="insert_lead",
        source=source,
        header=("Phone",),
        arguments=("primary_phone",),
        common={"campaign": "Solar", "import_only": True},
        on_duplicate=OnDuplicate.SKIP,
        planned=planned,
    )
    kinds = [kind for kind, count in rows.items() for _ in range(count)]
    with closing(BatchStore(SqliteDatabase(place / "batches-sandbox.sqlite3"))) as store:
        store.add(made)
        store.add_rows(
            batch,
            [
                BatchRow(number, number + 1, ("9545550154",), {}, kind, code)
                for number, (kind, code) in enumerate(kinds, 1)
            ],
        )
        store.freeze(made)
        store.set_state(batch, state, because)
