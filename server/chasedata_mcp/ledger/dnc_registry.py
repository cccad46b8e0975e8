"""The DNC registry: the numbers that the ledger saw suppressed, and by which entries.

Each entry that suppresses a number has a row of its own, and one that releases a number takes away
earlier rows, not later ones. A number that the dialer refuses to list, or that never reached it,
stays suppressed: somebody asked not to be called. Which of these the dialer's own list still lacks
is found in `dnc_requests`. Such a request holds for years (47 CFR 64.1200(d)(6)), so these rows are
never pruned.
"""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from chasedata_mcp.errors import Code, Outcome
from chasedata_mcp.ledger.connection import Connection, Row, Value, marks
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.obstacles import Reservation, SuppressedSince
from chasedata_mcp.ledger.rows import decode, encode

ON, OFF = "on", "off"
DROPPED = "drop_dnc_request"
"""The admin action of a person who says that the dialer's own list has a number already."""
LISTS = f"'insert_dnc', '{DROPPED}'"
"""The tools by which a number is on the dialer's own list; others suppress it here alone."""
BATCH = 500
"""The most numbers that one statement looks up: SQLite before 3.32 binds 999 values at most."""

REGISTER = """
    INSERT INTO ledger_memory (account, way, number, entry, seq, since) VALUES (?, ?, ?, ?, ?, ?)
"""
"""The statement that keeps one row."""
_ASKED_OFF = f"SELECT account, number, seq FROM ledger_memory WHERE entry = ? AND way = '{OFF}'"  # noqa: S608 - names of our own
_FORGET_OFF = f"DELETE FROM ledger_memory WHERE entry = ? AND way = '{OFF}'"  # noqa: S608 - as above
_RELEASE = f"""
    DELETE FROM ledger_memory WHERE account = ? AND way = '{ON}' AND number = ? AND seq < ?
"""  # noqa: S608 - as above
_RELEASE_UNLISTED = f"""
    {_RELEASE} AND EXISTS (SELECT 1 FROM ledger_entries AS call
    WHERE call.entry = ledger_memory.entry
    AND (call.outcome = '{Outcome.REFUSED.value}' OR call.tool NOT IN ({LISTS})))
"""  # noqa: S608 - as above
_SUPPRESSED = f"""
    SELECT number, since, entry FROM ledger_memory WHERE account = ? AND way = '{ON}'
"""  # noqa: S608 - as above
_NEWEST_FIRST = f"{_SUPPRESSED} ORDER BY number, seq DESC"
_FIRST = f"{_SUPPRESSED} ORDER BY number, seq LIMIT 1"
_FIRST_OF_NUMBER = f"{_SUPPRESSED} AND number = ? ORDER BY seq LIMIT 1"
_COUNT_EVER = "SELECT remembered + let_go FROM ledger_accounts WHERE account = ?"
_COUNT_EVER_BY_ACCOUNT = """
    SELECT account, remembered + let_go FROM ledger_accounts WHERE remembered + let_go > 0
"""
_COUNT = "SELECT account, remembered FROM ledger_accounts"
_COUNT_PRESENT = f"""
    SELECT account, count(DISTINCT number) FROM ledger_memory WHERE way = '{ON}' GROUP BY account
"""  # noqa: S608 - as above
_COUNT_PRESENT_OF = f"""
    SELECT count(DISTINCT number) FROM ledger_memory WHERE account = ? AND way = '{ON}'
"""  # noqa: S608 - as above
_EMPTIED = f"""
    SELECT 1 FROM ledger_accounts WHERE account = ? AND remembered > 0 AND NOT EXISTS
    (SELECT 1 FROM ledger_memory
    WHERE ledger_memory.account = ledger_accounts.account AND way = '{ON}')
"""  # noqa: S608 - as above
_ADD_TO_COUNT = """
    INSERT INTO ledger_accounts (account, remembered, let_go) VALUES (?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET
    remembered = ledger_accounts.remembered + excluded.remembered,
    let_go = ledger_accounts.let_go + excluded.let_go
"""
_SET_COUNT = """
    INSERT INTO ledger_accounts (account, remembered, let_go) VALUES (?, ?, ?)
    ON CONFLICT (account) DO UPDATE SET remembered = excluded.remembered, let_go = excluded.let_go
"""


def register(connection: Connection, intent: Intent, seq: int, reservation: Reservation) -> None:
    """Register the numbers that a call about to be sent suppresses or asks to release."""
    # With the intent and not with the outcome: nobody may be called while the answer is pending.
    ways = {ON: set(reservation.suppresses), OFF: set(reservation.unsuppresses)}
    account, entry, since = encode(intent.account), encode(intent.entry), format_time(intent.at)
    rows = [(way, encode(number)) for way, numbers in ways.items() for number in numbers]
    if rows:
        with _counted(connection, account, {number for _, number in rows}):
            for way, number in rows:
                connection.run(REGISTER, (account, way, number, entry, seq, since))


def settle(connection: Connection, entry: str, outcome: Outcome, code: str | None = None) -> None:
    """Release by the outcome of a call, if it asks for that; `code` says how it failed.

    What the call suppresses stays suppressed, however it ended: somebody asked not to be called.
    """
    # A release that may have been done doesn't release yet: nobody is called by mistake.
    if outcome is Outcome.UNKNOWN:
        return
    rows = connection.fetch_all(_ASKED_OFF, (encode(entry),))
    if not rows:
        return
    answered = outcome is Outcome.DONE or code == Code.REFUSED_BY_DIALER
    account = str(rows[0][0])
    with _counted(connection, account, {number for _, number, _ in rows}):
        connection.run(_FORGET_OFF, (encode(entry),))
        for _, number, seq in rows if answered else ():
            _release(connection, account, number, seq, surely=outcome is Outcome.DONE)


def _release(
    connection: Connection, account: str, number: str, before: int, *, surely: bool
) -> None:
    """Remove a number's earlier rows; unless `surely` off the list, only those never on it.

    Those are of entries that were refused, and of other tools than the list's: a number that the
    dialer never listed, and now refuses to unlist, would stay suppressed for good otherwise.
    """
    connection.run(_RELEASE if surely else _RELEASE_UNLISTED, (account, number, before))


def list_suppressed(connection: Connection, account: str) -> list[SuppressedSince]:
    """List the suppressed numbers of an account, each with the first entry that suppresses it."""
    # The newest first, so that the oldest row of a number is the one that stays.
    first = {row[0]: row for row in connection.fetch_all(_NEWEST_FIRST, (encode(account),))}
    return [_decode(row) for row in first.values()]


def find_suppressed(
    connection: Connection, account: str, numbers: Collection[str], *, unread: bool = False
) -> SuppressedSince | None:
    """Find one of some numbers that is suppressed; with `unread`, else any number at all."""
    ours = encode(account)
    found = _select_suppressed(connection, ours, [encode(number) for number in numbers])
    # The smallest, so that the answer doesn't depend on the order of a set.
    if found:
        return _read_first(connection, _FIRST_OF_NUMBER, (ours, min(found)))
    any_of_all = _read_first(connection, _FIRST, (ours,)) if unread else None
    return None if any_of_all is None else replace(any_of_all, is_reached=False)


def _read_first(
    connection: Connection, statement: str, values: Sequence[Value]
) -> SuppressedSince | None:
    row = connection.fetch_one(statement, values)
    return None if row is None else _decode(row)


def _decode(row: Row) -> SuppressedSince:
    number, since, entry = row
    return SuppressedSince(decode(number), parse_time(since), decode(entry))


def count_ever(connection: Connection, account: str) -> int:
    """Count the numbers that an account has ever suppressed; one that was released counts again."""
    return connection.fetch_value(_COUNT_EVER, (encode(account),)) or 0


def count_ever_by_account(connection: Connection) -> dict[str, int]:
    """Count the numbers that each account has ever suppressed, of those that have any."""
    rows = connection.fetch_all(_COUNT_EVER_BY_ACCOUNT)
    return {decode(account): count for account, count in rows}


def is_emptied(connection: Connection, account: str) -> bool:
    """Say whether an account has a count of suppressed numbers, and none of them."""
    return connection.fetch_one(_EMPTIED, (encode(account),)) is not None


def find_accounts_with_losses(connection: Connection) -> set[str]:
    """List the accounts that have fewer suppressed numbers than their count."""
    there: dict[str, int] = dict(connection.fetch_all(_COUNT_PRESENT))
    rows = connection.fetch_all(_COUNT)
    return {decode(account) for account, count in rows if there.get(account, 0) < count}


def recount(connection: Connection, account: str) -> int:
    """Set an account's count to the numbers that it has; missing ones count as released."""
    ours = encode(account)
    count = int(connection.fetch_value(_COUNT_PRESENT_OF, (ours,)))
    gone = max(0, count_ever(connection, account) - count)
    connection.run(_SET_COUNT, (ours, count, gone))
    return count


def _select_suppressed(connection: Connection, account: str, numbers: Collection[str]) -> set[str]:
    """Find those of some numbers that are suppressed; all of it is encoded as in the columns."""
    found: set[str] = set()
    listed = list(numbers)
    for start in range(0, len(listed), BATCH):
        part = listed[start : start + BATCH]
        among = f"{_SUPPRESSED} AND number IN ({marks(len(part))})"
        found.update(number for number, *_ in connection.fetch_all(among, (account, *part)))
    return found


@contextmanager
def _counted(connection: Connection, account: str, numbers: Collection[str]) -> Generator[None]:
    """Change the account's count by as many of these numbers as the body suppresses or releases."""
    # By what is there before and after: a number may be suppressed by several entries.
    before = len(_select_suppressed(connection, account, numbers))
    yield
    more = len(_select_suppressed(connection, account, numbers)) - before
    if more:
        connection.run(_ADD_TO_COUNT, (account, more, max(0, -more)))
