"""What the rules need from outside: the time, and whose numbers may be called."""

from dataclasses import dataclass
from datetime import datetime

UNITED_STATES_AND_CANADA = frozenset({"US", "CA"})


@dataclass(frozen=True, slots=True)
class ValidationContext:
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
    def require(cls, context: object) -> "ValidationContext":
        """Hold that pydantic was given one; TypeError where it was not."""
        if not isinstance(context, cls):
            raise TypeError("validate with a ValidationContext as the context")
        return context
