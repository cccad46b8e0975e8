"""The consent that a call needs: a grant that was given beforehand, or a question for a person."""

from chasedata_mcp.approvals.grants import find_grant, list_offers, may_answer, offer_past_cap
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.approval_models import Offer
from chasedata_mcp.policy.caps import UsageLimits
from chasedata_mcp.policy.decision import Ask, Decision, build_question
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules import usage_caps
from chasedata_mcp.tools.base import Action


def find_consent(
    action: Action,
    facts: Facts,
    asked_by: tuple[Ask, ...],
    needs: AssuranceLevel,
    usage: UsageLimits,
) -> Decision:
    """Decide on a call about which rules ask: a grant answers them, or a question is put."""
    known = (*facts.known, *(ask.reason for ask in asked_by if ask.fact))
    # A grant answers only questions that may be granted, after every rule has decided.
    grantable = all(ask.grantable for ask in asked_by)
    by_caps = all(ask.rule == usage_caps.CAPS for ask in asked_by)
    by_number = any(ask.by_number for ask in asked_by)
    granted = facts.grants if grantable else ()
    grants = [one for one in granted if may_answer(one, by_caps=by_caps, by_number=by_number)]
    grant = find_grant(action, facts.numbers, grants, needs, facts.filed)
    if grant is not None:
        return Decision(asked_by, None, grant, known=known)
    here = facts.local_time if grantable else None
    if here is None:
        offered: tuple[Offer, ...] = ()
    elif by_caps:
        offered = offer_past_cap(action, here, usage_caps.count_offered(facts, usage))
    else:
        offers = list_offers(action, here, facts.filed)
        offered = tuple(one for one in offers if one.numbers is not None or not by_number)
    question = build_question(action, asked_by, facts, offered)
    return Decision(asked_by, question, None, needs, known, offered)
