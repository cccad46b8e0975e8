"""The audit log: every call on record, hash-chained, with the approvals that it needed.

Of the package it imports errors, limits and text_files alone; nothing else imports SQLAlchemy.
"""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.consent import Approval, ApprovalAnswer, ApprovalState, Grant, Unspent
from chasedata_mcp.ledger.errors import (
    EntryExistsError,
    LedgerElsewhereError,
    LedgerError,
    LedgerTooNewError,
    LedgerUnreadableError,
    LedgerUnwritableError,
    NoSuchEntryError,
)
from chasedata_mcp.ledger.facts import (
    Broken,
    DuplicateQuery,
    FactQuery,
    Frozen,
    LedgerFacts,
    Obstacle,
    Reservation,
    SpentGrant,
    SuppressedSince,
)
from chasedata_mcp.ledger.ledger import Ledger
from chasedata_mcp.ledger.models import (
    ADMIN_ACTIONS,
    ANSWERED,
    FREE_TEXT,
    ApprovalSummary,
    Changes,
    Duplicate,
    Ending,
    Entry,
    EntryKind,
    EntryPage,
    Environment,
    Filter,
    Finding,
    Flaw,
    Intent,
    Json,
    Note,
    Pruned,
    Ruling,
    Verification,
    fresh_id,
)
from chasedata_mcp.ledger.stores import ApprovalStore, DncRegistry, Freezes, GrantStore
from chasedata_mcp.ledger.usage import Limit, Unit

if TYPE_CHECKING:
    from chasedata_mcp.ledger.store import Store

__all__ = [
    "ADMIN_ACTIONS",
    "ANSWERED",
    "FREE_TEXT",
    "Approval",
    "ApprovalAnswer",
    "ApprovalState",
    "ApprovalStore",
    "ApprovalSummary",
    "Broken",
    "Changes",
    "Checkpoint",
    "DncRegistry",
    "Duplicate",
    "DuplicateQuery",
    "Ending",
    "Entry",
    "EntryExistsError",
    "EntryKind",
    "EntryPage",
    "Environment",
    "FactQuery",
    "Filter",
    "Finding",
    "Flaw",
    "Freezes",
    "Frozen",
    "Grant",
    "GrantStore",
    "Intent",
    "Json",
    "Ledger",
    "LedgerElsewhereError",
    "LedgerError",
    "LedgerFacts",
    "LedgerTooNewError",
    "LedgerUnreadableError",
    "LedgerUnwritableError",
    "Limit",
    "NoSuchEntryError",
    "Note",
    "Obstacle",
    "Pruned",
    "Reservation",
    "Ruling",
    "SpentGrant",
    "SuppressedSince",
    "Unit",
    "Unspent",
    "Verification",
    "fresh_id",
    "open_ledger",
]


def open_ledger(
    where: str | Path,
    environment: Environment,
    *,
    checkpoint: Path | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    before: Callable[[], object] = lambda: None,
) -> Ledger:
    """Make a ledger that opens its store with its first use; nothing here waits or fails.

    Args:
        where: A directory, for a SQLite file `ledger-<environment>.sqlite3` in it, or an address
            `postgresql+psycopg://...`.
        environment: What the store is for; one that was made for the other is refused.
        checkpoint: The file for the checkpoint, if not `ledger-<environment>-head.json` in the
            directory; beside a PostgreSQL database none is kept where none is named.
        clock: The time now, aware.
        before: Called before the store is opened, in the thread that opens it.
    """

    def opening() -> "Store":
        before()
        first = f"{__name__}.engine" not in sys.modules
        from chasedata_mcp.ledger.engine import open_store  # noqa: PLC0415 - see `LateModule`

        if first:
            # What was imported stays; to look for garbage in it again and again slows every call.
            gc.freeze()
        return open_store(where, environment, checkpoint, clock())

    return Ledger(opening, clock=clock)
