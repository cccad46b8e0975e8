"""How much there may be of what: what a call uses up, and the bounds that hold it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a call uses of a cap: `Unit("reached", "9545550123")`."""

    cap: str
    key: str


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of a cap may be used within a time; more than `at_most` breaks it.

    Counted is what was used after now less `within`, with what this call itself uses; only what
    has this `key`, where one is given, and each key once where `distinct`. Breaking one that
    `trips` freezes the account; that one counts from the last rearming on. `name` is the rule's,
    such as `caps.texts.hour.stop`.
    """

    name: str
    cap: str
    within: timedelta
    at_most: int
    key: str | None = None
    distinct: bool = False
    trips: bool = False
