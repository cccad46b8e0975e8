"""The ledger: what everyone outside this room uses."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

import anyio

from chasedata_mcp.ledger.background import Late, Notes
from chasedata_mcp.ledger.database import Access
from chasedata_mcp.ledger.events import Draft, Event, What
from chasedata_mcp.ledger.facts import (
    Broken,
    Frozen,
    Known,
    Likeness,
    Reserve,
    SpentGrant,
    Suppressed,
)
from chasedata_mcp.ledger.models import (
    ANSWERED,
    Changes,
    Ending,
    Entry,
    Filter,
    Intent,
    Note,
    Page,
    Twin,
)
from chasedata_mcp.ledger.stores import Consents, Freezing, Grants, Memory
from chasedata_mcp.ledger.verdicts import Head, Pruned, Verdict
from chasedata_mcp.limits import Limit, Unit

if TYPE_CHECKING:  # as in `access`
    from chasedata_mcp.ledger.store import Store

EVERYTHING = Filter()
_A_PART = 1000


class Ledger:
    """What happened, on disk. Close it, or use it in an `async with`.

    The store is opened by the first use. What writes raises `LedgerUnwritableError` where it can't
    and has then recorded nothing; what shows raises `LedgerUnreadableError`. Either may raise
    another `LedgerError` while the store can't be opened. A naive time is a `ValueError`.

    Args:
        opening: Opens the store; it blocks.
        clock: The time now, aware.
    """

    def __init__(
        self,
        opening: "Callable[[], Store]",
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._access = Access(opening)
        self._clock = clock
        self._notes = Notes(self._write_notes)
        self.consents = Consents(self._access)
        self.grants = Grants(self._access)
        self.memory = Memory(self._access)
        self.freezing = Freezing(self._access)

    async def __aenter__(self) -> Self:
        """Use the ledger."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.aclose()

    @property
    def failing(self) -> str | None:
        """Why the last thing that should have been written wasn't; None where all is well."""
        if self._access.failing is None and self._notes.lost:
            return f"{self._notes.lost} reads or refusals were not recorded."
        return self._access.failing

    async def open(self) -> None:
        """Open the store now, to learn at once whether it can be.

        Raises:
            LedgerError: It can't be; `LedgerTooNewError` and `LedgerElsewhereError` will stay so.
        """
        await self._access.write(lambda _: None)

    async def known(  # noqa: PLR0913, PLR0917 - what a call is judged by is one question
        self,
        account: str,
        caller: str,
        numbers: Collection[str],
        units: Collection[Unit],
        limits: Sequence[Limit],
        now: datetime,
        read_since: datetime | None = None,
        like: Likeness | None = None,
    ) -> Known:
        """What a call is judged by, all of one moment; it reserves nothing.

        With `read_since`, also when the caller last read a lead's text since then; with `like`,
        also whether there may be a `twin`.

        Raises:
            LedgerUnreadableError: It can't be read, so nobody can tell.
        """
        return await self._access.read_at_once(
            lambda store: store.known(
                account, caller, numbers, units, limits, now, read_since, like
            )
        )

    async def intend(
        self,
        intent: Intent,
        twin_within: timedelta | None = None,
        aware_of: Collection[str] | None = None,
        reserve: Reserve | None = None,
    ) -> Twin | Broken | Frozen | SpentGrant | Suppressed | None:
        """Record that a call is about to be sent: on disk when this returns None.

        With anything else that it returns, nothing is recorded. All of it is one transaction, so
        of several at once, in whatever process, no more pass than may. The first that holds:

        - `Frozen`: the account is.
        - `Twin`: with `twin_within`, a call with the same digest and account was intended within
          that time, and was done or may have been; with `aware_of`, one that undoes the same entry
          or touched the same thing since, and is not among these.
        - `Suppressed`: the memory holds a number that the call reaches, or any, where the reserve
          says that nobody knows whom it reaches.
        - `Broken`: of the limits, one that trips before one that doesn't. If it trips, the account
          is frozen, and that is recorded.
        - `SpentGrant`: the grant lets nothing through any more. Otherwise one use of it is counted.

        Raises:
            EntryExistsError: The ledger has an entry of this id already.
            ValueError: It is of another environment, or holds what is not JSON.
        """
        return await self._access.write(
            lambda store: store.intend(intent, twin_within, aware_of, reserve)
        )

    async def finish(self, ending: Ending) -> None:
        """Record what came of an intended call when it was made, for a cancelled caller too.

        Raises:
            NoSuchEntryError: No such call was intended.
        """
        if ending.how != ANSWERED:
            raise ValueError("what a later read found is recorded by `found`")
        await self._end(ending, What.OUTCOME)

    async def found(self, ending: Ending) -> None:
        """Record what a later read found to have come of an intended call; `how` says which read.

        Raises:
            NoSuchEntryError: No such call was intended.
        """
        if ending.how == ANSWERED:
            raise ValueError("what was found says how")
        await self._end(ending, What.FOUND)

    def note(self, note: Note | Late) -> None:
        """Record a read or a refusal, soon: this neither waits nor fails.

        Its values must not be changed afterwards; given as a function, it is made by the thread
        that writes it. What a crash leaves unwritten, or a store that can't be written doesn't take
        in time, is lost; `failing` says so.
        """
        self._notes.add(note)

    async def flush(self) -> None:
        """Write what was noted until now, as far as the store takes it."""
        await self._access.run(self._notes.flush)

    async def history(
        self, which: Filter = EVERYTHING, *, limit: int = 50, before: str | None = None
    ) -> Page:
        """A page of entries, the newest first; `before` is the cursor of the page before.

        Raises:
            ValueError: The cursor is not one of ours.
        """
        await self.flush()
        return await self._access.read(lambda store: store.history(which, limit, before))

    async def changes(self, after: int | None, *, limit: int = 200) -> Changes:
        """Entries that are new or have got an ending since; for None, only the place to begin."""
        return await self._access.read(lambda store: store.changes(after, limit))

    async def entry(self, entry_id: str) -> Entry | None:
        """The entry of this id, None where there is none."""
        await self.flush()
        return await self._access.read(lambda store: store.entry(entry_id))

    async def unsettled(self, which: Filter = EVERYTHING, *, limit: int = 1000) -> list[Entry]:
        """Writes of which nobody knows what happened, the oldest first.

        One that is under way at this moment is among them; `until` keeps those out.
        """
        return await self._access.read(lambda store: store.unsettled(which, limit))

    async def later_touching(self, entry: Entry, *, limit: int = 50) -> list[Entry]:
        """Writes after this one that share a subject with it, done or unknown, oldest first."""
        return await self._access.read(lambda store: store.later_touching(entry, limit))

    async def touching(self, subject: str, *, after: int = 0, limit: int = 10_000) -> list[Entry]:
        """Writes to a thing, done or unknown, the oldest first; `after` is an entry's `seq`."""
        return await self._access.read(lambda store: store.touching(subject, after, limit))

    async def last_for(self, subject: str, *, tool: str | None = None) -> Entry | None:
        """The last write to a thing, done or unknown."""
        return await self._access.read(lambda store: store.last_for(subject, tool))

    async def twin(self, like: Likeness, account: str) -> Entry | None:
        """The last write of this likeness and account that was or may have been done."""
        return await self._access.read(lambda store: store.twin(like, account))

    async def undoing(self, entry_id: str) -> list[Entry]:
        """Writes that take this entry back, done or unknown, the oldest first."""
        return await self._access.read(lambda store: store.undoing(entry_id))

    async def undone_by(self, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Which of these entries was or may have been taken back, with the ids of what did it."""
        return await self._access.read(lambda store: store.undone_by(entry_ids))

    async def head(self) -> Head:
        """The end of the chain, to be printed or kept elsewhere."""
        return await self._access.read(lambda store: store.head())

    async def verify(self, head: Head | None = None) -> Verdict:
        """Hold the whole store against its hashes, the head beside it, and one kept elsewhere."""
        return await self._access.read(lambda store: store.verify(head))

    async def prune(self, before: datetime) -> Pruned:
        """Remove what is older and settled; what isn't settled stays, however old."""
        await self.flush()
        now = self._clock()
        return await self._access.write(lambda store: store.prune(before, now))

    async def export(self, after: int = 0) -> AsyncIterator[str]:
        """Every event from behind a place in the chain on, each a line of JSON.

        Its `hash` is the SHA-256, in hex, of `prev`, a line feed, and the object without `prev` and
        `hash` as JSON in ASCII with its keys sorted and no spaces.
        """
        await self.flush()
        while True:
            events = await self._access.read(partial(_events, after=after))
            for event in events:
                yield json.dumps(event.exported)
            if len(events) < _A_PART:
                return
            after = events[-1].seq

    async def aclose(self) -> None:
        """Write what was noted, as far as the store takes it, and close it; cancelled or not."""
        with anyio.CancelScope(shield=True):
            await self._access.run(self._notes.close)
            await self._access.run(self._access.close)

    async def _end(self, ending: Ending, what: What) -> None:
        with anyio.CancelScope(shield=True):
            await self._access.write(lambda store: store.end(ending, what))

    def _write_notes(self, drafts: Sequence[Draft], lost: int) -> None:
        now = self._clock()
        self._access.write_here(lambda store: store.note(drafts, lost, now))


def _events(store: "Store", after: int) -> list[Event]:
    return store.events(after, _A_PART)
