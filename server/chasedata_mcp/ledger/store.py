"""The store: everything that can be done with it, each in one transaction, blocking."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from chasedata_mcp.ledger import consents, pruning, reading, verifying, writing
from chasedata_mcp.ledger.chain import head_of
from chasedata_mcp.ledger.events import Draft, Event, What
from chasedata_mcp.ledger.faults import LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.headfile import HeadFile
from chasedata_mcp.ledger.opening import (
    is_made,
    make,
    own_file,
    postgresql_engine,
    sqlite_engine,
)
from chasedata_mcp.ledger.transactions import Transactions
from chasedata_mcp.ledger.values import (
    Changes,
    ConsentAnswer,
    ConsentRow,
    Ending,
    Entry,
    Environment,
    Filter,
    Intent,
    Page,
    Twin,
    Unspent,
)
from chasedata_mcp.ledger.verdicts import Head, Pruned, Verdict


class Store:
    """A store that is open. Its methods may be called from any thread; `Ledger` describes them."""

    def __init__(self, transactions: Transactions, environment: Environment) -> None:
        """Open it.

        Raises:
            LedgerError: It can't be opened, or isn't for this program or environment.
        """
        self._do = transactions
        self._environment: Environment = environment
        try:
            self._make_or_check()
        except BaseException:
            self._do.close()
            raise

    def _make_or_check(self) -> None:
        # A store that can only be read is opened all the same.
        with suppress(LedgerUnreadableError):
            if self._do.read(lambda c: is_made(c, self._environment)):
                return
        self._do.change(lambda c: make(c, self._environment))

    def intend(
        self, intent: Intent, twin_within: timedelta | None, aware_of: Collection[str] | None
    ) -> Twin | None:
        """Append an intent, or give its twin or rival."""
        if intent.environment != self._environment:
            raise ValueError("an intent is of the ledger's own environment")
        return self._do.append(lambda chain: writing.intend(chain, intent, twin_within, aware_of))

    def end(self, ending: Ending, what: What) -> None:
        """Append what came of a call."""
        self._do.append(lambda chain: writing.end(chain, ending, what))

    def note(self, drafts: Sequence[Draft], lost: int, now: datetime) -> None:
        """Append a batch of reads and refusals."""
        self._do.append(lambda chain: writing.note(chain, drafts, lost, now))

    def prune(self, before: datetime, now: datetime) -> Pruned:
        """Cut the chain."""
        return self._do.append(lambda chain: pruning.prune(chain, before, now))

    def history(self, which: Filter, limit: int, before: str | None) -> Page:
        """A page of entries."""
        return self._do.read(lambda c: reading.page(c, which, limit, before))

    def entry(self, entry_id: str) -> Entry | None:
        """One entry."""
        return self._do.read(lambda c: reading.entry(c, entry_id))

    def touching(self, subject: str, after: int, limit: int) -> list[Entry]:
        """Writes to a thing."""
        return self._do.read(lambda c: reading.touching(c, subject, after=after, limit=limit))

    def later_touching(self, earlier: Entry, limit: int) -> list[Entry]:
        """Later writes to the same things."""
        return self._do.read(lambda c: reading.later_touching(c, earlier, limit))

    def twin(self, digest: str, account: str, since: datetime) -> Entry | None:
        """The last call like this one."""
        return self._do.read(lambda c: reading.twin(c, digest, account, since))

    def last_for(self, subject: str, tool: str | None) -> Entry | None:
        """The last write to a thing."""
        return self._do.read(lambda c: reading.last_for(c, subject, tool))

    def undone_by(self, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Which writes take each of these entries back."""
        return self._do.read(lambda c: reading.undone_by(c, entry_ids))

    def undoing(self, entry_id: str) -> list[Entry]:
        """Writes that take an entry back."""
        return self._do.read(lambda c: reading.undoing(c, entry_id))

    def unsettled(self, which: Filter, limit: int) -> list[Entry]:
        """Writes of which nobody knows."""
        return self._do.read(lambda c: reading.unsettled(c, which, limit))

    def changes(self, after: int | None, limit: int) -> Changes:
        """Entries with new events."""
        if after is None:
            return Changes((), self.head().count)
        return self._do.read(lambda c: reading.changes(c, after, limit))

    def events(self, after: int, limit: int) -> list[Event]:
        """Events in their order."""
        return self._do.read(lambda c: reading.events_after(c, after, limit))

    def head(self) -> Head:
        """The end of the chain."""
        return self._do.read(head_of)

    def verify(self, given: Head | None) -> Verdict:
        """Verify the chain, the rows derived of it, and the heads."""
        # Read first: a head that is older than the store is nothing strange.
        kept = self._do.head_file.read() if self._do.head_file else None
        return self._do.read(lambda c: verifying.verify(c, kept, given))

    def ask(self, row: ConsentRow) -> None:
        """Keep a new question."""
        self._do.change(lambda c: consents.ask(c, row))

    def find(self, consent_id: str) -> ConsentRow | None:
        """The consent of this id."""
        return self._do.read(lambda c: consents.find(c, consent_id))

    def answer(self, consent_id: str, given: ConsentAnswer) -> bool:
        """Record an answer."""
        return self._do.change(lambda c: consents.answer(c, consent_id, given))

    def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> Unspent | None:
        """Use a yes up."""
        return self._do.change(lambda c: consents.spend(c, consent_id, digest, caller, now))

    def close(self) -> None:
        """Close its connections."""
        self._do.close()


def open_store(where: str | Path, environment: Environment, head: Path | None) -> Store:
    """Open the store at an address or in a directory, and make it where there is none.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment.
    """
    if isinstance(where, str) and "://" in where:
        beside = HeadFile(head) if head else None
        return Store(Transactions(postgresql_engine(where), beside), environment)
    directory = Path(where)
    try:
        path = own_file(directory, f"ledger-{environment}.sqlite3")
    except OSError as error:
        problem = error.strerror
    else:
        beside = HeadFile(head or directory / f"ledger-{environment}-head.json")
        return Store(Transactions(sqlite_engine(path), beside), environment)
    raise LedgerUnwritableError(f"The ledger's file can't be made: {problem}.")
