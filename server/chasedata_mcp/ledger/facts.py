"""Facts that a call is decided by: what the ledger is asked, what it answers, what stops a call."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.ledger.consent import Grant
from chasedata_mcp.ledger.models import Duplicate
from chasedata_mcp.ledger.usage import Limit, Unit


@dataclass(frozen=True, slots=True)
class Reservation:
    """A call's claims in the transaction of its intent.

    `grant` is the id of the grant that lets it through. `suppresses` are numbers that the DNC
    registry holds from the intent on, `unsuppresses` those that it releases once the call was done.
    `reaches` are numbers that the registry must not hold; with `unread` it must hold none at all,
    since nobody knows whom else the call reaches.
    """

    units: tuple[Unit, ...] = ()
    limits: tuple[Limit, ...] = ()
    grant: str | None = None
    suppresses: tuple[str, ...] = ()
    unsuppresses: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A limit that a call would break; `count` is with what the call uses.

    It is exact up to a hundred above the limit, where counting stops.
    """

    limit: Limit
    count: int


@dataclass(frozen=True, slots=True)
class Frozen:
    """An account in which nothing may be changed until a person rearms it."""

    at: datetime
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class SpentGrant:
    """A grant that lets nothing through any more: revoked, over, used up, or not of this caller."""

    id: str


@dataclass(frozen=True, slots=True)
class SuppressedSince:
    """A number that the ledger saw put on the do-not-call list, since when, and by which entry.

    Without `is_reached` it is any number of the DNC registry: nobody knows whom the call reaches.
    """

    number: str
    since: datetime
    entry: str
    is_reached: bool = True


Obstacle = Duplicate | Broken | Frozen | SpentGrant | SuppressedSince
"""The reason why an intent was not recorded."""


@dataclass(frozen=True, slots=True)
class DuplicateQuery:
    """A search for earlier calls with the same digest; `since` is aware."""

    digest: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """A question to the ledger about one call, before it is decided.

    `usage` is what the call uses of the caps, and `limits` the bounds on it. With `read_since` the
    answer says when the caller last read a lead's text since then; with `duplicate`, whether there
    may be one.
    """

    account: str
    caller: str
    now: datetime
    numbers: Collection[str] = ()
    usage: Collection[Unit] = ()
    limits: Sequence[Limit] = ()
    read_since: datetime | None = None
    duplicate: DuplicateQuery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """The ledger's answer to a `FactQuery`, all of one moment.

    `suppressed` are those of the numbers asked about. `suppressed_count` is how many numbers the
    DNC registry of the account holds, and `registry_lost` says that it held some and holds none,
    without having released them. `counts` are one for each limit, as in `Broken`. `grants` are
    those that are open for the caller, the oldest first. `last_read` is when the caller last read a
    lead's text, where that was asked for. `may_have_duplicate` is false where a duplicate was asked
    for and there is none that was or may have been done.
    """

    frozen: Frozen | None = None
    suppressed: frozenset[str] = frozenset()
    suppressed_count: int = 0
    counts: tuple[int, ...] = ()
    grants: tuple[Grant, ...] = ()
    registry_lost: bool = False
    last_read: datetime | None = None
    may_have_duplicate: bool = True
