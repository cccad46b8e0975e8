"""Calls whose leads' do-not-call marks at the dialer couldn't be read, by the record of a day."""

from datetime import datetime, timedelta

from chasedata_mcp.ledger import Entry, EntryKind, Ledger
from chasedata_mcp.ledger.models import Filter
from chasedata_mcp.policy.rules.do_not_call import MARKS_UNREAD

HOW_TO_LOOK = (
    "A detailed search with search_lead shows what the dialer answers; `do_not_call.unreadable` in "
    "the policy says what becomes of such calls."
)
_DAY = timedelta(hours=24)
_MOST = 200


async def count_unread_marks(ledger: Ledger, account: str, now: datetime) -> int:
    """Count the last day's calls, of the newest 200 done and refused each, that met unread marks.

    Raises:
        LedgerUnreadableError: It can't be read.
    """
    kinds = (EntryKind.WRITE, EntryKind.REFUSAL)
    chosen = [Filter(since=now - _DAY, account=account, kind=kind) for kind in kinds]
    pages = [await ledger.history(one, limit=_MOST) for one in chosen]
    return sum(_met_unread_marks(entry) for page in pages for entry in page.entries)


def describe_unread_marks(count: int) -> str:
    """Say how many calls met leads that can't be read."""
    calls = "1 call was" if count == 1 else f"{count} calls were"
    return (
        f"In the last 24 hours {calls} to somebody whose do-not-call mark at the dialer could not "
        "be read."
    )


def _met_unread_marks(entry: Entry) -> bool:
    return any(ruling.rule == MARKS_UNREAD for ruling in entry.intent.verdict)
