"""The ledger: calls on record, and the one way for other packages to the store."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

import anyio

from chasedata_mcp.ledger import registers
from chasedata_mcp.ledger.async_store import AsyncStore, BegunWrite, LateModule
from chasedata_mcp.ledger.background import BackgroundWrites, Late, date_note
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.events import Draft, EventKind
from chasedata_mcp.ledger.fact_query import DuplicateQuery, FactQuery, LedgerFacts
from chasedata_mcp.ledger.models import (
    ANSWERED,
    Changes,
    Ending,
    Entry,
    EntryPage,
    Filter,
    Intent,
    Note,
    Pruned,
)
from chasedata_mcp.ledger.obstacles import Obstacle, Reservation
from chasedata_mcp.ledger.store_time import Machine, StoreTime, read_clock
from chasedata_mcp.ledger.verification import EarlierVerification, Resumption, Verification

if TYPE_CHECKING:
    from chasedata_mcp.ledger import chain, precheck, prune, queries, resumed_verification, writer
    from chasedata_mcp.ledger.store import Store
else:
    chain, precheck, prune, queries, resumed_verification, writer = map(
        LateModule, ("chain", "precheck", "prune", "queries", "resumed_verification", "writer")
    )

EVERYTHING = Filter()
NO_RESERVATION = Reservation()
_BATCH = 1000
_FOR_OTHERS = 0.1
"""The seconds for which an outcome may wait to be recorded with what comes next."""


class Ledger:
    """The record of all calls, on disk. Close it, or use it in an `async with`.

    The first use opens the store. Where it can't be used, writing raises `LedgerUnwritableError`,
    reading `LedgerUnreadableError`, opening another `LedgerError`; naive times are a `ValueError`.

    Args:
        opening: Opens the store; it blocks.
        clock: The time now, aware.
        time: The store's own time; without it, that of the clock.

    Attributes:
        time: The store's own time.
    """

    def __init__(
        self,
        opening: "Callable[[], Store]",
        *,
        clock: Callable[[], datetime] = read_clock,
        time: StoreTime | None = None,
    ) -> None:
        self._store = AsyncStore(opening)
        self._clock = clock
        self.time = time or StoreTime(Machine(clock, uptime=None))
        self._background = BackgroundWrites(self._write_notes)
        self.approvals = registers.ApprovalStore(self._store)
        self.grants = registers.GrantStore(self._store)
        self.dnc_registry = registers.DncRegistry(self._store)
        self.freezes = registers.Freezes(self._store)
        self.limits = registers.LimitStore(self._store)
        self.batches = registers.BatchEntries(self._store)

    async def __aenter__(self) -> Self:
        """Return the ledger, which opens its store with the first use."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the ledger."""
        await self.aclose()

    @property
    def failing(self) -> str | None:
        """The reason why the last write failed; None where it didn't."""
        if self._store.failing is None and self._background.lost:
            return f"{self._background.lost} reads or refusals were not recorded."
        return self._store.failing

    async def open(self) -> None:
        """Open the store now, and so learn at once whether that is possible.

        Raises:
            LedgerError: It isn't; `LedgerTooNewError` and `LedgerElsewhereError` are for good.
        """
        await self._store.write(lambda _store: None)

    async def facts(self, query: FactQuery) -> LedgerFacts:
        """Read the facts that a call is decided by, all of one moment; nothing is reserved.

        Raises:
            LedgerUnreadableError: It can't be read, so nobody can tell.
        """
        return await self._store.inspect_at_once(precheck.gather, query)

    async def intend(
        self, intent: Intent, reservation: Reservation = NO_RESERVATION
    ) -> Obstacle | None:
        """Record that a call is about to be sent: it is on disk when this returns None.

        Otherwise this returns the first obstacle, and the intent isn't recorded. All of it is one
        transaction, so that no limit is exceeded by several calls at once, in whatever process.

        - `Frozen`: the account is frozen, and the call doesn't only protect.
        - `NotWaiting`: the call sends a request again that doesn't wait any more.
        - `SentRow`: another call of the same row of a batch was or may have been done.
        - `Duplicate`: a text or call to the same person was intended within `duplicate_within`, or
          at any time if its outcome is unknown, and was not refused; or an entry that isn't among
          `aware_of` undoes the same one, or touched the same resource since; or any touched it
          since the `untouched_since` of a call that depends on what it read there.
        - `NotConfirmable`: a text says that it confirms a request to stop, and may not.
        - `SuppressedSince`: a number that the call reaches, or any if that isn't known.
        - `Broken`: the call would break a limit. Where that one trips, the account is frozen too.
        - `SpentGrant`: the grant lets nothing through any more.

        Raises:
            EntryExistsError: The ledger has an entry of this id already.
            ValueError: It is of another environment, or holds what is not JSON.
        """
        return await self._store.append(writer.intend, intent, reservation)

    async def finish(self, ending: Ending) -> None:
        """Record the dialer's answer to an intended call, soon (see `Store.append_soon`).

        Raises:
            NoSuchEntryError: No such call was intended.
        """
        await self.begin_to_finish(ending).wait()

    def begin_to_finish(self, ending: Ending) -> BegunWrite[None]:
        """Begin what `finish` does: it is done with what else is recorded next, or soon.

        What a read-back finds is mostly recorded some milliseconds later, in the same transaction.
        """
        if ending.how != ANSWERED:
            raise ValueError("what a later read found is recorded by `settle`")
        return self._store.begin_append_soon(
            writer.end, ending, EventKind.OUTCOME, within=_FOR_OTHERS
        )

    async def settle(self, ending: Ending, *, is_soon: bool = False) -> None:
        """Record an outcome that a later read or a person found, as `how` says; soon or at once.

        Raises:
            NoSuchEntryError: No such call was intended.
        """
        if ending.how == ANSWERED:
            raise ValueError("`how` says by which read an outcome was found")
        await self._end(ending, EventKind.FOUND, is_soon=is_soon)

    def note(self, note: Note | Late) -> None:
        """Record a read or a refusal soon, without waiting and without failing.

        A function is called by the thread that writes the note. Notes are lost that a crash leaves
        unwritten, or that don't fit the queue; `failing` counts the latter.
        """
        ahead = self.time.ahead
        self._background.add(partial(date_note, note, ahead) if ahead else note)

    async def flush(self) -> None:
        """Write the notes until now, as far as the store takes them."""
        await self._store.run(self._background.flush)

    async def history(
        self, which: Filter = EVERYTHING, *, limit: int = 50, before: str | None = None
    ) -> EntryPage:
        """Read a page of entries, the newest first; `before` is the cursor of the page before.

        Raises:
            ValueError: The cursor is not one of ours.
        """
        # Whoever made a read a moment ago looks for it here.
        await self.flush()
        return await self._store.read(queries.read_page, which, limit, before)

    async def changes(self, after: int | None, *, limit: int = 200) -> Changes:
        """List entries that are new or have a new ending since; for None, none up to now."""
        return await self._store.read(queries.read_changes, after, limit)

    async def accounts(self) -> list[str]:
        """List the accounts that have a call or a question on record."""
        await self.flush()
        return await self._store.read(queries.list_accounts)

    async def entry(self, entry_id: str) -> Entry | None:
        """Read the entry of an id, None where there is none."""
        await self.flush()
        return await self._store.read(queries.read_entry, entry_id)

    async def unsettled(
        self, which: Filter = EVERYTHING, *, limit: int = 1000, before: int | None = None
    ) -> list[Entry]:
        """List writes of unknown outcome before a `seq`, newest first; some may be under way."""
        return await self._store.read(queries.list_unsettled, which, limit, before)

    async def count_unsettled(self, which: Filter = EVERYTHING) -> int:
        """Count the writes whose outcome is unknown."""
        return await self._store.read(queries.count_unsettled, which)

    async def later_touching(self, entry: Entry, *, limit: int = 50) -> list[Entry]:
        """List later writes that share a resource with an entry, done or unknown, oldest first."""
        return await self._store.read(queries.list_later_touching, entry, limit)

    async def touching(self, subject: str, *, after: int = 0, limit: int = 10_000) -> list[Entry]:
        """List writes to a resource, done or unknown, oldest first; `after` is an entry's `seq`."""
        return await self._store.read(queries.list_touching, subject, after, limit)

    async def last_for(self, subject: str, *, tool: str | None = None) -> Entry | None:
        """Find the last write to a resource, done or unknown."""
        return await self._store.read(queries.find_last, subject, tool)

    async def duplicate(self, query: DuplicateQuery, account: str) -> Entry | None:
        """Find the last duplicate in an account that was or may have been done."""
        return await self._store.read(queries.find_duplicate, query, account)

    async def undoing(self, entry_id: str) -> list[Entry]:
        """List writes that undo an entry, done or unknown, the oldest first."""
        return await self._store.read(queries.list_undoing, entry_id)

    async def undone_by(self, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """List the ids that undo each of some entries, for those that are or may be undone."""
        return await self._store.read(queries.list_undone_by, entry_ids)

    async def checkpoint(self) -> Checkpoint:
        """Read the end of the chain, to be printed or stored elsewhere."""
        return await self._store.read(chain.read_end)

    async def verify(
        self, checkpoint: Checkpoint | None = None, resumption: Resumption | None = None
    ) -> Verification:
        """Verify the store by its hashes, the checkpoint beside it, and one from elsewhere.

        With a `resumption` only behind the place that the last such verification noted.
        """
        return await self._store.inspect(resumed_verification.verify, checkpoint, resumption)

    async def last_verification(self, key: bytes) -> EarlierVerification | str | None:
        """Read which verification came last, by its note; a text says why that can't be used."""
        return await self._store.inspect(resumed_verification.read_last, key)

    async def prune(self, before: datetime) -> Pruned:
        """Remove entries that are older and settled; unsettled ones stay, however old."""
        await self.flush()
        return await self._store.append(prune.prune, before, self._clock())

    async def export(self, after: int = 0) -> AsyncIterator[str]:
        """Yield every event behind a place in the chain, each as a line of JSON.

        Its `hash` is the SHA-256, in hex, of `prev`, a line feed, and the object without `prev` and
        `hash` as JSON in ASCII with its keys sorted and no spaces.
        """
        await self.flush()
        while True:
            events = await self._store.read(queries.read_events, after, _BATCH)
            for event, prev in events:
                yield json.dumps(event.export(prev))
            if len(events) < _BATCH:
                return
            after = events[-1][0].seq

    async def aclose(self) -> None:
        """Write the notes, as far as the store takes them, and close it; cancelled or not."""
        with anyio.CancelScope(shield=True):
            # First the queue, which is written to the store.
            await self._store.run(self._background.close)
            await self._store.run(self._store.close)

    async def _end(self, ending: Ending, what: EventKind, *, is_soon: bool) -> None:
        # The call was sent: its outcome is on record even if nobody waits for it.
        await self._store.append_surely(writer.end, ending, what, is_soon=is_soon)

    def _write_notes(self, drafts: Sequence[Draft], lost: int) -> None:
        self._store.write_here(lambda store: store.append(writer.note, drafts, lost, self._clock()))
