"""Facts that a call is decided by: the query for them, and the ledger's answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.ledger.consent import Grant
from chasedata_mcp.ledger.obstacles import Frozen
from chasedata_mcp.ledger.usage import Limit, Unit


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
