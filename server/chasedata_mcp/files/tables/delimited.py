"""Files of separated values: CSV and TSV, with quotes as RFC 4180 has them."""

import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from typing import BinaryIO, Final

from chasedata_mcp.files.tables.charset import WINDOWS, find_encoding, read_bounded
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells

_SEPARATORS: Final = ",;\t|"
_SAID: Final = re.compile('"?sep=([,;|]?)"?', re.IGNORECASE)
_PHONE: Final = re.compile(r"[0-9](?:[ ().-]{0,3}[0-9]){6}")


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
        separator, skipped = _find_separator(text, name)
        yield from _read_rows(text, separator, name, skipped)
    finally:
        text.detach()


def _find_separator(text: io.TextIOWrapper, name: str) -> tuple[str, int]:
    """Find the separator by the first line: the one that it has most often outside quotes.

    A first line `sep=;` says it, as Excel reads it; it is skipped, and counts as a line.
    """
    first = next((line for line in read_bounded(text, name) if line.strip()), "")
    text.seek(0)
    if said := _SAID.fullmatch(first.strip()):
        while not text.readline().strip():
            pass
        return said[1] or "\t", 1
    if name.lower().endswith(".tsv"):
        return "\t", 0
    outside = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=outside.count), 0


def _read_rows(text: io.TextIOWrapper, separator: str, name: str, skipped: int) -> Iterator[Cells]:
    lines = read_bounded(text, name)
    # Blanks before a quote are no part of a cell: `"Ann", "Miami, FL"`.
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    begins = skipped + 1
    try:
        for cells in reader:
            ends = skipped + reader.line_num
            if ends > begins and _holds_rows(cells, separator):
                raise TableError(
                    f"{name} can't be read from line {begins} on: a quote there closes only in "
                    f"line {ends}, and the rows between are one cell. Mend them; nothing was kept."
                )
            yield begins, cells
            begins = ends + 1
    except csv.Error as error:
        raise TableError(
            f"{name} can't be read from line {begins} on: {_describe(error)}. Mend that line; "
            "nothing was kept."
        ) from None


def _describe(error: csv.Error) -> str:
    if "limit" in str(error):
        # A quote that doesn't close takes all that follows into one cell, up to this bound.
        return "a quote there doesn't close, or a cell has more than 131,072 characters"
    return "a quote there doesn't close, or stands in the middle of a cell"


def _holds_rows(cells: Sequence[str], separator: str) -> bool:
    """Tell whether a cell has taken rows in: as many separators as they would have, and a phone.

    A quote that was lost in one row closes at one too many in another, and no reader notices.
    """
    for place, cell in enumerate(cells):
        first, *between, last = cell.split("\n") if "\n" in cell else (cell, "")
        before, behind = len(cells) - 1 - place, place
        if (
            "\n" in cell
            and first.count(separator) == before
            and last.count(separator) == behind
            and all(line.count(separator) == len(cells) - 1 for line in between)
            and _PHONE.search(cell)
        ):
            return True
    return False
