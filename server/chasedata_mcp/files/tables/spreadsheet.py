"""Workbooks of Excel, read by a process of their own.

The library that reads them is compiled. A damaged workbook makes it end its process, and a cell
far from the others makes it ask for more memory than there is (2026-11-30, python-calamine 0.9.1:
an XLS that lacks its last 300 bytes, a cell in XFD1048576).
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from typing import IO, BinaryIO, Final, TypedDict

from chasedata_mcp.files.tables import workbook
from chasedata_mcp.files.tables.errors import TableError
from chasedata_mcp.files.tables.header import Cells

_SETTINGS: Final = "CHASEDATA_"


class _Line(TypedDict, total=False):
    """A line of the program: some rows, what is wrong, or the notes, which end it."""

    rows: list[tuple[int, list[str]]]
    problem: str
    notes: list[str]


def read_spreadsheet(
    file: BinaryIO, name: str, notes: list[str], *, is_titled: bool = False
) -> Generator[Cells]:
    """Read the rows of the first sheet that is shown, each with its number there.

    Only one that `is_titled` may have merged cells in its first row.

    Raises:
        TableError: It is no workbook, has a password, is damaged, or takes too much memory.
    """
    # -P: nothing of the folder that it happens to be started in is imported.
    words = [
        sys.executable,
        "-P",
        "-m",
        workbook.__name__,
        name,
        *([workbook.TITLED] if is_titled else []),
    ]
    with subprocess.Popen(  # noqa: S603 - our own program, and the file is its input
        words,
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=leave_out_settings(os.environ),
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - as it was asked for
            yield from _read_lines(process.stdout, name, notes)
        finally:
            process.kill()


def leave_out_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave the settings, the token among them, out of the environment of what reads a workbook."""
    return {name: value for name, value in environ.items() if not name.startswith(_SETTINGS)}


def _read_lines(lines: IO[bytes], name: str, notes: list[str]) -> Generator[Cells]:
    """Read what the program says.

    Raises:
        TableError: It says what is wrong, or ended before its end.
    """
    for text in lines:
        line: _Line = json.loads(text)
        if "problem" in line:
            raise TableError(line["problem"])
        yield from line.get("rows", ())
        if "notes" in line:
            notes += line["notes"]
            return
    raise TableError(
        f"{name} can't be read: it is damaged, or its cells reach so far that it takes too much "
        "memory. Open it in Excel and save it anew, or as “CSV UTF-8”."
    )
