"""The ledger that a command means, and work on it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from chasedata_mcp import settings
from chasedata_mcp.app import dialer as dialers
from chasedata_mcp.app.state import is_passing, ledger_of
from chasedata_mcp.cli.exit_codes import Exit
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.ledger import (
    Environment,
    Ledger,
    LedgerElsewhereError,
    LedgerError,
    LedgerTooNewError,
)
from chasedata_mcp.settings import Settings

T = TypeVar("T")
SANDBOX_HELP = "Use the embedded sandbox."
_ACCOUNT = (
    "no dialer is configured, so it is unclear whose ledger is meant: set here what is set for the "
    "server (CHASEDATA_TOKEN and CHASEDATA_ACCID, or CHASEDATA_CONFIG), or say --sandbox"
)
PASSING = (
    "a sandbox in memory (CHASEDATA_SANDBOX_FILE=:memory:) keeps its record only as long as it "
    "runs; without that setting, each user has one that is kept"
)


def with_ledger(work: Callable[[Ledger], Awaitable[T]], *, sandbox: bool = False) -> T:
    """Do work on the ledger that the settings mean.

    Args:
        work: What is to be done with it.
        sandbox: Whether the embedded sandbox's is meant, whatever the settings say.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean no ledger, or one that isn't kept.
        LedgerError: The ledger can't be used.
    """
    found = settings.load_settings(sandbox=sandbox)
    environment = environment_of(found)

    async def opened() -> T:
        async with ledger_of(found, environment) as ledger:
            return await work(ledger)

    return anyio.run(opened)


def environment_of(found: Settings) -> Environment:
    """Find the environment whose ledger the settings mean.

    Raises:
        SettingsError: The settings can't be used.
        UsageError: They mean none, or one that isn't kept.
    """
    environment = dialers.line(found).account.environment
    if environment == "none":
        raise UsageError(_ACCOUNT)
    if is_passing(found):
        raise UsageError(PASSING)
    return environment


def exit_of(error: LedgerError) -> Exit:
    """Give the exit code of a command whose ledger can't be used."""
    wrong_place = isinstance(error, LedgerTooNewError | LedgerElsewhereError)
    return Exit.USAGE if wrong_place else Exit.FAILED
