"""What a call may use, what stands in its way, and what is known beforehand, as values."""

from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.limits import Limit, Unit


@dataclass(frozen=True, slots=True)
class Reserve:
    """What a call takes in the transaction of its intent.

    `grant` is the id of the grant that lets it through. `suppresses` are numbers that the memory
    holds from the intent on, `unsuppresses` those that it lets go of once the call was done.
    `reaches` are numbers that the memory must not hold; with `unread` it must hold none at all,
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
class Suppressed:
    """A number that the ledger saw put on the do-not-call list, since when, and by which entry.

    Without `is_reached` it is any that the memory holds, where nobody knows whom a call reaches.
    """

    number: str
    since: datetime
    entry: str
    is_reached: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's yes to more than one call; what is None doesn't narrow it.

    It is open from `given` until `until`, for at most `at_most` calls, unless revoked. `by` and
    `how` say who gave it and in which way, `sureness` how sure that yes is: `client`, `machine` or
    `second_factor`.
    """

    id: str
    account: str
    caller: str
    tools: tuple[str, ...]
    numbers: tuple[str, ...] | None
    campaign: str | None
    at_most: int
    given: datetime
    until: datetime
    by: str
    how: str
    sureness: str = "client"
    used: int = 0
    revoked: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it may let another call through."""
        return self.revoked is None and now < self.until and self.used < self.at_most


@dataclass(frozen=True, slots=True)
class Likeness:
    """What finds the calls that are like one: its digest, and since when they count, aware."""

    digest: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger knows that a call is judged by, all of one moment.

    `suppressed` are those of the numbers asked about. `remembered` is how many numbers the memory
    of the account holds, and `memory_lost` says that it held some and holds none, without having
    let go of them. `counts` are one for each limit, as in `Broken`. `grants` are those that are
    open for the caller, the oldest first. `last_read` is when the caller last read a lead's text,
    where that was asked for. `may_have_twin` is false where a call like this one was asked for and
    there is none that was or may have been done.
    """

    frozen: Frozen | None = None
    suppressed: frozenset[str] = frozenset()
    remembered: int = 0
    counts: tuple[int, ...] = ()
    grants: tuple[Grant, ...] = ()
    memory_lost: bool = False
    last_read: datetime | None = None
    may_have_twin: bool = True
