"""What the ledger keeps and gives back, as values."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from chasedata_mcp.errors import Outcome

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Environment = Literal["sandbox", "live"]
ANSWERED = "answered"
"""How an ending is known that the dialer itself told when the call was made."""
FREE_TEXT = "prose"
"""Of an ending's answer: true where what came back was in words that anybody may have written."""
ORDERS = ("freeze", "rearm", "grant", "revoke", "accept_loss")
"""What the ledger itself can be told to do: each is an entry too."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 characters: a byte is one of them, each as likely as any other."""


def fresh_id() -> str:
    """An id for a new entry: ten characters that can be read out and typed."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(10))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule of the policy said: `allow`, `ask` or `refuse`, and why."""

    rule: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Consented:
    """What a person was asked about a call, how they answered, and who: a yes if it was sent.

    `sureness` is how sure the answer is: `client`, `machine` or `second_factor`.
    """

    id: str
    question: str
    how: str
    by: str
    sureness: str = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that somebody wanted made.

    `at` is aware. `digest` is of everything that makes two calls the same. `form` is what is sent,
    without the token. `numbers` are the phones that it touches, ten digits each, `subjects` the
    things, as keys like `dnc:9545550123`, `list:Maria/Spring`, `lead:phone/9545550123`; what a
    later call does to the same key is in the way of undoing this one. `before` is what was read of
    the thing beforehand. `undoes` is the entry that this call takes back.
    """

    entry: str
    at: datetime
    caller: str
    environment: Environment
    account: str
    host: str
    tool: str
    digest: str
    arguments: Json
    consequences: Json = None
    verdict: tuple[Ruling, ...] = ()
    consent: Consented | None = None
    form: Json = None
    numbers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    before: Json = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of a call, as it was known at some time.

    `how` is `answered`, or for what a later read found, how it was found. `after` is what was read
    of the thing afterwards. What the dialer wrote, in `answer` and `after`, is untrusted.
    """

    entry: str
    at: datetime
    outcome: Outcome
    message: str
    milliseconds: int
    code: str | None = None
    answer: Json = None
    after: Json = None
    how: str = ANSWERED

    @property
    def settles(self) -> bool:
        """Whether this says what happened."""
        return self.outcome is not Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Read:
    """A call that only reads, after it was made."""

    intent: Intent
    ending: Ending


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was judged and never sent: the policy or a person said no."""

    intent: Intent
    ending: Ending


Note = Read | Refusal


class Kind(StrEnum):
    """What an entry is of."""

    WRITE = "write"
    READ = "read"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything that the ledger knows of one call. `seq` orders entries; it is never reused."""

    seq: int
    kind: Kind
    intent: Intent
    endings: tuple[Ending, ...] = ()

    @property
    def id(self) -> str:
        """What this entry is asked for by."""
        return self.intent.entry

    @property
    def ending(self) -> Ending | None:
        """The ending that counts: the last one that says what happened, else the last one."""
        settling = [ending for ending in self.endings if ending.settles]
        return next(reversed(settling or self.endings), None)

    @property
    def outcome(self) -> Outcome:
        """How the call ended; unknown from the moment that its intent is on disk."""
        return self.ending.outcome if self.ending else Outcome.UNKNOWN

    @property
    def settled(self) -> bool:
        """Whether it is known what happened."""
        return self.outcome is not Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier call with the same digest and account that was done or may have been done."""

    entry: Entry
    ago: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries to show; what is None doesn't narrow. `since` is included, `until` is not.

    `principal` is what a caller begins with before the first `/`: whoever it is, by any client.
    """

    since: datetime | None = None
    until: datetime | None = None
    tool: str | None = None
    number: str | None = None
    subject: str | None = None
    outcome: Outcome | None = None
    caller: str | None = None
    principal: str | None = None
    account: str | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `older` is the cursor of the next page, None on the last one."""

    entries: tuple[Entry, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries that were added to or have got an ending, the oldest first; ask on from `upto`."""

    entries: tuple[Entry, ...]
    upto: int


class ConsentState(StrEnum):
    """Where a consent is."""

    ASKED = "asked"
    GRANTED = "granted"
    DECLINED = "declined"
    SPENT = "spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """A question put to a person, and what became of it; `how` and `by` are of the answer.

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
    state: ConsentState = ConsentState.ASKED
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
class ConsentAnswer:
    """What a question was answered: granted or declined, how, by whom, when, and how surely.

    A yes `holds` so long at least, whenever its question would have ended.
    """

    state: ConsentState
    how: str
    by: str
    at: datetime
    sureness: str | None = None
    holds: timedelta = timedelta(0)


class Unspent(StrEnum):
    """Why a consent was not spent."""

    MISSING = "there is no such consent"
    USED = "it was spent before"
    OTHER_CALL = "it is for another call or caller"
    LATE = "its time is over"
    NOT_GRANTED = "nobody has said yes"
