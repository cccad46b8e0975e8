"""Compliance rules: who must not be called (TCPA do-not-call rules, 47 CFR 64.1200(d)).

A number is suppressed once the ledger saw it put on the do-not-call list or its lead given a
disposition that means the same, or once the user's own suppression file has it. No call may reach a
suppressed number or make it callable, nor a lead that reads as do-not-call at the dialer.
"""

from collections.abc import Collection

from chasedata_mcp.fields.format import format_phone, join_words
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import Facts, LeadMarks
from chasedata_mcp.policy.models import OnUnread
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.effects import EffectTime, Protection
from chasedata_mcp.tools.leads import DispositionLead, InsertLead, UpdateLead

DO_NOT_WORK_AROUND = "Don't look for another way to reach them. "
_MUST_NOT = "Somebody whom this would reach, or make callable, must not be called: their number"
_LOOK_AT_IT = (
    f"{DO_NOT_WORK_AROUND}It may be read later. If it can't be, a person looks at the lead in the "
    "dialer and changes it there."
)
_MARKED = (
    "The dialer marks a lead that this would reach, or make callable, as do-not-call, by its "
    "disposition, its status or another of its fields."
)
_MARKED_TO_DIAL = "The dialer marks a lead with this number as do-not-call."
_AT_THE_DIALER = (
    f"{DO_NOT_WORK_AROUND}If the mark is a mistake, or they have agreed to be called, a person "
    "changes the lead in the dialer."
)
MARKS_UNREAD = "marks_unread"
"""The rule about leads whose marks can't be read."""
_MARKS_UNREAD = "Whether the dialer marks the number or its lead as do-not-call could not be read."


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
    overridden = find_overridden_numbers(action)
    listed, in_file = (
        hits - overridden if people else hits & facts.written
        for hits in (facts.suppressed, facts.in_file)
    )
    if listed or in_file:
        return refuse_suppressed(listed=bool(listed), in_file=bool(in_file))
    lead = facts.target_lead
    marked = [marks for marks in _list_marks(facts) if people and marks.is_marked]
    if marked:
        return _check_marked(marked, overridden)
    # With nobody suppressed there is nothing to compare, so an unread phone does no harm.
    if people and facts.has_suppressed and lead is not None and not lead.is_known:
        return _phones_unread()
    return ALLOWED


def _check_marked(marked: Collection[LeadMarks], overridden: frozenset[str]) -> Verdict:
    """Refuse to reach marked leads; a person who types the number to dial is told of the mark."""
    if any(overridden.isdisjoint(marks.numbers) for marks in marked):
        return Refuse("marked", _MARKED, _AT_THE_DIALER, is_of_person=True)
    return Ask("marked", _MARKED_TO_DIAL, fact=True)


def check_unread_marks(action: Action, facts: Facts, unreadable: OnUnread) -> Verdict:
    """Ask about a call, or refuse it, where nobody could read whether its leads are marked."""
    if not action.contacts or all(marks.shows_marks for marks in _list_marks(facts)):
        return ALLOWED
    match unreadable:
        case "refuse":
            return Refuse(MARKS_UNREAD, _MARKS_UNREAD, _LOOK_AT_IT)
        case "ask":
            return Ask(MARKS_UNREAD, _MARKS_UNREAD, fact=True)
        case "allow":
            return ALLOWED


def _list_marks(facts: Facts) -> tuple[LeadMarks, ...]:
    named = () if facts.target_lead is None else (facts.target_lead.marks,)
    return (*named, *facts.number_leads)


def check_contradiction(action: Action) -> Verdict:
    """Refuse a call that says not to call somebody, and rings or books a call all the same."""
    if not action.suppressions:
        return ALLOWED
    books = isinstance(action, InsertLead | UpdateLead) and action.callback is not None
    if not (books or any(one.when is EffectTime.NOW for one in action.contacts)):
        return ALLOWED
    return Refuse(
        "contradiction",
        "The call says that somebody must not be called, and rings them or books a callback.",
        "To stop calls to them send insert_dnc, and the disposition or status without the call.",
    )


def suppresses_lead(action: Action) -> bool:
    """Tell whether a call is a request to stop for a lead whose phones have to be looked up."""
    return any(one.number is None for one in action.suppressions)


def find_suppressed_numbers(action: Action, facts: Facts) -> frozenset[str]:
    """Find the numbers that a call suppresses: its own, and those of the lead that it names."""
    if not action.suppressions:
        return frozenset()
    of_call = [one.number for one in action.suppressions]
    lead = facts.target_lead if None in of_call else None
    return frozenset(number for number in of_call if number).union(lead.own_numbers if lead else ())


def describe_suppression(action: Action, facts: Facts, hidden: Collection[str]) -> str:
    """Describe what a request to stop suppresses here, and what it leaves to do at the dialer.

    Of the numbers in `hidden` it says only how many there are.
    """
    suppressed = find_suppressed_numbers(action, facts)
    if isinstance(action, InsertDnc) or not (suppressed or suppresses_lead(action)):
        return ""
    lead = facts.target_lead
    whole = not suppresses_lead(action) or (lead is not None and lead.is_known)
    if not suppressed:
        return f"{_NO_PHONES if whole else _NO_PHONES_READ} {_STOP_BY_NUMBER}"
    names = [format_phone(number) for number in sorted(suppressed.difference(hidden))]
    names += (
        [_count_hidden(len(suppressed.intersection(hidden)))] if suppressed & set(hidden) else []
    )
    one = len(suppressed) == 1
    stopped = f"{join_words(names)} {'is' if one else 'are'} no longer called or texted from here."
    rest = "" if whole else f" {_SOME_UNREAD}"
    it = "It isn't" if one else "They aren't"
    return f"{stopped} {it} on the dialer's own list unless insert_dnc is called too.{rest}"


_NO_PHONES = "No phone of the lead was found, so no number is suppressed here."
_NO_PHONES_READ = "The lead's phones could not be read, so no number is suppressed here."
_STOP_BY_NUMBER = "To stop calls to a number, call insert_dnc with it."
_SOME_UNREAD = (
    "Not all of the lead's phones could be read: one that wasn't is not suppressed here, and "
    "insert_dnc stops calls to it."
)


def _count_hidden(count: int) -> str:
    return "a phone in a hidden field" if count == 1 else f"{count} phones in hidden fields"


def refuse_suppressed(*, listed: bool, in_file: bool) -> Refuse:
    """Build the refusal of a call that would reach a suppressed number.

    `listed`: the ledger saw the number put on the do-not-call list. `in_file`: the user's own
    suppression file has it.
    """
    ways = [
        ("is on this server's do-not-call list", "takes the number off that list"),
        ("is in the suppression file", "takes it out of the suppression file"),
    ]
    where, ways_out = zip(
        *[way for way, holds in zip(ways, (listed, in_file), strict=True) if holds], strict=True
    )
    hint = f"If they have agreed to be called, a person {' and '.join(ways_out)}."
    reason = f"{_MUST_NOT} {', and '.join(where)}."
    return Refuse("suppressed", reason, f"{DO_NOT_WORK_AROUND}{hint}", is_of_person=True)


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


def refuse_confirmation() -> Refuse:
    """Build the refusal of a text that may not confirm a request to stop, or not any more."""
    reason = (
        "No text may confirm this request to stop: one was sent before, the number had been "
        "suppressed already, or too much time has passed."
    )
    return Refuse("suppressed", reason, f"{DO_NOT_WORK_AROUND}They are stopped all the same.")


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
