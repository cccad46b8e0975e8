"""The effects that a call may have, as data: rules read these, never the tool's name."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The way in which a person is reached."""

    # Recorded in every ledger: the values of these enums may not change.
    CALL = "call"
    TEXT = "text"


class EffectTime(StrEnum):
    """The time of an effect: now, by this call, or later, made possible or likely by it."""

    NOW = "now"
    LATER = "later"


class Protection(StrEnum):
    """A protection that keeps the dialer from ringing somebody, which a call may pass over."""

    DNC = "do-not-call list"
    DUPLICATES = "duplicate check"
    HOURS = "check of local calling hours"


class LiveSystem(StrEnum):
    """A part of the dialer that live traffic follows."""

    DIALING = "who is dialed next"
    ROUTING = "where calls are routed"


@dataclass(frozen=True, slots=True)
class ContactsPerson:
    """A person may be called or texted.

    `number` is ten digits, or None where the call names a lead and not its phone (`lead` then says
    which, as `lead id 1234`). `at` is the local time of a callback at the person's phone.
    `passing` are the protections that the call asks the dialer to pass over.
    """

    number: str | None
    channel: Channel
    when: EffectTime
    lead: str | None = None
    at: datetime | None = None
    passing: frozenset[Protection] = frozenset()


@dataclass(frozen=True, slots=True)
class MakesCallable:
    """Further phones of a lead may be called later; `numbers` are ten digits each."""

    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class SuppressesNumber:
    """A number is no longer called.

    `number` is ten digits, or None where the call names a lead: then it is each phone of that lead,
    and `lead` says which, as in `ContactsPerson`.
    """

    number: str | None
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class TakesOffDialList:
    """A phone is no longer offered to an agent by a dial list."""

    number: str


@dataclass(frozen=True, slots=True)
class ReleasesNumber:
    """A number that asked not to be called can be called again."""

    number: str


class DeletedKind(StrEnum):
    """Kinds of things that are deleted for good."""

    # Recorded in place of the effect's kind (effect_records.py), so it may not change.
    DIAL_LIST = "dial list"


@dataclass(frozen=True, slots=True)
class DeletesForGood:
    """Something is gone that the API can't give back; `name` is its exact name."""

    kind: DeletedKind
    name: str


class FormerValue(StrEnum):
    """Kinds of former values."""

    # Recorded in place of the effect's kind (effect_records.py), so none may change.
    DATA = "data"
    DISPOSITION = "disposition"
    MARK = "mark"
    MARK_ON_LIST = "mark on a list"
    SWITCH = "switch"
    PLACE = "place on a list"


@dataclass(frozen=True, slots=True)
class Overwrites:
    """A former value is replaced or removed; `what` says which, in words, never a value."""

    what: str
    kind: FormerValue = FormerValue.DATA


@dataclass(frozen=True, slots=True)
class ChangesRouting:
    """Live dialing or routing changes; `name` is the playlist, empty for all skills."""

    live: LiveSystem
    when: EffectTime
    name: str = ""


Effect = (
    ContactsPerson
    | MakesCallable
    | SuppressesNumber
    | TakesOffDialList
    | ReleasesNumber
    | DeletesForGood
    | Overwrites
    | ChangesRouting
)

Protective = SuppressesNumber | TakesOffDialList
"""An effect after which fewer people can be reached, and nobody more."""
_LOST_BY_PROTECTING = frozenset({FormerValue.MARK, FormerValue.PLACE, FormerValue.DISPOSITION})
"""The former values that a protection itself replaces: a lead's mark, a place on a dial list."""


def is_only_protective(effects: Collection[Effect]) -> bool:
    """Tell whether a call keeps somebody from being reached and does nothing else.

    Such a call passes through a freeze and counts towards no stop: nobody may be called because a
    request to stop came at a bad moment.
    """
    return any(isinstance(one, Protective) for one in effects) and all(
        isinstance(one, Protective) or _goes_with_protection(one) for one in effects
    )


def _goes_with_protection(effect: Effect) -> bool:
    return isinstance(effect, Overwrites) and effect.kind in _LOST_BY_PROTECTING
