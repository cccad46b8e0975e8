"""Values that the ledger stores and gives back: calls, their outcomes, pages of the history."""

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
"""The `how` of an ending that is the dialer's own answer to the call."""
AT_TERMINAL, SCRIPT = "terminal", "script"
"""The names of commands at a terminal and without one, in the place of a client's name."""
FREE_TEXT = "prose"
"""The key of an ending's answer that lists whose free text it showed, such as `lead 1005`."""
ADMIN_ACTIONS = (
    "freeze",
    "rearm",
    "grant",
    "revoke",
    "accept_loss",
    "drop_dnc_request",
    "accept_suppression_file",
    "restore",
    "open_caps",
)
"""The tools of entries that are a person's actions on the ledger itself."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's Base32, without I, L, O and U (crockford.com/base32.html).

Its 32 characters divide 256, so that each is as likely as any other to stand for a random byte.
"""


def fresh_id() -> str:
    """Make an id for a new entry: ten characters that can be read out and typed."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(10))


def read_principal(caller: str) -> str:
    """Read the principal of a caller, `principal/client`: the text before the first `/`.

    A person's yes, a grant and the history that may be seen are the principal's. The client gives
    itself its name, which proves nothing, so that nothing may depend on it.
    """
    # A client names itself, with a `/` in it or not; whoever authenticates has a name without one.
    return caller.partition("/")[0]


def name_without_terminal(principal: str) -> str:
    """Name a principal's commands without a terminal as a caller: `maria/script`."""
    return f"{principal}/{SCRIPT}"


def name_at_terminal(principal: str) -> str:
    """Name a principal's person at their own terminal as a caller: `maria/terminal`."""
    return f"{principal}/{AT_TERMINAL}"


def is_at_terminal(caller: str) -> bool:
    """Tell whether a caller is a person at their own terminal.

    No client bears this name: `mcp_server/callers.py` gives another to one that takes it.
    """
    return caller.partition("/")[2] == AT_TERMINAL


@dataclass(frozen=True, slots=True)
class Ruling:
    """One rule's decision, `allow`, `ask` or `refuse`, and why."""

    rule: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovalSummary:
    """A person's answer to the question that a call raised: a yes if the call was sent.

    `sureness` is how sure the answer is: `client`, `machine` or `second_factor`.
    """

    id: str
    question: str
    how: str
    by: str
    sureness: str = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that somebody wants made, as it is recorded before it is sent.

    `at` is aware. `digest` is of everything that makes two calls the same. `form` is what is sent,
    without the token. `numbers` are the phones that it touches, ten digits each, `resource_keys`
    the things, as keys like `dnc:9545550123`, `list:Maria/Spring`, `lead:phone/9545550123`; a later
    call with the same key is in the way of undoing this one. `before` is the thing as it was read
    beforehand. `undoes` is the entry that this call takes back, `row` its row in a batch, as
    `ID/12`, or its step of a job, as `ID.3`.
    `store_time` is `at` by the store's own time, where the clock was off from it.
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
    effects: Json = None
    verdict: tuple[Ruling, ...] = ()
    approval: ApprovalSummary | None = None
    form: Json = None
    numbers: tuple[str, ...] = ()
    resource_keys: tuple[str, ...] = ()
    before: Json = None
    undoes: str | None = None
    row: str | None = None
    store_time: datetime | None = None

    @property
    def happened(self) -> datetime:
        """The time by which it is compared with other times of the store."""
        return self.store_time or self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The outcome of a call, as it was known at some time.

    `how` is `answered`, or the way in which a later read found it. `after` is the thing as it was
    read afterwards. The dialer's text in `answer` and `after` is untrusted. `store_time` is as in
    `Intent`.
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
    store_time: datetime | None = None

    @property
    def settles(self) -> bool:
        """True where the outcome is known."""
        return self.outcome is not Outcome.UNKNOWN

    @property
    def happened(self) -> datetime:
        """The time by which it is compared with other times of the store."""
        return self.store_time or self.at


class EntryKind(StrEnum):
    """The kind of an entry; a refusal was never sent, as the policy or a person said no."""

    WRITE = "write"
    READ = "read"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Note:
    """A read that was made, or a call that was refused: recorded afterwards, in one event."""

    kind: Literal[EntryKind.READ, EntryKind.REFUSAL]
    intent: Intent
    ending: Ending


@dataclass(frozen=True, slots=True)
class Entry:
    """A call as it is on record. `seq` orders entries and is never reused."""

    seq: int
    kind: EntryKind
    intent: Intent
    endings: tuple[Ending, ...] = ()

    @property
    def id(self) -> str:
        """The id of this entry."""
        return self.intent.entry

    @property
    def ending(self) -> Ending | None:
        """The ending that counts: the last one with a known outcome, or else the last one."""
        # A later read that finds nothing out doesn't take a known outcome back.
        settling = [ending for ending in self.endings if ending.settles]
        return next(reversed(settling or self.endings), None)

    @property
    def outcome(self) -> Outcome:
        """The outcome; unknown as long as there is no ending."""
        return self.ending.outcome if self.ending else Outcome.UNKNOWN

    @property
    def settled(self) -> bool:
        """True where the outcome is known."""
        return self.outcome is not Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An earlier call that is in the way: to the same person, or of the same resource."""

    entry: Entry
    ago: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A choice of entries; what is None doesn't narrow. `since` is included, `until` is not.

    `principal` is the part of a caller before the first `/`: a person, by any client. With a number
    go the entries of its `leads`, named by their resource keys. `reads` are left out where it is
    False.
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
    kind: EntryKind | None = None
    leads: frozenset[str] = frozenset()
    reads: bool = True


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries, the newest first; `older` is the cursor of the next page, None on the last one."""

    entries: tuple[Entry, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries that are new or have a new ending, the oldest first; the next come after `upto`."""

    entries: tuple[Entry, ...]
    upto: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """The numbers of entries that pruning removed, and of old ones that it carried as unsettled."""

    removed: int
    carried: int
