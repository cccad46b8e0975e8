"""Locks of a directory's file system, tried: SQLite damages a file that two write at once.

Some network and shared file systems say yes to every lock (sqlite.org/howtocorrupt.html, section
2.1; sqlite.org/faq.html, question 5).
"""

import os
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Lock = Callable[[int], None]
"""Locks a file, by its descriptor; `OSError` where another has it, or there are no locks."""

_FLOCK = struct.Struct("hhqqi")
"""A `struct flock` of Linux: type, whence, start, length, and the process, which has to be 0."""


def find_lock_problem(directory: Path, lock: Lock | None = None) -> str | None:
    """Find why locks on the files of a directory can't be relied on; None where they can.

    Of two handles on one file, one has to be kept out. That other machines are kept out too can't
    be seen from one, and where the system is not Linux nothing is tried.

    Args:
        directory: The directory; a file is made there and removed at once.
        lock: Locks a file, as SQLite does.

    Raises:
        OSError: No file can be made there.
    """
    if lock is None:
        if sys.platform != "linux":
            return None
        lock = _lock
    one, name = tempfile.mkstemp(prefix="ledger-locks-", dir=directory)
    try:
        try:
            other = os.open(name, os.O_RDWR)
        finally:
            os.unlink(name)  # noqa: PTH108 - as it came
        try:
            return _try_locks(lock, one, other)
        finally:
            os.close(other)
    finally:
        os.close(one)


def _try_locks(lock: Lock, one: int, other: int) -> str | None:
    try:
        lock(one)
    except OSError:
        return "its file system has no locks"
    try:
        lock(other)
    except OSError:
        return None
    return "the locks of its file system do nothing"


def _lock(descriptor: int) -> None:
    """Lock a whole file for this handle alone.

    SQLite's locks are the process's, and so would never be in the way of one another here; the
    kernel asks the file system for both in the same way (fcntl(2), open file description locks).
    """
    import fcntl  # noqa: PLC0415 - not there on Windows

    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
