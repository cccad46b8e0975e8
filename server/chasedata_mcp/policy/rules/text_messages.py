"""Rules about texts: how long one may be, and whose lead it is filed under."""

from chasedata_mcp.policy.decision import ALLOWED, Ask, Verdict
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.models import DoNotCall
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.sms import SendSms

_FEWEST_PLACES = 67


def check_text_length(action: Action, ask_over_parts: int | None) -> Verdict:
    """Ask for a text of more parts than the policy has; None never asks.

    A part is 160 or 70 characters, or 153 or 67 of a longer text (3GPP TS 23.038).
    """
    if ask_over_parts is None or not isinstance(action, SendSms):
        return ALLOWED
    # No character takes more than two of the 67 places that a part has at the least.
    if 2 * len(action.message) <= _FEWEST_PLACES * ask_over_parts:
        return ALLOWED
    if action.parts.count <= ask_over_parts:
        return ALLOWED
    return Ask("parts", f"The text is so long that it goes as {action.parts.count} messages.")


def is_confirmation(text: SendSms, terms: DoNotCall) -> bool:
    """Tell whether a text has the words and the sender that the policy has for a confirmation."""
    given = text.message, text.from_number, text.agent, text.lead_id
    known = terms.confirmation_text, terms.confirmation_from, None, None
    return terms.confirmation_text is not None and given == known


def check_lead_of_text(action: Action, facts: Facts) -> Verdict:
    """Ask for a text to a number that isn't a phone of the lead that it is filed under."""
    if not isinstance(action, SendSms) or action.lead_id is None or facts.target_lead is None:
        return ALLOWED
    # A phone in a sentence, or in a field of another kind, isn't the lead's (docs/do-not-call.md).
    if action.to_number in facts.target_lead.sole_phones:
        return ALLOWED
    match facts.target_lead.leads:
        case None:
            found = "could not be read"
        case 0:
            found = "can't be found"
        case _:
            found = "has another number"
    return Ask("lead_number", f"It would be filed under lead {action.lead_id}, which {found}.")
