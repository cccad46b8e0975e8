"""Files of separated values: CSV and TSV, with quotes as RFC 4180 has them."""

import csv
import io
from collections.abc import Generator, Iterator
from typing import BinaryIO, Final

from chasedata_mcp.files.tables.charset import WINDOWS, find_encoding
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells

_SEPARATORS: Final = ",;\t|"


def read_delimited(file: BinaryIO, name: str, notes: list[str]) -> Generator[Cells]:
    """Read rows with their line in the file, and note what had to be assumed.

    Raises:
        TableError: It is no such file, or a quote in it doesn't close.
    """
    encoding = find_encoding(file, name)
    if encoding == WINDOWS:
        notes.append(
            f"{name} isn't UTF-8; it was read as Windows-1252. Look whether names with accents "
            "are right."
        )
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        separator = _find_separator(text, name)
        yield from _read_rows(text, separator, name)
    finally:
        text.detach()


def _find_separator(text: io.TextIOWrapper, name: str) -> str:
    """Find the separator by the first line: the one that it has most often outside quotes."""
    if name.lower().endswith(".tsv"):
        return "\t"
    first = next((line for line in text if line.strip()), "")
    text.seek(0)
    outside = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _read_rows(text: io.TextIOWrapper, separator: str, name: str) -> Iterator[Cells]:
    reader, begins = csv.reader(text, delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        # A quote that doesn't close takes all that follows into one cell, up to the csv module's
        # bound of 131,072 characters.
        raise TableError(
            f"{name} can't be read from line {begins} on: a quote there doesn't close, or stands "
            "in the middle of a cell. Mend that line; nothing was kept."
        ) from None
