"""The ledgers on this machine in which questions wait: that of the settings, and the usual ones.

A server that a host starts has its settings from the host, and the terminal has none of them. To
answer a question takes the place of its ledger alone, so the places are searched where servers
without settings keep theirs.
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
from chasedata_mcp.app import state
from chasedata_mcp.app.occupancy import occupied
from chasedata_mcp.approvals.grants import GrantRedaction, unredacted
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.answer_service import AnswerService
from chasedata_mcp.approvals_page.batch_overview import BatchOverview
from chasedata_mcp.approvals_page.oversight import Oversight, no_policy
from chasedata_mcp.approvals_page.policy_lines import policy_view
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.ledger_access import PASSING
from chasedata_mcp.ledger import Environment, Ledger, open_ledger
from chasedata_mcp.settings import FILE_VARIABLE, PREFIX, Settings
from chasedata_mcp.tools.account import Account


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """The place of a ledger in which questions may wait.

    `where` is its directory or its database's address, `head` the file with the head of a database;
    `account` is the one that the settings mean, None where they mean none of this environment.
    """

    where: Path | str
    environment: Environment
    head: Path | None = None
    account: str | None = None

    @property
    def exists(self) -> bool:
        """True where a server has kept anything there: looking makes no new ledger."""
        if isinstance(self.where, str):  # a database's address, which only opening it can check
            return True
        return Path(self.where, f"ledger-{self.environment}.sqlite3").is_file()

    def announced_at(self, found: Settings) -> Path:
        """Choose the directory in which a page of this ledger announces its address."""
        # A database has no directory: its page is announced where this machine keeps its own.
        return self.where if isinstance(self.where, Path) else state.directory(found)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Ledger]:
        """Open the ledger; a sandbox's folder is in use as long, so that nobody clears it."""
        used = isinstance(self.where, Path) and self.where.name == state.SANDBOX
        with occupied(Path(self.where)) if used else nullcontext():
            async with open_ledger(self.where, self.environment, checkpoint=self.head) as ledger:
                yield ledger


@dataclass(frozen=True, slots=True)
class LocalLedgers:
    """The settings of this terminal, and the ledgers that they and the usual places lead to."""

    settings: Settings
    account: Account
    places: tuple[LedgerPlace, ...]
    own: LedgerPlace | None = None
    """The ledger that the settings mean, be it there already or not."""

    def of(self, environment: Environment | None) -> list[LedgerPlace]:
        """List the places of an environment, or of both; live comes first."""
        return [one for one in self.places if environment in {None, one.environment}]

    @property
    def environment(self) -> Environment | None:
        """The environment that the settings mean, None where they mean none."""
        return None if self.account.environment == "none" else self.account.environment

    @property
    def users_sandbox(self) -> LedgerPlace:
        """The sandbox that each user has without a setting."""
        return LedgerPlace(state.directory(self.settings) / state.SANDBOX, "sandbox")

    def answers(self, ledger: Ledger, place: LedgerPlace, account: str) -> AnswerService:
        """Make the service that answers the questions of one account of a ledger."""
        factor = SecondFactor(self._factor_directory(place))
        redact_grant = self._grant_redaction(place, account)
        return AnswerService(ledger, self._named(place, account), compose.now, factor, redact_grant)

    def oversight(self, ledger: Ledger, place: LedgerPlace, account: str) -> Oversight:
        """Make the view of one account of a ledger, beside its questions."""
        from chasedata_mcp.app.batches import find_batch_store  # noqa: PLC0415 - heavy: batches

        # The policy is the server's: it is known only where this terminal has the same settings.
        is_own = self._is_set_for(place, account)
        policy = partial(policy_view, self.settings) if is_own else no_policy
        named = self._named(place, account)
        open_store = partial(find_batch_store, place.where, place.environment)
        return Oversight(ledger, named, compose.now, policy, BatchOverview(open_store, named))

    def _named(self, place: LedgerPlace, account: str) -> Account:
        is_own = self._is_set_for(place, account)
        return self.account if is_own else Account(place.environment, account)

    def _is_set_for(self, place: LedgerPlace, account: str) -> bool:
        return (place.environment, account) == (self.account.environment, self.account.accid)

    def _grant_redaction(self, place: LedgerPlace, account: str) -> GrantRedaction | None:
        """Give what makes a grant's recorded form; None where only the server knows it."""
        if self._is_set_for(place, account):
            return compose.grant_redaction(self.settings)
        # A sandbox's numbers are nobody's, and its token is no secret.
        return unredacted if place.environment == "sandbox" else None

    def _factor_directory(self, place: LedgerPlace) -> Path:
        """Find the directory of the second factor that the server of this ledger checks."""
        if isinstance(place.where, Path):
            # The user's sandbox is a folder of the state directory, and the factor is above it.
            own = place.where.parent if place.where.name == state.SANDBOX else place.where
            if SecondFactor(own).enrolled:
                return own
        return state.directory(self.settings)


def find_ledgers(
    config: Path | None = None,
    state_dir: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> LocalLedgers:
    """Find the ledgers in which questions may wait, by the settings here and the places named.

    Args:
        config: A file of settings, such as the server has.
        state_dir: The directory of the server's ledger.
        environ: The variables with the settings of this terminal.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean a sandbox that keeps nothing.
    """
    named = {FILE_VARIABLE: config, f"{PREFIX}STATE_DIR": state_dir}
    given = {name: str(path.absolute()) for name, path in named.items() if path is not None}
    found = settings.load_settings({**environ, **given})
    account = dialers.line(found).account
    if state.is_passing(found):
        raise UsageError(PASSING)
    own = _own(found, account)
    kept = (place for place in _list_places(found, own) if place.exists)
    return LocalLedgers(found, account, tuple(dict.fromkeys(kept)), own)


def _own(found: Settings, account: Account) -> LedgerPlace | None:
    if account.environment == "none":
        return None
    where = found.ledger or state.ledger_directory(found)
    head = state.head_of(found, account.environment)
    return LedgerPlace(where, account.environment, head, account.accid)


def _list_places(found: Settings, own: LedgerPlace | None) -> Iterator[LedgerPlace]:
    """List the places of servers without settings, and the place that the settings mean."""
    place = state.directory(found)
    # Live comes first, as on the page (docs/approvals.md).
    usual: tuple[tuple[Path, Environment], ...] = (
        (place, "live"),
        (place / state.SANDBOX, "sandbox"),
        (place, "sandbox"),
    )
    for where, environment in usual:
        if own is not None and own.environment == environment:
            yield replace(own, where=where, head=None)
        else:
            yield LedgerPlace(where, environment)
    if own is not None:
        yield own
