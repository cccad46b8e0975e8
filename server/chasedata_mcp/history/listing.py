"""Listing what was done: the newest first, narrowed by what people ask for, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chasedata_mcp.action import Effect
from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.failures import stopped_since
from chasedata_mcp.fields.phones import AnyPhone
from chasedata_mcp.fields.text import Text
from chasedata_mcp.history.moments import Since, Until
from chasedata_mcp.history.telling import HistoryResult, published
from chasedata_mcp.history.tool import HistoryTool
from chasedata_mcp.history.undo import Undo
from chasedata_mcp.ledger import ADMIN_ACTIONS, Entry, Filter, Ledger, LedgerError
from chasedata_mcp.results import Account

USUAL = 20
RECORDED = (*CATALOGUE, Undo.name, *ADMIN_ACTIONS)
"""What entries are of: tools, of `undo` where there was no way back, orders to the ledger."""
_CURSOR = 18


def _known_tool(name: str) -> str:
    if name in RECORDED:
        return name
    near = get_close_matches(name.lower().replace("-", "_"), list(RECORDED), n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else "; list the tools"
    raise PydanticCustomError("tool_unknown", "names no tool of the dialer{hint}", {"hint": hint})


def _cursor(text: str) -> str:
    if text.isascii() and text.isdigit() and len(text) <= _CURSOR:
        return text
    raise PydanticCustomError("cursor", "is not the `older` of an earlier page")


class ListHistory(
    HistoryTool,
    title="Show what was done",
    effect=Effect.READ,
    idempotent=True,
    loses=False,
    result=HistoryResult,
):
    """Lists past calls, newest first: who asked what, what came of it. Its ids are for undo."""

    since: Since | None = None
    """ISO 8601 date or date-time; local without offset."""
    until: Until | None = None
    """As `since`; a date to its end."""
    tool: Annotated[str, Text(50), AfterValidator(_known_tool)] | None = None
    """Tool's name."""
    number: AnyPhone | None = None
    """Phone touched."""
    outcome: Literal["done", "refused", "unknown"] | None = None
    """How it ended."""
    limit: Annotated[int, Field(ge=1, le=50)] | None = None
    """Default 20."""
    before: Annotated[str, Text(18), AfterValidator(_cursor)] | None = None
    """`older` of the last page."""

    def filter(self) -> Filter:
        """Which entries are asked for."""
        return Filter(
            since=self.since,
            until=self.until,
            tool=self.tool,
            number=self.number,
            outcome=None if self.outcome is None else Outcome(self.outcome),
        )


@dataclass(frozen=True, slots=True)
class Told:
    """A page of entries with what took each of them back, the newest first."""

    entries: tuple[tuple[Entry, tuple[str, ...]], ...]
    older: str | None


def principal(caller: str) -> str:
    """Who a caller is, by whichever client: what stands before the first `/`."""
    return caller.partition("/")[0]


async def page(
    ledger: Ledger, which: ListHistory, caller: str, *, own: bool, account: str | None = None
) -> Told:
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
    wanted = replace(which.filter(), principal=principal(caller) if own else None, account=account)
    found = await ledger.history(wanted, limit=which.limit or USUAL, before=which.before)
    return Told(await with_undoing(ledger, found.entries), found.older)


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
