"""Grants: a yes to more than one call, for a while, that a person gave beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.fields.format import format_phone, join_words, quote_name
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import ContactsPerson, EffectTime
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.sms import SendSms

OFFERED = 10
"""So many further calls are offered in a question."""
_FOR = timedelta(hours=2)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filed:
    """The lead that a text is filed under, and that bears its number.

    `written` is when a call on record last wrote it, aware; None where none did.
    """

    campaign: str
    written: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls a yes is for: these tools, and these numbers or this campaign.

    Of `numbers` and `campaign` None doesn't narrow. `until` is when it ends, aware.
    """

    tools: tuple[str, ...]
    numbers: tuple[str, ...] | None
    campaign: str | None
    at_most: int
    until: datetime

    def covers(self, action: Action, numbers: frozenset[str], campaign: str | None = None) -> bool:
        """Whether a call is one of those; `numbers` are all that it holds in whatever field.

        Who is reached under a lead whose phone the call doesn't name is none of these numbers.
        `campaign` is whose the call is.
        """
        if action.name not in self.tools or action.impact is Impact.DESTRUCTIVE:
            return False
        if self.campaign is not None and campaign != self.campaign:
            return False
        if self.numbers is None:
            return True
        reached = {one.number for one in action.effects if isinstance(one, ContactsPerson)}
        return bool(reached_now(action)) and (reached | numbers) <= set(self.numbers)


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope that a person said yes to, and how surely; a use of it is recorded by its id."""

    id: str
    scope: Scope
    sureness: AssuranceLevel = AssuranceLevel.CLIENT
    given: datetime = _LONG_AGO

    def covers(self, action: Action, numbers: frozenset[str], filed: Filed | None) -> bool:
        """Whether a call falls under it.

        A lead that was written since it was given belongs to no campaign: whoever may write leads
        could move anybody there.
        """
        fresh = filed is not None and (filed.written is None or filed.written < self.given)
        return self.scope.covers(action, numbers, campaign_of(action, filed if fresh else None))


@dataclass(frozen=True, slots=True)
class Offer:
    """A wider yes that a question offers, with its sentence."""

    id: str
    text: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Approval:
    """A yes that a person gave: when, how, by whom, and how sure it is."""

    at: datetime
    how: str
    by: str
    sureness: AssuranceLevel = AssuranceLevel.CLIENT


class Grants(Protocol):
    """Where grants are kept."""

    async def give(self, scope: Scope, caller: str, yes: Approval) -> None:
        """Keep a person's yes to more than one call."""
        ...


def reached_now(action: Action) -> frozenset[str]:
    """The numbers that a call rings or texts at once."""
    return frozenset(
        one.number
        for one in action.effects
        if isinstance(one, ContactsPerson) and one.when is EffectTime.NOW and one.number
    )


def granted(
    action: Action,
    numbers: frozenset[str],
    grants: Sequence[Grant],
    needs: AssuranceLevel,
    filed: Filed | None = None,
) -> Grant | None:
    """The grant that a call falls under and that is as sure as it needs, None without one."""
    sure = (grant for grant in grants if grant.sureness >= needs)
    return next((grant for grant in sure if grant.covers(action, numbers, filed)), None)


def campaign_of(action: Action, filed: Filed | None = None) -> str | None:
    """The campaign that a call is for: its own, or that of the lead that a text is filed under."""
    if isinstance(action, SendSms):
        return None if filed is None else filed.campaign
    return action.campaign if isinstance(action, InsertLead) else None


def offers(action: Action, now: datetime, filed: Filed | None = None) -> tuple[Offer, ...]:
    """What may be offered beside a yes to this one call; `now` is of the person's own clock."""
    numbers, campaign, until = reached_now(action), campaign_of(action, filed), _until(now)
    if action.impact is not Impact.OUTWARD or not numbers or until is None:
        return ()
    what = "texts" if action.toolset == "sms" else "calls"
    begins = f"This one and the next {OFFERED} {what}"
    tools, ends = (action.name,), f"until {until:%H:%M}"
    to_them = Scope(tools, tuple(sorted(numbers)), None, OFFERED, until)
    of_campaign = Scope(tools, None, campaign, OFFERED, until)
    by_number = Offer("next", f"{begins} {_to(numbers)} {ends}", to_them)
    if campaign is None:
        return (by_number,)
    whom = f"to campaign {quote_name(campaign)}"
    by_campaign = Offer("campaign", f"{begins} {whom} {ends}", of_campaign)
    return (by_number, by_campaign) if filed else (replace(by_campaign, id="next"),)


def _to(numbers: frozenset[str]) -> str:
    return "to " + join_words([format_phone(number) for number in sorted(numbers)])


def _until(now: datetime) -> datetime | None:
    """Two hours on, by the full hour, today; None where today is over too soon."""
    until = (now + _FOR).replace(minute=0, second=0, microsecond=0)
    return until if until.date() == now.date() else None
