"""Usage of the caps: the units that a call uses, and the limits on them."""

from dataclasses import dataclass
from datetime import timedelta

TEXTS, CALLED = "texts", "called"
"""The caps whose units are texts to a person, and calls that ring now; each key is the person's."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a call uses of a cap: `Unit("contacted", "9545550123")`."""

    cap: str
    key: str

    @property
    def is_contact(self) -> bool:
        """True of a text to a person or a call that rings now."""
        return self.cap in {TEXTS, CALLED}


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on the use of a cap within a time, which more than `at_most` units break.

    Attributes:
        name: The rule's, such as `caps.texts.hour.stop`.
        cap: The cap whose units are counted.
        within: The time before now from which on units count; those of the call itself do too.
        at_most: The most units there may be.
        key: The only key whose units count, if any.
        distinct: Each key counts once.
        stops: What would break it is refused, and a person's rearming begins its count anew.
        trips: Breaking it freezes the account besides.
        closes: After a restore it counts as used up. What bounds only calls that protect doesn't.
    """

    name: str
    cap: str
    within: timedelta
    at_most: int
    key: str | None = None
    distinct: bool = False
    stops: bool = False
    trips: bool = False
    closes: bool = True
