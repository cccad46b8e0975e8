"""Records of a person's yes: an approval of one call, a grant for several."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger.models import Json, read_principal
from chasedata_mcp.ledger.questions import Question


class ApprovalState(StrEnum):
    """The state of an approval."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    SPENT = "spent"


class Unspent(StrEnum):
    """The reason why an approval can't be spent, as a sentence for its caller."""

    MISSING = "There is no open question for this call; the server may have restarted."
    USED = "That yes was used already; one yes is for one call."
    OTHER_CALL = "That yes was for another call."
    LATE = "The yes came too late, or wasn't used in time."
    NOT_GRANTED = "Nobody has said yes to this call."


@dataclass(frozen=True, slots=True)
class Scope:
    """The calls that a yes to several is for: these tools, to these numbers or in this campaign.

    Of `numbers` and `campaign` None doesn't narrow. `until` is when it ends, aware. With
    `caps_only` it answers what the caps ask, and no other rule.
    """

    tools: tuple[str, ...]
    numbers: tuple[str, ...] | None
    campaign: str | None
    at_most: int
    until: datetime
    caps_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Scope):
    """A wider yes that a question offers, with its sentence."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Scope):
    """A person's yes to more than one call.

    It is open from `given` until `until`, for at most `at_most` calls, unless revoked. `by` and
    `how` say who gave it and in which way. `caller` is the principal whose calls it covers, by any
    client: a client names itself. `after` is the number of the last event before it.
    """

    id: str
    account: str
    caller: str
    given: datetime
    by: str
    how: str
    sureness: AssuranceLevel = AssuranceLevel.CLIENT
    after: int = field(default=0, compare=False)
    used: int = 0
    revoked: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether it may let another call through."""
        return self.revoked is None and now < self.until and self.used < self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A question put to a person, with their answer, whose are `how`, `by` and `sureness`.

    `digest` is of the call with everything that the yes is for, `caller` who made it. `code` is
    short, to be read out and typed, where the question is asked out of band; no two open questions
    have the same. `calls` is what a person is shown of the calls. `known` are the facts that a yes
    depends on, `needs` how sure it must be, `offers` the wider answers.
    """

    id: str
    digest: str
    caller: str
    question: Question
    asked: datetime
    ends: datetime
    state: ApprovalState = ApprovalState.ASKED
    how: str = ""
    by: str = ""
    account: str = ""
    code: str = ""
    calls: tuple[Mapping[str, Json], ...] = ()
    known: tuple[str, ...] = ()
    needs: AssuranceLevel = AssuranceLevel.CLIENT
    sureness: AssuranceLevel | None = None
    offers: tuple[Offer, ...] = ()

    @property
    def is_readable(self) -> bool:
        """True where the words that a yes would be to are still there, as this version reads them.

        They are gone once the question is over. An answer to one that isn't readable counts for
        nothing.
        """
        return bool(self.question.text)

    def is_for(self, digest: str, caller: str) -> bool:
        """Say whether it is about exactly this call by this caller's principal.

        The name that a client gives itself may be another one by now, or anybody's.
        """
        ours = read_principal(self.caller)
        return (self.digest, ours) == (digest, read_principal(caller))

    def unspent(self, digest: str, caller: str, now: datetime) -> Unspent | None:
        """Find the reason why it doesn't let a call through now; None where it does."""
        if self.state is ApprovalState.SPENT:
            return Unspent.USED
        if not self.is_for(digest, caller):
            return Unspent.OTHER_CALL
        if now >= self.ends:
            return Unspent.LATE
        return None if self.state is ApprovalState.GRANTED else Unspent.NOT_GRANTED


_YES_HOLDS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """A person's answer: granted or declined, how, by whom, when, and how surely.

    A yes `holds` so long at least, whenever its question would have ended.
    """

    state: ApprovalState
    how: str
    by: str
    at: datetime
    sureness: AssuranceLevel | None = None
    holds: timedelta = timedelta(0)

    @classmethod
    def yes(cls, how: str, by: str, at: datetime, sureness: AssuranceLevel) -> Self:
        """Make a yes, which can be used for five minutes at least, however late it was given."""
        return cls(ApprovalState.GRANTED, how, by, at, sureness, _YES_HOLDS)

    @classmethod
    def no(cls, how: str, by: str, at: datetime) -> Self:
        """Make the answer of a person who said no."""
        return cls(ApprovalState.DECLINED, how, by, at)
