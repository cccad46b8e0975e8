"""The effects of a call, as JSON for the ledger and as sentences for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import cast

from chasedata_mcp.fields.format import format_phone, quote_name
from chasedata_mcp.ledger import Json
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    Channel,
    ContactsPerson,
    DeletedKind,
    DeletesForGood,
    Effect,
    EffectTime,
    FormerValue,
    LiveSystem,
    MakesCallable,
    Overwrites,
    ReleasesNumber,
    SuppressesNumber,
    TakesOffDialList,
)

# These words are in every ledger: a class may be renamed, its word may not. Two effects have a
# finer kind of their own, a `DeletedKind` or a `FormerValue`, which is recorded in its place.
_KINDS: Mapping[type[Effect], str] = {
    ContactsPerson: "reached",
    MakesCallable: "alsocallable",
    SuppressesNumber: "suppressed",
    TakesOffDialList: "off dial list",
    ReleasesNumber: "unsuppressed",
    ChangesRouting: "rerouted",
}


def effect_to_json(effect: Effect) -> Json:
    """Write an effect as JSON: its kind and its fields; of further phones only their number.

    They stand in the account's own fields, which may be kept out of the ledger.
    """
    if isinstance(effect, MakesCallable):
        return {"kind": _KINDS[MakesCallable], "count": len(effect.numbers)}
    described = {name: _value_to_json(value) for name, value in asdict(effect).items()}
    return described if "kind" in described else {"kind": _KINDS[type(effect)], **described}


def read_effects(recorded: Json, entry: str) -> tuple[Effect, ...]:
    """Read the effects that an entry has on record, as far as they count people and changes.

    Further phones, of which only the number is on record, are named by their entry.
    """
    ones = recorded if isinstance(recorded, Sequence) and not isinstance(recorded, str) else ()
    found = [_read_effect(one, entry) for one in ones if isinstance(one, Mapping)]
    return tuple([effect for effect in found if effect is not None])


def _read_effect(one: Mapping[str, Json], entry: str) -> Effect | None:  # noqa: PLR0911 - one for each kind
    number = str(one.get("number") or "")
    match one.get("kind"):
        case "reached":
            lead = one.get("lead")
            return ContactsPerson(
                number or None,
                Channel(str(one["channel"])),
                EffectTime(str(one["when"])),
                None if lead is None else str(lead),
            )
        case "alsocallable":
            count = one.get("count")
            phones = range(count if isinstance(count, int) else 0)
            return MakesCallable(frozenset(f"{entry}/{place}" for place in phones))
        case "suppressed":
            return SuppressesNumber(number)
        case "off dial list":
            return TakesOffDialList(number)
        case "unsuppressed":
            return ReleasesNumber(number)
        case str(kind) if kind in set(FormerValue):
            return Overwrites("", FormerValue(kind))
        case str(kind) if kind in set(DeletedKind):
            return DeletesForGood(DeletedKind(kind), str(one.get("name") or ""))
        case _:
            return None


def has_suppressed(effects: Json) -> bool:
    """Tell whether a call suppressed a number, by the record of its effects."""
    recorded = effects if isinstance(effects, Sequence) and not isinstance(effects, str) else ()
    word = _KINDS[SuppressesNumber]
    return any(isinstance(one, Mapping) and one.get("kind") == word for one in recorded)


def describe_effects(action: Action) -> Sequence[str]:
    """Describe what a call may do, each effect in a sentence, each once."""
    return list(dict.fromkeys(_describe(one) for one in action.effects))


def describe_further_effects(action: Action) -> Sequence[str]:
    """Describe the effects that the call's question doesn't begin with."""
    return list(dict.fromkeys(_describe(one) for one in action.effects if not _is_in_question(one)))


def _is_in_question(one: Effect) -> bool:
    """Tell whether the question of a call with this effect begins with it."""
    match one:
        case (
            ContactsPerson(str(), when=EffectTime.NOW, at=None)
            | SuppressesNumber(str())
            | TakesOffDialList()
        ):
            return True
        case _:
            return False


def _describe(one: Effect) -> str:  # noqa: PLR0911 - one for each kind
    match one:
        case ContactsPerson(number, channel, when, lead, at):
            return _describe_contact(_name_person(number, lead), channel, when, at)
        case MakesCallable(numbers):
            return _describe_callable(len(numbers))
        case TakesOffDialList(number):
            return f"The dial list no longer offers {format_phone(number)}."
        case SuppressesNumber(number, lead):
            return f"{_name_person(number, lead)} is no longer called."
        case ReleasesNumber(number):
            return f"{format_phone(number)} loses its protection and can be called again."
        case DeletesForGood(kind, name):
            return f"The {kind.value} {quote_name(name)} is gone for good."
        case Overwrites(what):
            return f"Replaced or removed: {what}."
        case ChangesRouting(live, when, name):
            return _describe_routing(live, when, name)


def _name_person(number: str | None, lead: str | None) -> str:
    return format_phone(number) if number else f"The lead with {lead}"


def _describe_contact(whom: str, channel: Channel, when: EffectTime, at: datetime | None) -> str:
    if at is not None:
        soon = ", which is now or within minutes" if when is EffectTime.NOW else ""
        return f"{whom} is called at {at:%Y-%m-%d %H:%M}, the time at the phone{soon}."
    done = "texted" if channel is Channel.TEXT else "called"
    return f"{whom} is {done} now." if when is EffectTime.NOW else f"{whom} may be {done} later."


def _describe_callable(count: int) -> str:
    which = "A further phone" if count == 1 else f"{count} further phones"
    return f"{which} of the lead may be called later."


def _describe_routing(live: LiveSystem, when: EffectTime, name: str) -> str:
    soon = "now" if when is EffectTime.NOW else "at the next reload"
    of = f" ({quote_name(name)})" if name else ""
    return f"{live.value.capitalize()}{of} changes {soon}."


def _value_to_json(value: object) -> Json:
    match value:
        case StrEnum():
            return value.value
        case datetime():
            return value.isoformat()
        case frozenset():
            return sorted(str(item) for item in cast("frozenset[object]", value))
        case None | str():
            return value
        case _:
            return str(value)
