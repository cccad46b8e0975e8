"""Compliance rules: who must not be called (TCPA do-not-call rules, 47 CFR 64.1200(d)).

A number is suppressed once the ledger saw it put on the do-not-call list, or once the user's own
suppression file has it. No call may reach a suppressed number or make it callable.
"""

from chasedata_mcp.policy.decision import ALLOWED, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import EffectTime, Protection
from chasedata_mcp.tools.leads import DispositionLead, InsertLead, UpdateLead

DO_NOT_WORK_AROUND = "Don't look for another way to reach them. "
_MUST_NOT = "Somebody whom this would reach, or make callable, must not be called: their number"
_LOOK_AT_IT = (
    f"{DO_NOT_WORK_AROUND}It may be read later. If it can't be, a person looks at the lead in the "
    "dialer and changes it there."
)


def check_do_not_call(action: Action, facts: Facts) -> Verdict:
    """Refuse a call that reaches a suppressed number or makes it callable.

    An unreadable registry and a lead with unread phones refuse too: not knowing is a no.
    """
    # Requests are due within 10 business days (docs/wire.md); here they hold from the moment that
    # insert_dnc is sent, even if the dialer refuses: somebody asked not to be called.
    people = action.contacts
    if not (people or facts.written):
        return ALLOWED
    if facts.registry_problem:
        return Refuse("suppressed", facts.registry_problem, "Tell the person who runs this server.")
    listed, in_file = (
        hits - find_overridden_numbers(action) if people else hits & facts.written
        for hits in (facts.suppressed, facts.in_file)
    )
    if listed or in_file:
        return refuse_suppressed(listed=bool(listed), in_file=bool(in_file))
    lead = facts.target_lead
    # With nobody suppressed there is nothing to compare, so an unread phone does no harm.
    if people and facts.has_suppressed and lead is not None and not lead.is_known:
        return _phones_unread()
    return ALLOWED


def refuse_suppressed(*, listed: bool, in_file: bool) -> Refuse:
    """Build the refusal of a call that would reach a suppressed number.

    `listed`: the ledger saw the number put on the do-not-call list. `in_file`: the user's own
    suppression file has it.
    """
    ways = [
        ("was put on the do-not-call list", "takes the number off with delete_dnc"),
        ("is in the suppression file", "takes it out of the suppression file"),
    ]
    where, ways_out = zip(
        *[way for way, holds in zip(ways, (listed, in_file), strict=True) if holds], strict=True
    )
    hint = f"If they have agreed to be called, a person {' and '.join(ways_out)}."
    reason = f"{_MUST_NOT} {', and '.join(where)}."
    return Refuse("suppressed", reason, f"{DO_NOT_WORK_AROUND}{hint}")


def _phones_unread() -> Refuse:
    reason = (
        "Not all of the lead's phones could be read as ten digits, so they can't be held against "
        "the numbers that must not be called."
    )
    return Refuse("suppressed", reason, _LOOK_AT_IT)


def refuse_suppressed_meanwhile() -> Refuse:
    """Build the refusal of a call whose lead wasn't read before a number was suppressed."""
    reason = (
        "A number was put on the do-not-call list while this call was on its way, and the lead's "
        "phones were not held against it."
    )
    return Refuse("suppressed", reason, "Call it again: the lead is read first then.")


def has_unread_phones(action: Action, facts: Facts) -> bool:
    """Tell whether a call reaches a lead whose phones were not all read."""
    names_lead = isinstance(action, DispositionLead | UpdateLead)
    is_known = facts.target_lead is not None and facts.target_lead.is_known
    return names_lead and bool(action.contacts) and not is_known


def find_overridden_numbers(action: Action) -> frozenset[str]:
    """Find the number that an insert dials past the do-not-call list; a person types it first."""
    # The one way past the list is insert_lead, for which a person types the number.
    if not isinstance(action, InsertLead):
        return frozenset()
    return frozenset(
        person.number
        for person in action.contacts
        if person.number and person.when is EffectTime.NOW and Protection.DNC in person.passing
    )
