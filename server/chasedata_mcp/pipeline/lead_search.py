"""The searches that a call needs before it is decided: for its lead, and for its numbers' leads.

Each is made once, however many rules and calls of a group depend on it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.rules.do_not_call import suppresses_lead
from chasedata_mcp.policy.target_lead import find_own_numbers, leads_of_snapshot
from chasedata_mcp.tools import leads, sms
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ContactsPerson, MakesCallable
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup

MOST_NUMBERS = 10
"""The most numbers of one call whose leads are looked up; the leads of others count as unread."""
_MOST_FAILURES = 3
"""So many searches without an answer, one after another, are of no single number: a silent dialer
would have a client wait for each of a hundred. What isn't looked up counts as unread."""
_NO_ANSWER = frozenset({Code.NO_ANSWER, Code.NOT_REACHED})


class LeadLookups:
    """Detailed searches for leads, each made once: for the calls that are evaluated together.

    Args:
        search: Searches, and raises a `CallError` where there is no answer.

    Attributes:
        failure: The last failure of one.
    """

    def __init__(self, search: Callable[[leads.SearchLead], Awaitable[LeadsRead | None]]) -> None:
        self._search = search
        self._found: dict[tuple[str, str], LeadsRead | None] = {}
        self.failure: CallError | None = None
        self._unanswered = 0

    async def find(self, search: leads.SearchLead) -> LeadsRead | None:
        """Find leads, None where the answer can't be read."""
        key = (search.search_field, search.identifier)
        if key not in self._found:
            self._found[key] = await self._try(search)
        return self._found[key]

    async def _try(self, search: leads.SearchLead) -> LeadsRead | None:
        if self._unanswered == _MOST_FAILURES:
            return None
        try:
            found = await self._search(search)
        except CallError as error:
            self.failure = error
            self._unanswered = self._unanswered + 1 if error.code in _NO_ANSWER else 0
            return None
        self._unanswered = 0
        return found

    def has(self, search: leads.SearchLead) -> bool:
        """Tell whether it was made already."""
        return (search.search_field, search.identifier) in self._found

    def find_again(self, search: leads.SearchLead) -> LeadsRead | None:
        """Find what such a search found before, None where none was made."""
        return self._found.get((search.search_field, search.identifier))


@dataclass(frozen=True, slots=True)
class NeededSearches:
    """The search for the lead that a call names, and the numbers whose leads are looked up."""

    lead: leads.SearchLead | None = None
    numbers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether any search is needed."""
        return self.lead is not None or bool(self.numbers)


def find_needed_searches(policy: Policy, action: Action, facts: Facts) -> NeededSearches:
    """Find the searches on whose answers a rule depends."""
    lead = named_lead_search(action) if _needs_lead(policy, action, facts) else None
    if policy.do_not_call is None:
        return NeededSearches(lead)
    named = named_lead_search(action)
    # The search for the lead answers for the number that it is named by.
    already = None if named is None else named.sought_phone
    return NeededSearches(lead, tuple(one for one in _list_numbers(action) if one != already))


def list_lead_numbers(
    action: Action,
    described: TargetLead | None,
    before: Lookup | None,
    lookups: LeadLookups,
    hides: Callable[[str], bool],
) -> tuple[str, ...]:
    """List the phones of the lead that a call names by another key, as far as it was read.

    Args:
        action: The call.
        described: Its lead as the rules read it; None where no rule does.
        before: How its lead read before it.
        lookups: The searches that were made for it.
        hides: Whether a field of this name is kept out of the record.
    """
    named = named_lead_search(action)
    if named is None or isinstance(action, sms.SendSms):
        return ()
    found = lookups.find_again(named)
    read = leads_of_snapshot(before) if isinstance(before, LeadSnapshot) else ()
    read = read or (found.leads if found else ())
    if not read:
        return ()
    if described is None or any(hides(name) for lead in read for name in lead.fields):
        numbers = find_own_numbers(_leave_out(read, hides), named)
    else:
        numbers = described.own_numbers
    # The phone that it is named by is in the call itself.
    return tuple(sorted(numbers - {named.sought_phone}))


def _leave_out(read: tuple[Lead, ...], hides: Callable[[str], bool]) -> tuple[Lead, ...]:
    return tuple(
        replace(lead, fields={name: text for name, text in lead.fields.items() if not hides(name)})
        for lead in read
    )


def named_lead_search(action: Action) -> leads.SearchLead | None:
    """Make the search for the lead that a call names, None where it names none."""
    match action:
        case sms.SendSms(lead_id=str(lead_id)) | leads.DispositionLead(lead_id=lead_id):
            return _by_id(lead_id)
        case leads.UpdateLead():
            return _search(action.search_field, action.identifier)
        case _:
            return None


def number_search(number: str) -> leads.SearchLead:
    """Make the search for the leads that bear a number."""
    return _search("phone", number)


def _needs_lead(policy: Policy, action: Action, facts: Facts) -> bool:
    """Tell whether a rule depends on the lead that a call names."""
    if suppresses_lead(action):
        return True
    match action:
        case sms.SendSms():
            looks = policy.do_not_call is not None or policy.ask_over_parts is not None
            return looks or facts.has_suppressed
        case leads.DispositionLead() | leads.UpdateLead() if action.contacts:
            # Whoever it makes callable may be suppressed, or be marked at the dialer.
            looks = policy.do_not_call is not None or facts.has_suppressed
            return looks or _is_called_back_in_hours(policy, action, facts)
        case _:
            return False


def _is_called_back_in_hours(policy: Policy, action: Action, facts: Facts) -> bool:
    in_hours = policy.hours is not None and policy.hours.applies(facts)
    if not isinstance(action, leads.UpdateLead) or action.callback is None:
        return False
    return in_hours or action.needs_phone


def _list_numbers(action: Action) -> tuple[str, ...]:
    """List the numbers that a call names itself and reaches, or makes callable."""
    named: list[str] = []
    for effect in action.effects:
        match effect:
            case ContactsPerson(str(number)):
                named.append(number)
            case MakesCallable(numbers):
                named += sorted(numbers)
            case _:
                pass
    return tuple(dict.fromkeys(named))


def _by_id(lead_id: str) -> leads.SearchLead:
    return _search("lead_id", lead_id)


# Several parts of one evaluation need the same search: six times 40 µs, which
# tests/bench/judging.py would notice.
@lru_cache(maxsize=64)
def _search(
    search_field: Literal["client_id", "lead_id", "phone"], identifier: str
) -> leads.SearchLead:
    return leads.SearchLead(search_field=search_field, identifier=identifier, detailed=True)
