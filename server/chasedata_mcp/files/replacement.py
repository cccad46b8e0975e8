"""A file of another program's, replaced whole or not at all, with what it was kept beside it."""

import os
import stat
import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from chasedata_mcp.files.text import read_whole

LARGEST: Final = 20_000_000
"""The most bytes of such a file: Claude Code keeps its history in the same one."""
_OWN: Final = 0o600
"""The mode of a new file: settings of hosts may hold secrets."""


class ChangedMeanwhileError(OSError):
    """A file that isn't any more what the change was made for; nothing was written."""


def read_if_there(path: Path) -> bytes | None:
    """Read a file, None where there is none.

    Raises:
        OSError: It can't be read.
        TextFileError: It is no regular file, or too long.
    """
    try:
        return read_whole(path, LARGEST)
    except FileNotFoundError:
        return None


def replace_file(path: Path, before: bytes | None, after: bytes, at: datetime) -> Path | None:
    """Put new content in place of a file's, and give where the old is kept; None where none was.

    A link stays a link: what it leads to is replaced. Owner and mode stay too.

    Args:
        path: The file.
        before: What it has to hold still; None where it mustn't be there.
        after: What it shall hold.
        at: The time, for the name of the copy.

    Raises:
        ChangedMeanwhileError: Another program has written it since.
        OSError: It can't be written; it is as it was.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    if read_if_there(target) != before:
        raise ChangedMeanwhileError("another program wrote it meanwhile")
    found = target.stat() if before is not None else None
    kept = None
    if before is not None:
        kept = _free(target.with_name(f"{target.name}.before-chasedata-{at:%Y%m%d-%H%M%S}"))
        _write(target, before, kept, found)
    _write(target, after, target, found)
    return kept


def _free(name: Path) -> Path:
    """Count a name on until nothing has it: what was kept a moment ago stays."""
    names = (name, *(name.with_name(f"{name.name}-{number}") for number in range(2, 100)))
    return next((one for one in names if not one.exists()), name)


def _write(beside: Path, content: bytes, name: Path, like: os.stat_result | None) -> None:
    """Write a file beside another, and give it its name once all of it is on the disk."""
    descriptor, made = tempfile.mkstemp(dir=beside.parent, prefix=f".{beside.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if sys.platform != "win32":
            Path(made).chmod(stat.S_IMODE(like.st_mode) if like else _OWN)
            if like is not None:
                # Only root may give a file away, and root alone has to.
                with suppress(PermissionError):
                    os.chown(made, like.st_uid, like.st_gid)
        Path(made).replace(name)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
