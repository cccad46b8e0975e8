"""Values about numbers that must not be called: waiting requests, an accepted file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

STOP_TOOL: Final = "stop_contact"
"""The tool of the entry that suppresses the numbers of a job's requests to stop."""
CONFIRMED_BY: Final = "confirmation"
"""The argument of that entry with the digest of the one text that may confirm it."""
APPROVAL: Final = "approval"
"""The argument of that entry with the approval that its job waits for."""


@dataclass(frozen=True, slots=True)
class ConfirmationQuery:
    """A search for the request to stop that a text, known by its digest, may confirm at a time."""

    account: str
    caller: str
    number: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request not to be called that the dialer's own list doesn't have yet, or may not have.

    Attributes:
        number: Ten digits; this server suppresses it.
        since: The time of the first attempt to send it.
        last_tried: The time of the last one.
        entries: The ids of the entries of all attempts.
        may_be_listed: True where the outcome of an attempt is unknown.
        is_under_way: True where the last attempt may be under way at this moment.
    """

    number: str
    since: datetime
    last_tried: datetime
    entries: frozenset[str]
    may_be_listed: bool = False
    is_under_way: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A suppression file that a person accepted with fewer numbers than it had.

    `path` is its whole path, empty where the policy names none any more.
    """

    path: str
    count: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DroppedRequest:
    """A waiting request that a person takes out, since the dialer's own list has the number.

    `is_kept_out` is true where the number may not stand in the record of calls.
    """

    number: str
    by: str
    at: datetime
    is_kept_out: bool = False
