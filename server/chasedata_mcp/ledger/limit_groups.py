"""Groups of limits that are counted together, and the statements that count them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from chasedata_mcp.ledger.rows import encode
from chasedata_mcp.ledger.union_query import Branch, RowKind
from chasedata_mcp.ledger.usage import Limit

COUNTED_FOR = timedelta(hours=48)
"""The age up to which reservations count; older ones are removed as new ones come."""
BEYOND = 100
"""The distance above a limit up to which a count is exact; the bound keeps counting quick."""


@dataclass(frozen=True, slots=True)
class LimitGroup:
    """Limits on the same units, counted by the statement of this `number`.

    `first` is the position of one of them. `places` are those of all by the time within which they
    count, the longest first: one time, or two where each key counts once. `at_most` is the highest
    of their bounds.
    """

    number: int
    first: int
    places: tuple[tuple[timedelta, tuple[int, ...]], ...]
    at_most: int


_Shape = tuple[str, int, bool, bool, timedelta, int]
"""A limit's cap, the number of its key, whether it is distinct and stops, its time and bound."""


def group_limits(limits: Sequence[Limit], *, apart: bool) -> tuple[LimitGroup, ...]:
    """Group the limits that are counted together; those that stop `apart` from the others or not.

    Raises:
        ValueError: One looks further back than `COUNTED_FOR`.
    """
    # Calls to other people have limits of the same shapes, so that these are grouped once.
    keys: dict[str | None, int] = {}
    return _grouped(
        tuple(
            [
                (
                    *(limit.cap, keys.setdefault(limit.key, len(keys)), limit.distinct),
                    *(apart and limit.stops, limit.within, limit.at_most),
                )
                for limit in limits
            ]
        )
    )


def count_group(
    group: LimitGroup, one: Limit, account: str, own: Collection[str], since: Sequence[str]
) -> Branch:
    """Make the statement that counts a group since its times, but for a call's own keys.

    `one` is any of its limits, and `account` is encoded.
    """
    others = sorted([encode(key) for key in own]) if one.distinct else []
    key = [] if one.key is None else [encode(one.key)]
    where = _where(len(key), len(others))
    values = (account, encode(one.cap), since[0], *key, *others)
    if len(since) > 1:
        return _count_people_twice(group.number, where), (since[1], *values)
    return _count(group.number, where, one.distinct), (*values, group.at_most + BEYOND)


@lru_cache(maxsize=256)
def _grouped(shapes: tuple[_Shape, ...]) -> tuple[LimitGroup, ...]:
    """Group the limits that are counted together.

    Raises:
        ValueError: One looks further back than `COUNTED_FOR`.
    """
    groups: dict[tuple[str, int, bool, bool], dict[timedelta, list[int]]] = {}
    for place, (cap, key, distinct, apart, within, _) in enumerate(shapes):
        if within > COUNTED_FOR:
            raise ValueError(f"a limit looks back by {COUNTED_FOR} at most")
        groups.setdefault((cap, key, distinct, apart), {}).setdefault(within, []).append(place)
    together = [
        spans[start : start + at_once]
        for (_, _, distinct, _), places in groups.items()
        for spans, at_once in [(sorted(places.items(), reverse=True), 2 if distinct else 1)]
        for start in range(0, len(spans), at_once)
    ]
    return tuple([_group(number, shapes, spans) for number, spans in enumerate(together)])


def _group(
    number: int, shapes: Sequence[_Shape], spans: Sequence[tuple[timedelta, list[int]]]
) -> LimitGroup:
    places = tuple([(within, tuple(places)) for within, places in spans])
    most = max([shapes[place][-1] for _, places in spans for place in places])
    return LimitGroup(number, spans[0][1][0], places, most)


@lru_cache(maxsize=512)
def _where(keyed: int, own: int) -> str:
    where = "account = ? AND cap = ? AND at > ?"
    if keyed:
        where += " AND key = ?"
    if own:
        where += f" AND key NOT IN ({', '.join('?' * own)})"
    return where


@lru_cache(maxsize=512)
def _count(number: int, where: str, distinct: bool) -> str:  # noqa: FBT001 - the shape of a statement
    # An expression, since for the column itself SQLite walks an index in the order of its keys to
    # find distinct ones, rather than the rows of the time in question.
    keys = "DISTINCT coalesce(key, '')" if distinct else "1"
    found = f"SELECT {keys} FROM ledger_reservations WHERE {where} LIMIT ?"  # noqa: S608 - of the words above
    return f"SELECT {RowKind.COUNT}, count(*), 0, '{number}', '', '', '' FROM ({found}) AS found"  # noqa: S608 - as above


@lru_cache(maxsize=512)
def _count_people_twice(number: int, where: str) -> str:
    # By one look at the longer time, without a bound: a cap on people always stops at some number.
    return (
        f"SELECT {RowKind.COUNT}, count(DISTINCT coalesce(key, '')), "  # noqa: S608 - as above
        f"count(DISTINCT CASE WHEN at > ? THEN key END), '{number}', '', '', '' "
        f"FROM ledger_reservations WHERE {where}"
    )
