"""A person's consent as it is stored: an approval of one call, a grant for several."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chasedata_mcp.ledger.models import Json


class ApprovalState(StrEnum):
    """The state of an approval."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    SPENT = "spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A question put to a person, with their answer, whose are `how` and `by`.

    `code` is short, to be read out and typed; no two open questions have the same. `calls` is what
    a person has to see: tools, arguments, consequences. `known` are the facts that a yes depends
    on, `needs` and `sureness` how sure a yes must be and was: `client`, `machine` or
    `second_factor`. `offers` are grants that a person may give instead.
    """

    id: str
    digest: str
    caller: str
    question: Json
    asked: datetime
    ends: datetime
    state: ApprovalState = ApprovalState.ASKED
    how: str | None = None
    by: str | None = None
    account: str = ""
    code: str = ""
    calls: Json = None
    known: str = ""
    needs: str = "client"
    sureness: str | None = None
    offers: Json = None


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """A person's answer: granted or declined, how, by whom, when, and how surely.

    A yes `holds` so long at least, whenever its question would have ended.
    """

    state: ApprovalState
    how: str
    by: str
    at: datetime
    sureness: str | None = None
    holds: timedelta = timedelta(0)


class Unspent(StrEnum):
    """The reason why an approval was not spent."""

    MISSING = "there is no such consent"
    USED = "it was spent before"
    OTHER_CALL = "it is for another call or caller"
    LATE = "its time is over"
    NOT_GRANTED = "nobody has said yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's yes to more than one call; what is None doesn't narrow it.

    It is open from `given` until `until`, for at most `at_most` calls, unless revoked. `by` and
    `how` say who gave it and in which way, `sureness` how sure that yes is: `client`, `machine` or
    `second_factor`.
    """

    id: str
    account: str
    caller: str
    tools: tuple[str, ...]
    numbers: tuple[str, ...] | None
    campaign: str | None
    at_most: int
    given: datetime
    until: datetime
    by: str
    how: str
    sureness: str = "client"
    used: int = 0
    revoked: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Say whether it may let another call through."""
        return self.revoked is None and now < self.until and self.used < self.at_most
