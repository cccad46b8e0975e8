"""The opening of a store, in a file of SQLite or a database of PostgreSQL."""

import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from chasedata_mcp.files.access import STATE_FILES, list_directory_exposures, require_unexposed
from chasedata_mcp.ledger import clock_marks, dnc_loss
from chasedata_mcp.ledger.chain import Chain
from chasedata_mcp.ledger.checkpoints import CheckpointFile
from chasedata_mcp.ledger.connection import Database
from chasedata_mcp.ledger.dnc_counts import DncCountsFile
from chasedata_mcp.ledger.errors import (
    UNUSABLE_ADDRESS,
    LedgerTooOldError,
    LedgerUnreadableError,
    LedgerUnwritableError,
)
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.read_only_file import can_write
from chasedata_mcp.ledger.schema import VERSION, make_tables, read_version
from chasedata_mcp.ledger.sqlite import SqliteDatabase
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.store_file import StoreFile
from chasedata_mcp.ledger.store_time import CLOCK_ALONE, StoreTime

LEFTOVERS = ("-wal", "-shm")
"""The ends of the names of what SQLite keeps beside a file that is open."""


def make_private_file(directory: Path, name: str) -> Path:
    """Make a file that only its owner can read, in a directory that is or becomes the ledger's own.

    A directory that holds other things too keeps its permissions, and a file that may only be read
    is left as it is.

    Raises:
        OSError: It can't be made, or another user of this machine could have changed it.
    """
    require_unexposed(list_directory_exposures(directory))
    path = directory / name
    if path.exists() and not can_write(path):
        return path
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made here and not by SQLite, which would leave it to the umask. SQLite gives the files beside
    # it (-wal, -shm) the same permissions.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    # Only its owner may change a file's mode (chmod(2)); another user's may be writable all the
    # same.
    with suppress(PermissionError):
        path.chmod(0o600)
        if all(file.name.startswith(STATE_FILES) for file in directory.iterdir()):
            directory.chmod(0o700)
    return path


def open_store(
    where: str | Path,
    environment: Environment,
    checkpoint: Path | None,
    now: datetime | None = None,
    time: StoreTime = CLOCK_ALONE,
) -> Store:
    """Open the store at an address or in a directory, and make it where there is none.

    With `now`, the texts of questions that are over by then are removed.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment.
    """
    if isinstance(where, str) and "://" in where:
        database = _make_postgresql(where)
        return prepare(_store(database, environment, checkpoint, time=time), now)
    directory, name = Path(where), f"ledger-{environment}.sqlite3"
    _require_no_leftovers(directory / name)
    try:
        path = make_private_file(directory, name)
    except OSError as error:
        problem = error.strerror
    else:
        beside = checkpoint or directory / f"ledger-{environment}-head.json"
        return prepare(make_file_store(StoreFile(path), environment, beside, time), now)
    raise LedgerUnwritableError(f"The ledger's file can't be made: {problem}.")


def make_file_store(
    file: StoreFile,
    environment: Environment,
    checkpoint: Path | None,
    time: StoreTime = CLOCK_ALONE,
) -> Store:
    """Make a store on a file, without looking into it yet."""
    return _store(SqliteDatabase(file.path, file=file), environment, checkpoint, file, time)


def prepare(store: Store, now: datetime | None = None) -> Store:
    """Make a store's tables or check them, and look for losses; `now` is as for `open_store`.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment; it is closed.
    """
    try:
        # Read before the store is: other processes may write it meanwhile.
        checkpoint = store.checkpoint_file.read() if store.checkpoint_file else None
        version = None
        try:
            version = store.read(read_version, store.environment)
        except LedgerTooOldError:
            raise
        except LedgerUnreadableError:
            # Whoever may write it learns more by that.
            pass
        if version != VERSION:
            store.change(make_tables, store.environment)
        store.read(clock_marks.take_up)
        dnc_loss.inspect(store, checkpoint)
        # A store that can only be read is opened all the same.
        with suppress(LedgerUnwritableError):
            if now is not None:
                store.append(_expire, store, now)
        if store.file is not None and can_write(store.file.path):
            store.file.remember_log()
    except BaseException:
        store.close()
        raise
    return store


def _expire(chain: Chain, store: Store, now: datetime) -> None:
    store.expire(chain.connection, now)


def _make_postgresql(address: str) -> Database:
    """Make the database of an address.

    Raises:
        LedgerUnwritableError: It is not an address that can be used.
    """
    try:
        # The driver is imported only where it is needed: it takes a tenth of a second.
        from chasedata_mcp.ledger.postgresql import PostgresqlDatabase  # noqa: PLC0415 - as above

        return PostgresqlDatabase(address)
    except ImportError:
        pass
    raise LedgerUnwritableError(UNUSABLE_ADDRESS)


def _store(
    database: Database,
    environment: Environment,
    checkpoint: Path | None,
    file: StoreFile | None = None,
    time: StoreTime = CLOCK_ALONE,
) -> Store:
    beside: tuple[CheckpointFile | None, DncCountsFile | None] = None, None
    if checkpoint is not None:
        # Named as the checkpoint is, so that each of several stores has its own beside it.
        named = re.fullmatch(r"ledger-(.+)-head\.json", checkpoint.name)
        counts = checkpoint.with_name(f"memory-{named[1] if named else environment}.json")
        beside = CheckpointFile(checkpoint), DncCountsFile(counts)
    store = Store(database, environment, *beside, file)
    store.time = time
    return store


def _require_no_leftovers(path: Path) -> None:
    """Refuse to begin a new file beside the log of one that is gone.

    SQLite removes such a log, which the other file still needs, and shares the log's index with
    whoever has that file open: both would be damaged (sqlite.org/howtocorrupt.html, section 4).

    Raises:
        LedgerUnwritableError: There is such a log, and no file.
    """
    if not path.exists() and any(path.with_name(f"{path.name}{end}").exists() for end in LEFTOVERS):
        raise LedgerUnwritableError(
            "The ledger can't be opened: its file is gone, and the files -wal and -shm beside it "
            "are still there. Put it back; to begin a new record, stop every server first and move "
            "those two away."
        )
