"""The reader of the leads on which the decision on one call depends."""

from collections.abc import Callable
from dataclasses import dataclass

from chasedata_mcp.fields.phones_in_text import find_numbers
from chasedata_mcp.pipeline.lead_search import (
    MOST_NUMBERS,
    LeadLookups,
    NeededSearches,
    named_lead_search,
    number_search,
)
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts, LeadMarks, TargetLead
from chasedata_mcp.policy.rules import do_not_call
from chasedata_mcp.policy.target_lead import (
    describe_target_lead,
    leads_of_snapshot,
    read_marks,
)
from chasedata_mcp.tools import sms
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup
from chasedata_mcp.tools.leads import SearchLead


@dataclass(frozen=True, slots=True)
class LeadReader:
    """The reader of one call's leads, as a policy has them described."""

    policy: Policy
    action: Action
    lookups: LeadLookups

    async def read_number_leads(self, searches: NeededSearches) -> tuple[LeadMarks, ...]:
        """Read the leads of the call's numbers, and list the marks that aren't surely none."""
        read: list[LeadMarks] = []
        for place, number in enumerate(searches.numbers):
            search = number_search(number)
            found = await self.lookups.find(search) if place < MOST_NUMBERS else None
            read.append(read_marks(_leads_of(found), search, self.policy.stopping))
        return tuple([marks for marks in read if marks.is_marked or not marks.shows_marks])

    async def read_target_lead(
        self, before: Lookup | None, search: SearchLead | None
    ) -> TargetLead | None:
        """Read the lead that the call names; `search` finds one that wasn't read `before`."""
        named = named_lead_search(self.action)
        if named is not None and isinstance(before, LeadSnapshot):
            found = leads_of_snapshot(before)
            return describe_target_lead(found, named, self.policy.stopping)
        if search is None:
            return None
        return self._describe(await self._find_named(search), search)

    async def describe_suppression(self, facts: Facts, hides: Callable[[str], bool]) -> str:
        """Describe what a request to stop suppresses, but for phones in fields that are hidden."""
        if not self.action.suppressions:
            return ""
        hidden: set[str] = set()
        named = named_lead_search(self.action)
        if named is not None and do_not_call.suppresses_lead(self.action):
            found = _leads_of(await self.lookups.find(named)) or ()
            fields = [item for lead in found for item in lead.fields.items()]
            hidden.update(*(find_numbers(text) for name, text in fields if hides(name)))
        return do_not_call.describe_suppression(self.action, facts, hidden)

    async def describe_leads(self, number: str) -> str:
        """Say how many leads bear a number, and how many are marked as do-not-call."""
        search = number_search(number)
        found = _leads_of(await self.lookups.find(search))
        if found is None:
            return "How many leads have this number could not be read."
        stopping = self.policy.stopping
        marked = sum(read_marks((lead,), search, stopping).is_marked for lead in found)
        leads_have = "lead has" if len(found) < 2 else "leads have"  # noqa: PLR2004 - a plural
        return (
            f"{len(found) or 'No'} {leads_have} this number.{_describe_marks(len(found), marked)}"
        )

    async def _find_named(self, search: SearchLead) -> LeadsRead | None:
        """Find the lead that the call names; that of a text among those of its number, if it is."""
        if isinstance(self.action, sms.SendSms) and self.policy.do_not_call is not None:
            by_number = number_search(self.action.to_number)
            found = await self.lookups.find(by_number)
            # Only an answer that was read whole stands for the search by the lead's id.
            whole = _leads_of(found) if self._describe(found, by_number).is_known else ()
            for lead in whole or ():
                if lead.lead_id == search.identifier:
                    return LeadsRead((lead,))
        return await self.lookups.find(search)

    def _describe(self, found: LeadsRead | None, search: SearchLead) -> TargetLead:
        return describe_target_lead(_leads_of(found), search, self.policy.stopping)


def _leads_of(found: LeadsRead | None) -> tuple[Lead, ...] | None:
    return None if found is None else found.leads


def _describe_marks(found: int, marked: int) -> str:
    """Say of the leads of a number which ones the dialer marks; the mark outlives its list."""
    if not marked:
        return ""
    who = "It is" if found == 1 else f"{marked} {'is' if marked == 1 else 'are'}"
    return f" {who} marked as do-not-call at the dialer, and stay{'s' if marked == 1 else ''} so."
