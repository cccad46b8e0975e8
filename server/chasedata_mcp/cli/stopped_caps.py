"""Caps that refuse calls now, at their second step or since a restore, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.cli.screen import local_time
from chasedata_mcp.ledger import FactQuery, Ledger, Restore
from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.policy.caps import DAY, CapLimits, build_cap_limits
from chasedata_mcp.policy.models import Caps
from chasedata_mcp.policy.rules.usage_caps import describe_count


@dataclass(frozen=True, slots=True)
class StoppedCap:
    """A cap whose next call would be refused; `opens` is when it goes again by itself."""

    limit: Limit
    count: int
    opens: datetime | None


async def find_stopped_caps(
    ledger: Ledger, account: str, caps: Caps | None, now: datetime
) -> tuple[StoppedCap, ...]:
    """Find the caps of an account at which calls are refused; one that freezes is a freeze.

    Raises:
        LedgerUnreadableError: It can't be read.
    """
    by_cap: Mapping[str, CapLimits] = {} if caps is None else build_cap_limits(caps)
    limits = [limit for _, stops in by_cap.values() for limit in stops if not limit.trips]
    facts = await ledger.facts(FactQuery(account=account, caller="", now=now, limits=limits))
    full = {
        limit: count
        for limit, count in zip(limits, facts.counts, strict=True)
        if count and count >= limit.at_most
    }
    if not full:
        return ()
    # Of one more of whatever the cap counts.
    next_ones = [Unit(limit.cap, "") for limit in full]
    opens = await ledger.limits.openings(account, list(full), list(dict.fromkeys(next_ones)), now)
    return tuple(StoppedCap(limit, count, opens.get(limit.name)) for limit, count in full.items())


def describe_stopped_cap(cap: StoppedCap) -> str:
    """Say what a cap has counted, and from when on its calls go again."""
    again = "" if cap.opens is None else f"; its calls go again from {local_time(cap.opens)} on"
    return (
        f"{cap.limit.name}: {describe_count(cap.limit, cap.count)}, and the policy stops at "
        f"{cap.limit.at_most + 1}{again}."
    )


async def find_closing(ledger: Ledger, account: str, now: datetime) -> Restore | None:
    """Find the restore since which the caps of an account count as used up, if they still do.

    Raises:
        LedgerUnreadableError: It can't be read.
    """
    restore = await ledger.limits.closing(account)
    return restore if restore is not None and restore.at + DAY > now else None


def describe_closing(restore: Restore) -> str:
    """Say since when, and up to when, the caps count as used up."""
    return (
        f"{restore.describe(local_time)} So how much of the caps was used isn't known, and each "
        f"counts as used up until its time has passed, the last on {local_time(restore.at + DAY)}."
    )
