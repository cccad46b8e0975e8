"""What happened: every call on record, chained, with the consents it needed."""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

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
    Frozen,
    Grant,
    Known,
    Likeness,
    Reserve,
    SpentGrant,
    Suppressed,
)
from chasedata_mcp.ledger.ledger import Ledger
from chasedata_mcp.ledger.models import (
    ANSWERED,
    FREE_TEXT,
    ORDERS,
    Changes,
    Consented,
    ConsentRow,
    ConsentState,
    Ending,
    Entry,
    Environment,
    Filter,
    Intent,
    Json,
    Kind,
    Note,
    Page,
    Read,
    Refusal,
    Ruling,
    Twin,
    Unspent,
    fresh_id,
)
from chasedata_mcp.ledger.stores import Consents, Freezing, Grants, Memory
from chasedata_mcp.ledger.verdicts import Flaw, Head, Problem, Pruned, Verdict
from chasedata_mcp.limits import Limit, Unit

if TYPE_CHECKING:
    from chasedata_mcp.ledger.store import Store

__all__ = [
    "ANSWERED",
    "FREE_TEXT",
    "ORDERS",
    "Broken",
    "Changes",
    "ConsentRow",
    "ConsentState",
    "Consented",
    "Consents",
    "Ending",
    "Entry",
    "EntryExistsError",
    "Environment",
    "Filter",
    "Flaw",
    "Freezing",
    "Frozen",
    "Grant",
    "Grants",
    "Head",
    "Intent",
    "Json",
    "Kind",
    "Known",
    "Ledger",
    "LedgerElsewhereError",
    "LedgerError",
    "LedgerTooNewError",
    "LedgerUnreadableError",
    "LedgerUnwritableError",
    "Likeness",
    "Limit",
    "Memory",
    "NoSuchEntryError",
    "Note",
    "Page",
    "Problem",
    "Pruned",
    "Read",
    "Refusal",
    "Reserve",
    "Ruling",
    "SpentGrant",
    "Suppressed",
    "Twin",
    "Unit",
    "Unspent",
    "Verdict",
    "fresh_id",
    "open_ledger",
]


def open_ledger(
    where: str | Path,
    environment: Environment,
    *,
    head: Path | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Ledger:
    """A ledger that opens its store with its first use; nothing here waits or fails.

    Args:
        where: A directory, for a SQLite file `ledger-<environment>.sqlite3` in it, or an address
            `postgresql+psycopg://...`.
        environment: What the store is for; one that was made for the other is refused.
        head: The file for the head, if not `ledger-<environment>-head.json` in the directory;
            beside a PostgreSQL database none is kept where none is named.
        clock: The time now, aware.
    """

    def opening() -> "Store":
        first = f"{__name__}.store" not in sys.modules
        from chasedata_mcp.ledger.store import open_store  # noqa: PLC0415 - see `access`

        if first:
            # What was imported stays; to look for garbage in it again and again slows every call.
            gc.freeze()
        return open_store(where, environment, head, clock())

    return Ledger(opening, clock=clock)
