"""A verdict on one fact, and what a profile has to say for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The end of a comparison of a fact with what was seen."""

    HOLDS = "holds"
    DIFFERS = "differs"
    NEW = "new"
    """It wasn't known before, and was seen now."""
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class FactFinding:
    """A verdict on a fact, with what was seen and the profile's values, by table and key."""

    fact: str
    verdict: Verdict
    seen: str = ""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


NO_RECORDS = "it needs --with-test-records"
CANT_TELL = "a probe can't tell"
"""What is said of a fact that no probe looks at."""


def untold(fact: str, why: str) -> FactFinding:
    """Make the finding of a fact on which nothing can be said."""
    return FactFinding(fact, Verdict.UNTOLD, why)
