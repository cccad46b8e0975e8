"""The limits on calls and texts to one person: pure; the ledger counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from chasedata_mcp.ledger.usage import CALLED, TEXTS, Limit, Unit
from chasedata_mcp.policy.models import CallFrequency, CapSteps

FREQUENCY = "frequency"
"""The name of the rule; those of its limits begin with it."""
CALLS_IN_24_HOURS = f"{FREQUENCY}.calls_in_24_hours"
TEXTS_IN_24_HOURS = f"{FREQUENCY}.texts_in_24_hours"
MINUTES_BETWEEN_CALLS = f"{FREQUENCY}.minutes_between_calls"
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FrequencyLimits:
    """The limits on contacts of one person: those that ask, and those that refuse."""

    asks: tuple[Limit, ...] = ()
    refuses: tuple[Limit, ...] = ()


def build_frequency_limits(
    used: tuple[Unit, ...], frequency: CallFrequency | None, calls_allowed: Callable[[str], int]
) -> FrequencyLimits:
    """Limit the calls and texts to each person; `calls_allowed` maps a number to calls a day."""
    if frequency is None:
        return FrequencyLimits()
    asks: list[Limit] = []
    refuses: list[Limit] = []
    of_calls = {"off": [], "ask": asks, "refuse": refuses}[frequency.over]
    for unit in used:
        match unit.cap, frequency.texts_in_24_hours:
            case "called", _:
                of_calls.extend(_limit_calls(unit.key, frequency, calls_allowed(unit.key)))
            case "texts", CapSteps(ask=ask, stop=stop):
                asks.append(_limit_a_day(TEXTS_IN_24_HOURS, TEXTS, unit.key, ask - 1))
                refuses.append(_limit_a_day(TEXTS_IN_24_HOURS, TEXTS, unit.key, stop - 1))
            case _:
                pass
    return FrequencyLimits(tuple(asks), tuple(refuses))


def _limit_calls(key: str, frequency: CallFrequency, a_day: int) -> Iterator[Limit]:
    yield _limit_a_day(CALLS_IN_24_HOURS, CALLED, key, a_day)
    if frequency.minutes_between_calls:
        within = timedelta(minutes=frequency.minutes_between_calls)
        # The call itself is the one that there may be.
        yield Limit(f"{MINUTES_BETWEEN_CALLS}.{key}", CALLED, within, 1, key=key)


def _limit_a_day(name: str, cap: str, key: str, at_most: int) -> Limit:
    return Limit(f"{name}.{key}.{at_most}", cap, _DAY, at_most, key=key)
