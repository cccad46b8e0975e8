"""Stores in files that are backed up and restored without a command, and what comes of it."""

from datetime import datetime
from pathlib import Path

from _support.ledger import NOON, Place, done
from chasedata_mcp.ledger import Checkpoint, Ledger, Restore, Verification, restore_record
from chasedata_mcp.ledger.backup import back_up
from chasedata_mcp.ledger.backup_files import StoreFiles
from chasedata_mcp.ledger.events import FIRST
from chasedata_mcp.ledger.restore import prepare_restore
from chasedata_mcp.ledger.restores import ChainEnd, Gap, Restored

BY = "maria/terminal"
_EMPTY = ChainEnd(Checkpoint(0, FIRST))


async def record_restore(ledger: Ledger, at: datetime = NOON, account: str = "test") -> None:
    """Record a restore as it is recorded in the chain of a backup, on either database."""
    restore = Restore(at=at, by=BY, name="backup", made=None, backup=_EMPTY, gap=Gap())
    await ledger._store.append(restore_record.record, restore, account, {})


class FileStore:
    """A store in a directory; each use opens and closes it, as a command does."""

    def __init__(self, directory: Path) -> None:
        self.files = StoreFiles(directory, "sandbox")
        self.place = Place(str(directory), self.files.head)

    def ledger(self) -> Ledger:
        """Make a ledger on the store."""
        return self.place.ledger()

    async def record(self, calls: int) -> None:
        """Record calls, each with two events."""
        async with self.ledger() as ledger:
            for _ in range(calls):
                await done(ledger)

    async def verify(self, given: Checkpoint | None = None) -> Verification:
        """Verify the store."""
        async with self.ledger() as ledger:
            return await ledger.verify(given)

    async def head(self) -> Checkpoint:
        """Read the end of the chain."""
        async with self.ledger() as ledger:
            return await ledger.checkpoint()

    def back_up(self, name: str = "backup") -> Path:
        """Make a backup beside the store's directory, and give its directory."""
        to = self.files.directory.with_name(name)
        back_up(self.files, to, NOON)
        return to

    def restore(
        self,
        backup: Path,
        kept: Checkpoint | None = None,
        at: datetime = NOON,
        account: str = "test",
    ) -> Restored:
        """Restore a backup, whatever it loses."""
        with prepare_restore(self.files, backup, kept) as restoration:
            return restoration.put_in_place(account, BY, at)

    def names(self) -> list[str]:
        """List what is in the store's directory."""
        return sorted(file.name for file in self.files.directory.iterdir())

    def remove(self) -> None:
        """Lose the store and nothing beside it."""
        for file in self.files.directory.glob(f"{self.files.store.name}*"):
            file.unlink()
