"""The caps held against what was done: how much there was, and which figures would fit. Pure."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.policy.caps import DAY, HOUR, build_cap_limits
from chasedata_mcp.policy.models import Cap, Caps, CapSteps

_ROOM = 1.25
"""A day as busy as the busiest goes unasked, with a quarter more."""
_UNTIL_STOP = 2.5
"""So many times the first step is the second."""
_LEAST = 5
_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""The figures that a person would write, times ten, a hundred and so on."""


@dataclass(frozen=True, slots=True)
class CountedCall:
    """A call on record: when it was made, and what it used."""

    at: datetime
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class CapReview:
    """One cap, held against past calls.

    Attributes:
        cap: Its name.
        busiest_hour: The most that any 60 minutes had.
        busiest_day: The most that any 24 hours had.
        asked: How many calls its first step would have asked about.
        stopped: How many of them its second step would have refused.
        fits: The figures at which none of these calls would have asked.
    """

    cap: str
    busiest_hour: int
    busiest_day: int
    asked: int
    stopped: int
    fits: Cap


def review_caps(calls: Sequence[CountedCall], caps: Caps) -> list[CapReview]:
    """Hold each cap against past calls; a cap that none of them used is left out."""
    in_force = build_cap_limits(caps)
    used = {unit.cap for call in calls for unit in call.units}
    names = [name for name in Caps.model_fields if name in used]
    return [_review(name, calls, in_force.get(name, ((), ()))) for name in names]


def _review(
    name: str, calls: Sequence[CountedCall], limits: tuple[tuple[Limit, ...], tuple[Limit, ...]]
) -> CapReview:
    asks, stops = limits
    # Which cap counts people once each is known where its limits are made.
    is_distinct = name in {"contacted", "made_callable"}
    hours = list(_counts(name, calls, HOUR, is_distinct=is_distinct))
    days = list(_counts(name, calls, DAY, is_distinct=is_distinct))
    by_span: Mapping[timedelta, Sequence[int]] = {HOUR: hours, DAY: days}
    busiest_hour, busiest_day = max(hours), max(days)
    return CapReview(
        name,
        busiest_hour,
        busiest_day,
        _count_over(by_span, asks),
        _count_over(by_span, stops),
        Cap(hour=_fit(busiest_hour), day=_fit(busiest_day)),
    )


def _counts(
    name: str, calls: Iterable[CountedCall], within: timedelta, *, is_distinct: bool
) -> Iterator[int]:
    """Count, for each call that the cap counts, what there was within the time up to it."""
    window: deque[tuple[datetime, str]] = deque()
    keys: Counter[str] = Counter()
    for call in sorted(calls, key=lambda one: one.at):
        own = [unit.key for unit in call.units if unit.cap == name]
        while window and window[0][0] <= call.at - within:
            _, gone = window.popleft()
            keys[gone] -= 1
            if not keys[gone]:
                del keys[gone]
        for key in own:
            window.append((call.at, key))
            keys[key] += 1
        if own:
            yield len(keys) if is_distinct else keys.total()


def _count_over(by_span: Mapping[timedelta, Sequence[int]], limits: Sequence[Limit]) -> int:
    over = [
        {place for place, count in enumerate(by_span[limit.within]) if count > limit.at_most}
        for limit in limits
    ]
    return len(set[int]().union(*over))


def _fit(busiest: int) -> CapSteps:
    ask = _round_up(max(busiest * _ROOM, _LEAST))
    return CapSteps(ask=ask, stop=_round_up(ask * _UNTIL_STOP))


def _round_up(figure: float) -> int:
    ten = 1
    while True:
        for step in _ROUND:
            if step * ten >= figure and float(step * ten).is_integer():
                return int(step * ten)
        ten *= 10
