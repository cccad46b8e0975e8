"""The batches that the settings mean: their store beside the ledger's, and what runs them."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from chasedata_mcp.app.state import files_directory, is_passing, ledger_directory
from chasedata_mcp.batches.batch_service import BatchService
from chasedata_mcp.batches.durable_runs import DurableRuns
from chasedata_mcp.batches.errors import BatchStoreError
from chasedata_mcp.batches.pace import Pace
from chasedata_mcp.batches.planner import Planner
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.ledger import Environment, Ledger
from chasedata_mcp.ledger.engine import make_private_file
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store_time import StoreTime
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.settings import Settings


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of one account: where they are kept, how they are planned and run."""

    store: BatchStore
    planner: Planner
    service: BatchService


@contextmanager
def opened_batches(settings: Settings, pipeline: Pipeline, ledger: Ledger) -> Generator[Batches]:
    """Open the batches of an installation, with the folder that the settings name for their files.

    Raises:
        BatchStoreError: As for `open_batch_store`.
        SettingsError: The folder, or the state directory, can't be used.
    """
    environment = pipeline.account.environment
    assert environment != "none"  # noqa: S101 - where no dialer is configured nothing is opened
    with ExitStack() as until_end:
        if is_passing(settings):
            # The record of such a sandbox ends with its process, and so do its batches.
            place = Path(tempfile.mkdtemp(prefix="chasedata-mcp-"))
            until_end.callback(shutil.rmtree, place, ignore_errors=True)
            settings = settings.model_copy(update={"state_dir": place})
        store = until_end.enter_context(closing(open_batch_store(settings, environment)))
        planner = Planner(pipeline, store, files_directory(settings))
        yield Batches(store, planner, make_batch_service(settings, pipeline, ledger, store))


def find_batch_store(where: Path | str, environment: Environment) -> BatchStore | None:
    """Open the store beside the ledger of a folder or in its database; None where there is none.

    Raises:
        LedgerUnwritableError: The database's address can't be used.
    """
    if isinstance(where, str):
        from chasedata_mcp.ledger.postgresql import PostgresqlDatabase  # noqa: PLC0415 - as below

        return BatchStore(PostgresqlDatabase(where))
    path = where / f"batches-{environment}.sqlite3"
    return BatchStore(SqliteDatabase(path)) if path.is_file() else None


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


def has_batch_store(settings: Settings, environment: Environment) -> bool:
    """Tell whether there may be batches: none were ever planned where there is no file for them.

    Raises:
        SettingsError: The state directory can't be used.
    """
    file = ledger_directory(settings) / f"batches-{environment}.sqlite3"
    return settings.ledger is not None or file.exists()


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
