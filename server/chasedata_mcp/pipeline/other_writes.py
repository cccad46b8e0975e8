"""Other writes of an account, by which a lead may read otherwise than a call left it."""

from dataclasses import dataclass, field

from chasedata_mcp.errors import Outcome
from chasedata_mcp.ledger import Entry, EntryKind, Filter, Ledger
from chasedata_mcp.pipeline.settlement import has_others, hides_a_lead
from chasedata_mcp.tools.leads import InsertLead, UpdateLead

_PAGE = 100


async def others_matter(ledger: Ledger, entry: Entry) -> bool:
    """Tell whether other writes may have changed what is read of an entry's lead now.

    Raises:
        LedgerError: The ledger can't be read.
    """
    return await OtherWrites(ledger, entry.intent.account).matter(entry)


class OtherWrites:
    """The other writes of an account, each read once however many entries they are compared with.

    They are read as far as an entry needs them, so entries are best looked at newest first.
    """

    def __init__(self, ledger: Ledger, account: str) -> None:
        self._ledger = ledger
        self._later = _Updates(ledger, account)

    async def matter(self, entry: Entry) -> bool:
        """Tell whether any may have changed what is read of an entry's lead now.

        Raises:
            LedgerError: The ledger can't be read.
        """
        for key in entry.intent.resource_keys:
            if key.startswith("lead:") and await self._share(key, entry):
                return True
        return entry.intent.tool == InsertLead.name and await self._later.has_others(entry)

    async def _share(self, key: str, entry: Entry) -> bool:
        after = 0
        while page := await self._ledger.touching(key, after=after, limit=_PAGE):
            if has_others(entry, page):
                return True
            after = page[-1].seq
        return False


@dataclass
class _Updates:
    """The updates of an account that may have moved a new lead away from where it is looked for.

    They share no resource with the insert: an update by lead id may be of any lead. Those between
    `bottom` and `top`, which are places in the chain, were looked at; `moves` are those among them
    that matter, the newest first.
    """

    ledger: Ledger
    account: str
    top: int | None = None
    bottom: int = 1
    moves: list[Entry] = field(default_factory=list[Entry])

    async def has_others(self, insert: Entry) -> bool:
        """Tell whether one after this insert may matter."""
        await self._read_newer()
        while True:
            while self.moves and self.moves[0].seq > insert.seq:
                if await self._may_be_done(self.moves[0]):
                    return True
                self.moves.pop(0)
            if self.bottom <= insert.seq:
                return False
            await self._read_older()

    async def _may_be_done(self, update: Entry) -> bool:
        # It may have been settled since it was read.
        now = await self.ledger.entry(update.id)
        return now is None or now.outcome is not Outcome.REFUSED

    async def _read_newer(self) -> None:
        """Read those that came since the last time, of which there are mostly none."""
        if self.top is None:
            self.top = (await self.ledger.checkpoint()).count
            self.bottom = self.top + 1
            return
        newer: list[Entry] = []
        page = await self.ledger.history(self._which, limit=1)
        while page.entries and page.entries[-1].seq > self.top and page.older is not None:
            newer += page.entries
            page = await self.ledger.history(self._which, limit=_PAGE, before=page.older)
        newer += page.entries
        newer = [update for update in newer if update.seq > self.top]
        if newer:
            self.top = newer[0].seq
            self.moves[:0] = filter(hides_a_lead, newer)

    async def _read_older(self) -> None:
        page = await self.ledger.history(self._which, limit=_PAGE, before=str(self.bottom))
        self.moves += filter(hides_a_lead, page.entries)
        self.bottom = page.entries[-1].seq if page.older is not None else 0

    @property
    def _which(self) -> Filter:
        return Filter(tool=UpdateLead.name, account=self.account, kind=EntryKind.WRITE)
