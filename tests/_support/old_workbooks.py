"""Workbooks as Excel wrote them before 2007 (BIFF), as DialedIn still mails its reports."""

import struct
from collections.abc import Sequence
from pathlib import Path

import xlwt
from xlwt.CompoundDoc import XlsDoc


def write_xls(path: Path, sheet: str, rows: Sequence[Sequence[str | float]]) -> Path:
    """Write a workbook with one sheet."""
    workbook = xlwt.Workbook()
    page = workbook.add_sheet(sheet)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value)
    workbook.save(str(path))
    return path


def write_locked_xls(path: Path) -> Path:
    """Write the beginning of a workbook that needs a password: its record FilePass says so."""
    begins = struct.pack("<HHHHHHLL", 0x0809, 16, 0x0600, 0x0005, 0x0DBB, 0x07CC, 0x41, 0x06)
    locked = struct.pack("<HHHHH", 0x002F, 6, 1, 1, 1)
    XlsDoc().save(str(path), begins + locked + struct.pack("<HH", 0x000A, 0))
    return path
