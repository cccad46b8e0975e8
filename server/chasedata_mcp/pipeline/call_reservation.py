"""The claim of a call on limits and people, which the transaction of its intent checks."""

from chasedata_mcp.ledger import Reservation
from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy.decision import Decision, InitialEvaluation
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.frequency import FREQUENCY
from chasedata_mcp.policy.rules import do_not_call
from chasedata_mcp.policy.rules.usage_caps import CAPS
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ReleasesNumber
from chasedata_mcp.tools.sms import SendSms


def build_reservation(
    action: Action,
    initial: InitialEvaluation,
    decision: Decision,
    facts: Facts,
    confirms: SendSms | None = None,
) -> Reservation:
    """Make the claim on the limits that is checked in the intent's own transaction.

    `confirms` is the call itself where it is the text that confirms a request to stop.
    """
    asked = {ask.rule for ask in decision.asked_by}
    limits: list[Limit] = [
        *([] if FREQUENCY in asked else initial.frequency.asks),
        *initial.frequency.refuses,
        *([] if CAPS in asked else initial.usage.asks),
        *initial.usage.stops,
    ]
    suppresses = do_not_call.find_suppressed_numbers(action, facts)
    unsuppresses = [one.number for one in action.effects if isinstance(one, ReleasesNumber)]
    grant = decision.grant.id if decision.grant else None
    return Reservation(
        initial.usage.units,
        tuple(limits),
        grant,
        tuple(sorted(suppresses)),
        tuple(unsuppresses),
        tuple(sorted(_reaches(action, facts))),
        unread=do_not_call.has_unread_phones(action, facts),
        passes_freeze=action.only_protects,
        confirms=None if confirms is None else confirms.to_number,
    )


def _reaches(action: Action, facts: Facts) -> frozenset[str]:
    """List the numbers that nobody may have suppressed by the time that the call is sent."""
    if not action.contacts:
        return facts.written
    lead = facts.target_lead.numbers if facts.target_lead else ()
    return facts.possible.union(lead) - do_not_call.find_overridden_numbers(action)
