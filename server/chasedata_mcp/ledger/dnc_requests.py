"""Requests not to be called that the dialer's own list doesn't have yet, derived of the registry.

A number waits while an entry that suppresses it was refused or never reached the dialer, or while
nobody knows, and no entry has put it on the dialer's list since. There is no second store: the
request waits as long as its row in the registry does.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger.admin_actions import AdminAction, record
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.connection import Connection, Row, marks
from chasedata_mcp.ledger.dnc_models import DroppedRequest, WaitingRequest
from chasedata_mcp.ledger.dnc_registry import BATCH, DROPPED, LISTS, ON, REGISTER
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.models import EntryKind
from chasedata_mcp.ledger.obstacles import NotWaiting, Reservation
from chasedata_mcp.ledger.rows import decode, encode
from chasedata_mcp.ledger.store_time import StoreTime

_UNDER_WAY = timedelta(minutes=1)
"""A call of unknown outcome that is younger may be under way in another process."""

_OPEN = f"""
    call.kind = '{EntryKind.WRITE.value}'
    AND call.outcome IN ('{Outcome.REFUSED.value}', '{Outcome.UNKNOWN.value}')
"""
_OPEN_ENTRIES = f"""
    SELECT call.entry FROM ledger_entries AS call WHERE {_OPEN} AND call.account = ? AND EXISTS
    (SELECT 1 FROM ledger_memory AS asked WHERE asked.entry = call.entry AND asked.way = '{ON}')
    ORDER BY call.seq
"""  # noqa: S608 - names of our own
_WAITING = f"""
    SELECT asked.number, asked.entry, call.at, call.outcome
    FROM ledger_memory AS asked JOIN ledger_entries AS call ON call.entry = asked.entry
    WHERE {_OPEN} AND asked.account = ? AND asked.way = '{ON}' AND 0 = (
        SELECT count(*) FROM ledger_memory AS listed
        JOIN ledger_entries AS listing ON listing.entry = listed.entry
        WHERE listed.account = asked.account AND listed.number = asked.number
        AND listed.way = '{ON}' AND listing.tool IN ({LISTS})
        AND listing.outcome = '{Outcome.DONE.value}'
    )
"""  # noqa: S608 - as above
"""It counts, since PostgreSQL makes a join with the whole registry of what does not exist."""
_OLDEST_FIRST = "ORDER BY call.seq"
_WAITING_OF_NUMBER = f"{_WAITING} AND asked.number = ? {_OLDEST_FIRST}"
IS_OPEN_REQUEST = f"""
    (kind = '{EntryKind.WRITE.value}' AND outcome = '{Outcome.REFUSED.value}'
    AND entry IN (SELECT entry FROM ledger_memory WHERE way = '{ON}'))
"""  # noqa: S608 - as above
"""Entries that were refused and suppress a number: pruning keeps them, since they may wait."""


def list_waiting(connection: Connection, account: str, now: datetime) -> list[WaitingRequest]:
    """List the requests of an account that still wait to be sent, the oldest first."""
    return _requests(_read_open(connection, account), now, connection.time)


def count_waiting(connection: Connection, account: str) -> int:
    """Count the numbers whose requests still wait, those that may be under way among them."""
    return len({number for number, *_ in _read_open(connection, account)})


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
        found = _requests(_read_of_number(connection, account, number), now, connection.time)
        if not found or found[0].is_under_way or found[0].entries != reservation.resends:
            return NotWaiting(number)
    return None


def drop(chain: Chain, account: str, dropped: DroppedRequest) -> bool:
    """Record that a request needn't be sent any more; false where the number doesn't wait.

    The number stays suppressed here, by the entry of this action.
    """
    number, at = dropped.number, dropped.at
    if not _read_of_number(chain.connection, account, number):
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
    entry = encode(record(chain, action))
    row = encode(account), ON, encode(number), entry, chain.end.count, format_time(at)
    chain.connection.run(REGISTER, row)
    return True


def _read_of_number(connection: Connection, account: str, number: str) -> Sequence[Row]:
    """Read the entries that suppress a number which the list may lack, the oldest first."""
    return connection.fetch_all(_WAITING_OF_NUMBER, (encode(account), encode(number)))


def _read_open(connection: Connection, account: str) -> Iterator[Row]:
    """Read the entries that suppress any number which the list may lack, the oldest first."""
    # First the few entries by their outcome, and then their numbers: in one statement SQLite walks
    # the whole registry, which takes 450 ms with 100,000 numbers, and this 3 (2026-11-29).
    ours = encode(account)
    entries = [entry for (entry,) in connection.fetch_all(_OPEN_ENTRIES, (ours,))]
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        among = f"{_WAITING} AND asked.entry IN ({marks(len(part))}) {_OLDEST_FIRST}"
        yield from connection.fetch_all(among, (ours, *part))


def _requests(rows: Iterable[Row], now: datetime, time: StoreTime) -> list[WaitingRequest]:
    """Make a request of the rows of each number, which come by age."""
    of_number: dict[str, list[Row]] = {}
    for row in rows:
        of_number.setdefault(row[0], []).append(row)
    return [_request(number, tried, now, time) for number, tried in of_number.items()]


def _request(number: str, tried: list[Row], now: datetime, time: StoreTime) -> WaitingRequest:
    """Make the request of a number of its rows: number, entry, time and outcome."""
    (*_, first_at, _), (*_, last_at, last_outcome) = tried[0], tried[-1]
    since, last = time.on_clock(parse_time(first_at)), time.on_clock(parse_time(last_at))
    young = now - last < _UNDER_WAY
    return WaitingRequest(
        decode(number),
        since=since,
        last_tried=last,
        entries=frozenset(decode(entry) for _, entry, *_ in tried),
        may_be_listed=any(outcome == Outcome.UNKNOWN.value for *_, outcome in tried),
        is_under_way=last_outcome == Outcome.UNKNOWN.value and young,
    )
