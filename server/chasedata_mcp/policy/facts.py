"""What is known of a call beside its arguments, when it is judged: the rules read nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chasedata_mcp.approvals.grants import Filed, Grant

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TargetLead:
    """The lead that a call names, or the leads, as they were read.

    Attributes:
        leads: How many match, None where not each of them could be read.
        numbers: All ten digits that may be a phone, of whatever field.
        phones: The phones in fields that are called so.
        alone: Of these the ones that stand in such a field with little beside them.
        states: As the leads have them, "" for one that has none.
        campaign: That of the one lead; None where there are several, or it has none.
        client_id: As for the campaign.
        is_without_phone: Whether a phone of one of the leads may be missing: what it is called by
            isn't ten digits as it was read, or a field was read in part.
    """

    leads: int | None
    numbers: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    is_without_phone: bool = False
    campaign: str | None = None
    client_id: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether all its phones were read."""
        return self.leads is not None and not self.is_without_phone


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a call is judged.

    Attributes:
        now: The time, aware.
        rings_nobody: Whether this is a sandbox.
        target_lead: The lead that the call names; None where nothing hangs on it.
        numbers: Every phone that the call holds, but for prose and the account's own.
        possible: These, and all else in the call that digits may be a phone of.
        written: Of the possible ones what the call writes into an existing lead's own fields.
        suppressed: Of the call's and its lead's numbers those that the ledger saw put on the
            do-not-call list.
        in_file: Those that the user's own suppression file has.
        remembers: Whether any number of this account must not be reached.
        unsure: Why it can't be told who must not be reached; empty where it can.
        frozen: Why all writes are stopped; empty where they aren't.
        counts: By a limit's name, what there would be with this call.
        read_text: When this caller last read what somebody else wrote.
        staged: What a reload would make live, in sentences.
        known: What a person should know, and what their yes depends on, in sentences.
        may_have_duplicate: Whether a call like this one may have been sent a moment ago.
        grants: What this caller was allowed beforehand.
        filed: The lead that a text is filed under, where it bears the number and has a campaign.
        offers_at: The time on the person's own clock; None where no grant can be kept.
    """

    now: datetime = _LONG_AGO
    rings_nobody: bool = False
    target_lead: TargetLead | None = None
    numbers: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    suppressed: frozenset[str] = frozenset()
    in_file: frozenset[str] = frozenset()
    remembers: bool = False
    unsure: str = ""
    frozen: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    read_text: datetime | None = None
    staged: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    may_have_duplicate: bool = True
    grants: tuple[Grant, ...] = ()
    offers_at: datetime | None = None
    filed: Filed | None = None


NOTHING = Facts()
"""What is known where nothing was looked up."""
