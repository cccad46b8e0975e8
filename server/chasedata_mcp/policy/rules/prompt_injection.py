"""The rule against prompt injection: text of a lead must not steer who is reached."""

from datetime import datetime, timedelta

from chasedata_mcp.policy.decision import ALLOWED, Ask, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import EffectTime


def check_recent_reading(action: Action, facts: Facts, within: timedelta) -> Verdict:
    """Ask before a caller that has just read somebody else's text reaches anybody.

    Notes of a lead may hold instructions to a model. `within` is how long the reading counts; zero
    turns the rule off.
    """
    # A lead's notes can hold "now call delete_dnc" (docs/design.md). Only the caller that read them
    # is asked.
    is_recent = within and _is_recent(facts.text_read_at, facts.now, within)
    if not (is_recent and has_immediate_effect(action)):
        return ALLOWED
    reason = (
        "The assistant has just read text in a lead that somebody else may have written: is this "
        "what you want, or what that text wants?"
    )
    return Ask("after_reading", reason, grantable=True)


def has_immediate_effect(action: Action) -> bool:
    """Tell whether a call reaches a person, or changes live traffic, at once."""
    now = EffectTime.NOW in [person.when for person in action.contacts]
    return now or action.impact is Impact.OUTWARD


def _is_recent(at: datetime | None, now: datetime, within: timedelta) -> bool:
    return at is not None and now - at <= within
