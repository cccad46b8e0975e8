"""The store: everything that can be done with it, each in one transaction, blocking."""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from chasedata_mcp.ledger import approvals, dnc_registry, freeze, grants, precheck, prune, writer
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.checkpoints import HeadFile
from chasedata_mcp.ledger.dnc_counts import MemoryFile
from chasedata_mcp.ledger.dnc_loss import Losses
from chasedata_mcp.ledger.engine import (
    make,
    own_file,
    postgresql_engine,
    sqlite_engine,
    version_of,
)
from chasedata_mcp.ledger.errors import LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.events import Draft, What, written
from chasedata_mcp.ledger.facts import (
    Broken,
    Frozen,
    Grant,
    Known,
    Likeness,
    Reserve,
    SpentGrant,
    Suppressed,
)
from chasedata_mcp.ledger.models import (
    ConsentAnswer,
    ConsentRow,
    Ending,
    Environment,
    Intent,
    Twin,
    Unspent,
)
from chasedata_mcp.ledger.reservations import Counting
from chasedata_mcp.ledger.schema import VERSION
from chasedata_mcp.ledger.showing import Shown
from chasedata_mcp.ledger.transactions import Transactions
from chasedata_mcp.ledger.verdicts import Pruned
from chasedata_mcp.limits import Limit, Unit

T = TypeVar("T")
A_MINUTE = timedelta(minutes=1)


class Store(Shown):
    """A store that is open. Its methods may be called from any thread; `Ledger` describes them."""

    def __init__(
        self,
        transactions: Transactions,
        environment: Environment,
        memory_file: MemoryFile | None = None,
        now: datetime | None = None,
    ) -> None:
        """Open it; with `now`, the words of questions that are over by then go.

        Raises:
            LedgerError: It can't be opened, or isn't for this program or environment.
        """
        super().__init__(transactions)
        self._environment: Environment = environment
        self._losses = Losses(transactions, memory_file)
        self._behind = True
        self._empty_again = ""
        try:
            self._make_or_check(now)
        except BaseException:
            self._do.close()
            raise

    @property
    def answers_at_once(self) -> bool:
        """Whether a small read neither goes over a network nor waits for who writes."""
        return self._do.is_a_file

    def _make_or_check(self, now: datetime | None) -> None:
        head = self._do.head_file.read() if self._do.head_file else None
        version = None
        with suppress(LedgerUnreadableError):
            version = self._do.read(lambda c: version_of(c, self._environment))
        self._behind = version != VERSION
        try:
            self._catch_up()
        except LedgerUnwritableError:
            # A store that can only be read is opened all the same, be it an old one.
            if version is None:
                raise
        else:
            self._losses.look(head)
            if now is not None:
                with suppress(LedgerUnwritableError):
                    self._do.change(lambda c: self._empty(c, now))

    def _catch_up(self) -> None:
        if self._behind:
            self._do.change(lambda c: make(c, self._environment))
            self._behind = False

    def _empty(self, connection: Connection, now: datetime) -> None:
        """Take the words of questions and grants that are over, once a minute."""
        if written(now) >= self._empty_again:
            approvals.empty(connection, now)
            grants.forget(connection, now)
            self._empty_again = written(now + A_MINUTE)

    def _append(self, work: Callable[[Chain], T]) -> T:
        self._catch_up()
        return self._do.append(work)

    def _change(self, work: Callable[[Connection], T]) -> T:
        self._catch_up()
        return self._do.change(work)

    def intend(
        self,
        intent: Intent,
        twin_within: timedelta | None,
        aware_of: Collection[str] | None,
        reserve: Reserve | None = None,
    ) -> Twin | Broken | Frozen | SpentGrant | Suppressed | None:
        """Append an intent, or give what stands in its way."""
        if intent.environment != self._environment:
            raise ValueError("an intent is of the ledger's own environment")
        takes = reserve or Reserve()

        def on_chain(chain: Chain) -> Twin | Broken | Frozen | SpentGrant | Suppressed | None:
            self._empty(chain.connection, intent.at)
            if takes.suppresses:
                self._losses.hold_on(chain.connection, intent.account)
            return writer.intend(chain, intent, twin_within, aware_of, takes)

        came = self._append(on_chain)
        if came is None and takes.suppresses:
            self._losses.follow(intent.account)
        return came

    def end(self, ending: Ending, what: What) -> None:
        """Append what came of a call."""
        self._append(lambda chain: writer.end(chain, ending, what))

    def known(  # noqa: PLR0913, PLR0917 - as `Ledger.known`
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
        """What a call is judged by."""
        counting = Counting(units, limits, now)
        kept = self._losses.kept()
        branches = precheck.branches(account, caller, numbers, counting, now, read_since, like)
        found = precheck.sorted_out(self._do.ask(branches))
        anew = counting.since(precheck.rearmed(found))
        if anew is not counting:
            branches = precheck.branches(account, caller, numbers, anew, now, read_since, like)
            found, counting = precheck.sorted_out(self._do.ask(branches)), anew
        return precheck.known(found, counting, lambda ever: kept.is_lost(account, ever), like)

    def note(self, drafts: Sequence[Draft], lost: int, now: datetime) -> None:
        """Append a batch of reads and refusals."""

        def on_chain(chain: Chain) -> None:
            self._empty(chain.connection, now)
            writer.note(chain, drafts, lost, now)

        self._append(on_chain)

    def prune(self, before: datetime, now: datetime) -> Pruned:
        """Cut the chain."""
        return self._append(lambda chain: prune.prune(chain, before, now))

    def ask(self, row: ConsentRow) -> None:
        """Keep a new question."""
        self._change(lambda c: approvals.ask(c, row))

    def find_or_ask(self, row: ConsentRow) -> ConsentRow:
        """Keep a new question, unless its like waits."""
        return self._change(lambda c: approvals.find_or_ask(c, row))

    def find(self, consent_id: str) -> ConsentRow | None:
        """The consent of this id."""
        return self._do.read(lambda c: approvals.find(c, consent_id))

    def answer(self, consent_id: str, given: ConsentAnswer) -> bool:
        """Record an answer."""
        return self._change(lambda c: approvals.answer(c, consent_id, given))

    def spend(self, consent_id: str, digest: str, caller: str, now: datetime) -> Unspent | None:
        """Use a yes up."""
        return self._change(lambda c: approvals.spend(c, consent_id, digest, caller, now))

    def by_code(self, code: str) -> ConsentRow | None:
        """The last consent of this code."""
        return self._do.read(lambda c: approvals.by_code(c, code))

    def open_questions(self, account: str, now: datetime) -> list[ConsentRow]:
        """The questions of an account that wait."""
        return self._do.read(lambda c: approvals.waiting(c, account, now))

    def standing(self, digest: str, caller: str, now: datetime) -> ConsentRow | None:
        """The last consent for this call that may still let it through."""
        return self._do.read(lambda c: approvals.standing(c, digest, caller, now))

    def give(self, grant: Grant, told: Grant) -> None:
        """Keep a new grant."""
        self._append(lambda chain: grants.give(chain, grant, told))

    def grants(self, account: str, now: datetime) -> list[Grant]:
        """The grants of an account."""
        return self._do.read(lambda c: grants.standing(c, account, now))

    def revoke(self, grant_id: str, by: str, now: datetime) -> bool:
        """End a grant."""
        return self._append(lambda chain: grants.revoke(chain, grant_id, by, now))

    def suppressed(self, account: str) -> list[Suppressed]:
        """The numbers that are held back."""
        return self._do.read(lambda c: dnc_registry.suppressed(c, account))

    def memory_lost(self, account: str) -> bool:
        """Whether an account's memory is lost."""
        return self._losses.of(account)

    def accept_loss(self, account: str, by: str, now: datetime) -> bool:
        """Take an account's memory as it is."""
        self._catch_up()
        return self._losses.accept(account, by, now)

    def freeze(self, account: str, frozen: Frozen) -> bool:
        """Freeze an account."""
        return self._append(lambda chain: freeze.freeze(chain, account, frozen))

    def rearm(self, account: str, by: str, now: datetime) -> bool:
        """Let an account go on."""
        return self._append(lambda chain: freeze.rearm(chain, account, by, now))

    def frozen(self, account: str) -> Frozen | None:
        """Since when an account is frozen."""
        return self._do.read(lambda c: freeze.frozen_since(c, account))

    def close(self) -> None:
        """Close its connections."""
        self._do.close()


def open_store(
    where: str | Path, environment: Environment, head: Path | None, now: datetime | None = None
) -> Store:
    """Open the store at an address or in a directory, and make it where there is none.

    With `now`, the words of questions that are over by then go.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment.
    """
    if isinstance(where, str) and "://" in where:
        database = Transactions(postgresql_engine(where), HeadFile(head) if head else None)
        beside = _memory_file(head, environment) if head else None
        return Store(database, environment, beside, now)
    directory = Path(where)
    try:
        path = own_file(directory, f"ledger-{environment}.sqlite3")
    except OSError as error:
        problem = error.strerror
    else:
        kept = head or directory / f"ledger-{environment}-head.json"
        database = Transactions(sqlite_engine(path), HeadFile(kept))
        return Store(database, environment, _memory_file(kept, environment), now)
    raise LedgerUnwritableError(f"The ledger's file can't be made: {problem}.")


def _memory_file(head: Path, environment: Environment) -> MemoryFile:
    """Named as the head is, so that each of several stores has its own beside it."""
    named = re.fullmatch(r"ledger-(.+)-head\.json", head.name)
    return MemoryFile(head.with_name(f"memory-{named[1] if named else environment}.json"))
