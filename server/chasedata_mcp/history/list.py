"""The list of past calls: the newest first, filtered, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.history.by_number import add_leads
from chasedata_mcp.history.present import publish_entry
from chasedata_mcp.history.waiting_requests import describe_waiting
from chasedata_mcp.ledger import Entry, EntryKind, Ledger, LedgerError, read_principal
from chasedata_mcp.pipeline.errors import stopped_since
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.history import USUAL, HistoryResult, ListHistory


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of entries, the newest first, each with the ids of the entries that undid it."""

    entries: tuple[tuple[Entry, tuple[str, ...]], ...]
    older: str | None


async def read_page(
    ledger: Ledger, which: ListHistory, caller: str, *, own: bool, account: str | None = None
) -> HistoryPage:
    """Read a page of the history, as one caller may see it.

    Args:
        ledger: The ledger to read.
        which: The filter and the page.
        caller: The caller, `principal/client`.
        own: True shows the entries of the same principal only, by any client.
        account: The account whose entries are shown; those of all accounts when left out.

    Raises:
        LedgerError: It can't be read.
    """
    batch = replace(
        which.filter(), principal=read_principal(caller) if own else None, account=account
    )
    batch = await add_leads(ledger, batch)
    found = await ledger.history(batch, limit=which.limit or USUAL, before=which.before)
    entries = drop_answered_questions(found.entries)
    return HistoryPage(await attach_undo_entries(ledger, entries), found.older)


def drop_answered_questions(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Drop the entries of a call's questions where it was sent later: that one has its question.

    Args:
        entries: Entries, the newest first.
    """
    sent: set[str] = set()
    kept: list[Entry] = []
    for entry in entries:
        digest = entry.intent.digest
        code = entry.ending.code if entry.ending else None
        if entry.kind is EntryKind.REFUSAL and code == Code.NEEDS_CONFIRMATION and digest in sent:
            continue
        if entry.kind is EntryKind.WRITE and entry.intent.approval is not None:
            sent.add(digest)
        kept.append(entry)
    return tuple(kept)


async def attach_undo_entries(
    ledger: Ledger, entries: Sequence[Entry]
) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Attach to each entry the ids of the entries that undid it or may have."""
    undone = await ledger.undone_by([entry.id for entry in entries])
    return tuple((entry, undone.get(entry.id, ())) for entry in entries)


async def list_history(
    ledger: Ledger, which: ListHistory, caller: str, *, own: bool, account: Account
) -> HistoryResult:
    """Build the result of the `list_history` tool.

    Raises:
        CallError: `not_allowed`; the ledger can't be read.
    """
    try:
        found = await read_page(ledger, which, caller, own=own, account=account.accid)
        frozen = await ledger.freezes.frozen(account.accid)
        waiting = await ledger.dnc_registry.count_waiting(account.accid)
    except LedgerError as error:
        raise _build_unreadable_error(error) from None
    return HistoryResult(
        outcome=Outcome.DONE,
        environment=account.environment,
        account=account.accid,
        message=_describe_count(len(found.entries), more=found.older is not None),
        warnings=[
            *([f"All writes are stopped {stopped_since(frozen)}."] if frozen else []),
            *([f"{describe_waiting(waiting)} {_TO_SEND}"] if waiting else []),
            *([ledger.failing] if ledger.failing else []),
        ],
        entries=[publish_entry(entry, undone_by) for entry, undone_by in found.entries],
        older=found.older,
    )


_TO_SEND = "A person sends what waits with `chasedata-mcp dnc send`."


def _build_unreadable_error(error: LedgerError) -> CallError:
    """Turn a ledger that can't be read into the failure of a call."""
    return CallError(
        Code.NOT_ALLOWED,
        f"The history can't be read. {error}",
        hint="Tell the person who runs this server; nothing was sent or changed.",
    )


def _describe_count(number: int, *, more: bool) -> str:
    if not number:
        return "No entry fits."
    entries = "1 entry" if number == 1 else f"{number} entries"
    return f"{entries}, the newest first{'; there are older ones' if more else ''}."
