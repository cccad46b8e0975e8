"""A batch and its rows, as they are kept: what is approved and run is what was stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from chasedata_mcp.ledger.models import ApprovalSummary

TOOLS: Final = (
    "insert_lead",
    "update_lead",
    "search_lead",
    "insert_dnc",
    "add_dial_list_phone",
    "disposition_lead",
)
"""The tools that take many rows. None that texts, rings two people or removes what protects."""


class BatchState(StrEnum):
    """The states of a batch, in their order; a stopped one can be run again."""

    PLANNING = "planning"
    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class RowState(StrEnum):
    """The states of a row: `ready` until it is run, `left_out` where it never is."""

    READY = "ready"
    LEFT_OUT = "left_out"
    DONE = "done"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class LeftOut(StrEnum):
    """The reasons for which a row is left out: by planning, or since it was removed as old."""

    UNREADABLE = "unreadable"
    INVALID = "invalid"
    REPEATED = "repeated"
    SUPPRESSED = "suppressed"
    MARKED = "marked"
    OUT_OF_HOURS = "out_of_hours"
    NOT_ALLOWED = "not_allowed"
    ALREADY_THERE = "already_there"
    REMOVED = "removed"


class OnDuplicate(StrEnum):
    """The way with a lead that the dialer has already: only such a row is ever updated."""

    SKIP = "skip"
    UPDATE = "update"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A row.

    Attributes:
        number: Its place among the rows, from 1 on without a gap.
        line: Its line or row in the file as a person counts it.
        cells: Its cells as they were, in the order of the header.
        arguments: The tool's arguments, none of a row that can't be read.
        state: What became of it.
        code: A short word for the reason: of `LeftOut`, or the code of an error.
        reason: A sentence for a person.
        entry: The ledger's entry of its call, if it was sent.
        lead_id: The lead that it is about, as far as that is known.
    """

    number: int
    line: int
    cells: tuple[str, ...]
    arguments: Mapping[str, object]
    state: RowState
    code: str = ""
    reason: str = ""
    entry: str = ""
    lead_id: str = ""


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The outcome of a row, in the terms of `BatchRow`.

    `is_of_row` is true where it says nothing of the dialer, nor of the rows behind it: the row was
    refused for whom it would reach, or its outcome is on record of an earlier run.
    """

    number: int
    state: RowState
    code: str = ""
    reason: str = ""
    entry: str = ""
    lead_id: str = ""
    is_of_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch without its rows, which are never all in memory.

    Attributes:
        id: Ten letters and digits, as an entry's.
        account: The dialer's account.
        caller: Who planned it.
        tool: One of `TOOLS`.
        source: The name of the file, empty for rows that were given inline.
        header: The columns of the rows.
        arguments: The argument of each column, empty for one that is left out.
        common: The arguments that are the same for all rows.
        on_duplicate: What becomes of a lead that is there already.
        planned: When, aware.
        digest: The hash of what is ready, which a yes is bound to.
        state: See `BatchState`.
        notes: What had to be assumed while the file was read.
        approved_until: The end of the yes by the ledger's own time, None without one.
        approval: A person's yes, None without one.
        terms: The mark of the terms under which they said it: the policy and the dialer.
        stopped_because: Why it stopped, empty where it didn't.
    """

    id: str
    account: str
    caller: str
    tool: str
    source: str
    header: tuple[str, ...]
    arguments: tuple[str, ...]
    common: Mapping[str, object]
    on_duplicate: OnDuplicate
    planned: datetime
    digest: str = ""
    state: BatchState = BatchState.PLANNING
    notes: tuple[str, ...] = ()
    approved_until: datetime | None = None
    approval: ApprovalSummary | None = None
    terms: str = ""
    stopped_because: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The reasons to end the run of a batch between two rows, in the terms of `Batch`."""

    state: BatchState
    approved_until: datetime | None
    terms: str
    stopped_because: str


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Counts of a batch's rows, by state and by the code of their reason."""

    by: Mapping[tuple[RowState, str], int] = field(default_factory=dict[tuple[RowState, str], int])

    @property
    def total(self) -> int:
        """The number of rows in every state."""
        return sum(self.by.values())

    def of(self, state: RowState) -> int:
        """Count the rows in a state."""
        return sum([count for (one, _), count in self.by.items() if one is state])

    def reasons(self, state: RowState) -> dict[str, int]:
        """Count the rows in a state by the code of their reason, the most frequent first."""
        found = {code: count for (one, code), count in self.by.items() if one is state}
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
