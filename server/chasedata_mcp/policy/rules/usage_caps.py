"""Rules about volume: from which step of a cap a person is asked, and from which it refuses."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy.caps import UsageLimits
from chasedata_mcp.policy.decision import Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules.access import TO_GO_ON

_COUNTED = {
    "contacted": ("person", "people", " called or texted"),
    "made_callable": ("person", "people", " made callable"),
    "texts": ("text", "texts", ""),
    "dnc_insertions": ("number", "numbers", " put on the do-not-call list"),
    "dnc_removals": ("number", "numbers", " taken off the do-not-call list"),
    "dispositions": ("disposition", "dispositions", " set"),
    "overwrites": ("record", "records", " overwritten"),
    "deletions": ("deletion", "deletions", ""),
    "batch_rows": ("row", "rows", " of batches"),
}
"""For each cap one, many, and what is done to them."""
CAPS = "caps"
"""The name of the rule."""
_MOST_OFFERED = 500
"""The most calls of a grant that is given at a terminal."""
_AN_HOUR = timedelta(hours=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_A_MINUTE = timedelta(minutes=1)
_GO_ON_SOONER = (
    "Calls that this cap doesn't count still go. Don't split the work or look for another way to "
    "do it. A person who wants to go on sooner looks at the history and runs `chasedata-mcp policy "
    "rearm`, or raises the figure in the policy."
)

OPEN_SOONER = (
    "Calls that no cap counts still go. Don't split the work or look for another way to do it. A "
    "person who wants to go on sooner looks in the dialer at what was done meanwhile and runs "
    "`chasedata-mcp policy rearm`."
)
"""The hint for a call that is refused since a restore."""


def check_caps(facts: Facts, limits: UsageLimits) -> list[Verdict]:
    """Ask for each cap whose first step the call would reach."""
    return [
        Ask(
            CAPS,
            f"That makes {describe_count(limit, facts.counts[limit.name])}; from "
            f"{limit.at_most + 1} on, a person has to agree ({limit.name}).",
            grantable=True,
        )
        for limit in limits.asks
        if facts.counts.get(limit.name, 0) > limit.at_most
    ]


def count_offered(facts: Facts, limits: UsageLimits) -> int:
    """Count the further calls that a question at a cap offers: an hour's, while none would stop."""
    asking = {limit.cap for limit in limits.asks if facts.counts.get(limit.name, 0) > limit.at_most}
    in_an_hour = [
        limit.at_most + 1
        for limit in limits.asks
        if limit.cap in asking and limit.within <= _AN_HOUR
    ]
    left = [limit.at_most - facts.counts.get(limit.name, 0) for limit in limits.stops]
    return min([*in_an_hour, *left, _MOST_OFFERED])


def check_stops(facts: Facts, limits: UsageLimits) -> list[Verdict]:
    """Refuse a call for each cap whose second step it would reach, and that freezes nothing."""
    # Of an hour and a day, the one that holds longer: only then does such a call go again.
    holding: dict[str, Limit] = {}
    for limit in limits.stops:
        is_over = not limit.trips and facts.counts.get(limit.name, 0) > limit.at_most
        if is_over or limit.name in facts.closed:
            other = holding.get(limit.cap, limit)
            holding[limit.cap] = max(other, limit, key=lambda one: _opens(one, facts))
    closed = [limit for limit in holding.values() if _is_closed(limit, facts)]
    since_a_restore = [refuse_closed(closed, _find_last_opening(closed, facts))] if closed else []
    counted = [
        refuse_at_cap(limit, facts.counts[limit.name], facts.opens.get(limit.name))
        for limit in holding.values()
        if limit not in closed
    ]
    return [*since_a_restore, *counted]


def _find_last_opening(closed: Collection[Limit], facts: Facts) -> datetime:
    return max(facts.closed[limit.name] for limit in closed)


def _is_closed(limit: Limit, facts: Facts) -> bool:
    """Tell whether a restore holds calls back at a limit, for longer than its count does."""
    closed = facts.closed.get(limit.name)
    return closed is not None and closed >= _opens(limit, facts)


def _opens(limit: Limit, facts: Facts) -> datetime:
    """Find when calls go again that a limit refuses, by its count and by a restore."""
    closed = facts.closed.get(limit.name, facts.now)
    if facts.counts.get(limit.name, 0) <= limit.at_most:
        return closed
    return max(closed, facts.opens.get(limit.name, _NEVER))


def find_freezing_cap(facts: Facts, limits: UsageLimits) -> Limit | None:
    """Find the first cap at whose second step, which the call would reach, all writes stop."""
    return next(
        (
            limit
            for limit in limits.stops
            if limit.trips and facts.counts.get(limit.name, 0) > limit.at_most
        ),
        None,
    )


def refuse_at_cap(limit: Limit, count: int, opens: datetime | None) -> Refuse:
    """Build the refusal of a call that reaches the second step of a cap.

    `opens` is when such a call may go again; None where it alone is more than the cap allows.
    """
    reason = (
        f"With this call there would be {describe_count(limit, count)}, and the policy stops at "
        f"{limit.at_most + 1} ({limit.name})."
    )
    if limit.trips:
        return Refuse(CAPS, f"{reason} All writes are stopped.", TO_GO_ON)
    return Refuse(CAPS, f"{reason} {describe_opening(opens)}", _GO_ON_SOONER)


def refuse_closed(limits: Collection[Limit], opens: datetime) -> Refuse:
    """Build the refusal of a call at limits that count as used up since a restore."""
    names = ", ".join(limit.name for limit in limits)
    return Refuse(CAPS, f"{describe_closing(names)} {describe_opening(opens)}", OPEN_SOONER)


def describe_closing(names: str) -> str:
    """Say that limits count as used up since the record was restored."""
    return (
        "The record was restored from a backup, so not all that was done before is known, and this "
        f"counts as used up ({names})."
    )


def describe_count(limit: Limit, count: int) -> str:
    """Describe what a limit of a cap has counted: `3 texts within an hour`."""
    one, many, done = _COUNTED[limit.cap]
    span = "an hour" if limit.within <= _AN_HOUR else "a day"
    return f"{count} {one if count == 1 else many}{done} within {span}"


def describe_opening(opens: datetime | None) -> str:
    """Say when calls like one that was refused go again."""
    if opens is None:
        return "This call alone is more than that, so it never goes."
    # To the next full minute: at the time that is named it does go.
    at = (opens + _A_MINUTE - timedelta(microseconds=1)).astimezone(UTC)
    return f"Such calls go again from {at:%Y-%m-%d %H:%M} UTC on."
