"""Workbooks of Excel: XLSX and XLS, one sheet of them, as its cells read."""

import zipfile
import zlib
from collections.abc import Generator, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, BinaryIO, Final

from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells

if TYPE_CHECKING:
    import python_calamine as calamine

MAX_UNPACKED: Final = 500_000_000
"""The most bytes that a workbook may unpack to; 100,000 leads of 20 columns take some 80 MB."""
MAX_RATIO: Final = 200
"""The most times that it may grow; XML of tables packs to a tenth or a fortieth."""
_ERROR_CELL: Final = b' t="e"'
_AT_ONCE: Final = 1 << 20
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The beginning of a compound file: an XLS, or any workbook with a password (MS-CFB, 2.2)."""
_SMALL: Final = 10_000_000
"""The bytes up to which it doesn't matter how well something packs."""
_WHOLE: Final = 2**53
"""The whole numbers from which on a cell's number, a double, has lost digits."""


def read_spreadsheet(
    file: BinaryIO, name: str, notes: list[str], *, is_titled: bool = False
) -> Generator[Cells]:
    """Read the rows of the first sheet that is shown, each with its number there.

    Only one that `is_titled` may have merged cells in its first row.

    Raises:
        TableError: It is no workbook, has a password, or unpacks to too much.
    """
    # Half a megabyte of compiled code, which nobody needs who has no workbook.
    import python_calamine  # noqa: PLC0415 - as above

    _require_bounded(file, name, notes)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        sheet_name = _choose_sheet(workbook, name, notes)
        sheet = workbook.get_sheet_by_name(sheet_name)
    except python_calamine.PasswordError:
        raise TableError(f"{name} has a password. Save it without one.") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        # What it reads from a stream it calls unknown where a password locks it.
        file.seek(0)
        if file.read(len(_OLE)) == _OLE:
            raise TableError(
                f"{name} has a password, or is damaged. Save it anew, without a password."
            ) from None
        raise TableError(
            f"{name} can't be read as a workbook of Excel. Open it there and save it anew, or as "
            "“CSV UTF-8”."
        ) from None
    if not is_titled:
        _require_plain_header(sheet, name)
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(value) for value in row]


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
            errors = sum([_count_errors(archive, part) for part in parts])
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError):
        raise TableError(f"{name} is no whole workbook. Save it anew.") from None
    file.seek(0)
    if errors:
        notes.append(f"{name} has {errors} cells with an error such as #REF!, read as empty ones.")


def _count_errors(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Count the cells of type error (ECMA-376, ST_CellType) in a part, if it is a sheet."""
    if not part.filename.startswith("xl/worksheets/"):
        return 0
    found, kept = 0, b""
    with archive.open(part) as sheet:
        while piece := sheet.read(_AT_ONCE):
            found += (kept + piece).count(_ERROR_CELL)
            # What ends here may be the beginning of one, and no whole one.
            kept = piece[-len(_ERROR_CELL) + 1 :]
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


def _require_plain_header(sheet: "calamine.CalamineSheet", name: str) -> None:
    """Refuse a header of merged cells, which names columns that it doesn't say.

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


def _text(value: object) -> str:
    """Make the text of a cell's value, with all digits of a number and none that it hasn't."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(int(value)) if _is_whole(value) else repr(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case _:  # a date, a time, or a length of time
            return str(value)


def _is_whole(value: float) -> bool:
    return value == value // 1 and abs(value) < _WHOLE
