"""Notices that the do-not-call memory has lost numbers, and holds on to that until a person says.

The store counts how many numbers an account's memory has ever held, and the file beside it keeps
that count. Neither a crash nor another machine makes the store's the smaller one.
"""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, select

from chasedata_mcp.ledger import dnc_registry
from chasedata_mcp.ledger.admin_actions import Order, record
from chasedata_mcp.ledger.chain import Chain, head_of
from chasedata_mcp.ledger.dnc_counts import Kept, MemoryFile
from chasedata_mcp.ledger.errors import LedgerError, LedgerUnwritableError
from chasedata_mcp.ledger.events import Draft, What, written
from chasedata_mcp.ledger.schema import EVENTS
from chasedata_mcp.ledger.transactions import Transactions
from chasedata_mcp.ledger.verdicts import Head


class Losses:
    """What is kept beside a store, held against it; where nothing is kept, nothing is lost."""

    def __init__(self, transactions: Transactions, file: MemoryFile | None) -> None:
        self._do = transactions
        self._file = file

    def kept(self) -> Kept:
        """What is kept now; to be read before the store, which never falls behind it."""
        return (self._file and self._file.read()) or Kept()

    def of(self, account: str) -> bool:
        """Whether an account's memory is lost."""
        kept = self.kept()
        return self._do.read(lambda connection: _is_lost(connection, kept, account))

    def hold_on(self, connection: Connection, account: str) -> None:
        """Keep that an account's memory is lost, ahead of what would make it look whole again."""
        kept = self.kept()
        if self._file is None or account in kept.lost:
            return
        if _is_lost(connection, kept, account):
            self._file.keep(kept.losing([account]))

    def follow(self, account: str) -> None:
        """Keep an account's count, once what changed it is on disk."""
        file = self._file
        if file is None:
            return
        # What was recorded is, whatever becomes of this.
        with suppress(LedgerError):
            self._do.append(lambda chain: self._follow(file, chain.connection, account))

    def _follow(self, file: MemoryFile, connection: Connection, account: str) -> None:
        ever = dnc_registry.ever(connection, account)
        self._keep(file, self.kept().following({account: ever}))

    def look(self, head: Head | None) -> None:
        """Look at the whole of a store that was just opened, and keep what is found.

        Args:
            head: The one beside the store, as it was before that was opened.
        """
        file = self._file
        # Mostly nothing has changed, and then nobody is kept from writing.
        if file is not None and self._do.read(lambda c: _seen(c, file, head)) != file.read():
            with suppress(LedgerError):
                self._do.append(lambda chain: self._keep(file, _seen(chain.connection, file, head)))

    def accept(self, account: str, by: str, now: datetime) -> bool:
        """Take an account's memory as it is, and put that on record; false where none is lost.

        Raises:
            LedgerUnwritableError: That can't be kept, so it is lost still.
        """

        def on_record(chain: Chain) -> bool:
            if not _is_lost(chain.connection, self.kept(), account):
                return False
            left = dnc_registry.recount(chain.connection, account)
            body = {"account": account, "by": by, "remembered": left}
            chain.append([Draft.of(written(now), What.ACCEPTED, body)])
            record(chain, _order(account, by, now, left))
            return True

        accepted = self._do.append(on_record)
        if accepted and self._file is not None:
            self._do.append(lambda chain: self._accept(chain.connection, account))
        return accepted

    def _accept(self, connection: Connection, account: str) -> None:
        assert self._file is not None  # noqa: S101 - as above
        try:
            self._file.write(self.kept().accepting(account, dnc_registry.ever(connection, account)))
        except OSError as error:
            problem = error.strerror
        else:
            return
        raise LedgerUnwritableError(f"The file beside the ledger can't be written: {problem}.")

    @staticmethod
    def _keep(file: MemoryFile, kept: Kept) -> None:
        if kept != file.read():
            file.keep(kept)


def _order(account: str, by: str, now: datetime, left: int) -> Order:
    return Order(
        name="accept_loss",
        account=account,
        by=by,
        at=now,
        message="What the memory of who must not be called still has was taken for all there is.",
        arguments={"numbers_left": left},
    )


def _is_lost(connection: Connection, kept: Kept, account: str) -> bool:
    return kept.is_lost(account, dnc_registry.ever(connection, account)) or dnc_registry.is_emptied(
        connection, account
    )


def _seen(connection: Connection, file: MemoryFile, head: Head | None) -> Kept:
    """What there is to keep of a whole store."""
    kept = file.read()
    if kept is None:
        kept = Kept(others_lost=head is not None and not _follows(connection, head))
    counts = dnc_registry.all_ever(connection)
    lost = {account for account in kept.ever if kept.is_lost(account, counts.get(account, 0))}
    return kept.losing(lost | dnc_registry.short(connection)).following(counts)


def _follows(connection: Connection, head: Head) -> bool:
    """Whether a store goes on from a head, as far as it still has that event."""
    same = select(EVENTS.c.hash).where(EVENTS.c.seq == head.count)
    found = connection.execute(same).scalar()
    return head.count <= head_of(connection).count and found in {head.hash, None}
