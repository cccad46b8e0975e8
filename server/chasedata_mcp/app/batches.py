"""The store of batches that the settings mean: beside the ledger's file, or in its database."""

from chasedata_mcp.app.state import ledger_directory
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import Environment
from chasedata_mcp.ledger.engine import make_private_file
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.settings import Settings


def open_batch_store(settings: Settings, environment: Environment) -> BatchStore:
    """Open the store of batches; its tables are made by its first use.

    Raises:
        BatchStoreError: Its file can't be made.
        LedgerUnwritableError: The database's address can't be used.
        SettingsError: The state directory can't be used.
    """
    if settings.ledger is not None:
        # The driver takes a tenth of a second to import, and is needed for a server alone.
        from chasedata_mcp.ledger.postgresql import PostgresqlDatabase  # noqa: PLC0415 - as above

        return BatchStore(PostgresqlDatabase(settings.ledger))
    try:
        path = make_private_file(ledger_directory(settings), f"batches-{environment}.sqlite3")
    except OSError as error:
        problem = error.strerror or str(error)
        raise BatchStoreError(f"The store of batches can't be made: {problem}.") from None
    return BatchStore(SqliteDatabase(path))


def make_pace(settings: Settings) -> Pace:
    """Make the pace of a run: no more in flight than there are calls at once."""
    return Pace(settings.in_flight, settings.batch_per_second)
