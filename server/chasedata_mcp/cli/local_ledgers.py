"""The records on this machine in which questions wait: those of the settings, and the usual ones.

A server that a host starts has its settings from the host, and the terminal has none of them. To
answer takes the place of the record alone, so it is looked for where servers keep it unless told.
"""

import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from chasedata_mcp import settings
from chasedata_mcp.app import composition as compose
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app import state as ledgers
from chasedata_mcp.app.occupancy import occupied
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answers import AnswerService
from chasedata_mcp.approvals_page.oversight import Oversight, no_policy
from chasedata_mcp.approvals_page.policy_lines import policy_shown
from chasedata_mcp.cli.ledger_access import PASSING
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.ledger import Environment, Ledger, open_ledger
from chasedata_mcp.pipeline.approval_store import Telling, as_it_is
from chasedata_mcp.settings import FILE_VARIABLE, PREFIX, Settings
from chasedata_mcp.tools.results import Account


@dataclass(frozen=True, slots=True)
class Record:
    """A ledger in which questions may wait.

    `where` is its directory or its database's address, `head` where the head of a database is;
    `account` is the one that the settings mean, None where they mean none of this environment.
    """

    where: Path | str
    environment: Environment
    head: Path | None = None
    account: str | None = None

    @property
    def exists(self) -> bool:
        """Whether a server has kept anything there: looking makes no new record."""
        if isinstance(self.where, str):
            return True
        return Path(self.where, f"ledger-{self.environment}.sqlite3").is_file()

    def known_at(self, found: Settings) -> Path:
        """Where the page of a record makes itself known: a database's where this machine's are."""
        return self.where if isinstance(self.where, Path) else ledgers.directory(found)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Ledger]:
        """The ledger; a sandbox's folder is in use as long."""
        used = isinstance(self.where, Path) and self.where.name == ledgers.SANDBOX
        with occupied(Path(self.where)) if used else nullcontext():
            async with open_ledger(self.where, self.environment, checkpoint=self.head) as ledger:
                yield ledger


@dataclass(frozen=True, slots=True)
class Office:
    """Where a person looks for questions: what is set here, and which records that leads to."""

    settings: Settings
    account: Account
    records: tuple[Record, ...]
    own: Record | None = None
    """The record that the settings mean, be it there already or not."""

    def of(self, environment: Environment | None) -> list[Record]:
        """The records of an environment, or of both; live comes first."""
        return [one for one in self.records if environment in {None, one.environment}]

    @property
    def meant(self) -> Environment | None:
        """The environment that the settings mean, None where they mean none."""
        return None if self.account.environment == "none" else self.account.environment

    @property
    def users_sandbox(self) -> Record:
        """The sandbox that each user has without a setting."""
        return Record(ledgers.directory(self.settings) / ledgers.SANDBOX, "sandbox")

    def answers(self, ledger: Ledger, record: Record, account: str) -> AnswerService:
        """Make the service that answers the questions of a record, for one account of it."""
        factor = SecondFactor(self._factor_place(record))
        form = self._record_form(record, account)
        named = self._named(record, account)
        return AnswerService(ledger, named, compose.now, factor, form)

    def oversight(self, ledger: Ledger, record: Record, account: str) -> Oversight:
        """Make the view of one account of a record, beside its questions."""
        is_own = self._is_set_for(record, account)
        policy = partial(policy_shown, self.settings) if is_own else no_policy
        return Oversight(ledger, self._named(record, account), compose.now, policy)

    def _named(self, record: Record, account: str) -> Account:
        is_own = self._is_set_for(record, account)
        return self.account if is_own else Account(record.environment, account)

    def _is_set_for(self, record: Record, account: str) -> bool:
        return (record.environment, account) == (self.account.environment, self.account.accid)

    def _record_form(self, record: Record, account: str) -> Telling | None:
        """Give what makes a grant's recorded form; None where only the server knows it."""
        if self._is_set_for(record, account):
            return compose.telling(self.settings)
        # A sandbox's numbers are nobody's, and its token is no secret.
        return as_it_is if record.environment == "sandbox" else None

    def _factor_place(self, record: Record) -> Path:
        """Where the second factor is of the server that keeps this record."""
        if isinstance(record.where, Path):
            own = record.where.parent if record.where.name == ledgers.SANDBOX else record.where
            if SecondFactor(own).enrolled:
                return own
        return ledgers.directory(self.settings)


def office(
    config: Path | None = None,
    state_dir: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Office:
    """Where questions may wait, by the settings here and the places that are named.

    Args:
        config: A file of settings, such as the server has.
        state_dir: The directory of the server's record.
        environ: Where the settings here are.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean a sandbox that keeps nothing.
    """
    named = {FILE_VARIABLE: config, f"{PREFIX}STATE_DIR": state_dir}
    given = {name: str(path.absolute()) for name, path in named.items() if path is not None}
    found = settings.load_settings({**environ, **given})
    account = dialers.line(found).account
    if ledgers.is_passing(found):
        raise UsageError(PASSING)
    own = _own(found, account)
    kept = (record for record in _records(found, own) if record.exists)
    return Office(found, account, tuple(dict.fromkeys(kept)), own)


def _own(found: Settings, account: Account) -> Record | None:
    if account.environment == "none":
        return None
    where = found.ledger or ledgers.ledger_directory(found)
    head = ledgers.head_of(found, account.environment)
    return Record(where, account.environment, head, account.accid)


def _records(found: Settings, own: Record | None) -> Iterator[Record]:
    """The record of the settings, and those where servers without any keep theirs."""
    place = ledgers.directory(found)
    usual: tuple[tuple[Path, Environment], ...] = (
        (place, "live"),
        (place / ledgers.SANDBOX, "sandbox"),
        (place, "sandbox"),
    )
    for where, environment in usual:
        if own is not None and own.environment == environment:
            yield replace(own, where=where, head=None)
        else:
            yield Record(where, environment)
    if own is not None:
        yield own
