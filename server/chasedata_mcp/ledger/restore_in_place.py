"""A store that was restored by other means, such as pg_restore or `cp`: that is put on record.

The store has what it has; what it lacks shows against the head beside it, or one that was kept.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chasedata_mcp.ledger import restore_record, verify
from chasedata_mcp.ledger.backup_files import sync
from chasedata_mcp.ledger.chain import read_end
from chasedata_mcp.ledger.checkpoints import Checkpoint, replace_file
from chasedata_mcp.ledger.connection import Connection
from chasedata_mcp.ledger.dnc_counts import DncCounts
from chasedata_mcp.ledger.dnc_registry import count_ever_by_account
from chasedata_mcp.ledger.engine import open_store
from chasedata_mcp.ledger.errors import BackupError
from chasedata_mcp.ledger.models import Environment
from chasedata_mcp.ledger.obstacles import Frozen
from chasedata_mcp.ledger.restore_counts import KnownCounts, merge_counts
from chasedata_mcp.ledger.restore_gap import Heads, find_gap, read_chain_end, require_fit
from chasedata_mcp.ledger.restores import ChainEnd, Gap, Restore, Restored
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.ledger.store_time import StoreTime, this_machine

NAME = "in place"
"""The name of the backup in the record of such a restore."""


@dataclass(frozen=True, slots=True)
class RestoredStore:
    """A store that somebody restored, the end that it has, and what it lacks."""

    store: Store
    end: ChainEnd
    gap: Gap

    def record(self, account: str, by: str, now: datetime) -> Restored:
        """Put the restore on record; the head beside the store is kept under another name.

        Raises:
            BackupError: A file beside the store can't be written.
            LedgerError: The store can't be written.
        """
        restore = Restore(
            at=now, by=by, name=NAME, made=None, backup=self.end, gap=self.gap, kept_as=None
        )
        try:
            is_lost = self._write_counts(account)
            self.store.append(restore_record.record, restore, account, dict[str, Frozen]())
            head = self.store.read(read_end)
            self._replace_head(head, now)
        except OSError as error:
            raise BackupError(
                f"A file beside the ledger can't be written: {error.strerror}."
            ) from None
        return Restored(restore, head, is_lost)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _write_counts(self, account: str) -> bool:
        """Write the counts of the DNC registry, and tell whether the account has lost numbers."""
        file = self.store.dnc_counts_file
        ever = self.store.read(count_ever_by_account)
        known = KnownCounts(ever, {}, DncCounts(), None if file is None else file.read())
        counts = merge_counts(known, self.gap, {account, *ever})
        if file is not None:
            file.write(counts)
        return account in counts.lost

    def _replace_head(self, head: Checkpoint, now: datetime) -> None:
        file = self.store.checkpoint_file
        if file is None:
            return
        if file.path.exists():
            file.path.rename(_find_name(file.path, now))
        replace_file(file.path, str(head))
        sync(file.path)


def _find_name(head: Path, now: datetime) -> Path:
    name = head.with_name(f"{head.stem}-replaced-{now:%Y%m%dT%H%M%SZ}.json")
    return name if not name.exists() else name.with_stem(f"{name.stem}-{now.microsecond}")


def open_restored(
    where: str | Path, environment: Environment, head: Path, kept: Checkpoint | None
) -> RestoredStore:
    """Open a store that somebody restored; its chain has to verify, whatever the heads say.

    Args:
        where: The place of the store, as `open_store` takes it.
        environment: The store's.
        head: The head beside it.
        kept: A head that was kept elsewhere.

    Raises:
        BackupError: It doesn't verify, or doesn't fit the head that was kept.
        LedgerError: It can't be opened.
    """
    store = open_store(where, environment, head, time=StoreTime(this_machine()))
    try:
        _require_sound(store)
        beside = None if store.checkpoint_file is None else store.checkpoint_file.read()
        end, gap = store.read(_look, Heads(beside, kept))
    except BaseException:
        store.close()
        raise
    return RestoredStore(store, end, gap)


def _look(connection: Connection, heads: Heads) -> tuple[ChainEnd, Gap]:
    end = read_chain_end(connection)
    require_fit(connection, end, heads.kept)
    return end, find_gap(connection, heads)


def _require_sound(store: Store) -> None:
    found = verify.verify_alone(store)
    if found.problems:
        raise BackupError(
            f"The ledger in place doesn't verify: {found.problems[0].text} Nothing was recorded."
        )
