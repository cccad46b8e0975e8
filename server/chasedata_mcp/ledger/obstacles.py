"""Obstacles to an intent, and the reservation that they are checked against in its transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chasedata_mcp.ledger.models import Duplicate, Entry
from chasedata_mcp.ledger.usage import Limit, Unit


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call's conditions and claims in the transaction of its intent.

    Attributes:
        units: What it uses of the caps.
        limits: The bounds on that.
        grant: The id of the grant that lets it through, one use of which is counted.
        suppresses: Numbers that the DNC registry holds from the intent on.
        unsuppresses: Numbers that the registry releases once the call was done.
        reaches: Numbers that the registry must not hold.
        unread: It must hold none at all, since nobody knows whom else the call reaches.
        duplicate_within: The time within which nobody may have been contacted in the same way, nor
            at any time by a call whose outcome is unknown; None where that was asked about.
        aware_of: The ids of the only entries that may have undone the same one, or touched the same
            resources since; None for a call that undoes nothing.
        untouched_since: The number of the last event when its resources were read: no call may have
            touched them since. None for a call that writes whatever was there.
        passes_freeze: It only protects, so it goes through a freeze.
        resends: The entries that suppress its number and didn't put it on the dialer's list, as
            they were listed; any other stops it. None for a call that sends nothing again.
        row_entry: The only entry of its row of a batch that may have been done; empty where none
            may.
        confirms: The number whose request to stop it confirms, which the registry has to hold by
            that very request (`confirmations.py`); None for any other call.
    """

    units: tuple[Unit, ...] = ()
    limits: tuple[Limit, ...] = ()
    grant: str | None = None
    suppresses: tuple[str, ...] = ()
    unsuppresses: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    unread: bool = False
    duplicate_within: timedelta | None = None
    aware_of: Collection[str] | None = None
    untouched_since: int | None = None
    passes_freeze: bool = False
    resends: frozenset[str] | None = None
    row_entry: str = ""
    confirms: str | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that a call would break; `count` includes the call's own use.

    It is exact up to a hundred above the limit, where counting stops. `opens` is when such a call
    may go again, None where it never may. With `is_closed` it isn't the count that the call would
    break: since a restore the limit counts as used up.
    """

    limit: Limit
    count: int
    opens: datetime | None = field(default=None, compare=False)
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """An account in which nothing may be changed until a person rearms it."""

    at: datetime
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class SpentGrant:
    """A grant that lets nothing through: revoked, over, used up, or another caller's."""

    id: str


@dataclass(frozen=True, slots=True)
class SuppressedSince:
    """A number of the DNC registry, with the entry that suppressed it.

    Without `is_reached` it is any number of the registry, since nobody knows whom the call reaches.
    """

    number: str
    since: datetime
    entry: str
    is_reached: bool = True


@dataclass(frozen=True, slots=True)
class NotWaiting:
    """A number whose waiting request was sent, dropped or taken back meanwhile."""

    number: str


@dataclass(frozen=True, slots=True)
class NotConfirmable:
    """A number whose request to stop this text may not confirm, or not any more."""

    number: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row of a batch that was or may have been done meanwhile, by another call."""

    entry: Entry


Obstacle = (
    Duplicate
    | Broken
    | Frozen
    | SpentGrant
    | SuppressedSince
    | NotWaiting
    | NotConfirmable
    | SentRow
)
"""The reason why an intent was not recorded."""
