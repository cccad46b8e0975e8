"""A backup of a store that is a file: a directory with a copy of it and of the files beside it.

The copy is made by SQLite's online backup, so it is of one moment while servers write
(sqlite.org/backup.html); `cp` takes the file without the log beside it, which has the last events.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from chasedata_mcp.ledger import verify
from chasedata_mcp.ledger.backup_files import (
    MANIFEST,
    Manifest,
    StoreFiles,
    hash_file,
    make_file,
    sync,
)
from chasedata_mcp.ledger.checkpoints import Checkpoint, replace_file
from chasedata_mcp.ledger.engine import make_file_store
from chasedata_mcp.ledger.errors import BackupError, describe_failure
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.read_only_file import can_write, open_read_only
from chasedata_mcp.ledger.schema import read_version
from chasedata_mcp.ledger.store_file import StoreFile

_UNFINISHED = ".part"
"""The end of the name of a directory into which a backup is being made."""


def back_up(place: StoreFiles, to: Path, now: datetime) -> Checkpoint:
    """Make a backup of a store, which may be in use, and verify it; return its head.

    Raises:
        BackupError: It can't be made, or the store doesn't verify; nothing is left of it.
        LedgerError: The store isn't of this environment, or a newer program made it.
    """
    if not place.store.is_file():
        raise BackupError("There is no ledger yet, so nothing was backed up.")
    # Before the store, which never falls behind this copy.
    counts = _read_counts(place)
    with _new_directory(to) as directory, _open_source(place.store) as source:
        made = StoreFiles(directory, place.environment)
        copy_store(source, made.store)
        head = require_whole(made.store, place.environment)
        seal(made, head, counts, now)
    return head


def keep(place: StoreFiles, source: sqlite3.Connection, head: Checkpoint, now: datetime) -> Path:
    """Keep a store that is about to be replaced beside it, as a backup, whether it verifies or not.

    Raises:
        BackupError: It can't be kept.
    """
    replaced = f"ledger-{place.environment}-replaced-"
    # Of a restore that was killed: no other is under way.
    for unfinished in place.directory.glob(f"{replaced}*{_UNFINISHED}"):
        shutil.rmtree(unfinished, ignore_errors=True)
    name = f"{replaced}{now:%Y%m%dT%H%M%SZ}"
    to = next(path for path in _names(place.directory, name) if not path.exists())
    counts = _read_counts(place)
    with _new_directory(to) as directory:
        kept = StoreFiles(directory, place.environment)
        copy_store(source, kept.store)
        seal(kept, head, counts, now)
    return to


def _names(directory: Path, name: str) -> Iterator[Path]:
    yield directory / name
    number = 1
    while True:
        number += 1
        yield directory / f"{name}-{number}"


@contextmanager
def _open_source(path: Path) -> Generator[sqlite3.Connection]:
    """Open a store to be copied, where it may only be read, too: from a disk that fails, say.

    Raises:
        BackupError: It can't be read.
        LedgerUnreadableError: Somebody began to write it meanwhile.
    """
    if can_write(path):
        with open_existing(path) as source:
            yield source
    else:
        with _failing_as_backup(), closing(open_read_only(path)) as read_only:
            yield read_only
            read_only.require_unchanged()


@contextmanager
def open_existing(path: Path) -> Generator[sqlite3.Connection]:
    """Open a file of SQLite's, and never make one.

    Raises:
        BackupError: It can't be opened, or what the body does with it fails.
    """
    address = f"{path.absolute().as_uri()}?mode=rw"
    with (
        _failing_as_backup(),
        closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection,
    ):
        yield connection


@contextmanager
def _failing_as_backup() -> Generator[None]:
    """Turn an error of SQLite's into one that holds no row.

    Raises:
        BackupError: The body failed.
    """
    try:
        yield
    except sqlite3.Error as error:
        problem = describe_failure(error)
    else:
        return
    # Out here, so that the driver's error, which may hold a row, isn't its context.
    raise BackupError(f"A file of the ledger can't be read or copied: {problem}.")


def copy_store(source: sqlite3.Connection, to: Path) -> None:
    """Copy a database into a new file, as one file without a log beside it.

    Raises:
        BackupError, OSError: It can't be copied.
    """
    make_file(to)
    with open_existing(to) as target:
        # All at once: in WAL mode it keeps no writer waiting, and in steps it begins anew whenever
        # somebody writes.
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")


def require_whole(
    path: Path, environment: Environment, kept: Checkpoint | None = None
) -> Checkpoint:
    """Verify a copy by its chain and by a `kept` head, and its pages by SQLite; return its head.

    Raises:
        BackupError: It isn't whole.
        LedgerError: It is no ledger of this program's and environment's.
    """
    store = make_file_store(StoreFile(path), environment, None)
    try:
        if store.read(read_version, environment) is None:
            raise BackupError("There is no ledger in that file.")
        found = verify.verify(store, kept)
    finally:
        store.close()
    with open_existing(path) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
        is_intact = copy.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    if found.problems or not is_intact:
        first = found.problems[0].text if found.problems else "SQLite finds damage in it."
        raise BackupError(f"The ledger's copy doesn't verify: {first}")
    return found.checkpoint


def seal(made: StoreFiles, head: Checkpoint, counts: bytes | None, now: datetime) -> None:
    """Write what belongs beside a copied store, with the hashes of all, and all of it to disk.

    Raises:
        OSError: It can't be written.
    """
    replace_file(made.head, str(head))
    if counts is not None:
        make_file(made.counts, counts)
    files = [path for path in (made.store, made.head, made.counts) if path.exists()]
    hashes = {path.name: hash_file(path) for path in files}
    Manifest(made.environment, now, hashes).write(made.directory)
    for path in (*files, made.directory / MANIFEST, made.directory):
        sync(path)


@contextmanager
def _new_directory(to: Path) -> Generator[Path]:
    """Make a directory that appears under its name once all is in it, and leaves nothing if not.

    Raises:
        BackupError: It is there already, or can't be made.
    """
    if to.exists() or to.is_symlink():
        raise BackupError("There is something of that name already; name a directory that is new.")
    try:
        unfinished = Path(tempfile.mkdtemp(prefix=f"{to.name}.", suffix=_UNFINISHED, dir=to.parent))
        try:
            yield unfinished
            unfinished.rename(to)
            sync(to.parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise BackupError(f"The backup can't be written: {error.strerror}.") from None


def _read_counts(place: StoreFiles) -> bytes | None:
    with suppress(OSError):
        return place.counts.read_bytes()
    return None
