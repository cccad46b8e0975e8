"""The ledger that a command means by its settings, and work on it."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

import anyio

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.exposed_files import require_own_state
from chasedata_mcp.app.occupancy import occupied
from chasedata_mcp.app.state import (
    is_passing,
    is_users_sandbox,
    ledger_directory,
    ledger_of,
    sandbox_home,
)
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.ledger import Environment, Ledger
from chasedata_mcp.ledger.backup_files import StoreFiles
from chasedata_mcp.settings import Settings

T = TypeVar("T")
_NO_ACCOUNT = (
    "no dialer is configured, so it is unclear whose ledger is meant: set here what is set for the "
    "server (CHASEDATA_TOKEN and CHASEDATA_ACCID, or CHASEDATA_CONFIG), or say --sandbox"
)
PASSING = (
    "a sandbox in memory (CHASEDATA_SANDBOX_FILE=:memory:) keeps its record only as long as it "
    "runs; without that setting, each user has one that is kept"
)


def with_account(work: Callable[[Ledger, str], Awaitable[T]], *, sandbox: bool = False) -> T:
    """Do work on the ledger that the settings mean, for their account.

    Args:
        work: Takes the ledger and the account's id.
        sandbox: Take the embedded sandbox's ledger, whatever the settings say.

    Raises:
        SettingsError: The settings can't be used, or others could have changed the state.
        UsageError: They mean no ledger, or one that isn't kept.
        LedgerError: The ledger can't be used.
    """
    found = settings.load_settings(sandbox=sandbox)
    require_own_state(found)
    environment, account = find_environment(found), dialers.line(found).account.accid

    async def opened() -> T:
        async with ledger_of(found, environment) as ledger:
            return await work(ledger, account)

    return anyio.run(opened)


def with_ledger(work: Callable[[Ledger], Awaitable[T]], *, sandbox: bool = False) -> T:
    """Do work on the whole ledger that the settings mean, as `with_account` does for one account.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean no ledger, or one that isn't kept.
        LedgerError: The ledger can't be used.
    """
    return with_account(lambda ledger, _: work(ledger), sandbox=sandbox)


def find_environment(found: Settings) -> Environment:
    """Find the environment whose ledger the settings mean.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean none, or one that isn't kept.
    """
    environment = dialers.line(found).account.environment
    if environment == "none":
        raise UsageError(_NO_ACCOUNT)
    if is_passing(found):
        raise UsageError(PASSING)
    return environment


@contextmanager
def use_files(found: Settings) -> Generator[StoreFiles]:
    """Find the files of the ledger that the settings mean; a sandbox is in use until this ends.

    Raises:
        SettingsError, UsageError: They mean none that is kept, or others could have changed it.
    """
    require_own_state(found)
    environment = find_environment(found)
    used = occupied(sandbox_home(found)) if is_users_sandbox(found) else nullcontext()
    with used:
        yield StoreFiles(ledger_directory(found), environment)
