"""The facts that rules read beside a call: gathered before it is evaluated, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chasedata_mcp.approvals.grants import Filed
from chasedata_mcp.ledger.approval_models import Grant
from chasedata_mcp.ledger.fact_query import Reading

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LeadMarks:
    """The do-not-call marks of the leads that bear a number.

    Attributes:
        is_marked: True where one of them reads as do-not-call.
        shows_marks: True where each was read and has a field in which a mark would stand.
        numbers: All ten digits of them that may be a phone, where one is marked.
    """

    is_marked: bool = False
    shows_marks: bool = False
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TargetLead:
    """The lead that a call names, or the several leads that match, as they were read.

    Attributes:
        leads: The count of those that match, None where not each of them could be read.
        numbers: All ten digits that may be a phone, of whatever field.
        phones: The phones in fields that are called so.
        sole_phones: The phones that stand in such a field with little beside them.
        states: The states of the leads, "" for one that has none.
        campaign: The campaign of the one lead; None where there are several, or it has none.
        client_id: As for the campaign.
        called_at: The phone by which the one lead is called; None where that isn't known.
        own_numbers: All that may be rung as a phone of these leads, in any field but prose: those
            that a request to stop suppresses.
        is_marked: True where one of them reads as do-not-call.
        shows_marks: True where each was read and has a field in which a mark would stand.
        is_without_phone: True where a phone of one of the leads may be missing: the one that it is
            called by wasn't read as ten digits, or a field was read in part.
    """

    leads: int | None
    numbers: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    sole_phones: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    own_numbers: frozenset[str] = frozenset()
    is_marked: bool = False
    shows_marks: bool = False
    is_without_phone: bool = False
    campaign: str | None = None
    client_id: str | None = None
    called_at: str | None = None

    @property
    def marks(self) -> LeadMarks:
        """The marks of these leads alone."""
        return LeadMarks(self.is_marked, self.shows_marks, self.numbers)

    @property
    def is_known(self) -> bool:
        """True where all its phones were read."""
        return self.leads is not None and not self.is_without_phone


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts at the time when a call is evaluated.

    Attributes:
        now: The time, aware.
        is_sandbox: True where the dialer is a sandbox, which rings nobody.
        target_lead: The lead that the call names; None where no rule depends on it.
        number_leads: For each number that the call names itself and reaches, the marks of the
            leads that bear it, unless these were read and bear none.
        numbers: Every phone in the call, but for prose and the account's own.
        possible: These, and all other digits of the call that may be a phone.
        written: The possible ones that the call writes into an existing lead's own fields.
        suppressed: The numbers of the call and its lead that the ledger saw put on the do-not-call
            list.
        in_file: The ones that the user's own suppression file has.
        has_suppressed: True where any number of this account is suppressed.
        registry_problem: Why suppressed numbers can't be looked up; empty where they can.
        frozen: Why all writes are stopped; empty where they aren't.
        counts: By a limit's name, the count with this call.
        opens: By the name of a limit that the call breaks, when such a call may go again.
        closed: By the name of a limit that counts as used up since a restore, when it opens.
        readings: What this caller's principal was shown lately of what others wrote, the newest
            first; nothing for a person at their own terminal.
        staged: The changes that a reload would make live, in sentences.
        known: Sentences that a person should know, and on which their yes depends.
        may_have_duplicate: True where a call like this one may have been sent a moment ago.
        grants: The grants that this caller was given beforehand.
        filed: The lead that a text is filed under, where it has the number and a campaign.
        local_time: The time on the person's own clock; None where no grant can be kept.
    """

    now: datetime = _LONG_AGO
    is_sandbox: bool = False
    target_lead: TargetLead | None = None
    number_leads: tuple[LeadMarks, ...] = ()
    numbers: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    suppressed: frozenset[str] = frozenset()
    in_file: frozenset[str] = frozenset()
    has_suppressed: bool = False
    registry_problem: str = ""
    frozen: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    opens: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    closed: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    readings: tuple[Reading, ...] = ()
    staged: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    # Without a look at the ledger a duplicate can't be ruled out.
    may_have_duplicate: bool = True
    grants: tuple[Grant, ...] = ()
    local_time: datetime | None = None
    filed: Filed | None = None


NO_FACTS = Facts()
"""The facts where nothing was looked up."""
