"""The DNC registry: the numbers that the ledger saw suppressed, and by which entries.

Each entry that suppresses a number has a row of its own, and one that releases a number takes away
earlier rows, not later ones. A number that the dialer refuses to list, or that never reached it,
stays suppressed: somebody asked not to be called. Which of these the dialer's own list still lacks
is found in `dnc_requests`. Such a request holds for years (47 CFR 64.1200(d)(6)), so these rows are
never pruned.
"""

from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, func, insert, select

from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.obstacles import Reservation, SuppressedSince
from chasedata_mcp.ledger.rows import change_account, decode, encode
from chasedata_mcp.ledger.schema import ACCOUNTS, DNC_REGISTRY, ENTRIES

ON, OFF = "on", "off"
DROPPED = "drop_dnc_request"
"""The admin action of a person who says that the dialer's own list has a number already."""
LISTS = (encode("insert_dnc"), encode(DROPPED))
"""The tools by which a number is on the dialer's own list; others suppress it here alone."""
BATCH = 500
"""The most numbers that one statement looks up: SQLite before 3.32 binds 999 values at most."""


def register(connection: Connection, intent: Intent, seq: int, reservation: Reservation) -> None:
    """Register the numbers that a call about to be sent suppresses or asks to release."""
    # With the intent and not with the outcome: nobody may be called while the answer is pending.
    ways = {ON: set(reservation.suppresses), OFF: set(reservation.unsuppresses)}
    account = encode(intent.account)
    columns = {
        "account": account,
        "entry": encode(intent.entry),
        "seq": seq,
        "since": format_time(intent.at),
    }
    rows = [
        {**columns, "way": way, "number": encode(number)}
        for way, numbers in ways.items()
        for number in numbers
    ]
    if rows:
        with _counted(connection, account, {str(row["number"]) for row in rows}):
            connection.execute(insert(DNC_REGISTRY), rows)


def settle(connection: Connection, entry: str, outcome: Outcome, code: str | None = None) -> None:
    """Release by the outcome of a call, if it asks for that; `code` says how it failed.

    What the call suppresses stays suppressed, however it ended: somebody asked not to be called.
    """
    # A release that may have been done doesn't release yet: nobody is called by mistake.
    if outcome is Outcome.UNKNOWN:
        return
    asked = (DNC_REGISTRY.c.entry == encode(entry)) & (DNC_REGISTRY.c.way == OFF)
    rows = connection.execute(select(DNC_REGISTRY).where(asked)).all()
    if not rows:
        return
    answered = outcome is Outcome.DONE or code == Code.REFUSED_BY_DIALER
    account = str(rows[0].account)
    with _counted(connection, account, {row.number for row in rows}):
        connection.execute(delete(DNC_REGISTRY).where(asked))
        for row in rows if answered else ():
            _release(connection, account, row.number, row.seq, surely=outcome is Outcome.DONE)


def _release(
    connection: Connection, account: str, number: str, before: int, *, surely: bool
) -> None:
    """Remove a number's earlier rows; unless `surely` off the list, only those never on it.

    Those are of entries that were refused, and of other tools than the list's: a number that the
    dialer never listed, and now refuses to unlist, would stay suppressed for good otherwise.
    """
    unlisted = select(ENTRIES.c.entry).where(
        (ENTRIES.c.outcome == Outcome.REFUSED.value) | ENTRIES.c.tool.not_in(LISTS)
    )
    connection.execute(
        delete(DNC_REGISTRY).where(
            DNC_REGISTRY.c.account == account,
            DNC_REGISTRY.c.way == ON,
            DNC_REGISTRY.c.number == number,
            DNC_REGISTRY.c.seq < before,
            *([] if surely else [DNC_REGISTRY.c.entry.in_(unlisted)]),
        )
    )


def list_suppressed(connection: Connection, account: str) -> list[SuppressedSince]:
    """List the suppressed numbers of an account, each with the first entry that suppresses it."""
    statement = (
        select(DNC_REGISTRY.c.number, DNC_REGISTRY.c.since, DNC_REGISTRY.c.entry)
        .where(DNC_REGISTRY.c.account == encode(account), DNC_REGISTRY.c.way == ON)
        .order_by(DNC_REGISTRY.c.number, DNC_REGISTRY.c.seq.desc())
    )
    # The newest first, so that the oldest row of a number is the one that stays.
    first = {row.number: row for row in connection.execute(statement)}
    return [
        SuppressedSince(decode(number), parse_time(row.since), decode(row.entry))
        for number, row in first.items()
    ]


def find_suppressed(
    connection: Connection, account: str, numbers: Collection[str], *, unread: bool = False
) -> SuppressedSince | None:
    """Find one of some numbers that is suppressed; with `unread`, else any number at all."""
    ours = encode(account)
    found = _select_suppressed(connection, ours, [encode(number) for number in numbers])
    of_account = [DNC_REGISTRY.c.account == ours, DNC_REGISTRY.c.way == ON]
    # The smallest, so that the answer doesn't depend on the order of a set.
    if found:
        return _first(connection, [*of_account, DNC_REGISTRY.c.number == min(found)])
    any_of_all = _first(connection, of_account) if unread else None
    return None if any_of_all is None else replace(any_of_all, is_reached=False)


def _first(
    connection: Connection, where: Collection[ColumnElement[bool]]
) -> SuppressedSince | None:
    statement = (
        select(DNC_REGISTRY)
        .where(*where)
        .order_by(DNC_REGISTRY.c.number, DNC_REGISTRY.c.seq)
        .limit(1)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    return SuppressedSince(decode(row.number), parse_time(row.since), decode(row.entry))


def count_ever(connection: Connection, account: str) -> int:
    """Count the numbers that an account has ever suppressed; one that was released counts again."""
    statement = select(_ALL).where(ACCOUNTS.c.account == encode(account))
    return connection.execute(statement).scalar() or 0


def count_ever_by_account(connection: Connection) -> dict[str, int]:
    """Count the numbers that each account has ever suppressed, of those that have any."""
    rows = connection.execute(select(ACCOUNTS.c.account, _ALL).where(_ALL > 0))
    return {decode(account): count for account, count in rows}


def is_emptied(connection: Connection, account: str) -> bool:
    """Say whether an account has a count of suppressed numbers, and none of them."""
    ours = DNC_REGISTRY.c.account == ACCOUNTS.c.account, DNC_REGISTRY.c.way == ON
    statement = select(ACCOUNTS.c.account).where(
        ACCOUNTS.c.account == encode(account),
        ACCOUNTS.c.remembered > 0,
        ~select(DNC_REGISTRY.c.number).where(*ours).exists(),
    )
    return connection.execute(statement).first() is not None


def find_accounts_with_losses(connection: Connection) -> set[str]:
    """List the accounts that have fewer suppressed numbers than their count."""
    there = {str(account): int(count) for account, count in connection.execute(_PRESENT)}
    rows = connection.execute(select(ACCOUNTS.c.account, ACCOUNTS.c.remembered))
    return {decode(account) for account, count in rows if there.get(account, 0) < count}


def recount(connection: Connection, account: str) -> int:
    """Set an account's count to the numbers that it has; missing ones count as released."""
    ours = encode(account)
    left = connection.execute(_PRESENT.where(DNC_REGISTRY.c.account == ours)).first()
    count = 0 if left is None else int(left[1])
    gone = max(0, count_ever(connection, account) - count)
    change_account(connection, account, remembered=count, let_go=gone)
    return count


def _select_suppressed(connection: Connection, account: str, numbers: Collection[str]) -> set[str]:
    """Find those of some numbers that are suppressed; all of it is encoded as in the columns."""
    found: set[str] = set()
    listed = list(numbers)
    for start in range(0, len(listed), BATCH):
        part = listed[start : start + BATCH]
        statement = select(DNC_REGISTRY.c.number).where(
            DNC_REGISTRY.c.account == account,
            DNC_REGISTRY.c.way == ON,
            DNC_REGISTRY.c.number.in_(part),
        )
        found.update(connection.execute(statement).scalars())
    return found


@contextmanager
def _counted(connection: Connection, account: str, numbers: Collection[str]) -> Generator[None]:
    """Change the account's count by as many of these numbers as the body suppresses or releases."""
    # By what is there before and after: a number may be suppressed by several entries.
    before = len(_select_suppressed(connection, account, numbers))
    yield
    more = len(_select_suppressed(connection, account, numbers)) - before
    if more:
        change_account(
            connection,
            decode(account),
            remembered=ACCOUNTS.c.remembered + more,
            let_go=ACCOUNTS.c.let_go + max(0, -more),
        )


_ALL = ACCOUNTS.c.remembered + ACCOUNTS.c.let_go
_PRESENT = (
    select(DNC_REGISTRY.c.account, func.count(DNC_REGISTRY.c.number.distinct()))
    .where(DNC_REGISTRY.c.way == ON)
    .group_by(DNC_REGISTRY.c.account)
)
