"""A file of SQLite's that may only be read: on a read-only mount, say, or on a full disk.

A database with a write-ahead log is read by the log and the log's index beside it, which SQLite
makes where they aren't there (sqlite.org/wal.html#readonly). Where it can't, it is told how else.
"""

import os
import sqlite3
from pathlib import Path

from chasedata_mcp.ledger.errors import LedgerUnreadableError

_LACKING = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR_SHM")
"""The beginnings of the names of the errors where the log or its index can't be made."""


class ReadOnlyConnection(sqlite3.Connection):
    """A connection to such a file, for one use: what is beside the file may be another by then."""

    log: Path | None = None
    """The log, where there was none: nothing keeps a writer from making one while this reads."""

    def require_unchanged(self) -> None:
        """Refuse what was read of a file that another process has begun to write.

        Raises:
            LedgerUnreadableError: One has, so what was read may be of two states.
        """
        if self.log is not None and self.log.exists():
            raise LedgerUnreadableError(
                "The ledger can't be read: another process began to write it. Try again."
            )


def can_write(path: Path) -> bool:
    """Tell whether this process may write a file, and make others beside it."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def is_for_lack_of_files(error: sqlite3.Error) -> bool:
    """Tell whether an error may come of files beside a database that can't be made."""
    return getattr(error, "sqlite_errorname", "").startswith(_LACKING)


def open_read_only(path: Path) -> ReadOnlyConnection:
    """Open a file to be read, with what its log has, though nothing can be made beside it.

    Raises:
        sqlite3.Error: It can't be read.
    """
    log, index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
    if not log.exists():
        # The whole of it is in the file.
        connection = _connect(path, "immutable=1")
        connection.log = log
    elif _size(index) > 0:
        # It may be in use: the locks on the index are kept.
        connection = _connect(path, "mode=ro")
    else:
        # A log without its index, so nobody uses it. SQLite makes the index in memory where the
        # file is its own, for which it has to be one that locks nothing: a lock would be refused on
        # a file that is only open for reading (fcntl(2), EBADF).
        connection = _connect(path, "mode=ro&vfs=unix-none")
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    return connection


def _connect(path: Path, how: str) -> ReadOnlyConnection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=ReadOnlyConnection,
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
