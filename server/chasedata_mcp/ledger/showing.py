"""Everything that only shows what is recorded, each in one transaction, blocking."""

from collections.abc import Sequence

from chasedata_mcp.ledger import queries, verify
from chasedata_mcp.ledger.chain import head_of
from chasedata_mcp.ledger.events import Event
from chasedata_mcp.ledger.facts import Likeness
from chasedata_mcp.ledger.models import Changes, Entry, Filter, Page
from chasedata_mcp.ledger.transactions import Transactions
from chasedata_mcp.ledger.verdicts import Head, Verdict


class Shown:
    """A store as far as it is read for its entries and events; `Ledger` describes the methods."""

    def __init__(self, transactions: Transactions) -> None:
        self._do = transactions

    def history(self, which: Filter, limit: int, before: str | None) -> Page:
        """A page of entries."""
        return self._do.read(lambda c: queries.page(c, which, limit, before))

    def entry(self, entry_id: str) -> Entry | None:
        """One entry."""
        return self._do.read(lambda c: queries.entry(c, entry_id))

    def touching(self, subject: str, after: int, limit: int) -> list[Entry]:
        """Writes to a thing."""
        return self._do.read(lambda c: queries.touching(c, subject, after=after, limit=limit))

    def later_touching(self, earlier: Entry, limit: int) -> list[Entry]:
        """Later writes to the same things."""
        return self._do.read(lambda c: queries.later_touching(c, earlier, limit))

    def twin(self, like: Likeness, account: str) -> Entry | None:
        """The last call like this one."""
        return self._do.read(lambda c: queries.twin(c, like.digest, account, like.since))

    def last_for(self, subject: str, tool: str | None) -> Entry | None:
        """The last write to a thing."""
        return self._do.read(lambda c: queries.last_for(c, subject, tool))

    def undone_by(self, entry_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Which writes take each of these entries back."""
        return self._do.read(lambda c: queries.undone_by(c, entry_ids))

    def undoing(self, entry_id: str) -> list[Entry]:
        """Writes that take an entry back."""
        return self._do.read(lambda c: queries.undoing(c, entry_id))

    def unsettled(self, which: Filter, limit: int) -> list[Entry]:
        """Writes of which nobody knows."""
        return self._do.read(lambda c: queries.unsettled(c, which, limit))

    def changes(self, after: int | None, limit: int) -> Changes:
        """Entries with new events."""
        if after is None:
            return Changes((), self.head().count)
        return self._do.read(lambda c: queries.changes(c, after, limit))

    def events(self, after: int, limit: int) -> list[Event]:
        """Events in their order."""
        return self._do.read(lambda c: queries.events_after(c, after, limit))

    def head(self) -> Head:
        """The end of the chain."""
        return self._do.read(head_of)

    def verify(self, given: Head | None) -> Verdict:
        """Verify the chain, the rows derived of it, and the heads."""
        # Read first: a head that is older than the store is nothing strange.
        kept = self._do.head_file.read() if self._do.head_file else None
        return self._do.read(lambda c: verify.verify(c, kept, given))
