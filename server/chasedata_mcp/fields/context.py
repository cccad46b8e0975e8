"""The validation context: the time, and the countries whose numbers may be called."""

from dataclasses import dataclass
from datetime import datetime

UNITED_STATES_AND_CANADA = frozenset({"US", "CA"})


@dataclass(frozen=True, slots=True)
class ValidationContext:
    """The context that pydantic validates with.

    `now` is aware, in UTC. `countries` are the ISO codes of the countries within the North American
    Numbering Plan whose numbers may be called or texted. `stopping` are the account's own
    dispositions that mean do-not-call, folded as `fold_disposition` does.
    """

    now: datetime
    countries: frozenset[str] = UNITED_STATES_AND_CANADA
    stopping: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.now.utcoffset() is None:
            raise ValueError("now needs a time zone")

    @classmethod
    def require(cls, context: object) -> "ValidationContext":
        """Return the context that a validation was given; TypeError where it was given none."""
        if not isinstance(context, cls):
            raise TypeError("validate with a ValidationContext as the context")
        return context
