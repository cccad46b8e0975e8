"""The encoding of a text file: by its mark, else strict UTF-8, else Windows-1252."""

import codecs
import re
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO, Final, TextIO

from chasedata_mcp.files.tables.errors import TableError

WINDOWS: Final = "cp1252"
"""The encoding in which Excel saves a CSV file on Windows in the Americas."""
_BEGINNING: Final = 4096
_UNDEFINED: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""The bytes that Windows-1252 gives no character."""
_OTHERS: Final = (
    (b"pk\x03\x04", "a ZIP archive, or a workbook whose name should end in .xlsx"),
    (b"\xd0\xcf\x11\xe0", "a workbook whose name should end in .xls"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%pdf", "a PDF"),
    (b"\x89png", "a picture"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
)
"""The beginnings of what is no table, in small letters."""
MAX_LINE: Final = 5_000_000
"""The most characters of a line; 500 columns of 10,000 each."""
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before that of UTF-16, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AT_ONCE: Final = 1 << 20


def find_encoding(file: BinaryIO, name: str) -> str:
    """Find the encoding by reading the file as a whole, and go back to its beginning.

    Raises:
        TableError: It is none of these.
    """
    begins = file.read(_BEGINNING)
    file.seek(0)
    bare = begins.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if known := next((what for mark, what in _OTHERS if bare.startswith(mark)), None):
        raise TableError(f"{name} is {known}. Save it as “CSV UTF-8” and plan it again.")
    marked = next((encoding for mark, encoding in _MARKS if begins.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", WINDOWS):
        if _decodes(file, encoding):
            if encoding == WINDOWS:
                _refuse_mixture(file, name)
            return encoding
    raise TableError(f"{name} {_describe_unread(file)}. Save it as “CSV UTF-8” and plan it again.")


def _refuse_mixture(file: BinaryIO, name: str) -> None:
    """Refuse what two programs wrote: either half of it would be read as other letters.

    Raises:
        TableError: Some lines are UTF-8 and others aren't.
    """
    first: dict[bool, int] = {}
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
        if not line.isascii():
            first.setdefault(_is_utf_8(line), number)
    file.seek(0)
    if len(first) > 1:
        raise TableError(
            f"{name} is written in two ways: line {first[True]} is UTF-8, and line {first[False]} "
            "isn't. Save it as “CSV UTF-8” and plan it again."
        )


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _describe_unread(file: BinaryIO) -> str:
    """Say what is in a file that is no text, and in which line."""
    begins = file.read(_BEGINNING)
    file.seek(0)
    if begins.count(0) * 4 > len(begins):
        return "seems to be UTF-16 without its mark, or no text"
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
        if b"\0" in line:
            return f"has a byte of zero in line {number}: it was cut off, or is no text"
        if odd := _UNDEFINED.search(line):
            return f"is neither UTF-8 nor Windows-1252: line {number} has the byte {odd[0][0]:02X}"
    return "is neither UTF-8 nor Windows-1252 text, or was cut off"


def read_bounded(text: TextIO, name: str) -> Iterator[str]:
    """Read a text line by line, however long a file goes on without the end of one.

    Raises:
        TableError: A line is too long.
    """
    for number in count(1):
        line = text.readline(MAX_LINE)
        if len(line) >= MAX_LINE:
            raise TableError(f"Line {number} of {name} has more than {MAX_LINE:,} characters.")
        if not line:
            return
        yield line


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_AT_ONCE):
            # UTF-16 without its mark decodes as the others do, with a zero beside each letter.
            if "\0" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
