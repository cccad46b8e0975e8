"""The usage that a call adds, and the limits of the policy on it: pure; the ledger counts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chasedata_mcp.fields.format import format_phone
from chasedata_mcp.ledger.usage import CALLED, TEXTS, Limit, Unit
from chasedata_mcp.policy.facts import TargetLead
from chasedata_mcp.policy.models import Cap, Caps, CapSteps
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    Channel,
    ContactsPerson,
    DeletesForGood,
    Effect,
    EffectTime,
    FormerValue,
    MakesCallable,
    Overwrites,
    ReleasesNumber,
    SuppressesNumber,
    is_only_protective,
)

CONTACTED, MADE_CALLABLE = "contacted", "made_callable"
_OF_PEOPLE = frozenset({CONTACTED, MADE_CALLABLE})
"""The caps that count people, each of them once."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The marks that insert_dnc leaves are counted as the number that it puts on the list.
_CAP_OF_FORMER = {
    FormerValue.DATA: "overwrites",
    FormerValue.MARK_ON_LIST: "overwrites",
    FormerValue.SWITCH: "overwrites",
    FormerValue.DISPOSITION: "dispositions",
    FormerValue.PLACE: "deletions",
}


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """The usage that a call adds, and the limits on it: those that ask, and those that stop."""

    units: tuple[Unit, ...]
    asks: tuple[Limit, ...]
    stops: tuple[Limit, ...]


CapLimits = tuple[tuple[Limit, ...], tuple[Limit, ...]]
"""The limits of one cap: those that ask, and those that stop."""


BATCH_ROWS = "batch_rows"
"""The cap on rows of batches, which a person approved together: it never asks about one of them."""
_APPROVED_WITH_THE_BATCH = frozenset({"made_callable", "overwrites", "dispositions"})
"""The caps that don't count a row, since a person was shown how many there are."""


def count_as_row(used: tuple[Unit, ...], tool: str) -> tuple[Unit, ...]:
    """Count a call as a row of its batch: whoever it reaches now still counts as reached."""
    kept = tuple([unit for unit in used if unit.cap not in _APPROVED_WITH_THE_BATCH])
    return (*kept, Unit(BATCH_ROWS, tool))


NEVER_STOPS = "dnc_insertions"
"""The cap on requests not to be called: a person is asked about many, but they stop nothing."""


def list_usage(action: Action, lead: TargetLead | None = None) -> tuple[Unit, ...]:
    """List the usage that a call adds, each unit once; what only protects counts for no stop.

    Whoever is named by `lead`, which was read, counts by its phone, whatever the call names it by.
    """
    return list_usage_of_effects(action.effects, action.name, lead.called_at if lead else None)


def list_usage_of_effects(
    effects: Collection[Effect], tool: str, phone: str | None = None
) -> tuple[Unit, ...]:
    """List the usage of a call of a tool by its effects; `phone` is that of the lead it names."""
    units = dict.fromkeys(_units(effects, tool, phone))
    if is_only_protective(effects):
        return tuple([unit for unit in units if unit.cap == NEVER_STOPS])
    return tuple(units)


def find_usage_limits(used: tuple[Unit, ...], limits: Mapping[str, CapLimits]) -> UsageLimits:
    """Pick the limits on a call that adds this usage."""
    caps = dict.fromkeys([unit.cap for unit in used])
    asks: tuple[Limit, ...] = ()
    stops: tuple[Limit, ...] = ()
    for asking, stopping in [limits[cap] for cap in caps if cap in limits]:
        asks, stops = (*asks, *asking), (*stops, *stopping)
    return UsageLimits(used, asks, stops)


def build_cap_limits(caps: Caps) -> Mapping[str, CapLimits]:
    """List the limits of each cap that isn't off, by its name."""
    found: dict[str, CapLimits] = {}
    for name in type(caps).model_fields:
        cap: object = getattr(caps, name)
        if isinstance(cap, Cap):
            spans = (("hour", HOUR, cap.hour), ("day", DAY, cap.day))
            asks = tuple(_ask_limit(name, span, within, steps) for span, within, steps in spans)
            stops = tuple(
                _stop_limit(name, span, within, steps, freezes=caps.at_stop == "freeze")
                for span, within, steps in spans
            )
            found[name] = (
                () if name == BATCH_ROWS else asks,
                () if name == NEVER_STOPS else stops,
            )
    return found


# Reaching a step is enough, so at most one less is allowed. People are counted once each: three
# texts to one person contact one.
def _ask_limit(cap: str, span: str, within: timedelta, steps: CapSteps) -> Limit:
    return Limit(
        f"caps.{cap}.{span}.ask",
        cap,
        within,
        steps.ask - 1,
        distinct=cap in _OF_PEOPLE,
        closes=cap != NEVER_STOPS,
    )


def _stop_limit(cap: str, span: str, within: timedelta, steps: CapSteps, *, freezes: bool) -> Limit:
    return Limit(
        f"caps.{cap}.{span}.stop",
        cap,
        within,
        steps.stop - 1,
        distinct=cap in _OF_PEOPLE,
        stops=True,
        trips=freezes,
    )


def _units(effects: Collection[Effect], tool: str, phone: str | None) -> Iterator[Unit]:
    disposes = any(map(_is_disposition, effects))
    contacts = [effect for effect in effects if isinstance(effect, ContactsPerson)]
    for effect in effects:
        match effect:
            # A disposition counts as one and no more, though its lead may be called again.
            case ContactsPerson(when=EffectTime.LATER) if disposes:
                pass
            case ContactsPerson():
                yield from _person_units(effect, tool, phone, contacts)
            case MakesCallable(numbers):
                for number in sorted(numbers):
                    yield Unit(MADE_CALLABLE, number)
            case SuppressesNumber(str(number)):
                yield Unit("dnc_insertions", number)
            case ReleasesNumber(number):
                # A number that leaves the list can be called again.
                yield Unit("dnc_removals", number)
                yield Unit(MADE_CALLABLE, number)
            case Overwrites(_, kind) if kind in _CAP_OF_FORMER:
                yield Unit(_CAP_OF_FORMER[kind], tool)
            case DeletesForGood(_, name):
                yield Unit("deletions", name)
            # Nobody knows whom a reload lets the dialer call, so it counts nothing. Making a list
            # or assigning a filter only adds (docs/policy-file.md).
            case _:
                pass


def _is_disposition(effect: Effect) -> bool:
    return isinstance(effect, Overwrites) and effect.kind is FormerValue.DISPOSITION


def _person_units(
    person: ContactsPerson, tool: str, phone: str | None, contacts: Collection[ContactsPerson]
) -> list[Unit]:
    if _is_counted_by_phone(person, contacts):
        return []
    key = _find_key(person, phone) or tool
    if person.when is not EffectTime.NOW:
        return [Unit(MADE_CALLABLE, key)]
    channel = TEXTS if person.channel is Channel.TEXT else CALLED
    return [Unit(CONTACTED, key), Unit(channel, key)]


def _find_key(person: ContactsPerson, phone: str | None) -> str | None:
    """Find what a person is counted by: the phone that rings, else that of the lead, else the lead.

    A phone by which a lead is only found is not the one at which the lead is called.
    """
    number = person.number
    if number is None:
        return phone or person.lead
    is_found_by = person.lead == f"phone {format_phone(number)}"
    return phone if phone and is_found_by else number


def _is_counted_by_phone(person: ContactsPerson, contacts: Collection[ContactsPerson]) -> bool:
    """Tell whether a phone that the call reaches names the same lead: it is one person then."""
    if person.number is not None:
        return False
    numbers = [other.number for other in contacts if other.number is not None]
    return any(person.lead == f"phone {number}" for number in numbers)
