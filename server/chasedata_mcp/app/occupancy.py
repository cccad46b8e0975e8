"""Who uses the folder of a sandbox: many may at once, and who clears it needs it alone."""

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_NAME = "sandbox.in-use"


class OccupiedError(Exception):
    """Another process uses the folder."""


@contextmanager
def occupied(folder: Path) -> Generator[None]:
    """Use a folder, which is made; one that can't be made or written is not held, and fails later.

    The lock is the system's, so that one whose holder is killed is gone too.
    """
    try:
        descriptor = _opened(folder)
    except OSError:
        yield
        return
    try:
        _lock(descriptor, alone=False)
        yield
    finally:
        os.close(descriptor)


def clear(folder: Path) -> bool:
    """Remove what is in a folder that nobody uses; false where nothing was there.

    Raises:
        OccupiedError: Another process uses it.
        OSError: Something can't be removed.
    """
    if not folder.is_dir():
        return False
    descriptor = _opened(folder)
    try:
        _lock(descriptor, alone=True)
        found = [file for file in folder.iterdir() if file.name != _NAME]
        for file in found:
            # A directory has a store that a restore replaced.
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    except (BlockingIOError, PermissionError):  # Windows keeps a file that is open from going
        raise OccupiedError from None
    finally:
        os.close(descriptor)
    return bool(found)


def _opened(folder: Path) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(descriptor: int, *, alone: bool) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - not there on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
