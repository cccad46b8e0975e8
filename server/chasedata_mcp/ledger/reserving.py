"""Counts what calls use of the caps, reserves it with the intent, and gives it back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
_REARMED = "SELECT coalesce(max(rearmed), '') FROM ledger_accounts WHERE account = ?"
_BEYOND = 100
"""So far above its limit a count is exact: to count is quick, however much there is."""


@dataclass(slots=True)
class _Alike:
    """Limits on the same things within the same time, as they are put together.

    `one` is any of them, `own` what the call itself uses, `places` says which they are.
    """

    one: Limit
    own: Collection[str]
    places: list[int] = field(default_factory=list[int])
    at_most: int = 0
    trips: bool = False


class Counting:
    """Counts what limits count, with what the call itself uses."""

    def __init__(self, units: Collection[Unit], limits: Sequence[Limit]) -> None:
        """Put together which limits are counted together.

        Raises:
            ValueError: A limit looks further back than reservations are kept.
        """
        self._limits = limits
        groups: dict[tuple[object, ...], _Alike] = {}
        for place, one in enumerate(limits):
            if one.within > KEPT_FOR:
                raise ValueError(f"a limit looks back by {KEPT_FOR} at most")
            same = (one.cap, one.within, one.key, one.distinct)
            group = groups.get(same)
            if group is None:
                group = groups[same] = _Alike(one, _own(units, one))
            group.places.append(place)
            group.at_most = max(group.at_most, one.at_most)
            group.trips = group.trips or one.trips
        self._groups = list(groups.values())

    def branches(self, account: str, now: datetime) -> list[Branch]:
        """Statements that count all but what the call itself uses, one for limits that are alike.

        The first text of its row is which of these, the second the count from the last rearming on,
        empty where that was before the time.
        """
        ours = indexed(account)
        times = {group.one.within for group in self._groups}
        since = {within: written(now - within) for within in times}
        return [
            _branch(number, ours, group, since[group.one.within])
            for number, group in enumerate(self._groups)
        ]

    def counts(self, stored: Mapping[int, tuple[int, str]]) -> tuple[int, ...]:
        """The counts of the limits, in their order, by the rows of the statements."""
        counts = [0] * len(self._limits)
        for number, group in enumerate(self._groups):
            every, since_rearmed = stored[number]
            for place in group.places:
                limit = self._limits[place]
                count = int(since_rearmed) if limit.trips and since_rearmed else every
                counts[place] = min(count, limit.at_most + _BEYOND) + len(group.own)
        return tuple(counts)


def broken(
    connection: Connection, intent: Intent, units: Collection[Unit], limits: Sequence[Limit]
) -> Broken | None:
    """Of the limits that a call would break one that trips, else the first."""
    if not limits:
        return None
    counting = Counting(units, limits)
    rows = run(connection, counting.branches(intent.account, intent.at))
    counts = counting.counts({int(number): (count, again) for _, count, number, again, _ in rows})
    over = [
        Broken(limit, count)
        for limit, count in zip(limits, counts, strict=True)
        if count > limit.at_most
    ]
    return min(over, key=lambda one: not one.limit.trips, default=None)


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


def _branch(number: int, account: str, group: _Alike, since: str) -> Branch:
    one, distinct = group.one, group.one.distinct
    values: list[str | int] = [account, indexed(one.cap), since]
    if one.key is not None:
        values.append(indexed(one.key))
    if distinct:
        values += sorted([indexed(key) for key in group.own])
    values.append(group.at_most + _BEYOND)
    if group.trips:
        values = [account, since, *values[:3], account, *values[3:], *values]
    own = len(group.own) if distinct else 0
    return _count(number, one.key is not None, group.trips, distinct, own), values


@lru_cache(maxsize=512)
def _count(number: int, keyed: bool, trips: bool, distinct: bool, own: int) -> str:  # noqa: FBT001 - the shape of a statement
    further = " AND key = ?" if keyed else ""
    if own:
        further += f" AND key NOT IN ({', '.join('?' * own)})"
    # As an expression, the key doesn't tempt SQLite to walk all there is in the order of keys.
    keys = "DISTINCT coalesce(key, '')" if distinct else "1"
    every, since_rearmed = (
        f"SELECT {keys} FROM ledger_reservations "  # noqa: S608 - of the words here
        f"WHERE account = ? AND cap = ? AND at > ?{from_when}{further} LIMIT ?"
        for from_when in ("", f" AND at > ({_REARMED})")
    )
    # Seldom was anything rearmed: where it wasn't, nothing is counted twice.
    counted = f"SELECT '' || count(*) FROM ({since_rearmed}) AS found"  # noqa: S608 - as above
    again = f"CASE WHEN ({_REARMED}) > ? THEN ({counted}) ELSE '' END" if trips else "''"
    return f"SELECT {Of.COUNT}, count(*), '{number}', {again}, '' FROM ({every}) AS found"  # noqa: S608 - as above
