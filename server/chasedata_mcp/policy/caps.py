"""What a call uses up, and the bounds that the policy puts on it: pure, counted by the ledger."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.policy.models import Cap, Caps, CapSteps
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    DeletesForGood,
    EffectTime,
    FormerValue,
    MakesCallable,
    Overwrites,
    ReleasesNumber,
    SuppressesNumber,
)

CALLED = "called"
"""Calls that ring now, for the frequency; no cap of the policy's own."""
FREQUENCY = "frequency"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The marks that insert_dnc leaves are counted as the number that it puts on the list.
_OF_FORMER = {
    FormerValue.DATA: "overwrites",
    FormerValue.MARK_ON_LIST: "overwrites",
    FormerValue.SWITCH: "overwrites",
    FormerValue.DISPOSITION: "dispositions",
    FormerValue.PLACE: "deletions",
}


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """What a call uses, and the limits on it: those that ask, and those that stop."""

    units: tuple[Unit, ...]
    asks: tuple[Limit, ...]
    stops: tuple[Limit, ...]


def units(action: Action) -> tuple[Unit, ...]:
    """What a call uses up, each once."""
    return tuple(dict.fromkeys(_units(action)))


def usage_limits(used: tuple[Unit, ...], limits: Mapping[str, "CapLimits"]) -> UsageLimits:
    """The bounds on a call that uses these."""
    caps = dict.fromkeys([unit.cap for unit in used])
    asks: tuple[Limit, ...] = ()
    stops: tuple[Limit, ...] = ()
    for asking, stopping in [limits[cap] for cap in caps if cap in limits]:
        asks, stops = (*asks, *asking), (*stops, *stopping)
    return UsageLimits(used, asks, stops)


CapLimits = tuple[tuple[Limit, ...], tuple[Limit, ...]]
"""The limits of a cap that ask, and those that stop."""


def limits_of(caps: Caps) -> Mapping[str, CapLimits]:
    """The limits of each cap that isn't off, by its name."""
    found: dict[str, CapLimits] = {}
    for name in type(caps).model_fields:
        cap: object = getattr(caps, name)
        if isinstance(cap, Cap):
            spans = (("hour", HOUR, cap.hour), ("day", DAY, cap.day))
            asks = tuple(_limit(name, span, within, steps) for span, within, steps in spans)
            stops = tuple(_stop(name, span, within, steps) for span, within, steps in spans)
            found[name] = (asks, stops)
    return found


def often(used: tuple[Unit, ...], allowed: Callable[[str], int]) -> tuple[Limit, ...]:
    """How often each number that a call which uses these rings may be called in a day."""
    return tuple(
        Limit(f"{FREQUENCY}.{unit.key}", CALLED, DAY, allowed(unit.key), key=unit.key)
        for unit in used
        if unit.cap == CALLED
    )


# To reach a step is enough, so that one less is allowed.
def _limit(cap: str, span: str, within: timedelta, steps: CapSteps) -> Limit:
    return Limit(f"caps.{cap}.{span}.ask", cap, within, steps.ask - 1, distinct=cap == "reached")


def _stop(cap: str, span: str, within: timedelta, steps: CapSteps) -> Limit:
    name = f"caps.{cap}.{span}.stop"
    return Limit(name, cap, within, steps.stop - 1, distinct=cap == "reached", trips=True)


def _units(action: Action) -> Iterator[Unit]:
    for effect in action.effects:
        match effect:
            case ContactsPerson():
                yield from _of_person(effect, action)
            case MakesCallable(numbers):
                for number in sorted(numbers):
                    yield Unit("reached", number)
            case SuppressesNumber(number):
                yield Unit("dnc_insertions", number)
            case ReleasesNumber(number):
                yield Unit("dnc_removals", number)
                yield Unit("reached", number)
            case Overwrites(_, kind) if kind in _OF_FORMER:
                yield Unit(_OF_FORMER[kind], action.name)
            case DeletesForGood(_, name):
                yield Unit("deletions", name)
            case _:
                pass


def _of_person(one: ContactsPerson, action: Action) -> list[Unit]:
    if one.number is None:
        counted = _is_counted_by_phone(one, action)
        return [] if counted else [Unit("reached", one.lead or action.name)]
    person = Unit("reached", one.number)
    if one.when is not EffectTime.NOW:
        return [person]
    return [person, Unit("texts" if one.channel is Channel.TEXT else CALLED, one.number)]


def _is_counted_by_phone(one: ContactsPerson, action: Action) -> bool:
    """Whether the lead is named by a phone that the call reaches: that is the same person."""
    numbers = [other.number for other in action.contacts]
    return any(one.lead == f"phone {number}" for number in numbers if number is not None)
