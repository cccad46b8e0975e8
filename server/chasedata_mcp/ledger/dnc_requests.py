"""Requests not to be called that the dialer's own list doesn't have yet, derived of the registry.

A number waits while an entry that suppresses it was refused or never reached the dialer, or while
nobody knows, and no entry has put it on the dialer's list since. There is no second store: the
request waits as long as its row in the registry does.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, insert, select

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_models import DroppedRequest, WaitingRequest
from chasedata_mcp.ledger.dnc_registry import BATCH, DROPPED, LISTS, ON
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.models import EntryKind
from chasedata_mcp.ledger.obstacles import NotWaiting, Reservation
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.ledger.schema import DNC_REGISTRY, ENTRIES

_UNDER_WAY = timedelta(minutes=1)
"""A call of unknown outcome that is younger may be under way in another process."""

_Row = Row[str, str, str, str]
_LISTED = DNC_REGISTRY.alias("listed")
_LISTING = ENTRIES.alias("listing")
_IS_LISTED = (
    select(_LISTED.c.number)
    .join(_LISTING, _LISTING.c.entry == _LISTED.c.entry)
    .where(
        _LISTED.c.account == DNC_REGISTRY.c.account,
        _LISTED.c.number == DNC_REGISTRY.c.number,
        _LISTED.c.way == ON,
        _LISTING.c.tool.in_(LISTS),
        _LISTING.c.outcome == Outcome.DONE.value,
    )
    .exists()
)
_IS_OPEN = (ENTRIES.c.kind == EntryKind.WRITE.value) & ENTRIES.c.outcome.in_(
    (Outcome.REFUSED.value, Outcome.UNKNOWN.value)
)
_OPEN_ENTRIES = (
    select(ENTRIES.c.entry)
    .where(
        _IS_OPEN,
        select(DNC_REGISTRY.c.entry)
        .where(DNC_REGISTRY.c.entry == ENTRIES.c.entry, DNC_REGISTRY.c.way == ON)
        .exists(),
    )
    .order_by(ENTRIES.c.seq)
)
IS_OPEN_REQUEST = (
    (ENTRIES.c.kind == EntryKind.WRITE.value)
    & (ENTRIES.c.outcome == Outcome.REFUSED.value)
    & ENTRIES.c.entry.in_(select(DNC_REGISTRY.c.entry).where(DNC_REGISTRY.c.way == ON))
)
"""Entries that were refused and suppress a number: pruning keeps them, since they may wait."""


def list_waiting(connection: Connection, account: str, now: datetime) -> list[WaitingRequest]:
    """List the requests of an account that still wait to be sent, the oldest first."""
    return _requests(_read_open(connection, account), now)


def count_waiting(connection: Connection, account: str) -> int:
    """Count the numbers whose requests still wait, those that may be under way among them."""
    return len({row.number for row in _read_open(connection, account)})


def find_settled(
    connection: Connection, account: str, reservation: Reservation, now: datetime
) -> NotWaiting | None:
    """Find a number whose request was sent, dropped or taken back since it was listed.

    Another process that sends the same list adds an entry to the number's: so each request is sent
    once, by whoever's intent comes first.
    """
    if reservation.resends is None:
        return None
    for number in reservation.suppresses:
        statement = _select(account, DNC_REGISTRY.c.number == encode(number))
        found = _requests(connection.execute(statement), now)
        if not found or found[0].is_under_way or found[0].entries != reservation.resends:
            return NotWaiting(number)
    return None


def drop(chain: Chain, account: str, dropped: DroppedRequest) -> bool:
    """Record that a request needn't be sent any more; false where the number doesn't wait.

    The number stays suppressed here, by the entry of this action.
    """
    number, at = dropped.number, dropped.at
    statement = _select(account, DNC_REGISTRY.c.number == encode(number))
    if not _requests(chain.connection.execute(statement), at):
        return False
    action = AdminAction(
        name=DROPPED,
        account=account,
        by=dropped.by,
        at=at,
        message="The request isn't sent to the dialer any more. The number stays suppressed here.",
        arguments={"number": None if dropped.is_kept_out else number},
        numbers=() if dropped.is_kept_out else (number,),
    )
    row = {
        "account": encode(account),
        "way": ON,
        "number": encode(number),
        "entry": encode(record(chain, action)),
        "seq": chain.end.count,
        "since": format_time(at),
    }
    chain.connection.execute(insert(DNC_REGISTRY), row)
    return True


def _read_open(connection: Connection, account: str) -> Iterator[_Row]:
    """Read the entries that suppress a number which the list may lack, the oldest first."""
    # First the few entries by their outcome, and then their numbers: in one statement SQLite walks
    # the whole registry, which takes 450 ms with 100,000 numbers, and this 3 (2026-11-29).
    found = connection.execute(_OPEN_ENTRIES.where(ENTRIES.c.account == encode(account)))
    entries = list(found.scalars())
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        yield from connection.execute(_select(account, DNC_REGISTRY.c.entry.in_(part)))


def _select(account: str, *where: ColumnElement[bool]) -> Select[str, str, str, str]:
    return (
        select(DNC_REGISTRY.c.number, DNC_REGISTRY.c.entry, ENTRIES.c.at, ENTRIES.c.outcome)
        .join(ENTRIES, DNC_REGISTRY.c.entry == ENTRIES.c.entry)
        .where(
            _IS_OPEN,
            DNC_REGISTRY.c.account == encode(account),
            DNC_REGISTRY.c.way == ON,
            ~_IS_LISTED,
            *where,
        )
        .order_by(ENTRIES.c.seq)
    )


def _requests(rows: Iterable[_Row], now: datetime) -> list[WaitingRequest]:
    """Make a request of the rows of each number, which come by age."""
    of_number: dict[str, list[_Row]] = {}
    for row in rows:
        of_number.setdefault(row.number, []).append(row)
    return [_request(number, tried, now) for number, tried in of_number.items()]


def _request(number: str, tried: list[_Row], now: datetime) -> WaitingRequest:
    last = tried[-1]
    may_be_listed = any(row.outcome == Outcome.UNKNOWN.value for row in tried)
    young = now - parse_time(last.at) < _UNDER_WAY
    return WaitingRequest(
        decode(number),
        since=parse_time(tried[0].at),
        last_tried=parse_time(last.at),
        entries=frozenset(decode(row.entry) for row in tried),
        may_be_listed=may_be_listed,
        is_under_way=last.outcome == Outcome.UNKNOWN.value and young,
    )
