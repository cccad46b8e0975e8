"""The directory of names that the settings mean: their names file, and a store of names."""

from collections.abc import Callable
from datetime import datetime

from chasedata_mcp.app.names_file import open_names_file
from chasedata_mcp.app.state import is_passing, ledger_directory
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.engine import make_private_file
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.names.directory import DialerNames, NameDirectory
from chasedata_mcp.tools.names.store import NameStore


def open_directory(
    settings: Settings, account: Account, dialer_names: DialerNames, clock: Callable[[], datetime]
) -> NameDirectory:
    """Open the directory of an account's names; its store is made by the first name that is kept.

    Raises:
        SettingsError: The names file can't be used.
    """
    file = open_names_file(settings, account)
    return NameDirectory(file, open_name_store(settings, account), dialer_names, clock)


def open_name_store(settings: Settings, account: Account) -> NameStore | None:
    """Open the store of names; None where nothing is kept."""
    if is_passing(settings) or account.environment == "none":
        return None
    name = f"names-{account.environment}.sqlite3"

    def make() -> Database:
        if settings.ledger is not None:
            # The driver takes a tenth of a second to import, and is needed for a server alone.
            from chasedata_mcp.ledger.postgresql import (  # noqa: PLC0415 - as above
                PostgresqlDatabase,
            )

            return PostgresqlDatabase(settings.ledger)
        return SqliteDatabase(make_private_file(ledger_directory(settings), name))

    def has_any() -> bool:
        return settings.ledger is not None or (ledger_directory(settings) / name).exists()

    return NameStore(make, has_any, account.environment, account.accid)
