"""What the rules need from outside: the time, and whose numbers may be called."""

from dataclasses import dataclass
from datetime import datetime

UNITED_STATES_AND_CANADA = frozenset({"US", "CA"})


@dataclass(frozen=True, slots=True)
class Intake:
    """Passed to pydantic as the validation context.

    `now` is aware, in UTC. `countries` are the ISO codes of the countries within the North American
    Numbering Plan whose numbers may be called or texted.
    """

    now: datetime
    countries: frozenset[str] = UNITED_STATES_AND_CANADA

    def __post_init__(self) -> None:
        if self.now.utcoffset() is None:
            raise ValueError("now needs a time zone")

    @classmethod
    def of(cls, context: object) -> "Intake":
        """The intake that a validation was given; TypeError where it was given none."""
        if not isinstance(context, cls):
            raise TypeError("validate with an Intake as the context")
        return context
