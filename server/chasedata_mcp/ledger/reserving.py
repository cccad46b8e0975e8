"""Counts what calls use of the caps, reserves it with the intent, and gives it back."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, delete, insert, select

from chasedata_mcp.ledger.chain import indexed
from chasedata_mcp.ledger.events import written
from chasedata_mcp.ledger.limits import Broken
from chasedata_mcp.ledger.tables import RESERVATIONS
from chasedata_mcp.ledger.unions import Branch, Of, run
from chasedata_mcp.ledger.values import Intent
from chasedata_mcp.limits import Limit, Unit

KEPT_FOR = timedelta(hours=48)
"""No limit can look further back: what is older goes as new ones come."""
_AT_ONCE = 200
_BEYOND = 100
"""So far above its limit a count is exact: to count is quick, however much there is."""


def broken(
    connection: Connection, intent: Intent, units: Collection[Unit], limits: Sequence[Limit]
) -> Broken | None:
    """Of the limits that a call would break one that trips, else the first."""
    if not limits:
        return None
    rows = run(connection, branches(intent.account, units, limits, intent.at))
    counts = counts_of([(int(place), count) for _, count, place, _, _ in rows], units, limits)
    over = [
        Broken(limit, count)
        for limit, count in zip(limits, counts, strict=True)
        if count > limit.at_most
    ]
    return min(over, key=lambda one: not one.limit.trips, default=None)


def branches(
    account: str, units: Collection[Unit], limits: Sequence[Limit], now: datetime
) -> list[Branch]:
    """Statements of which each counts what a limit counts, but for what the call itself uses.

    Raises:
        ValueError: A limit looks further back than reservations are kept.
    """
    ours = indexed(account)
    since = {within: written(now - within) for within in {limit.within for limit in limits}}
    return [
        _branch(place, ours, units, limit, since[limit.within])
        for place, limit in enumerate(limits)
    ]


def counts_of(
    stored: Collection[tuple[int, int]], units: Collection[Unit], limits: Sequence[Limit]
) -> tuple[int, ...]:
    """The counts of limits, each by its place, with what the call itself uses."""
    others = dict(stored)
    return tuple(others[place] + len(_own(units, limit)) for place, limit in enumerate(limits))


def reserve(connection: Connection, intent: Intent, units: Collection[Unit]) -> None:
    """Reserve what a call uses, and remove some of what is too old to count."""
    account, at = indexed(intent.account), written(intent.at)
    for cap in sorted({unit.cap for unit in units}):
        _forget_some(connection, account, indexed(cap), intent.at)
    rows = [
        {
            "account": account,
            "cap": indexed(unit.cap),
            "key": indexed(unit.key),
            "at": at,
            "entry": indexed(intent.entry),
        }
        for unit in units
    ]
    if rows:
        connection.execute(insert(RESERVATIONS), rows)


def release(connection: Connection, entry: str) -> None:
    """Give back what a call has reserved."""
    ours = RESERVATIONS.c.entry == indexed(entry)
    connection.execute(delete(RESERVATIONS).where(ours))


def forget(connection: Connection, before: datetime, now: datetime) -> None:
    """Remove what was reserved before a time and is too old to count."""
    old = min(written(before), written(now - KEPT_FOR))
    connection.execute(delete(RESERVATIONS).where(RESERVATIONS.c.at < old))


def _forget_some(connection: Connection, account: str, cap: str, now: datetime) -> None:
    """Remove the oldest that don't count any more, so many at most that no call waits for it."""
    old = (
        select(RESERVATIONS.c.id)
        .where(
            RESERVATIONS.c.account == account,
            RESERVATIONS.c.cap == cap,
            RESERVATIONS.c.at < written(now - KEPT_FOR),
        )
        .order_by(RESERVATIONS.c.at)
        .limit(_AT_ONCE)
    )
    connection.execute(delete(RESERVATIONS).where(RESERVATIONS.c.id.in_(old)))


def _own(units: Collection[Unit], limit: Limit) -> Collection[str]:
    """The keys of what a call uses that a limit counts."""
    keys = [unit.key for unit in units if unit.cap == limit.cap and limit.key in {None, unit.key}]
    return set(keys) if limit.distinct else keys


def _branch(place: int, account: str, units: Collection[Unit], limit: Limit, since: str) -> Branch:
    if limit.within > KEPT_FOR:
        raise ValueError(f"a limit looks back by {KEPT_FOR} at most")
    values: list[str | int] = [account, indexed(limit.cap), since]
    if limit.key is not None:
        values.append(indexed(limit.key))
    if limit.trips:
        values.append(account)
    own = sorted(map(indexed, _own(units, limit))) if limit.distinct else []
    values += [*own, limit.at_most + _BEYOND]
    return _count(place, limit.key is not None, limit.trips, limit.distinct, len(own)), values


@lru_cache(maxsize=512)
def _count(place: int, keyed: bool, trips: bool, distinct: bool, own: int) -> str:  # noqa: FBT001 - the shape of a statement
    where = "account = ? AND cap = ? AND at > ?"
    if keyed:
        where += " AND key = ?"
    if trips:
        rearmed = "SELECT coalesce(max(rearmed), '') FROM ledger_accounts WHERE account = ?"
        where += f" AND at > ({rearmed})"
    if own:
        where += f" AND key NOT IN ({', '.join('?' * own)})"
    # As an expression, the key doesn't tempt SQLite to walk all there is in the order of keys.
    keys = "DISTINCT key || ''" if distinct else "1"
    found = f"SELECT {keys} FROM ledger_reservations WHERE {where} LIMIT ?"  # noqa: S608 - of the words above
    return f"SELECT {Of.COUNT}, count(*), '{place}', '', '' FROM ({found}) AS found"  # noqa: S608 - as above
