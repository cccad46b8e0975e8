"""A restore: a backup is checked, and replaces the store in one step while nobody has it open.

The backup is written into the store's own file by SQLite's backup, as one transaction: a crash
leaves the store as it was, and no process can be left with a file that has lost its name.
"""

import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from chasedata_mcp.ledger import clock_marks, restore_record
from chasedata_mcp.ledger.backup import keep, open_existing
from chasedata_mcp.ledger.backup_files import StoreFiles, make_file, sync
from chasedata_mcp.ledger.chain import EVENTS, parse_event, read_end
from chasedata_mcp.ledger.checkpoints import Checkpoint, CheckpointFile, replace_file
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_counts import DncCounts, DncCountsFile
from chasedata_mcp.ledger.dnc_registry import count_ever_by_account
from chasedata_mcp.ledger.engine import LEFTOVERS, make_file_store, make_private_file
from chasedata_mcp.ledger.errors import BackupError, StoreInUseError, describe_failure
from chasedata_mcp.ledger.event_bodies import parse
from chasedata_mcp.ledger.freeze import FROZEN_ACCOUNTS, parse_freeze
from chasedata_mcp.ledger.obstacles import Frozen
from chasedata_mcp.ledger.restore_counts import KnownCounts, merge_counts
from chasedata_mcp.ledger.restore_gap import (
    Comparison,
    Heads,
    compare,
    read_chain_end,
    require_fit,
)
from chasedata_mcp.ledger.restores import RESTORE_ENTRY, ChainEnd, Restore, Restored
from chasedata_mcp.ledger.rows import decode
from chasedata_mcp.ledger.schema import make_tables
from chasedata_mcp.ledger.sqlite import SqliteConnection
from chasedata_mcp.ledger.staged_backup import StagedBackup, stage
from chasedata_mcp.ledger.store_file import StoreFile
from chasedata_mcp.ledger.store_time import StoreTime, this_machine

_MOST_EARLIER = 100
"""The most restores that are kept of those that only the replaced store has on record."""
_AND = " and "
_AWAY = (
    "End every server, move the file away with -wal and -shm beside it, leave the head and the "
    "counts where they are, and try again."
)
_PATIENCE = "PRAGMA busy_timeout=1000"
"""A command that looks at the ledger holds it for a moment."""
_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'ledger_events'"
_RESTORES = f"{EVENTS} WHERE entry = '{RESTORE_ENTRY}' AND seq > ? ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Restoration:
    """A restore that can be done: the backup is whole, and nobody else has the store open."""

    place: StoreFiles
    backup: StagedBackup
    target: sqlite3.Connection
    end: ChainEnd
    comparison: Comparison

    def put_in_place(self, account: str, by: str, now: datetime) -> Restored:
        """Replace the store by the backup, with the restore on record in it.

        Raises:
            LedgerError: It can't be done; the store is what it was.
        """
        try:
            with self._kept(now) as kept_as, _put_back_on_failure(self.place):
                restore = self._restore(by, now, kept_as)
                counts = self._merge_counts(account)
                head = self._record(restore, account)
                DncCountsFile(self.place.counts).write(counts)
                # Not beside the other store, not even after a crash: it would look like a cut end.
                self.place.head.unlink(missing_ok=True)
                sync(self.place.directory)
                with open_existing(self.backup.file) as staged:
                    staged.backup(self.target)
        except OSError as error:
            raise BackupError(f"The backup can't be put in place: {error.strerror}.") from None
        # Without a head a cut end can't be seen, as `verify` says, until the next event writes one.
        with suppress(OSError):
            replace_file(self.place.head, str(head))
            sync(self.place.head)
        return Restored(restore, head, account in counts.lost)

    @property
    def _present(self) -> Connection | None:
        return None if self.comparison.present is None else SqliteConnection(self.target)

    @contextmanager
    def _kept(self, now: datetime) -> Generator[str | None]:
        """Keep the store in place, if there is one, and give its name; not where the body fails."""
        if self.comparison.present is None:
            yield None
            return
        kept = keep(self.place, self.target, self.comparison.present.checkpoint, now)
        try:
            yield kept.name
        except BaseException:
            shutil.rmtree(kept, ignore_errors=True)
            raise

    def _restore(self, by: str, now: datetime, kept_as: str | None) -> Restore:
        return Restore(
            at=now,
            by=by,
            name=self.backup.name,
            made=self.backup.made,
            backup=self.end,
            gap=self.comparison.gap,
            kept_as=kept_as,
            earlier=tuple(self._list_lost_restores())[-_MOST_EARLIER:],
        )

    def _list_lost_restores(self) -> Iterator[Restore]:
        """List the restores that only the store in place has on record, each once."""
        present = self._present
        if present is None:
            return
        for row in present.fetch_all(_RESTORES, (self.comparison.fork,)):
            # What somebody has tampered with is in the store that is kept.
            with suppress(ValueError, KeyError, TypeError):
                event = parse(parse_event(row))
                found = Restore.parse(event.at, event.body)
                yield from found.earlier
                yield replace(found, earlier=())

    def _merge_counts(self, account: str) -> DncCounts:
        with open_existing(self.backup.file) as staged:
            backup = count_ever_by_account(SqliteConnection(staged))
        present = {} if self._present is None else count_ever_by_account(self._present)
        beside = DncCountsFile(self.place.counts).read()
        known = KnownCounts(backup, present, self.backup.counts, beside)
        return merge_counts(known, self.comparison.gap, {account, *backup, *present})

    def _record(self, restore: Restore, account: str) -> Checkpoint:
        """Record the restore in the staged copy, and return its end."""
        time = StoreTime(this_machine())
        store = make_file_store(StoreFile(self.backup.file), self.place.environment, None, time)
        try:
            store.change(make_tables, self.place.environment)
            store.read(clock_marks.take_up)
            store.append(restore_record.record, restore, account, dict(self._list_freezes()))
            head = store.read(read_end)
        finally:
            store.close()
        with open_existing(self.backup.file) as staged:
            staged.execute("PRAGMA journal_mode=DELETE")
        return head

    def _list_freezes(self) -> Iterator[tuple[str, Frozen]]:
        for account, *frozen in self._present.fetch_all(FROZEN_ACCOUNTS) if self._present else ():
            stop = parse_freeze(*frozen)
            if stop is not None:
                yield decode(account), stop


@contextmanager
def prepare_restore(
    place: StoreFiles, source: Path, kept: Checkpoint | None = None
) -> Generator[Restoration]:
    """Check a backup, and hold the store that it would replace until this ends.

    Args:
        place: The place of the store.
        source: The directory of the backup.
        kept: A head of the ledger that was kept elsewhere.

    Raises:
        BackupError: It isn't whole, or doesn't fit the head; or the store in place is damaged.
        StoreInUseError: Another process has the store open.
        LedgerError: It is no ledger of this program's and environment's.
    """
    try:
        staged_at = place.store.with_name(f"{place.store.name}.restoring")
        with stage(StoreFiles(source, place.environment), staged_at, kept) as backup:
            with open_existing(staged_at) as staged:
                end = read_chain_end(SqliteConnection(staged))
                require_fit(SqliteConnection(staged), end, kept)
            with _held(place) as target:
                heads = Heads(CheckpointFile(place.head).read(), kept)
                is_store = target.execute(_HAS_TABLES).fetchone() is not None
                present = SqliteConnection(target) if is_store else None
                with open_existing(staged_at) as staged:
                    comparison = compare(SqliteConnection(staged), present, heads)
                yield Restoration(place, backup, target, end, comparison)
    except OSError as error:
        raise BackupError(f"The backup can't be restored: {error.strerror or error}.") from None


@contextmanager
def _held(place: StoreFiles) -> Generator[sqlite3.Connection]:
    """Open the store in place, or a new file, with everybody else kept out.

    Raises:
        StoreInUseError: Another process has it open.
        BackupError: It is damaged, or gone with its log left.
        OSError: It can't be made.
    """
    is_new = not place.store.exists()
    left = [end for end in LEFTOVERS if place.store.with_name(f"{place.store.name}{end}").exists()]
    if is_new and left:
        raise BackupError(
            f"The ledger's file is gone, and {_AND.join(left)} are still there. {_AWAY}"
        )
    if is_new:
        make_private_file(place.directory, place.store.name)
    try:
        with open_existing(place.store) as target:
            _take(target)
            yield target
            is_new = False
    finally:
        # SQLite's connection is closed by now. Nothing was put into a file that is still new.
        if is_new:
            place.store.unlink(missing_ok=True)


def _take(target: sqlite3.Connection) -> None:
    """Keep every other process out of a database until the connection is closed.

    Raises:
        StoreInUseError: Another process has it open.
        BackupError: It is damaged.
    """
    try:
        target.execute(_PATIENCE)
        target.execute("PRAGMA locking_mode=EXCLUSIVE")
        # To leave WAL mode takes a lock that nobody gets while another connection is open, idle or
        # not (sqlite.org/wal.html, section 5). It takes what is in the log into the file, too.
        target.execute("PRAGMA journal_mode=DELETE")
        # In this locking mode the lock stays after the transaction (sqlite.org/pragma.html).
        target.execute("BEGIN EXCLUSIVE")
        target.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        is_busy = error.sqlite_errorname.startswith("SQLITE_BUSY")
        problem = describe_failure(error)
    else:
        return
    if is_busy:
        raise StoreInUseError("The ledger is in use.")
    raise BackupError(f"The ledger in place can't be opened: {problem}. {_AWAY}")


@contextmanager
def _put_back_on_failure(place: StoreFiles) -> Generator[None]:
    """Put the files beside the store back where the body fails."""
    before = {path: _read(path) for path in (place.head, place.counts)}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            with suppress(OSError):
                path.unlink(missing_ok=True)
                if content is not None:
                    make_file(path, content)
        raise


def _read(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None
