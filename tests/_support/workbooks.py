"""Workbooks of Excel for tests, written part by part, so that any of them can be wrong."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Cell = str | float | None


class Formula(str):
    """The value of a cell with a formula, as Excel computed it last."""

    __slots__ = ()


class ErrorCell(str):
    """An error that Excel shows in a cell: `#REF!`."""

    __slots__ = ()


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    *,
    merged: Sequence[str] = (),
    padding: int = 0,
) -> Path:
    """Write a workbook of these sheets; the first has these merged ranges and so much padding."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(list(sheets)).items():
            archive.writestr(name, text)
        for number, rows in enumerate(sheets.values(), 1):
            first = number == 1
            text = _sheet(rows, merged if first else (), padding if first else 0)
            archive.writestr(f"xl/worksheets/sheet{number}.xml", text)
    return path


def _parts(names: Sequence[str]) -> dict[str, str]:
    numbers = range(1, len(names) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f"{overrides}</Types>",
        "_rels/.rels": _relationships([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
        ),
    }


def _relationships(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _sheet(rows: Sequence[Sequence[Cell]], merged: Sequence[str], padding: int) -> str:
    body = "".join(
        f'<row r="{number}">{_cells(number, cells)}</row>' for number, cells in enumerate(rows, 1)
    )
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    merges = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return (
        f'<worksheet xmlns="{_MAIN}">{" " * padding}<sheetData>{body}</sheetData>'
        f"{merges}</worksheet>"
    )


def _cells(row: int, cells: Sequence[Cell]) -> str:
    return "".join(_cell(f"{chr(ord('A') + place)}{row}", cell) for place, cell in enumerate(cells))


def _cell(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Formula():
            return f'<c r="{place}" t="str"><f>A1</f><v>{escape(cell)}</v></c>'
        case ErrorCell():
            return f'<c r="{place}" t="e"><v>{cell}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'
