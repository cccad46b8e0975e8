"""Reservations: a call's use of the caps, counted, reserved with its intent, and given back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chasedata_mcp.ledger.closed_caps import build_closing_branch, find_closed_limits
from chasedata_mcp.ledger.connection import Connection, marks
from chasedata_mcp.ledger.events import format_time, parse_time
from chasedata_mcp.ledger.limit_groups import (
    BEYOND,
    COUNTED_FOR,
    LimitGroup,
    count_group,
    group_limits,
)
from chasedata_mcp.ledger.models import Intent
from chasedata_mcp.ledger.obstacles import Broken
from chasedata_mcp.ledger.rows import encode, insert_rows
from chasedata_mcp.ledger.union_query import AnswerRow, Branch, run_branches
from chasedata_mcp.ledger.usage import Limit, Unit

_AT_ONCE = 200
"""The most old rows that one call removes, so that none waits for a long deletion."""
_INSTANT = timedelta(microseconds=1)
_REARMED = "SELECT rearmed FROM ledger_accounts WHERE account = ?"
_RELEASE = "DELETE FROM ledger_reservations WHERE entry = ?"
# Until it is settled, whoever was contacted by such a call isn't contacted again unasked.
_IS_UNSETTLED = (
    "EXISTS (SELECT 1 FROM ledger_entries AS call "
    "WHERE call.entry = ledger_reservations.entry AND call.outcome = 'unknown')"
)
_FORGET = f"DELETE FROM ledger_reservations WHERE at < ? AND NOT {_IS_UNSETTLED}"  # noqa: S608 - of constants and marks
_FORGET_SOME = (
    "DELETE FROM ledger_reservations WHERE id IN (SELECT id FROM ledger_reservations "  # noqa: S608 - of constants and marks
    f"WHERE account = ? AND cap = ? AND at < ? AND NOT {_IS_UNSETTLED} "
    f"ORDER BY at LIMIT {_AT_ONCE})"
)


class LimitCounter:
    """A counter of the units that limits bound, together with those of the call itself.

    A limit that stops counts from the last rearming on, as far as that is known. All times are the
    store's own.
    """

    def __init__(
        self, units: Collection[Unit], limits: Sequence[Limit], now: datetime, rearmed: str = ""
    ) -> None:
        """Group the limits that are counted together.

        Raises:
            ValueError: A limit looks further back than `COUNTED_FOR`.
        """
        self._units, self._limits, self._now, self._rearmed = units, limits, now, rearmed
        groups = group_limits(limits, apart=bool(rearmed))
        self._groups = [(group, _own(units, limits[group.first])) for group in groups]
        withins = {within for group in groups for within, _ in group.places}
        self._times = {within: format_time(now - within) for within in withins}

    def since(self, rearmed: str) -> "LimitCounter":
        """Return this counter, or another where a rearming changes any count."""
        # Times are text of one length, so that text compares as time does.
        if not rearmed or rearmed <= min(self._times.values(), default=rearmed):
            return self
        cut = any(limit.stops and rearmed > self._times[limit.within] for limit in self._limits)
        return LimitCounter(self._units, self._limits, self._now, rearmed) if cut else self

    def branches(self, account: str) -> list[Branch]:
        """Make the statements that count all but the call's own use, one for each group.

        The first text of a row says which these are; the second number is the count within the
        shorter time.
        """
        ours = encode(account)
        return [
            count_group(group, self._limits[group.first], ours, own, self._since(group))
            for group, own in self._groups
        ]

    def counts(self, rows: Iterable[AnswerRow]) -> tuple[int, ...]:
        """Return the counts of the limits, in their order, by the rows of the statements."""
        stored = {row[3]: row[1:3] for row in rows}
        counts = [0] * len(self._limits)
        for group, own in self._groups:
            for found, (_, places) in zip(stored[str(group.number)], group.places, strict=False):
                for place in places:
                    most = self._limits[place].at_most + BEYOND
                    counts[place] = min(found, most) + len(own)
        return tuple(counts)

    def _since(self, group: LimitGroup) -> list[str]:
        begins = self._rearmed if self._limits[group.first].stops else ""
        return [max(self._times[within], begins) for within, _ in group.places]


def find_broken_limit(
    connection: Connection, intent: Intent, units: Collection[Unit], limits: Sequence[Limit]
) -> Broken | None:
    """Find a limit that a call would break: one that trips, one that stops, or else the first."""
    if not limits:
        return None
    now = connection.time.of(intent.at)
    counter = LimitCounter(units, limits, now).since(read_rearmed(connection, intent.account))
    branches = [*counter.branches(intent.account), build_closing_branch(intent.account)]
    rows = run_branches(connection, branches)
    counts = counter.counts(rows)
    over = [
        Broken(limit, count)
        for limit, count in zip(limits, counts, strict=True)
        if count > limit.at_most
    ]
    if not over:
        closed = find_closed_limits(rows, limits, now, connection.time.ahead)
        return _find_closed(closed, counts, limits)
    broken = min(over, key=lambda one: (not one.limit.trips, not one.limit.stops))
    opens = find_opening(connection, intent.account, broken.limit, units, intent.at)
    return replace(broken, opens=opens)


def _find_closed(
    closed: Mapping[str, datetime], counts: Sequence[int], limits: Sequence[Limit]
) -> Broken | None:
    """Find a limit that counts as used up since a restore: the last one to open that stops."""
    found = [
        Broken(limit, count, closed[limit.name], is_closed=True)
        for limit, count in zip(limits, counts, strict=True)
        if limit.name in closed
    ]
    return max(found, key=lambda one: (one.limit.stops, closed[one.limit.name]), default=None)


def read_rearmed(connection: Connection, account: str) -> str:
    """Read when a person last rearmed an account, by the store's time; empty where nobody did."""
    return connection.fetch_value(_REARMED, (encode(account),)) or ""


def find_opening(
    connection: Connection, account: str, limit: Limit, units: Collection[Unit], now: datetime
) -> datetime | None:
    """Find when a limit lets a call with these units through again, if nothing else comes first.

    None where it never does, since the call alone uses more than the limit allows.
    """
    own = [encode(key) for key in _own(units, limit)]
    since = format_time(connection.time.of(now) - limit.within)
    if limit.stops:
        since = max(since, read_rearmed(connection, account))
    where = "account = ? AND cap = ? AND at > ?"
    values = [encode(account), encode(limit.cap), since]
    if limit.key is not None:
        where, values = f"{where} AND key = ?", [*values, encode(limit.key)]
    column, grouped = "at", ""
    if limit.distinct:
        # A person counts until the last thing that reached them is too old.
        column, grouped = "max(at)", " GROUP BY key"
        if own:
            where, values = f"{where} AND key NOT IN ({marks(len(own))})", [*values, *own]
    used = f"SELECT {column} FROM ledger_reservations WHERE {where}{grouped}"  # noqa: S608 - of constants and marks
    lasts: list[str] = sorted(at for (at,) in connection.fetch_all(used, values))
    too_many = len(lasts) + len(own) - limit.at_most
    if too_many > len(lasts):
        return None
    if too_many < 1:
        return now
    return connection.time.on_clock(parse_time(lasts[too_many - 1]) + limit.within)


def find_openings(
    connection: Connection,
    account: str,
    limits: Sequence[Limit],
    units: Collection[Unit],
    now: datetime,
) -> dict[str, datetime]:
    """Find when each of some limits opens again, by its name; one that never does is left out."""
    found = {limit.name: find_opening(connection, account, limit, units, now) for limit in limits}
    return {name: opens for name, opens in found.items() if opens is not None}


def reserve(connection: Connection, intent: Intent, units: Collection[Unit]) -> None:
    """Reserve the units that a call uses, and remove some that are too old to count."""
    account, now = encode(intent.account), connection.time.of(intent.at)
    for cap in sorted({unit.cap for unit in units}):
        _forget_some(connection, account, encode(cap), now)
    at = _date_behind(now, read_rearmed(connection, intent.account)) if units else ""
    entry = encode(intent.entry)
    rows = [(account, encode(unit.cap), encode(unit.key), at, entry) for unit in units]
    columns = ("account", "cap", "key", "at", "entry")
    insert_rows(connection, "ledger_reservations", columns, rows)


def release(connection: Connection, entry: str) -> None:
    """Remove the reservations of a call that was not done."""
    connection.run(_RELEASE, (encode(entry),))


def forget(connection: Connection, before: datetime, now: datetime) -> None:
    """Remove the reservations from before a time that are too old to count."""
    old = min(before, now - COUNTED_FOR)
    connection.run(_FORGET, (format_time(connection.time.of(old)),))


def _forget_some(connection: Connection, account: str, cap: str, now: datetime) -> None:
    """Remove the oldest reservations that don't count any more, `_AT_ONCE` at most."""
    connection.run(_FORGET_SOME, (account, cap, format_time(now - COUNTED_FOR)))


def _date_behind(now: datetime, rearmed: str) -> str:
    """Date what is reserved now: behind the last rearming, which came before it."""
    at = format_time(now)
    return at if at > rearmed else format_time(parse_time(rearmed) + _INSTANT)


def _own(units: Collection[Unit], limit: Limit) -> Collection[str]:
    """List the keys of a call's own use that a limit counts."""
    keys = [
        unit.key
        for unit in units
        if unit.cap == limit.cap and (limit.key is None or unit.key == limit.key)
    ]
    return set(keys) if limit.distinct else keys
