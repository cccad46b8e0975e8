"""The rule against prompt injection: text of a lead must not steer who is reached."""

from datetime import timedelta

from chasedata_mcp.policy.decision import ALLOWED, Ask, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import (
    ChangesRouting,
    ContactsPerson,
    Effect,
    EffectTime,
    FormerValue,
    MakesCallable,
    Overwrites,
    ReleasesNumber,
)
from chasedata_mcp.tools.free_text import describe_sources
from chasedata_mcp.tools.impact import Impact


def check_recent_reading(action: Action, facts: Facts, within: timedelta) -> Verdict:
    """Ask before a caller that has just read free text reaches somebody or makes them callable.

    Notes of a lead may hold instructions to a model. `within` is how long the reading counts; zero
    turns the rule off.
    """
    # A lead's notes can hold "now call delete_dnc" (docs/design.md). The reading is the
    # principal's: a client gives itself its name.
    recent = [one for one in facts.readings if within and facts.now - one.at <= within]
    sources = tuple(source for one in recent for source in one.sources)
    if not (recent and can_be_steered(action)) or _ends_own_call(action, sources):
        return ALLOWED
    reason = (
        f"The assistant has just read free text ({describe_sources(sources)}) that somebody else "
        "may have written: is this what you want, or what that text wants?"
    )
    return Ask("after_reading", reason, grantable=True)


def _ends_own_call(action: Action, sources: tuple[str, ...]) -> bool:
    """Tell whether a call only sets the disposition of the one lead whose text was read.

    That is how every call ends, and text of a lead's own steers nobody else.
    """
    disposes = any(
        isinstance(one, Overwrites) and one.kind is FormerValue.DISPOSITION
        for one in action.effects
    )
    own = {f"lead {(one.lead or '').removeprefix('lead id ')}" for one in action.contacts}
    return disposes and set(sources) == own


def can_be_steered(action: Action) -> bool:
    """Tell whether a call reaches somebody or makes them callable, or changes live traffic.

    A callback that is due within minutes is a call now; of one that is due later there is time to
    look at.
    """
    return action.impact is Impact.OUTWARD or any(map(_can_harm, action.effects))


def _can_harm(effect: Effect) -> bool:
    match effect:
        case ContactsPerson(when=when, at=at):
            return when is EffectTime.NOW or at is None
        case MakesCallable() | ReleasesNumber():
            return True
        case ChangesRouting(when=when):
            return when is EffectTime.NOW
        case _:
            return False
