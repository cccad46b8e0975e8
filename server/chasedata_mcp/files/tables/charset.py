"""The encoding of a text file: by its mark, else strict UTF-8, else Windows-1252."""

import codecs
from typing import BinaryIO, Final

from chasedata_mcp.files.tables.errors import TableError

WINDOWS: Final = "cp1252"
"""The encoding in which Excel saves a CSV file on Windows in the Americas."""
_MARKS: Final = (
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
    begins = file.read(4)
    file.seek(0)
    marked = next((encoding for mark, encoding in _MARKS if begins.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", WINDOWS):
        if _decodes(file, encoding):
            return encoding
    raise TableError(
        f"{name} is neither UTF-8 nor Windows-1252 text. Save it as “CSV UTF-8” and plan it again."
    )


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
