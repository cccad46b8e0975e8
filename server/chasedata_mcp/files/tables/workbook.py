"""Workbooks of Excel: XLSX and XLS, one sheet of them, as its cells read.

It is run as a program, with the workbook as its input, and writes lines of JSON: its notes, its
rows, and at the end that this is the end or what is wrong.
"""

import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, time
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells

if TYPE_CHECKING:
    import python_calamine as calamine

MAX_UNPACKED: Final = 500_000_000
"""The most bytes that a workbook may unpack to; 100,000 leads of 20 columns take some 80 MB."""
MAX_MEMORY: Final = 2_000_000_000
"""The most bytes of memory for reading one; a million rows of 8 columns take 620 MB."""
TITLED: Final = "titled"
"""The word for a workbook that may have a title over its header."""
_ROWS: Final = 500
"""The rows of a line."""
MAX_RATIO: Final = 200
"""The most times that it may grow; XML of tables packs to a tenth or a fortieth."""
_ERROR_CELL: Final = re.compile(rb' t="e"')
# A text that a formula made may well be empty (t="str").
_UNCOMPUTED_CELL: Final = re.compile(
    rb'<c (?![^>]*t="str")[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v ?/>|<v></v>)?</c>'
)
_LONGEST_CELL: Final = 10_000
"""The bytes within which one of these is found; Excel's longest formula has 8,192 characters."""
_AT_ONCE: Final = 1 << 20
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The beginning of a compound file: an XLS, or any workbook with a password (MS-CFB, 2.2)."""
_ZIP: Final = b"PK"
_BEGINNING: Final = 4096
_SMALL: Final = 10_000_000
"""The bytes up to which it doesn't matter how well something packs."""
_WHOLE: Final = 2**53
"""The whole numbers from which on a cell's number, a double, has lost digits."""


def main(words: Sequence[str]) -> None:
    """Read the workbook of the standard input; the first word is its name, a second its kind."""
    _limit_memory()
    name, is_titled = words[0], TITLED in words[1:]
    with open(0, "rb", closefd=False) as file:
        send(file, name, sys.stdout, is_titled=is_titled)


def send(file: BinaryIO, name: str, to: TextIO, *, is_titled: bool) -> None:
    """Write what a workbook holds, line by line."""
    notes: list[str] = []
    try:
        rows = _read(file, name, notes, is_titled=is_titled)
        for some in iter(lambda: list(islice(rows, _ROWS)), []):
            print(json.dumps({"rows": some}), file=to)
    except TableError as error:
        print(json.dumps({"problem": str(error)}), file=to)
    else:
        print(json.dumps({"notes": notes}), file=to, flush=True)


def _limit_memory() -> None:
    """Bound what the reader may take: a cell far away has it ask for all cells up to there."""
    with suppress(ImportError, OSError, ValueError):  # none on Windows
        import resource  # noqa: PLC0415 - as above

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _read(file: BinaryIO, name: str, notes: list[str], *, is_titled: bool) -> Iterator[Cells]:
    """Read the rows of the first sheet that is shown, each with its number there.

    Only one that `is_titled` may have merged cells in its first row.

    Raises:
        TableError: It is no workbook, has a password, or unpacks to too much.
    """
    import python_calamine  # noqa: PLC0415 - the tests of the rest need no compiled code

    _require_bounded(file, name, notes)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        sheet_name = _choose_sheet(workbook, name, notes)
        sheet = workbook.get_sheet_by_name(sheet_name)
    except python_calamine.PasswordError:
        raise TableError(f"{name} has a password. Save it without one.") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise TableError(_describe_unread(file, name)) from None
    if not is_titled:
        _require_plain_header(sheet, name, notes)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(value) for value in row]


def _describe_unread(file: BinaryIO, name: str) -> str:
    """Say what a file is that can't be read as a workbook, by its beginning."""
    file.seek(0)
    begins = file.read(_BEGINNING)
    if begins.startswith(_OLE):
        # What is read from a stream counts as unknown where a password locks it.
        return f"{name} has a password, or is damaged. Save it anew, without a password."
    if begins.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return (
            f"{name} is a web page or XML under the name of a workbook. Open it in Excel and save "
            "it as .xlsx or “CSV UTF-8”."
        )
    if not begins.startswith(_ZIP) and b"\0" not in begins:
        return f"{name} is text and no workbook. Give it a name that ends in .csv or .tsv."
    return (
        f"{name} can't be read as a workbook of Excel. Open it there and save it anew, or as "
        "“CSV UTF-8”."
    )


def _require_bounded(file: BinaryIO, name: str, notes: list[str]) -> None:
    """Refuse a file that unpacks to far more than it is, before anything is unpacked.

    Cells with an error of Excel's read as empty ones later, so that they are noted here.

    Raises:
        TableError: It does, or is no whole archive.
    """
    file.seek(0)
    if not zipfile.is_zipfile(file):  # XLS, or a workbook with a password
        file.seek(0)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _require_small(parts, name)
            errors = sum([_count(_ERROR_CELL, archive, part) for part in parts])
            uncomputed = sum([_count(_UNCOMPUTED_CELL, archive, part) for part in parts])
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError):
        raise TableError(f"{name} is no whole workbook. Save it anew.") from None
    file.seek(0)
    if errors:
        notes.append(f"{name} has {_cells(errors)} with an error such as #REF!, read as empty.")
    if uncomputed:
        notes.append(
            f"{name} has {_cells(uncomputed)} with a formula whose value isn't in the file, read "
            "as empty. Open it in Excel and save it to have them."
        )


def _cells(count: int) -> str:
    return f"{count:,} {'cell' if count == 1 else 'cells'}"


def _count(cell: re.Pattern[bytes], archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Count the cells of a kind (ECMA-376, 18.3.1.4) in a part, if it is a sheet."""
    if not part.filename.startswith("xl/worksheets/"):
        return 0
    found, kept = 0, b""
    with archive.open(part) as sheet:
        while piece := sheet.read(_AT_ONCE):
            text = kept + piece
            matches = list(cell.finditer(text))
            found += len(matches)
            # What ends here may be the beginning of one.
            seen = matches[-1].end() if matches else 0
            kept = text[max(seen, len(text) - _LONGEST_CELL) :]
    return found


def _require_small(parts: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse parts that unpack to too much, by what the archive says of them.

    Raises:
        TableError: They do.
    """
    unpacked = sum([part.file_size for part in parts])
    packed = sum([part.compress_size for part in parts]) or 1
    if unpacked > MAX_UNPACKED or (unpacked > _SMALL and unpacked > MAX_RATIO * packed):
        raise TableError(
            f"{name} unpacks to {unpacked // 1_000_000:,} MB, more than a list of leads needs. "
            "Remove empty rows, or save it as “CSV UTF-8”."
        )


def _choose_sheet(workbook: "calamine.CalamineWorkbook", name: str, notes: list[str]) -> str:
    """Choose the first sheet of cells that is shown, and say so where there are others.

    Raises:
        TableError: There is none.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415 - as above

    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if (sheet.typ, sheet.visible) == (SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible)
    ]
    if not shown:
        raise TableError(f"{name} has no sheet that is shown.")
    if len(shown) > 1:
        notes.append(f"{name} has {len(shown)} sheets; “{shown[0]}” was read, the first.")
    return shown[0]


def _require_plain_header(sheet: "calamine.CalamineSheet", name: str, notes: list[str]) -> None:
    """Refuse a header of merged cells, which names columns that it doesn't say; tell of others.

    Raises:
        TableError: Cells of the first row are merged.
    """
    first = sheet.start[0] if sheet.start else 0
    merged = sheet.merged_cell_ranges or []
    if any(top <= first <= bottom for (top, _), (bottom, _) in merged):
        raise TableError(
            f"{name} has merged cells in its first row. Unmerge them and remove title rows, so "
            "that the first row has one name for each column."
        )
    if merged:
        top = min([start[0] for start, _ in merged]) + 1
        notes.append(
            f"{name} has merged cells, from row {top} on: only the first of each is read with a "
            "value, the others as empty ones."
        )


def _text(value: object) -> str:
    """Make the text of a cell's value, with all digits of a number and none that it hasn't."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            # Excel shows fifteen digits and keeps what its sums leave behind them: 19.99 is
            # 19.989999999999998 in the file.
            return str(int(value)) if _is_whole(value) else repr(float(f"{value:.15g}"))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case _:  # a date, a time, or a length of time
            return str(value)


def _is_whole(value: float) -> bool:
    return value == value // 1 and abs(value) < _WHOLE


if __name__ == "__main__":
    main(sys.argv[1:])
