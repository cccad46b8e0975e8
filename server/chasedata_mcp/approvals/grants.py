"""Grants: a yes to more than one call, for a while, that a person gave beforehand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.ledger.approval_models import (
    ApprovalAnswer,
    Grant,
    Offer,
    Scope,
)
from chasedata_mcp.ledger.models import fresh_id, read_principal
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.effects import ContactsPerson, EffectTime
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.sms import SendSms

OFFERED = 10
"""The further calls that a question offers."""
_FOR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Filed:
    """The lead that a text is filed under, and whose phone its number is.

    `written` is the place in the record of the last call that wrote it; None where none did.
    """

    campaign: str
    written: int | None = None


GrantRedaction = Callable[[Grant], Grant]
"""Makes the form in which a grant is put on record: without what may not be kept there."""


def unredacted(grant: Grant) -> Grant:
    """Put a grant on record as it is."""
    return grant


def build_grant(scope: Scope, account: str, caller: str, yes: ApprovalAnswer) -> Grant:
    """Make the grant of a person's yes to a scope: the caller's principal's, by any client."""
    return Grant(
        scope.tools,
        scope.numbers,
        scope.campaign,
        scope.at_most,
        scope.until,
        scope.caps_only,
        id=fresh_id(),
        account=account,
        caller=read_principal(caller),
        given=yes.at,
        by=yes.by,
        how=yes.how,
        sureness=yes.sureness or AssuranceLevel.CLIENT,
    )


def covers(
    grant: Grant, action: Action, numbers: frozenset[str], filed: Filed | None = None
) -> bool:
    """Say whether a call falls under a grant; `numbers` are all that it has in whatever field.

    Who is reached under a lead whose phone the call doesn't name is none of these numbers. A lead
    that was written since the grant was given belongs to no campaign: whoever may write leads could
    move anybody there.
    """
    if action.name not in grant.tools or action.impact is Impact.DESTRUCTIVE:
        return False
    fresh = filed is not None and (filed.written is None or filed.written <= grant.after)
    campaign = find_campaign(action, filed if fresh else None)
    if grant.campaign is not None and campaign != grant.campaign:
        return False
    if grant.numbers is None:
        return True
    reached = {one.number for one in action.effects if isinstance(one, ContactsPerson)}
    return bool(list_reached_now(action)) and (reached | numbers) <= set(grant.numbers)


def list_reached_now(action: Action) -> frozenset[str]:
    """List the numbers that a call rings or texts at once."""
    return frozenset(
        one.number
        for one in action.effects
        if isinstance(one, ContactsPerson) and one.when is EffectTime.NOW and one.number
    )


def offer_past_cap(action: Action, now: datetime, at_most: int) -> tuple[Offer, ...]:
    """Offer so many further calls of this tool, whoever they reach, where only a cap asks."""
    until = _until(now)
    if action.impact is Impact.DESTRUCTIVE or until is None or at_most < 1:
        return ()
    what = "texts" if action.toolset == "sms" else f"calls of {action.name}"
    text = f"This one and the next {at_most} {what}, whoever they reach, until {until:%H:%M}"
    return (
        Offer((action.name,), None, None, at_most, until, caps_only=True, id="next", text=text),
    )


def may_answer(grant: Grant, *, by_caps: bool, by_number: bool) -> bool:
    """Tell whether a grant answers a question that only caps ask, or that is about a number."""
    return (by_caps or not grant.caps_only) and (grant.numbers is not None or not by_number)


def find_grant(
    action: Action,
    numbers: frozenset[str],
    grants: Sequence[Grant],
    needs: AssuranceLevel,
    filed: Filed | None = None,
) -> Grant | None:
    """Find the grant that a call falls under and that is as sure as it needs."""
    sure = (grant for grant in grants if grant.sureness >= needs)
    return next((grant for grant in sure if covers(grant, action, numbers, filed)), None)


def find_campaign(action: Action, filed: Filed | None = None) -> str | None:
    """Find the campaign of a call: its own, or that of the lead that a text is filed under."""
    if isinstance(action, SendSms):
        return None if filed is None else filed.campaign
    return action.campaign if isinstance(action, InsertLead) else None


def list_offers(action: Action, now: datetime, filed: Filed | None = None) -> tuple[Offer, ...]:
    """List the offers beside a yes to this one call; `now` is of the person's own clock."""
    numbers, campaign, until = list_reached_now(action), find_campaign(action, filed), _until(now)
    if action.impact is not Impact.OUTWARD or not numbers or until is None:
        return ()
    what = "texts" if action.toolset == "sms" else "calls"
    begins = f"This one and the next {OFFERED} {what}"
    tools, ends = (action.name,), f"until {until:%H:%M}"
    by_number = Offer(
        tools,
        tuple(sorted(numbers)),
        None,
        OFFERED,
        until,
        id="next",
        text=f"{begins} {_to(numbers)} {ends}",
    )
    if campaign is None:
        return (by_number,)
    whom = f"to campaign {quote_name(campaign)}"
    by_campaign = Offer(
        tools, None, campaign, OFFERED, until, id="campaign", text=f"{begins} {whom} {ends}"
    )
    return (by_number, by_campaign) if filed else (replace(by_campaign, id="next"),)


def _to(numbers: frozenset[str]) -> str:
    return "to " + join_words([format_phone(number) for number in sorted(numbers)])


def _until(now: datetime) -> datetime | None:
    """Find the full hour two hours on, today; None where today is over too soon."""
    until = (now + _FOR).replace(minute=0, second=0, microsecond=0)
    return until if until.date() == now.date() else None
