"""The batches that the settings mean: their store beside the ledger's, and what runs them."""

from functools import partial
from hashlib import sha256
from pathlib import Path

from chasedata_mcp.app.state import ledger_directory
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.batches.durable_runs import DurableRuns
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import Environment, Ledger
from chasedata_mcp.ledger.engine import make_private_file
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store_time import StoreTime
from chasedata_mcp.pipeline.pipeline import Pipeline
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
    return BatchStore(SqliteDatabase(_make_file(settings, f"batches-{environment}")))


def make_batch_service(
    settings: Settings, pipeline: Pipeline, ledger: Ledger, store: BatchStore
) -> BatchService:
    """Make the service of the account's batches; what runs them is opened where one runs.

    Raises:
        BatchStoreError: The file of the runs can't be made.
        SettingsError: The state directory can't be used.
    """
    account = pipeline.account
    names = (account.environment, account.accid, account.host)
    # Hashed: the engine's store has nothing that says whose it is.
    queue = f"batches-{sha256(repr(names).encode()).hexdigest()[:16]}"

    async def open_time() -> StoreTime:
        await ledger.open()
        return ledger.time

    runs = DurableRuns(_find_run_store(settings, pipeline), store.workers, open_time, queue)
    return BatchService(pipeline, ledger, store, partial(make_pace, settings), runs)


def _find_run_store(settings: Settings, pipeline: Pipeline) -> Path | str:
    """Find where it is kept which batch runs, and how far it is.

    Raises:
        BatchStoreError: Its file can't be made.
        SettingsError: The state directory can't be used.
    """
    return settings.ledger or _make_file(settings, f"batches-{pipeline.account.environment}-runs")


def make_pace(settings: Settings) -> Pace:
    """Make the pace of a run: no more in flight than there are calls at once."""
    return Pace(settings.in_flight, settings.batch_per_second)


def _make_file(settings: Settings, name: str) -> Path:
    """Make a file that only its owner can read, beside the ledger's.

    Raises:
        BatchStoreError: It can't be made.
        SettingsError: The state directory can't be used.
    """
    try:
        return make_private_file(ledger_directory(settings), f"{name}.sqlite3")
    except OSError as error:
        problem = error.strerror or str(error)
        raise BatchStoreError(f"The store of batches can't be made: {problem}.") from None
