"""Text files that a user wrote, in whatever encoding the system gave them; read here alone."""

import codecs
import os
import stat
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 1_000_000
"""The most bytes that such a file may have (the project's own figure)."""
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_READING: Final[int] = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)
"""Without O_NONBLOCK, opening a FIFO waits until somebody writes to it (open(2))."""
_NOT_REGULAR: Final = "it is no regular file but a directory, a pipe, a device or the like"
_NOT_TEXT: Final = "it is neither UTF-8 nor UTF-16 with a byte order mark"


class TextFileError(ValueError):
    """A file that exists and can't be read as text; the message says why and quotes nothing."""


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    r"""Read a file of UTF-8, with a byte order mark or without, or of UTF-16 with one.

    Notepad writes the mark, and `>` in Windows PowerShell writes UTF-16. Lines end in `\n`.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        OSError: It can't be opened or read.
        TextFileError: It is no regular file, too long, or in another encoding.
    """
    # One byte more than allowed shows that there are more.
    content = _read_bytes(path, most + 1)
    if len(content) > most:
        raise TextFileError(f"it is larger than {most // 1_000_000} MB")
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise TextFileError(_NOT_TEXT) from None
    # UTF-16 without its mark decodes as UTF-8, with a zero beside each letter.
    if "\0" in text:
        raise TextFileError(_NOT_TEXT)
    return text.replace("\r\n", "\n")


def _read_bytes(path: Path, most: int) -> bytes:
    """Read the beginning of a regular file, without waiting for anything else that has its name.

    Raises:
        OSError: It can't be opened or read.
        TextFileError: It is no regular file.
    """
    # Looked at before it is opened, since opening some devices does something.
    _check_regular(path.stat())
    descriptor = os.open(path, _READING)
    with os.fdopen(descriptor, "rb") as file:
        # It may have been exchanged in between.
        _check_regular(os.fstat(descriptor))
        return file.read(most)


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise TextFileError(_NOT_REGULAR)


def describe_read_error(error: Exception) -> str:
    """Describe why a file wasn't read, in the brackets of a sentence that names it."""
    return str(error) if isinstance(error, TextFileError) else type(error).__name__
