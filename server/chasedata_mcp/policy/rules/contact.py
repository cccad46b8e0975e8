"""The rules about people: who must not be reached, when, how often, and what is said to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy import calling_hours as hours
from chasedata_mcp.policy.caps import FREQUENCY, UsageLimits
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.hours_table import HoursTable
from chasedata_mcp.policy.models import OnViolation
from chasedata_mcp.policy.rules.access import TO_GO_ON
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import EffectTime, Protection
from chasedata_mcp.tools.leads import DispositionLead, InsertLead, UpdateLead
from chasedata_mcp.tools.sms import SendSms

_DONT = "Don't look for another way to reach them. "
_MUST_NOT = "Somebody whom this would reach, or make callable, must not be called: their number"
_LOOK_AT_IT = (
    f"{_DONT}It may be read later. If it can't be, a person looks at the lead in the dialer and "
    "changes it there."
)


@dataclass(frozen=True, slots=True)
class HoursRule:
    """The calling hours in force, and what becomes of a call outside them."""

    table: HoursTable
    outside: OnViolation = "refuse"
    in_sandbox: bool = False

    def holds(self, facts: Facts) -> bool:
        """Whether anybody keeps to them here."""
        return self.outside != "off" and (self.in_sandbox or not facts.rings_nobody)


def suppressed(action: Action, facts: Facts) -> Verdict:
    """Nothing reaches or makes callable who must not be called."""
    people = action.contacts
    if not (people or facts.written):
        return ALLOWED
    if facts.unsure:
        return Refuse("suppressed", facts.unsure, "Tell the person who runs this server.")
    listed, in_file = (
        hits - passed_over(action) if people else hits & facts.written
        for hits in (facts.suppressed, facts.in_file)
    )
    if listed or in_file:
        return must_not_be_called(listed=bool(listed), in_file=bool(in_file))
    target_lead = facts.target_lead
    if people and facts.remembers and target_lead is not None and not target_lead.is_known:
        return _can_not_be_told()
    return ALLOWED


def must_not_be_called(*, listed: bool, in_file: bool) -> Refuse:
    """The refusal of a call that would reach somebody who must not be called.

    `listed` is whether the ledger saw their number put on the do-not-call list, `in_file` whether
    the user's own suppression file has it.
    """
    ways = [
        ("was put on the do-not-call list", "takes the number off with delete_dnc"),
        ("is in the suppression file", "takes it out of the suppression file"),
    ]
    where, ways_out = zip(
        *[way for way, holds in zip(ways, (listed, in_file), strict=True) if holds], strict=True
    )
    hint = f"If they have agreed to be called, a person {' and '.join(ways_out)}."
    return Refuse("suppressed", f"{_MUST_NOT} {', and '.join(where)}.", f"{_DONT}{hint}")


def _can_not_be_told() -> Refuse:
    """The refusal of a call to a lead not all of whose phones are known."""
    reason = (
        "Not all of the lead's phones could be read as ten digits, so they can't be held against "
        "the numbers that must not be called."
    )
    return Refuse("suppressed", reason, _LOOK_AT_IT)


def not_held_against_any() -> Refuse:
    """The refusal of a call whose lead wasn't read while nobody was on the list yet."""
    reason = (
        "A number was put on the do-not-call list while this call was on its way, and the lead's "
        "phones were not held against it."
    )
    return Refuse("suppressed", reason, "Call it again: the lead is read first then.")


def leaves_unread(action: Action, facts: Facts) -> bool:
    """Whether a call reaches a lead of whose phones not all were read."""
    names_one = isinstance(action, DispositionLead | UpdateLead)
    known = facts.target_lead is not None and facts.target_lead.is_known
    return names_one and bool(action.contacts) and not known


def passed_over(action: Action) -> frozenset[str]:
    """The number that a call rings past the do-not-call list, for which a person types it."""
    if not isinstance(action, InsertLead):
        return frozenset()
    return frozenset(
        one.number
        for one in action.contacts
        if one.number and one.when is EffectTime.NOW and Protection.DNC in one.passing
    )


def in_hours(action: Action, facts: Facts, rule: HoursRule | None) -> list[Verdict]:
    """A person is called or texted, and called back, in the hours at their phone only."""
    if rule is None or not rule.holds(facts):
        return []
    found = dict.fromkeys(outside.reason for outside in _outside(action, facts, rule.table))
    return [_beyond("calling_hours", reason, rule.outside) for reason in found]


def _outside(action: Action, facts: Facts, table: HoursTable) -> Iterator[hours.OutsideHours]:
    for one in action.contacts:
        if one.when is not EffectTime.NOW and one.at is None:
            continue
        for number in _rung(action, one.number, facts):
            states = _states(action, number, facts)
            rows = _before_reading(table) if number is None and facts.target_lead is None else table
            outside = (
                hours.outside_now(rows, number, states, facts.now)
                if one.at is None
                else hours.outside_at(rows, number, states, one.at)
            )
            if outside is not None:
                yield outside


def _before_reading(table: HoursTable) -> HoursTable:
    """What holds for every number, while nobody has looked yet whose it is."""
    return HoursTable(table.federal, {})


def _rung(action: Action, number: str | None, facts: Facts) -> list[str | None]:
    """The phones at which somebody may be reached: a lead found by one may have another."""
    if number is None:
        return _phones(facts)
    found_by_it = isinstance(action, UpdateLead) and action.primary_phone is None
    return [number, *(_phones(facts) if found_by_it and facts.target_lead is not None else [])]


def _phones(facts: Facts) -> list[str | None]:
    """The phones of the lead that a call names, and one that isn't known where not all are."""
    target_lead = facts.target_lead
    if target_lead is None or not target_lead.phones:
        return [None]
    return [*sorted(target_lead.phones), *([] if target_lead.is_known else [None])]


def state_of(action: Action) -> str | None:
    """The lead's state as a call gives it."""
    return action.state if isinstance(action, InsertLead | UpdateLead) else None


def _states(action: Action, number: str | None, facts: Facts) -> hours.LeadStates:
    """The lead's state: as the call gives it, or as the lead has it whose number this is.

    Whoever gets a new phone lives where they lived.
    """
    given = state_of(action)
    if given is not None or facts.target_lead is None:
        return given
    its_own = isinstance(action, UpdateLead) or number in facts.target_lead.phones
    return facts.target_lead.states if its_own else None


def often(facts: Facts, limits: tuple[Limit, ...], over: OnViolation) -> list[Verdict]:
    """A number is called only so often in 24 hours."""
    return [
        _beyond("frequency", _too_often(limit), over)
        for limit in limits
        if limit.name.startswith(FREQUENCY) and facts.counts.get(limit.name, 0) > limit.at_most
    ]


def _too_often(limit: Limit) -> str:
    times = "once" if limit.at_most == 1 else f"{limit.at_most} times"
    return (
        f"The number was called {times} in the last 24 hours already, as many as the policy allows."
    )


def _beyond(rule: str, reason: str, over: OnViolation) -> Verdict:
    match over:
        case "refuse":
            return Refuse(rule, reason, f"{_DONT}Try again when the rule allows it.")
        case "ask":
            return Ask(rule, reason)
        case "off":
            return ALLOWED


def many(facts: Facts, bound: UsageLimits) -> list[Verdict]:
    """More than the policy's first step asks."""
    return [
        Ask(
            "caps",
            f"That makes {facts.counts[limit.name]} {_in_words(limit)}; from "
            f"{limit.at_most + 1} on, a person has to agree.",
        )
        for limit in bound.asks
        if facts.counts.get(limit.name, 0) > limit.at_most
    ]


def stopped_by(facts: Facts, bound: UsageLimits) -> Limit | None:
    """The limit whose second step a call would pass; all writes stop then."""
    return next(
        (limit for limit in bound.stops if facts.counts.get(limit.name, 0) > limit.at_most), None
    )


def _in_words(limit: Limit) -> str:
    what = {
        "reached": "people reached or made callable",
        "texts": "texts",
        "dnc_insertions": "numbers put on the do-not-call list",
        "dnc_removals": "numbers taken off the do-not-call list",
        "dispositions": "dispositions set",
        "overwrites": "records overwritten",
        "deletions": "deletions",
    }[limit.cap]
    span = "an hour" if limit.within <= timedelta(hours=1) else "a day"
    return f"{what} within {span}"


def stopping(limit: Limit) -> Refuse:
    """The refusal of a call that passes the second step."""
    reason = (
        f"With this call there would be {limit.at_most + 1} {_in_words(limit)}, as many as the "
        f"policy stops at ({limit.name}). All writes are stopped."
    )
    return Refuse("caps", reason, TO_GO_ON)


def long_text(action: Action, ask_over: int | None) -> Verdict:
    """A text of many parts asks."""
    if ask_over is None or not isinstance(action, SendSms) or action.parts.count <= ask_over:
        return ALLOWED
    return Ask("parts", f"The text is so long that it goes as {action.parts.count} messages.")


def filed_under(action: Action, facts: Facts) -> Verdict:
    """A text under a lead goes to that lead's number, or asks."""
    if not isinstance(action, SendSms) or action.lead_id is None or facts.target_lead is None:
        return ALLOWED
    if action.to_number in facts.target_lead.alone:
        return ALLOWED
    match facts.target_lead.leads:
        case None:
            found = "could not be read"
        case 0:
            found = "can't be found"
        case _:
            found = "has another number"
    return Ask("lead_number", f"It would be filed under lead {action.lead_id}, which {found}.")


def after_reading(action: Action, facts: Facts, within: timedelta) -> Verdict:
    """Who has just read what somebody else wrote is asked before anybody is reached."""
    if not (reaches_now(action) and within and _is_recent(facts.read_text, facts.now, within)):
        return ALLOWED
    reason = (
        "The assistant has just read text in a lead that somebody else may have written: is this "
        "what you want, or what that text wants?"
    )
    return Ask("after_reading", reason, grantable=True)


def reaches_now(action: Action) -> bool:
    """Whether a call reaches a person, or changes live traffic, at once."""
    return action.impact is Impact.OUTWARD or EffectTime.NOW in [
        one.when for one in action.contacts
    ]


def _is_recent(at: datetime | None, now: datetime, within: timedelta) -> bool:
    return at is not None and now - at <= within
