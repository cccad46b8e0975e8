"""The searches for the lead that a call names: its phones are those that the call reaches."""

from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools import leads, sms
from chasedata_mcp.tools.base import Action


def needed_lead_search(policy: Policy, action: Action, facts: Facts) -> leads.SearchLead | None:
    """Make the search for the lead that a call names, where a rule depends on that lead."""
    match action:
        case sms.SendSms():
            needed = policy.ask_over_parts is not None or facts.has_suppressed
        case leads.DispositionLead():
            needed = facts.has_suppressed and bool(action.contacts)
        case leads.UpdateLead():
            needed = _depends_on_lead(policy, action, facts)
        case _:
            needed = False
    return named_lead_search(action) if needed else None


def named_lead_search(action: Action) -> leads.SearchLead | None:
    """Make the search for the lead that a call names, None where it names none."""
    match action:
        case sms.SendSms(lead_id=str(lead_id)) | leads.DispositionLead(lead_id=lead_id):
            return _by_id(lead_id)
        case leads.UpdateLead():
            return leads.SearchLead(
                search_field=action.search_field, identifier=action.identifier, detailed=True
            )
        case _:
            return None


def _depends_on_lead(policy: Policy, action: leads.UpdateLead, facts: Facts) -> bool:
    """Tell whether an update may make its lead callable, or calls it back at some hour."""
    in_hours = policy.hours is not None and policy.hours.applies(facts)
    called_back = action.callback is not None and (in_hours or action.needs_phone)
    return bool(action.contacts) and (facts.has_suppressed or called_back)


def _by_id(lead_id: str) -> leads.SearchLead:
    return leads.SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)
