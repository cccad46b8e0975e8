"""Consents: a yes holds for one call, by its caller, for a few minutes, once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.grants import Approval, Offer
from chasedata_mcp.approvals.questions import Question
from chasedata_mcp.errors import CallError, Code

LIFE = timedelta(minutes=5)
LIFE_ELSEWHERE = timedelta(minutes=15)
"""Somebody has to be told of the code and to go to a terminal first."""
YES_HOLDS = timedelta(minutes=5)
"""For so long at least a yes can be used that was given in time, however late."""
_SPOKEN = "23456789abcdefghjkmnpqrstvwxyz"
_SPOKEN_LONG = 8
"""A code is typed by a person: nothing that looks or sounds alike, and not guessed in its time."""


class State(StrEnum):
    """Where a consent is."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is kept of a question beside its words.

    `calls` is what a person is shown of the calls, as JSON; `known` what their yes depends on;
    `needs` how sure it must be; `offers` the wider answers. One that is asked `out_of_band`, on the
    terminal or the approvals page, has a code and more time.
    """

    calls: tuple[Mapping[str, object], ...] = ()
    known: tuple[str, ...] = ()
    needs: AssuranceLevel = AssuranceLevel.CLIENT
    offers: tuple[Offer, ...] = ()
    out_of_band: bool = False


PLAIN = Particulars()


@dataclass(frozen=True, slots=True)
class Consent:
    """A question put to a person, and what became of it.

    `digest` is of the call with everything that the yes is for, `caller` who made it, `asked` when
    it was put, `ends` when the yes is too late, `how` and `sureness` of the answer.
    """

    id: str
    digest: str
    caller: str
    question: Question
    asked: datetime
    ends: datetime
    state: State = State.ASKED
    code: str = ""
    more: Particulars = PLAIN
    how: str = ""
    by: str = ""
    sureness: AssuranceLevel | None = None

    @classmethod
    def new(
        cls, digest: str, caller: str, question: Question, now: datetime, more: Particulars
    ) -> Self:
        """A question that is put now."""
        life = LIFE_ELSEWHERE if more.out_of_band else LIFE
        code = (
            "".join(secrets.choice(_SPOKEN) for _ in range(_SPOKEN_LONG))
            if more.out_of_band
            else ""
        )
        made = secrets.token_urlsafe(16)
        return cls(made, digest, caller, question, now, now + life, code=code, more=more)


class Consents(Protocol):
    """Where consents are kept. Each method is one atomic step, across processes too."""

    async def ask(
        self,
        digest: str,
        caller: str,
        question: Question,
        now: datetime,
        more: Particulars = PLAIN,
    ) -> Consent:
        """Keep a new question; give the one that is asked elsewhere for this call already, if any.

        Of two callers at the same time one asks, and the other is given the same question.
        """
        ...

    async def find(self, consent_id: str) -> Consent | None:
        """The consent of this id, whatever became of it."""
        ...

    async def standing(self, digest: str, caller: str, now: datetime) -> Consent | None:
        """The last consent for this call by this caller that is asked or granted, and in time."""
        ...

    async def grant(self, consent_id: str, yes: Approval) -> None:
        """Record a person's yes; only a question that is open and in time takes one."""
        ...

    async def decline(self, consent_id: str, now: datetime, how: str, by: str) -> None:
        """Record that a person didn't give the right answer."""
        ...

    async def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> None:
        """Use a yes up, for exactly this call by this caller.

        Raises:
            CallError: `needs_confirmation`; the yes isn't there, isn't for this call, is too late
                or was used before.
        """
        ...


class ConsentsInMemory:
    """Consents that end with the process. One thread; no step here awaits, so each is atomic."""

    def __init__(self, at_most: int = 1000) -> None:
        self._kept: dict[str, Consent] = {}
        self._at_most = at_most

    async def ask(
        self,
        digest: str,
        caller: str,
        question: Question,
        now: datetime,
        more: Particulars = PLAIN,
    ) -> Consent:
        """Keep a new question; the oldest go when there are too many, and then mean no."""
        waits = await self.standing(digest, caller, now)
        if more.out_of_band and waits is not None and waits.code and waits.state is State.ASKED:
            return waits
        consent = Consent.new(digest, caller, question, now, more)
        self._kept[consent.id] = consent
        while len(self._kept) > self._at_most:
            self._kept.pop(next(iter(self._kept)))
        return consent

    async def find(self, consent_id: str) -> Consent | None:
        """The consent of this id, whatever became of it."""
        return self._kept.get(consent_id)

    async def standing(self, digest: str, caller: str, now: datetime) -> Consent | None:
        """The last consent for this call by this caller that is asked or granted, and in time."""
        return next(
            (
                consent
                for consent in reversed(self._kept.values())
                if (consent.digest, consent.caller) == (digest, caller)
                and consent.state in {State.ASKED, State.GRANTED}
                and now < consent.ends
            ),
            None,
        )

    async def grant(self, consent_id: str, yes: Approval) -> None:
        """Record a person's yes; only a question that is open and in time takes one."""
        consent = self._kept.get(consent_id)
        if consent is not None and consent.state is State.ASKED and yes.at < consent.ends:
            self._kept[consent_id] = replace(
                consent,
                state=State.GRANTED,
                ends=max(consent.ends, yes.at + YES_HOLDS),
                how=yes.how,
                by=yes.by,
                sureness=yes.sureness,
            )

    async def decline(self, consent_id: str, now: datetime, how: str, by: str) -> None:  # noqa: ARG002 - kept by the ledger alone
        """Record that a person didn't give the right answer; no yes, before or after, counts."""
        consent = self._kept.get(consent_id)
        if consent is not None and consent.state is not State.SPENT:
            self._kept[consent_id] = replace(consent, state=State.DECLINED)

    async def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> None:
        """Use a yes up, for exactly this call by this caller."""
        consent = self._kept.get(consent_id)
        problem = why_not(consent, digest, caller, now)
        if consent is None or problem:
            raise not_confirmed(problem)
        self._kept[consent_id] = replace(consent, state=State.SPENT)


def why_not(consent: Consent | None, digest: str, caller: str, now: datetime) -> str:
    """Why a consent doesn't let this call through; empty where it does."""
    match consent:
        case None:
            return "There is no open question for this call; the server may have restarted."
        case Consent(state=State.SPENT):
            return "That yes was used already; one yes is for one call."
        case Consent() if consent.digest != digest or consent.caller != caller:
            return "That yes was for another call."
        case Consent() if now >= consent.ends:
            return "The yes came too late, or wasn't used in time."
        case Consent(state=State.GRANTED):
            return ""
        case _:
            return "Nobody has said yes to this call."


def not_confirmed(problem: str) -> CallError:
    """The refusal of a call that a person has not said yes to."""
    return CallError(
        Code.NEEDS_CONFIRMATION,
        f"{problem} Nothing was sent.",
        hint="Call the tool again, with the same arguments, to have the person asked anew.",
    )


def not_sure_enough(needs: AssuranceLevel) -> CallError:
    """The refusal of a yes that the policy wants to be surer."""
    how = {
        AssuranceLevel.CLIENT: "through the client",
        AssuranceLevel.MACHINE: (
            "on this machine, with `chasedata-mcp approve` or the approvals page"
        ),
        AssuranceLevel.SECOND_FACTOR: (
            "with a code of the second factor, by `chasedata-mcp approve`"
        ),
    }[needs]
    return CallError(
        Code.NEEDS_CONFIRMATION,
        f"The policy wants this yes to be given {how}. Nothing was sent.",
        hint="Call the tool again, with the same arguments; the person is told how to say yes.",
    )
