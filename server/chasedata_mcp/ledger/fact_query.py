"""Facts that a call is decided by: the query for them, and the ledger's answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chasedata_mcp.ledger.approval_models import Grant
from chasedata_mcp.ledger.obstacles import Frozen
from chasedata_mcp.ledger.usage import Limit, Unit


@dataclass(frozen=True, slots=True)
class DuplicateQuery:
    """A search for earlier calls to the same people.

    It finds a text or a call of the same kind from `since` on, which is aware, and any text or call
    to them whose outcome is unknown, however old; without `since` only the latter.
    """

    contacts: tuple[Unit, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """A query for the facts about one call, before it is decided.

    Attributes:
        account: The call's.
        caller: The call's.
        now: The time of the decision, aware.
        numbers: The numbers that may be suppressed.
        usage: The units that the call uses of the caps.
        limits: The bounds on them.
        read_since: The time from which on it matters that the caller read a lead's text, if it
            does.
        duplicate: The search for a duplicate, if one matters.
    """

    account: str
    caller: str
    now: datetime
    numbers: Collection[str] = ()
    usage: Collection[Unit] = ()
    limits: Sequence[Limit] = ()
    read_since: datetime | None = None
    duplicate: DuplicateQuery | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A time at which free text was shown, and whose it was: `lead 1005`, `names of agents`."""

    at: datetime
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """The ledger's answer to a `FactQuery`, all of one moment.

    Attributes:
        frozen: The freeze of the account, if it is frozen.
        suppressed: The numbers of the query that are suppressed.
        suppressed_count: The number of suppressed numbers in the account.
        counts: A count for each limit, in their order, as in `Broken`.
        grants: The grants that are open for the caller's principal, the oldest first.
        registry_lost: The account has lost suppressed numbers without having released them.
        readings: The last times the caller's principal was shown free text, where that matters,
            the newest first.
        may_have_duplicate: False where the search found none that was or may have been done.
        closed: By name the limits that count as used up since a restore, each with the time that it
            opens by itself.
    """

    frozen: Frozen | None = None
    suppressed: frozenset[str] = frozenset()
    suppressed_count: int = 0
    counts: tuple[int, ...] = ()
    grants: tuple[Grant, ...] = ()
    registry_lost: bool = False
    readings: tuple[Reading, ...] = ()
    may_have_duplicate: bool = True
    closed: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
