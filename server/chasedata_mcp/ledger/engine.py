"""Engines for SQLite and PostgreSQL, and the opening of a store on one of them."""

import os
import re
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError

from chasedata_mcp.file_access import STATE_FILES, list_directory_exposures, require_unexposed
from chasedata_mcp.ledger import dnc_loss
from chasedata_mcp.ledger.checkpoints import CheckpointFile
from chasedata_mcp.ledger.dnc_counts import DncCountsFile
from chasedata_mcp.ledger.errors import LedgerUnreadableError, LedgerUnwritableError
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.schema import make_tables, read_version
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.store_file import StoreFile

LEFTOVERS = ("-wal", "-shm")
"""The ends of the names of what SQLite keeps beside a file that is open."""
BUSY_SECONDS = 5
"""The time that a writer waits for another process before it gives up."""


def make_sqlite_engine(
    path: Path, busy_seconds: float = BUSY_SECONDS, file: StoreFile | None = None
) -> Engine:
    """Make an engine for a path; its transactions begin at once as reading or writing.

    With `file`, no connection is made to any other, and none makes a new one.
    """
    engine = create_engine(
        # Put together and not written as text: a path may hold `?` and `%`.
        URL.create("sqlite", database=str(path.absolute())),
        # Errors of SQLAlchemy quote a statement's values otherwise, which are data of calls.
        hide_parameters=True,
        connect_args={"timeout": busy_seconds},
    )
    if file is not None:
        event.listen(engine, "do_connect", partial(_require_place, file))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_postgresql_engine(address: str) -> Engine:
    """Make an engine for a PostgreSQL database, whose writers wait `BUSY_SECONDS` at most.

    Raises:
        LedgerUnwritableError: It is not an address that can be used.
    """
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            # A pooled connection may be of before the server's restart; a test of it is a round
            # trip.
            pool_pre_ping=True,
            connect_args={"connect_timeout": BUSY_SECONDS},
        )
    except (ArgumentError, ImportError, ValueError):
        # Raised below, out of this error's context, which quotes the address with its password.
        engine = None
    if engine is None or engine.url.drivername != "postgresql+psycopg":
        raise LedgerUnwritableError(
            "The ledger's address can't be used: it has to be postgresql+psycopg://user@host/name, "
            "and the package psycopg has to be installed."
        )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def make_private_file(directory: Path, name: str) -> Path:
    """Make a file that only its owner can read, in a directory that is or becomes the ledger's own.

    A directory that holds other things too keeps its permissions.

    Raises:
        OSError: It can't be made, or another user of this machine could have changed it.
    """
    require_unexposed(list_directory_exposures(directory))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / name
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
) -> Store:
    """Open the store at an address or in a directory, and make it where there is none.

    With `now`, the texts of questions that are over by then are removed.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment.
    """
    if isinstance(where, str) and "://" in where:
        return prepare(_store(make_postgresql_engine(where), environment, checkpoint), now)
    directory, name = Path(where), f"ledger-{environment}.sqlite3"
    _require_no_leftovers(directory / name)
    try:
        path = make_private_file(directory, name)
    except OSError as error:
        problem = error.strerror
    else:
        beside = checkpoint or directory / f"ledger-{environment}-head.json"
        return prepare(make_file_store(StoreFile(path), environment, beside), now)
    raise LedgerUnwritableError(f"The ledger's file can't be made: {problem}.")


def make_file_store(file: StoreFile, environment: Environment, checkpoint: Path | None) -> Store:
    """Make a store on a file, without looking into it yet."""
    return _store(make_sqlite_engine(file.path, file=file), environment, checkpoint, file)


def prepare(store: Store, now: datetime | None = None) -> Store:
    """Make a store's tables or check them, and look for losses; `now` is as for `open_store`.

    Raises:
        LedgerError: It can't be opened, or isn't for this program or environment; it is closed.
    """
    try:
        # Read before the store is: other processes may write it meanwhile.
        checkpoint = store.checkpoint_file.read() if store.checkpoint_file else None
        version = None
        with suppress(LedgerUnreadableError):
            version = store.read(read_version, store.environment)
        if version is None:
            store.change(make_tables, store.environment)
        dnc_loss.inspect(store, checkpoint)
        # A store that can only be read is opened all the same.
        with suppress(LedgerUnwritableError):
            if now is not None:
                store.change(store.expire, now)
        if store.file is not None:
            store.file.remember_log()
    except BaseException:
        store.close()
        raise
    return store


def _store(
    engine: Engine,
    environment: Environment,
    checkpoint: Path | None,
    file: StoreFile | None = None,
) -> Store:
    if checkpoint is None:
        return Store(engine, environment, file=file)
    # Named as the checkpoint is, so that each of several stores has its own beside it.
    named = re.fullmatch(r"ledger-(.+)-head\.json", checkpoint.name)
    counts = checkpoint.with_name(f"memory-{named[1] if named else environment}.json")
    return Store(engine, environment, CheckpointFile(checkpoint), DncCountsFile(counts), file)


def _require_place(file: StoreFile, *_: object) -> None:
    """Refuse to connect to another file than the store's; SQLite would even make one.

    Raises:
        LedgerUnreadableError: The store's isn't there.
    """
    if not file.is_in_place():
        raise LedgerUnreadableError(f"The ledger can't be read: {file.find_problem()}.")


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


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    # Else Python's driver begins transactions by itself, and only before a statement that writes.
    connection.isolation_level = None
    # WAL lets readers go on beside a writer (sqlite.org/wal.html). With WAL, synchronous=NORMAL may
    # lose what was committed in a power cut; an intent has to be on disk before its call is sent
    # (sqlite.org/pragma.html#pragma_synchronous). secure_delete overwrites with zeros the text of a
    # question that is over, which would else stay readable in the file.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # What is written soon doesn't wait for the disk: with NORMAL a commit is in the log, and on
    # disk with the next one that waits. It can only be set between transactions.
    mode = "NORMAL" if connection.get_execution_options().get("is_soon") else "FULL"
    if connection.info.setdefault("synchronous", "FULL") != mode:
        connection.exec_driver_sql(f"PRAGMA synchronous={mode}")
        connection.info["synchronous"] = mode
    # A transaction that reads first and then writes fails with SQLITE_BUSY_SNAPSHOT, however long
    # it may wait, once another has written in between (sqlite.org/lang_transaction.html).
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # PostgreSQL waits for a lock without end by default (its lock_timeout is 0).
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
