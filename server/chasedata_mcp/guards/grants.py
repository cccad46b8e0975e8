"""Grants: a yes to more than one call, for a while, that a person gave beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chasedata_mcp.action import Action, Effect
from chasedata_mcp.actions.leads import InsertLead
from chasedata_mcp.consequences import Reached, When
from chasedata_mcp.fields import shown
from chasedata_mcp.guards.terms import Sureness

OFFERED = 10
"""So many further calls are offered in a question."""
_FOR = timedelta(hours=2)


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

    def covers(self, action: Action, held: frozenset[str]) -> bool:
        """Whether a call is one of those; `held` are all numbers that it holds in whatever field.

        Who is reached under a lead whose phone the call doesn't name is none of these numbers.
        """
        if action.name not in self.tools or action.effect is Effect.DESTRUCTIVE:
            return False
        if self.campaign is not None and campaign_of(action) != self.campaign:
            return False
        if self.numbers is None:
            return True
        reached = {one.number for one in action.brings if isinstance(one, Reached)}
        return bool(reached_now(action)) and (reached | held) <= set(self.numbers)


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope that a person said yes to, and how surely; a use of it is recorded by its id."""

    id: str
    scope: Scope
    sureness: Sureness = Sureness.CLIENT


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
    sureness: Sureness = Sureness.CLIENT


class Grants(Protocol):
    """Where grants are kept."""

    async def give(self, scope: Scope, caller: str, yes: Approval) -> None:
        """Keep a person's yes to more than one call."""
        ...


def reached_now(action: Action) -> frozenset[str]:
    """The numbers that a call rings or texts at once."""
    return frozenset(
        one.number
        for one in action.brings
        if isinstance(one, Reached) and one.when is When.NOW and one.number
    )


def granted(
    action: Action, held: frozenset[str], grants: Sequence[Grant], needs: Sureness
) -> Grant | None:
    """The grant that a call falls under and that is as sure as it needs, None without one."""
    sure = (grant for grant in grants if grant.sureness >= needs)
    return next((grant for grant in sure if grant.scope.covers(action, held)), None)


def campaign_of(action: Action) -> str | None:
    """The campaign that a call itself is for.

    That of a lead which it only names says nothing of whom it reaches: who may write the lead may
    give it any phone, or any phone a lead.
    """
    return action.campaign if isinstance(action, InsertLead) else None


def offers(action: Action, now: datetime) -> tuple[Offer, ...]:
    """What may be offered beside a yes to this one call; `now` is of the person's own clock."""
    numbers, campaign = reached_now(action), campaign_of(action)
    if action.effect is not Effect.OUTWARD or not numbers:
        return ()
    until = _until(now)
    if until is None:
        return ()
    whom = f"to campaign {shown.name(campaign)}" if campaign else _to(numbers)
    what = "texts" if action.toolset == "sms" else "calls"
    text = f"This one and the next {OFFERED} {what} {whom} until {until:%H:%M}"
    narrowed = None if campaign else tuple(sorted(numbers))
    return (Offer("next", text, Scope((action.name,), narrowed, campaign, OFFERED, until)),)


def _to(numbers: frozenset[str]) -> str:
    return "to " + shown.listed([shown.phone(number) for number in sorted(numbers)])


def _until(now: datetime) -> datetime | None:
    """Two hours on, by the full hour, today; None where today is over too soon."""
    until = (now + _FOR).replace(minute=0, second=0, microsecond=0)
    return until if until.date() == now.date() else None
