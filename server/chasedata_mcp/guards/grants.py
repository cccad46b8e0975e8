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

    def covers(self, action: Action, campaign: str | None) -> bool:
        """Whether a call is one of those; a campaign that isn't known is not this one."""
        if action.name not in self.tools or action.effect is Effect.DESTRUCTIVE:
            return False
        if self.campaign is not None and campaign != self.campaign:
            return False
        reached = reached_now(action)
        return self.numbers is None or (bool(reached) and reached <= set(self.numbers))


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope that a person said yes to; its id is what a use of it is recorded by."""

    id: str
    scope: Scope


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
        for one in action.consequences()
        if isinstance(one, Reached) and one.when is When.NOW and one.number
    )


def granted(action: Action, campaign: str | None, grants: Sequence[Grant]) -> Grant | None:
    """The grant that a call falls under, None where there is none."""
    return next((grant for grant in grants if grant.scope.covers(action, campaign)), None)


def campaign_of(action: Action, read: str | None) -> str | None:
    """The campaign of a call: its own, or that of the lead that was read."""
    return action.campaign if isinstance(action, InsertLead) else read


def offers(action: Action, campaign: str | None, now: datetime) -> tuple[Offer, ...]:
    """What may be offered beside a yes to this one call; `now` is of the person's own clock."""
    numbers = reached_now(action)
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
