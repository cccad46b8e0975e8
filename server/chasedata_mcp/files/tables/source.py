"""A named file in the user's folder for such files: opened without a path and without links."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from chasedata_mcp.files.tables.errors import TableError

MAX_BYTES: Final = 1_000_000_000
"""The most bytes that a file may have; a million leads of the sandbox's size take 200 MB."""
MAX_NAME: Final = 255
"""The bytes of the longest name that file systems take (limits.h, NAME_MAX)."""
_FLAGS: Final[int] = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)


@contextmanager
def open_source(folder: Path, name: str) -> Generator[BinaryIO]:
    """Open a file of the folder, by its name alone, and see that it stays as it was found.

    Raises:
        TableError: It is no name of a regular file there, it is too large, or it was changed while
            it was read.
    """
    _require_name(name)
    try:
        descriptor = _open_in(folder, name)
    except OSError as error:
        raise TableError(_describe_unopened(folder, name, error)) from None
    # In two steps, since no file is made of a descriptor that is a folder's.
    with os.fdopen(_require_regular(name, descriptor), "rb") as file:
        before = os.fstat(descriptor)
        yield file
        after = os.fstat(descriptor)
    if _is_changed(before, after):
        raise TableError(
            f"{name} was changed while it was read. Nothing was kept of it; wait until it is "
            "whole, and plan it again."
        )


def _require_name(name: str) -> None:
    """Refuse what is no bare name.

    Raises:
        TableError: It holds a path, or characters that no name holds.
    """
    if name in {"", ".", ".."} or _count_bytes(name) > MAX_NAME or set(name) & set("/\\\0:"):
        raise TableError(
            "Give the name of a file in the folder for files, such as leads.csv, and no path."
        )
    if not name.isprintable():
        raise TableError("The name of a file has only characters that can be seen.")


def _count_bytes(name: str) -> int:
    """Count the bytes of a name, as file systems do: letters beyond ASCII have several."""
    return len(name.encode(errors="surrogatepass"))


def _open_in(folder: Path, name: str) -> int:
    if os.open not in os.supports_dir_fd:  # Windows
        path = folder / name
        if path.is_symlink():
            raise IsADirectoryError(name)
        return os.open(path, _FLAGS)
    # Relative to the folder as it was opened, so that nothing on the way is exchanged meanwhile.
    holder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = os.stat(name, dir_fd=holder, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
            # Opening some devices does something, and a socket can't be opened.
            raise TableError(_describe_special(name))
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=holder)
    finally:
        os.close(holder)


def _describe_unopened(folder: Path, name: str, error: OSError) -> str:
    if not folder.is_dir():
        return "The folder of the file isn't there."
    if (folder / name).is_symlink():
        return f"{name} is a link, and links aren't followed. Put the file itself into the folder."
    if isinstance(error, FileNotFoundError):
        return f"There is no file {name} in its folder."
    return f"{name} can't be opened: {error.strerror}."


def _describe_special(name: str) -> str:
    return f"{name} is no file but a folder, a pipe or a device."


def _require_regular(name: str, descriptor: int) -> int:
    """Return the descriptor of a file that can be read; close that of anything else.

    Raises:
        TableError: It is no file, an empty one, or too large.
    """
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        problem = _describe_special(name)
    elif found.st_size > MAX_BYTES:
        problem = f"{name} is larger than {MAX_BYTES // 1_000_000} MB. Split it."
    elif not found.st_size:
        problem = f"{name} is empty."
    else:
        return descriptor
    os.close(descriptor)
    raise TableError(problem)


def _is_changed(before: os.stat_result, after: os.stat_result) -> bool:
    """Tell whether a file was written to, even if its time was put back."""
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return True
    # A file that was removed meanwhile has fewer links, and what is read of it is still whole.
    return before.st_nlink == after.st_nlink and before.st_ctime_ns != after.st_ctime_ns
