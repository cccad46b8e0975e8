"""Text files that a user wrote, in whatever encoding the system gave them; read here alone."""

import codecs
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

MAX_BYTES: Final = 1_000_000
"""The most bytes that such a file may have (the project's own figure)."""
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLOCK: Final = 128 * 1024
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
    with _open(path) as file:
        content = file.read(most + 1)
    _check_size(len(content), most)
    return _decode(_find_decoder(content), content, is_last=True).replace("\r\n", "\n")


def read_whole(path: Path, most: int = MAX_BYTES) -> bytes:
    """Read a file byte for byte, for who changes a part of it and leaves all else as it is.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        OSError: It can't be opened or read.
        TextFileError: It is no regular file, or too long.
    """
    with _open(path) as file:
        content = file.read(most + 1)
    _check_size(len(content), most)
    return content


def read_lines(path: Path, most: int = MAX_BYTES) -> Iterator[str]:
    """Read a text file line by line, each with its end, as `read_text` would, in little memory.

    Args:
        path: The file.
        most: How many bytes it may have.

    Raises:
        OSError: It can't be opened or read.
        TextFileError: It is no regular file, too long, or in another encoding.
    """
    with _open(path) as file:
        block = file.read(_BLOCK)
        decoder, size, unfinished = _find_decoder(block), len(block), ""
        while block:
            _check_size(size, most)
            text = unfinished + _decode(decoder, block)
            # The last line may go on in the next block, were it by the second half of its end.
            *lines, unfinished = text.splitlines(keepends=True) or ("",)
            yield from lines
            block = file.read(_BLOCK)
            size += len(block)
        unfinished += _decode(decoder, b"", is_last=True)
    if unfinished:
        yield unfinished


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TextFileError(f"it is larger than {most // 1_000_000} MB")


def _find_decoder(beginning: bytes) -> codecs.IncrementalDecoder:
    encoding = "utf-16" if beginning.startswith(_UTF_16) else "utf-8-sig"
    return codecs.getincrementaldecoder(encoding)()


def _decode(decoder: codecs.IncrementalDecoder, content: bytes, *, is_last: bool = False) -> str:
    try:
        text = decoder.decode(content, is_last)
    except UnicodeDecodeError:
        raise TextFileError(_NOT_TEXT) from None
    # UTF-16 without its mark decodes as UTF-8, with a zero beside each letter.
    if "\0" in text:
        raise TextFileError(_NOT_TEXT)
    return text


@contextmanager
def _open(path: Path) -> Generator[BinaryIO]:
    """Open a regular file, without waiting for anything else that has its name.

    Raises:
        OSError: It can't be opened.
        TextFileError: It is no regular file.
    """
    # Looked at before it is opened, since opening some devices does something.
    _check_regular(path.stat())
    descriptor = os.open(path, _READING)
    with os.fdopen(descriptor, "rb") as file:
        # It may have been exchanged in between.
        _check_regular(os.fstat(descriptor))
        yield file


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise TextFileError(_NOT_REGULAR)


def describe_read_error(error: Exception) -> str:
    """Describe why a file wasn't read, in the brackets of a sentence that names it."""
    return str(error) if isinstance(error, TextFileError) else type(error).__name__
