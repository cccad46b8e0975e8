"""The registers beside the entries: approvals, grants, the DNC registry, freezes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chasedata_mcp.ledger.approval_models import Approval, ApprovalAnswer, Grant, Unspent
from chasedata_mcp.ledger.async_store import AsyncStore, LateModule
from chasedata_mcp.ledger.dnc_models import (
    AcceptedFile,
    ConfirmationQuery,
    DroppedRequest,
    WaitingRequest,
)
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.ledger.obstacles import Frozen, SuppressedSince
from chasedata_mcp.ledger.restores import Restore
from chasedata_mcp.ledger.usage import Limit, Unit

if TYPE_CHECKING:
    from chasedata_mcp.ledger import (
        approvals,
        confirmations,
        dnc_loss,
        dnc_registry,
        dnc_requests,
        freeze,
        grants,
        queries,
        reservations,
        restore_record,
        suppression_counts,
    )
else:
    approvals, freeze, grants, queries, reservations, restore_record = map(
        LateModule,
        ("approvals", "freeze", "grants", "queries", "reservations", "restore_record"),
    )
    confirmations, dnc_loss, dnc_registry, dnc_requests, suppression_counts = map(
        LateModule,
        ("confirmations", "dnc_loss", "dnc_registry", "dnc_requests", "suppression_counts"),
    )


class ApprovalStore:
    """Approvals on disk, whose every step is atomic across threads, processes and restarts."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def ask(self, new: Approval) -> None:
        """Store a new question.

        Raises:
            EntryExistsError: There is one of this id, or an open one of this code.
        """
        await self._store.change(approvals.ask, new)

    async def find_or_ask(self, new: Approval) -> Approval:
        """Find the open question for this call by this caller, or store a new one; return it.

        Of several at the same time, in whatever process, one asks and the others find its question.

        Raises:
            EntryExistsError: There is one of this id, or an open one of this code.
        """
        return await self._store.change(approvals.find_or_ask, new)

    async def get(self, approval_id: str) -> Approval | None:
        """Get the approval of an id, in any state."""
        return await self._store.read(approvals.get, approval_id)

    async def by_code(self, code: str) -> Approval | None:
        """Find the last approval of a code, in any state."""
        return await self._store.read(approvals.by_code, code)

    async def pending(self, account: str | None, now: datetime) -> list[Approval]:
        """List the open questions of an account, or of all; the next one to end comes first."""
        return await self._store.read(approvals.pending, account, now)

    async def active(self, digest: str, caller: str, now: datetime) -> Approval | None:
        """Find the last approval for a call by a caller that is asked or granted and not over."""
        return await self._store.read(approvals.active, digest, caller, now)

    async def answer(self, approval_id: str, answer: ApprovalAnswer) -> bool:
        """Record an answer; false where it came too late.

        Only an open question takes a yes. A no is taken after an unspent yes too, and takes it
        back.
        """
        return await self._store.change(approvals.answer, approval_id, answer)

    async def spend(
        self, approval_id: str, digest: str, caller: str, now: datetime
    ) -> Unspent | None:
        """Use a yes up for exactly this call; None for the first attempt, a reason for others."""
        return await self._store.change(approvals.spend, approval_id, digest, caller, now)


class GrantStore:
    """Grants on disk, which `Ledger.intend` uses up, one call at a time."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def give(self, grant: Grant, recorded: Grant | None = None) -> None:
        """Store a new grant, unused and not revoked, and record it, or `recorded` in its place.

        The grant itself stays beside the chain until it ends.

        Raises:
            EntryExistsError: There is one of this id.
            ValueError: It is used or revoked already.
        """
        await self._store.append(grants.give, grant, recorded or grant)

    async def all(self, account: str, now: datetime) -> list[Grant]:
        """List the grants of an account that have not ended, used up or not, the newest first."""
        return await self._store.read(grants.current, account, now)

    async def revoke(self, grant_id: str, by: str, now: datetime) -> bool:
        """End a grant, on record; false where it had ended or there is none."""
        return await self._store.append(grants.revoke, grant_id, by, now)


class DncRegistry:
    """The suppressed numbers, as the ledger saw them put on the do-not-call list; never pruned."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def suppressed(self, account: str) -> list[SuppressedSince]:
        """List the suppressed numbers of an account, in their order."""
        return await self._store.read(dnc_registry.list_suppressed, account)

    async def is_lost(self, account: str) -> bool:
        """Say whether numbers of an account are gone that were not released."""
        return await self._store.inspect(dnc_loss.is_lost, account)

    def file_counts(self, account: str) -> "SuppressionCounts":
        """Return the counts of an account's own suppression files, which stand beside these."""
        return SuppressionCounts(self._store, account)

    async def may_confirm(self, query: ConfirmationQuery) -> bool:
        """Say whether a text may confirm the request to stop that suppressed a number."""
        return await self._store.read(confirmations.may_confirm, query)

    async def waiting(self, account: str, now: datetime) -> list[WaitingRequest]:
        """List the requests that the dialer's own list doesn't have yet, the oldest first."""
        return await self._store.read(dnc_requests.list_waiting, account, now)

    async def count_waiting(self, account: str) -> int:
        """Count the numbers whose requests the dialer's own list doesn't have yet."""
        return await self._store.read(dnc_requests.count_waiting, account)

    async def drop_request(self, account: str, dropped: DroppedRequest) -> bool:
        """Record that a request needn't be sent; false where it doesn't wait.

        The number stays suppressed.
        """
        return await self._store.append(dnc_requests.drop, account, dropped)

    async def accept_loss(self, account: str, by: str, now: datetime) -> bool:
        """Accept the registry as it is after a loss, on record; false where nothing is lost."""
        return await self._store.write(dnc_loss.accept, account, by, now)


class SuppressionCounts:
    """The counts of one account's suppression files, beside the store."""

    def __init__(self, store: AsyncStore, account: str) -> None:
        self._store = store
        self._account = account

    async def find_most(self, path: str) -> int:
        """Find the most numbers that a file had since a person accepted it; 0 without a record."""
        return await self._store.inspect(suppression_counts.find_most, self._account, path)

    async def remember(self, path: str, count: int) -> None:
        """Remember a count, if it is the most that the file had."""
        await self._store.write(suppression_counts.remember, self._account, path, count)

    async def accept(self, accepted: AcceptedFile) -> None:
        """Accept a file with the numbers that it has, on record."""
        await self._store.write(suppression_counts.accept, self._account, accepted)


class Freezes:
    """Stops of all writes in an account, for every process on the store, until a person rearms."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def freeze(self, account: str, why: str, by: str, now: datetime) -> bool:
        """Freeze an account, on record; false where it was frozen already."""
        return await self._store.append(freeze.freeze, account, Frozen(now, why, by))

    async def rearm(self, account: str, by: str, now: datetime) -> bool:
        """Rearm an account, on record; false where it was not frozen."""
        return await self._store.append(freeze.rearm, account, by, now)

    async def frozen(self, account: str) -> Frozen | None:
        """Read the freeze of an account; None where it isn't frozen."""
        return await self._store.read(freeze.read_freeze, account)


class LimitStore:
    """The limits on usage: when they open again, and a person's word to count anew."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def openings(
        self, account: str, limits: Sequence[Limit], units: Collection[Unit], now: datetime
    ) -> Mapping[str, datetime]:
        """Find when each of some limits lets a call with these units through again, by its name.

        One that the call alone breaks is left out.
        """
        return await self._store.read(reservations.find_openings, account, limits, units, now)

    async def count_anew(self, account: str, by: str, now: datetime, limits: Sequence[str]) -> bool:
        """Let every limit that stops count from now on, on record; false where it is frozen."""
        return await self._store.append(freeze.count_anew, account, by, now, limits)

    async def closing(self, account: str) -> Restore | None:
        """Read the restore since which every limit counts as used up; None where there is none."""
        return await self._store.read(restore_record.read_closing, account)

    async def open(self, account: str, by: str, now: datetime) -> bool:
        """Open the limits that a restore has closed, on record; false where none has."""
        return await self._store.append(restore_record.open_caps, account, by, now)


class BatchEntries:
    """The entries of the rows of batches."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    async def of_rows(self, rows: Sequence[str]) -> Mapping[str, Entry]:
        """Find the last write of each of these rows, as `ID/12`, for those that have one."""
        return await self._store.read(queries.list_of_rows, rows)
