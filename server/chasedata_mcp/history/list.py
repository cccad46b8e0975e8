"""Listing what was done: the newest first, narrowed by what people ask for, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.present import published
from chasedata_mcp.ledger import Entry, Ledger, LedgerError
from chasedata_mcp.pipeline.errors import stopped_since
from chasedata_mcp.tools.history import USUAL, HistoryResult, ListHistory
from chasedata_mcp.tools.results import Account


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of entries with what took each of them back, the newest first."""

    entries: tuple[tuple[Entry, tuple[str, ...]], ...]
    older: str | None


def principal(caller: str) -> str:
    """Who a caller is, by whichever client: what stands before the first `/`."""
    return caller.partition("/")[0]


async def page(
    ledger: Ledger, which: ListHistory, caller: str, *, own: bool, account: str | None = None
) -> HistoryPage:
    """A page of the history, as one caller may see it.

    Args:
        ledger: Where it is kept.
        which: What is asked for.
        caller: Who asks, `principal/client`.
        own: Whether only what the same principal did is shown, by any client.
        account: Only what was done on this account; on all of them when left out.

    Raises:
        LedgerError: It can't be read.
    """
    batch = replace(which.filter(), principal=principal(caller) if own else None, account=account)
    found = await ledger.history(batch, limit=which.limit or USUAL, before=which.before)
    return HistoryPage(await with_undoing(ledger, found.entries), found.older)


async def with_undoing(
    ledger: Ledger, entries: Sequence[Entry]
) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Entries, each with the ids of those that took it back or may have."""
    undone = await ledger.undone_by([entry.id for entry in entries])
    return tuple((entry, undone.get(entry.id, ())) for entry in entries)


async def list_history(
    ledger: Ledger, which: ListHistory, caller: str, *, own: bool, account: Account
) -> HistoryResult:
    """The page as a tool's result.

    Raises:
        CallError: `not_allowed`; the ledger can't be read.
    """
    try:
        found = await page(ledger, which, caller, own=own, account=account.accid)
        frozen = await ledger.freezes.frozen(account.accid)
    except LedgerError as error:
        raise unreadable(error) from None
    return HistoryResult(
        outcome=Outcome.DONE,
        environment=account.environment,
        account=account.accid,
        message=_counted(len(found.entries), more=found.older is not None),
        warnings=[
            *([f"All writes are stopped {stopped_since(frozen)}."] if frozen else []),
            *([ledger.failing] if ledger.failing else []),
        ],
        entries=[published(entry, undone_by) for entry, undone_by in found.entries],
        older=found.older,
    )


def unreadable(error: LedgerError) -> CallError:
    """A ledger that can't be read, as the failure of a call."""
    return CallError(
        Code.NOT_ALLOWED,
        f"The history can't be read. {error}",
        hint="Tell the person who runs this server; nothing was sent or changed.",
    )


def _counted(number: int, *, more: bool) -> str:
    if not number:
        return "No entry fits."
    entries = "1 entry" if number == 1 else f"{number} entries"
    return f"{entries}, the newest first{'; there are older ones' if more else ''}."
