"""The file of a store: the same one by its device and inode, whatever its path names by now.

SQLite goes on with the file that it opened. Where that was removed, or another was moved to its
place, all that it writes is gone with it (sqlite.org/howtocorrupt.html, section 1.4).
"""

import os
from pathlib import Path

_Identity = tuple[int, int] | None
"""A device and an inode; None where there is no file that can be looked at."""


class StoreFile:
    """A file that a store was opened on, and the write-ahead log beside it.

    Args:
        path: Its path; there is a file by now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # As text, once: a `Path` would be turned into it at each of the comparisons.
        self._name, self._log_name = os.fspath(path), f"{path}-wal"
        self._identity, self._size = _identify(self._name)
        self._log: _Identity = None

    def remember_log(self) -> None:
        """Remember the write-ahead log, once a connection that stays open has made it."""
        if self._log is None:
            self._log, _ = _identify(self._log_name)

    def find_problem(self) -> str | None:
        """Find why nothing may be written; None where both files are those that were opened."""
        identity, size = _identify(self._name)
        if identity is None or identity != self._identity:
            return "its file is gone" if identity is None else "another file is in its place"
        if size < self._size:
            # SQLite makes a file shorter by VACUUM alone, which this program doesn't use.
            return "its file was overwritten by a shorter one"
        self._size = size
        if self._log is not None and not self._has_its_log():
            # Another process would make a new one, and neither would see what the other writes.
            return "the write-ahead log beside its file is gone, or another one"
        return None

    def sync_log(self) -> None:
        """Write to disk what transactions left in the log.

        Raises:
            OSError: It can't be written.
        """
        # SQLite locks the file and its index, never the log: closing this drops no lock of its own
        # (sqlite.org/howtocorrupt.html, section 2.2).
        log = os.open(self._log_name, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(log)
        finally:
            os.close(log)

    def is_in_place(self) -> bool:
        """Tell whether the path still names the file, whatever became of its log."""
        identity, _ = _identify(self._name)
        return identity is not None and identity == self._identity

    def has_left_its_log(self) -> bool:
        """Tell whether the log beside the path is this file's, while the path names another."""
        return self._log is not None and self._has_its_log()

    def has_another_log(self) -> bool:
        """Tell whether there is a log beside the path that isn't this file's."""
        identity, _ = _identify(self._log_name)
        return self._log is not None and identity not in {None, self._log}

    def _has_its_log(self) -> bool:
        identity, _ = _identify(self._log_name)
        return identity == self._log


def _identify(name: str) -> tuple[_Identity, int]:
    """Read the device and inode that a path names, and its size; None where it can't be read."""
    try:
        found = os.stat(name)  # noqa: PTH116 - as above
    except OSError:
        return None, 0
    return (found.st_dev, found.st_ino), found.st_size
