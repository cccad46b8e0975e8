"""A backup on its way into a store: copied beside the store, and verified there.

SQLite never opens the backup's own file, which it would change by that alone.
"""

import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chasedata_mcp.files.text import read_text
from chasedata_mcp.ledger.backup import require_whole
from chasedata_mcp.ledger.backup_files import MANIFEST, Manifest, StoreFiles, hash_file, make_file
from chasedata_mcp.ledger.checkpoints import Checkpoint
from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile
from chasedata_mcp.ledger.engine import LEFTOVERS, make_private_file
from chasedata_mcp.ledger.errors import BackupError

_ENDS = ("", *LEFTOVERS, "-journal")


@dataclass(frozen=True, slots=True)
class StagedBackup:
    """A backup that was copied beside the store and verified.

    Attributes:
        name: The name of its directory.
        file: The copy.
        made: The time at which it was made, None where it doesn't say so.
        counts: The counts of the DNC registry that came with it.
    """

    name: str
    file: Path
    made: datetime | None
    counts: DncCounts


@contextmanager
def stage(source: StoreFiles, to: Path, kept: Checkpoint | None) -> Generator[StagedBackup]:
    """Copy a backup and verify the copy, which is removed when this ends.

    Args:
        source: The files of the backup.
        to: The path of the copy.
        kept: A head that was kept elsewhere.

    Raises:
        BackupError: It isn't whole, or there is none.
        OSError: It can't be copied.
        LedgerError: It is no ledger of this program's and environment's.
    """
    manifest = _read_manifest(source)
    head = _read_head(source)
    if head is None and kept is None:
        raise BackupError(
            "There is no head in the backup, so it can't be told whether events are missing at its "
            "end. Give one that you kept elsewhere with --head. Nothing was restored."
        )
    _remove(to)
    try:
        _copy(source, to, has_log=manifest is None)
        if manifest is not None:
            _require_hashes(source, manifest, to)
        require_whole(to, source.environment, head)
        counts = _read_counts(source)
        made = None if manifest is None else manifest.made
        yield StagedBackup(source.directory.absolute().name, to, made, counts)
    finally:
        _remove(to)


def _read_manifest(source: StoreFiles) -> Manifest | None:
    """Read what a backup says of itself; None for copied files that say nothing.

    Raises:
        BackupError: It says something else, or there is no ledger in the directory.
    """
    manifest = Manifest.read(source.directory)
    if manifest is not None and manifest.environment != source.environment:
        raise BackupError(
            f"That backup is of the environment '{manifest.environment}', and the settings mean "
            f"'{source.environment}'. Nothing was restored."
        )
    if not source.store.is_file():
        raise BackupError(
            f"There is no backup in that directory: it has no file {source.store.name}. Name the "
            "directory that `chasedata-mcp ledger backup` made."
        )
    return manifest


def _read_head(source: StoreFiles) -> Checkpoint | None:
    """Read the head in a backup; None where there is none.

    Raises:
        BackupError: It is damaged.
    """
    try:
        return Checkpoint.parse(read_text(source.head))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass
    raise BackupError("The backup can't be used: its head is damaged. Nothing was restored.")


def _read_counts(source: StoreFiles) -> DncCounts:
    return DncCountsFile(source.counts).read() or DncCounts()


def _copy(source: StoreFiles, to: Path, *, has_log: bool) -> None:
    """Copy the database, and where it `has_log` the log that may lie beside a copied file."""
    make_private_file(to.parent, to.name)
    shutil.copyfile(source.store, to)
    log = source.store.with_name(f"{source.store.name}-wal")
    if has_log and log.exists():
        copy = to.with_name(f"{to.name}-wal")
        make_file(copy)
        shutil.copyfile(log, copy)


def _require_hashes(source: StoreFiles, manifest: Manifest, copy: Path) -> None:
    """Compare the files of a backup with what it says of them.

    Raises:
        BackupError: One was changed, torn or taken away.
    """
    found = {
        path.name: hash_file(copy if path == source.store else path)
        for path in (source.store, source.head, source.counts)
        if path.exists()
    }
    changed = [name for name in manifest.hashes if found.get(name) != manifest.hashes[name]]
    changed += [name for name in found if name not in manifest.hashes]
    if changed:
        raise BackupError(
            f"The backup isn't what was written: {changed[0]} was changed, torn or taken away "
            f"({MANIFEST} has another hash). Nothing was restored; take another backup."
        )


def _remove(file: Path) -> None:
    for end in _ENDS:
        with suppress(OSError):
            file.with_name(f"{file.name}{end}").unlink()
