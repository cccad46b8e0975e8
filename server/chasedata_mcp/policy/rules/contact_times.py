"""Compliance rules: when and how often a person may be called or texted (TCPA, state laws).

Calling hours are 8 am to 9 pm at the called party's place (47 CFR 64.1200(c)(1), 16 CFR 310.4(c)),
narrower where a state's row of calling_hours.toml is. Call frequency is at most 3 calls in 24 hours
in FL, MD, ME, OK and OR.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.policy.calling_hours import (
    LeadStates,
    OutsideHours,
    check_callback_hours,
    check_hours_now,
    find_call_limit,
)
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.frequency import (
    CALLS_IN_24_HOURS,
    FREQUENCY,
    MINUTES_BETWEEN_CALLS,
    TEXTS_IN_24_HOURS,
    FrequencyLimits,
    build_frequency_limits,
)
from chasedata_mcp.policy.hours_table import HoursTable, keep_federal
from chasedata_mcp.policy.models import CallFrequency, OnViolation
from chasedata_mcp.policy.rules.do_not_call import DO_NOT_WORK_AROUND
from chasedata_mcp.policy.rules.usage_caps import describe_closing, describe_opening
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import EffectTime
from chasedata_mcp.tools.leads import InsertLead, UpdateLead


@dataclass(frozen=True, slots=True)
class HoursRule:
    """The calling hours in force, and the verdict on a call outside them."""

    table: HoursTable
    outside: OnViolation = "refuse"
    in_sandbox: bool = False

    def applies(self, facts: Facts) -> bool:
        """Tell whether calls must keep to the hours here: a sandbox rings nobody."""
        return self.outside != "off" and (self.in_sandbox or not facts.is_sandbox)


def check_calling_hours(action: Action, facts: Facts, rule: HoursRule | None) -> list[Verdict]:
    """Check a call, a text or a callback by the clock at each phone that it may reach."""
    # 8 am to 9 pm where the called party is: 47 CFR 64.1200(c)(1), 16 CFR 310.4(c).
    if rule is None or not rule.applies(facts):
        return []
    reasons = dict.fromkeys(found.reason for found in _outside(action, facts, rule.table))
    return [_violation("calling_hours", reason, rule.outside) for reason in reasons]


def _outside(action: Action, facts: Facts, table: HoursTable) -> Iterator[OutsideHours]:
    for person in action.contacts:
        if person.when is not EffectTime.NOW and person.at is None:
            continue
        for number in _phones_reached(action, person.number, facts):
            states = find_lead_states(action, number, facts.target_lead)
            rows = table
            if number is None and facts.target_lead is None:
                # The lead wasn't read yet, and only the federal row is sure to apply. Once it was
                # sought, a phone that stays unknown may be in any state: every row applies then.
                rows = keep_federal(table)
            if person.at is not None:
                yield from _found(check_callback_hours(rows, number, states, person.at))
            # A callback that is due is a call now too. Where its phone can't be read, its own time
            # is held to every row already, and at no time of the morning is now an hour everywhere.
            if person.when is EffectTime.NOW and (number or person.at is None):
                yield from _found(check_hours_now(rows, number, states, facts.now, person.channel))


def _found(outside: OutsideHours | None) -> list[OutsideHours]:
    return [] if outside is None else [outside]


def _phones_reached(action: Action, number: str | None, facts: Facts) -> list[str | None]:
    """List the phones that may ring; None is one that isn't known."""
    if number is None:
        return _lead_phones(facts)
    # A lead that is found by one of its phones may have another, which is the one that gets called.
    is_search_key = isinstance(action, UpdateLead) and action.primary_phone is None
    has_lead = facts.target_lead is not None
    return [number, *(_lead_phones(facts) if is_search_key and has_lead else [])]


def _lead_phones(facts: Facts) -> list[str | None]:
    lead = facts.target_lead
    if lead is None or not lead.phones:
        return [None]
    return [*sorted(lead.phones), *([] if lead.is_known else [None])]


def find_lead_states(action: Action, number: str | None, lead: TargetLead | None) -> LeadStates:
    """Find the states that a lead may live in: those that were read, and the one that is given.

    A state that the call gives adds its rules and never replaces a state that the dialer has: else
    an argument would open hours that the lead's own state closes.
    """
    given = action.state if isinstance(action, InsertLead | UpdateLead) else None
    # A new phone doesn't move a person: an updated lead keeps the state that it was read with.
    if lead is None or not (isinstance(action, UpdateLead) or number in lead.phones):
        return given
    return lead.states if given is None else lead.states | {given}


def check_frequency(facts: Facts, limits: FrequencyLimits) -> list[Verdict]:
    """Check a call by how often, and when last, its people were called or texted."""
    refusing = [
        _violation(
            FREQUENCY,
            f"{_describe_frequency(limit, facts, 'the policy stops at')} {_opening(limit, facts)}",
        )
        for limit in _broken(limits.refuses, facts)
    ]
    asking = [
        Ask(FREQUENCY, _describe_frequency(limit, facts, "a person has to agree from"))
        for limit in _broken(limits.asks, facts)
    ]
    return [*refusing, *asking]


def find_frequency_limits(  # noqa: PLR0913 - all that they depend on
    action: Action,
    used: tuple[Unit, ...],
    now: datetime | None,
    lead: TargetLead | None,
    *,
    frequency: CallFrequency | None,
    rule: HoursRule | None,
) -> FrequencyLimits:
    """Find the limits on calls and texts to each person of a call, by the law at their phones."""
    general = 0 if frequency is None else frequency.calls_in_24_hours

    def calls_allowed(number: str) -> int:
        if rule is None or not number.isdecimal():
            return general
        states = find_lead_states(action, number, lead)
        return find_call_limit(rule.table, number, states, general, now)

    return build_frequency_limits(used, frequency, calls_allowed)


def _broken(limits: tuple[Limit, ...], facts: Facts) -> list[Limit]:
    return [
        limit
        for limit in limits
        if facts.counts.get(limit.name, 0) > limit.at_most or limit.name in facts.closed
    ]


def _describe_frequency(limit: Limit, facts: Facts, step: str) -> str:
    if facts.counts.get(limit.name, 0) <= limit.at_most:
        return describe_closing(_name(limit))
    times = "once" if limit.at_most == 1 else f"{limit.at_most} times"
    if limit.name.startswith(MINUTES_BETWEEN_CALLS):
        minutes = f"{limit.within.total_seconds() / 60:g}"
        return (
            f"The number was called less than {minutes} minutes ago, the least time that the "
            f"policy has between calls ({MINUTES_BETWEEN_CALLS})."
        )
    if limit.name.startswith(TEXTS_IN_24_HOURS):
        return (
            f"With this text the number would get {facts.counts[limit.name]} in 24 hours, and "
            f"{step} {limit.at_most + 1} ({TEXTS_IN_24_HOURS})."
        )
    return (
        f"The number was called {times} in the last 24 hours already, as many as the policy allows."
    )


def _name(limit: Limit) -> str:
    """Give the policy's key of a limit, whose own name has the number and the figure behind it."""
    named = (CALLS_IN_24_HOURS, TEXTS_IN_24_HOURS, MINUTES_BETWEEN_CALLS)
    return next(name for name in named if limit.name.startswith(name))


def _opening(limit: Limit, facts: Facts) -> str:
    if facts.counts.get(limit.name, 0) <= limit.at_most:
        return describe_opening(facts.closed.get(limit.name))
    return describe_opening(facts.opens.get(limit.name))


def _violation(rule: str, reason: str, verdict: OnViolation = "refuse") -> Verdict:
    match verdict:
        case "refuse":
            return Refuse(rule, reason, f"{DO_NOT_WORK_AROUND}Try again when the rule allows it.")
        case "ask":
            return Ask(rule, reason)
        case "off":
            return ALLOWED
