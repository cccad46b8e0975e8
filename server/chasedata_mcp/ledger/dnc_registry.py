"""The do-not-call memory: which numbers the ledger saw suppressed, and by which entries.

Each entry that suppresses a number is a row of its own. So one that didn't reach the dialer takes
away no more than itself, and one that lets go of a number takes away what came before it, not
after. What the dialer itself refuses is held all the same: it may have the number already, and
somebody asked not to be called.
"""

from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.ledger import accounts
from chasedata_mcp.ledger.chain import indexed, plain
from chasedata_mcp.ledger.events import read_time, written
from chasedata_mcp.ledger.facts import Reserve, Suppressed
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.schema import ACCOUNTS, ENTRIES, MEMORY

ON, OFF = "on", "off"
A_PART = 500
"""So many numbers at most are looked up by one statement."""


def hold(connection: Connection, intent: Intent, seq: int, reserve: Reserve) -> bool:
    """Remember what a call that is about to be sent suppresses; whether it does."""
    ways = {ON: set(reserve.suppresses), OFF: set(reserve.unsuppresses)}
    account = indexed(intent.account)
    usual = {
        "account": account,
        "entry": indexed(intent.entry),
        "seq": seq,
        "since": written(intent.at),
    }
    rows = [
        {**usual, "way": way, "number": indexed(number)}
        for way, numbers in ways.items()
        for number in numbers
    ]
    if rows:
        with _counted(connection, account, {str(row["number"]) for row in rows}):
            connection.execute(insert(MEMORY), rows)
    return bool(ways[ON])


def settle(connection: Connection, entry: str, outcome: Outcome, code: str | None = None) -> None:
    """Have the memory follow what came of a call; `code` says how it failed."""
    if outcome is Outcome.UNKNOWN:
        return
    ours = MEMORY.c.entry == indexed(entry)
    rows = connection.execute(select(MEMORY).where(ours)).all()
    let_go = [row for row in rows if row.way == OFF]
    answered = outcome is Outcome.DONE or code == Code.REFUSED_BY_DIALER
    if not rows or (answered and not let_go):
        return
    account = str(rows[0].account)
    with _counted(connection, account, {row.number for row in rows}):
        gone = [ours, MEMORY.c.way == OFF] if answered else [ours]
        connection.execute(delete(MEMORY).where(*gone))
        for row in let_go if answered else ():
            _let_go(connection, account, row.number, row.seq, surely=outcome is Outcome.DONE)


def _let_go(
    connection: Connection, account: str, number: str, before: int, *, surely: bool
) -> None:
    """Let go of a number, or where it isn't surely off the list, of what never surely put it there.

    Else nobody could take a number off that the dialer refused to list, and now to unlist.
    """
    refused = select(ENTRIES.c.entry).where(ENTRIES.c.outcome == Outcome.REFUSED.value)
    connection.execute(
        delete(MEMORY).where(
            MEMORY.c.account == account,
            MEMORY.c.way == ON,
            MEMORY.c.number == number,
            MEMORY.c.seq < before,
            *([] if surely else [MEMORY.c.entry.in_(refused)]),
        )
    )


def fill(connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
    """Put rows into an empty memory, and count them."""
    rows = list(rows)
    if not rows:
        return
    connection.execute(insert(MEMORY), rows)
    numbers: dict[str, set[object]] = {}
    for row in rows:
        if row["way"] == ON:
            numbers.setdefault(str(row["account"]), set()).add(row["number"])
    for account, held in numbers.items():
        accounts.change(connection, plain(account), remembered=len(held))


def suppressed(connection: Connection, account: str) -> list[Suppressed]:
    """The numbers that are held back in an account, each with the first entry that does."""
    wanted = (
        select(MEMORY.c.number, MEMORY.c.since, MEMORY.c.entry)
        .where(MEMORY.c.account == indexed(account), MEMORY.c.way == ON)
        .order_by(MEMORY.c.number, MEMORY.c.seq.desc())
    )
    first = {row.number: row for row in connection.execute(wanted)}
    return [
        Suppressed(plain(number), read_time(row.since), plain(row.entry))
        for number, row in first.items()
    ]


def first_of(
    connection: Connection, account: str, numbers: Collection[str], *, unread: bool = False
) -> Suppressed | None:
    """One of some numbers that is held back, if any is; with `unread`, else any number at all."""
    ours = indexed(account)
    found = held(connection, ours, [indexed(number) for number in numbers])
    of_account = [MEMORY.c.account == ours, MEMORY.c.way == ON]
    if found:
        return _first(connection, [*of_account, MEMORY.c.number == min(found)])
    any_held = _first(connection, of_account) if unread else None
    return None if any_held is None else replace(any_held, is_reached=False)


def _first(connection: Connection, where: Collection[ColumnElement[bool]]) -> Suppressed | None:
    wanted = select(MEMORY).where(*where).order_by(MEMORY.c.number, MEMORY.c.seq).limit(1)
    row = connection.execute(wanted).first()
    if row is None:
        return None
    return Suppressed(plain(row.number), read_time(row.since), plain(row.entry))


def ever(connection: Connection, account: str) -> int:
    """How many numbers an account has ever held back, counted anew for each time."""
    wanted = select(_ALL).where(ACCOUNTS.c.account == indexed(account))
    return connection.execute(wanted).scalar() or 0


def all_ever(connection: Connection) -> dict[str, int]:
    """How many numbers each account has ever held back, of those that have any."""
    rows = connection.execute(select(ACCOUNTS.c.account, _ALL).where(_ALL > 0))
    return {plain(account): count for account, count in rows}


def is_emptied(connection: Connection, account: str) -> bool:
    """Whether an account is counted to hold numbers back, and holds none."""
    ours = MEMORY.c.account == ACCOUNTS.c.account, MEMORY.c.way == ON
    wanted = select(ACCOUNTS.c.account).where(
        ACCOUNTS.c.account == indexed(account),
        ACCOUNTS.c.remembered > 0,
        ~select(MEMORY.c.number).where(*ours).exists(),
    )
    return connection.execute(wanted).first() is not None


def short(connection: Connection) -> set[str]:
    """The accounts that hold fewer numbers back than they are counted to."""
    there = {str(account): int(count) for account, count in connection.execute(_PRESENT)}
    rows = connection.execute(select(ACCOUNTS.c.account, ACCOUNTS.c.remembered))
    return {plain(account) for account, count in rows if there.get(account, 0) < count}


def recount(connection: Connection, account: str) -> int:
    """Count what an account holds back, as it is; what isn't there was let go of."""
    ours = indexed(account)
    left = connection.execute(_PRESENT.where(MEMORY.c.account == ours)).first()
    count = 0 if left is None else int(left[1])
    gone = max(0, ever(connection, account) - count)
    accounts.change(connection, account, remembered=count, let_go=gone)
    return count


def held(connection: Connection, account: str, numbers: Collection[str]) -> set[str]:
    """Those of some numbers that are held back; all of it as it stands in the columns."""
    found: set[str] = set()
    listed = list(numbers)
    for start in range(0, len(listed), A_PART):
        part = listed[start : start + A_PART]
        wanted = select(MEMORY.c.number).where(
            MEMORY.c.account == account, MEMORY.c.way == ON, MEMORY.c.number.in_(part)
        )
        found.update(connection.execute(wanted).scalars())
    return found


@contextmanager
def _counted(connection: Connection, account: str, numbers: Collection[str]) -> Generator[None]:
    """Keep the account's count in step with what is done to these numbers."""
    before = len(held(connection, account, numbers))
    yield
    more = len(held(connection, account, numbers)) - before
    if more:
        accounts.change(
            connection,
            plain(account),
            remembered=ACCOUNTS.c.remembered + more,
            let_go=ACCOUNTS.c.let_go + max(0, -more),
        )


_ALL = ACCOUNTS.c.remembered + ACCOUNTS.c.let_go
_PRESENT = (
    select(MEMORY.c.account, func.count(MEMORY.c.number.distinct()))
    .where(MEMORY.c.way == ON)
    .group_by(MEMORY.c.account)
)
