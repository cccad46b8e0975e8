"""Rules about volume: from which step of a cap a person is asked, and where all writes stop."""

from datetime import timedelta

from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy.caps import UsageLimits
from chasedata_mcp.policy.decision import Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules.access import TO_GO_ON

_COUNTED = {
    "contacted": "people called or texted",
    "made_callable": "people made callable",
    "texts": "texts",
    "dnc_insertions": "numbers put on the do-not-call list",
    "dnc_removals": "numbers taken off the do-not-call list",
    "dispositions": "dispositions set",
    "overwrites": "records overwritten",
    "deletions": "deletions",
}


def check_caps(facts: Facts, limits: UsageLimits) -> list[Verdict]:
    """Ask for each cap whose first step the call would reach."""
    return [
        Ask(
            "caps",
            f"That makes {facts.counts[limit.name]} {_describe(limit)}; from "
            f"{limit.at_most + 1} on, a person has to agree.",
        )
        for limit in limits.asks
        if facts.counts.get(limit.name, 0) > limit.at_most
    ]


def find_stopping_cap(facts: Facts, limits: UsageLimits) -> Limit | None:
    """Find the first cap whose second step the call would reach: all writes stop then."""
    return next(
        (limit for limit in limits.stops if facts.counts.get(limit.name, 0) > limit.at_most), None
    )


def refuse_at_cap(limit: Limit) -> Refuse:
    """Build the refusal of a call that reaches the second step of a cap."""
    # The stop freezes the account for every process on the ledger, until a person rearms.
    reason = (
        f"With this call there would be {limit.at_most + 1} {_describe(limit)}, as many as the "
        f"policy stops at ({limit.name}). All writes are stopped."
    )
    return Refuse("caps", reason, TO_GO_ON)


def _describe(limit: Limit) -> str:
    span = "an hour" if limit.within <= timedelta(hours=1) else "a day"
    return f"{_COUNTED[limit.cap]} within {span}"
