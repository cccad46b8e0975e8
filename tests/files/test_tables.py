"""Files of the user's own as tables: what is read of them, and what is refused and why."""

import io
import zipfile
from pathlib import Path

import pytest

from _support.old_workbooks import write_locked_xls, write_xls
from _support.workbooks import Cell, ErrorCell, Formula, write_xlsx
from chasedata_mcp.files.tables import Table, TableError, TableRow, open_table
from chasedata_mcp.files.tables.spreadsheet import leave_out_settings
from chasedata_mcp.files.tables.table import MAX_ROWS

PHONE = "9545550154"


def read(folder: Path, name: str, most: int = MAX_ROWS) -> tuple[Table, list[TableRow]]:
    with open_table(folder, name, most) as table:
        return table, list(table.rows)


def cells(folder: Path, name: str, content: bytes | str) -> list[tuple[str, ...]]:
    """Write a file and list its header and its rows."""
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    table, rows = read(folder, name)
    return [table.header, *[row.cells for row in rows if not row.problem]]


def refusal(folder: Path, name: str, content: bytes | str | None = None) -> str:
    if content is not None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TableError) as refused:
        read(folder, name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f"Phone,Name\r\n{PHONE},Ana\r\n"),
        ("A.CSV", f"\ufeffPhone,Name\n{PHONE},Ana"),
        ("a.csv", f"Phone;Name\n{PHONE};Ana\n"),
        ("a.csv", f"Phone|Name\n{PHONE}|Ana\n"),
        ("a.csv", f"Phone\tName\n{PHONE}\tAna\n"),
        ("a.tsv", f"Phone\tName\n{PHONE}\tAna\n"),
        ("a.csv", f"Phone,Name\n{PHONE},Ana\n".encode("utf-16")),
        ("a.csv", f'"Phone","Name"\n="{PHONE}","Ana"\n'),
        ("a.csv", f"sep=;\nPhone;Name\n{PHONE};Ana\n"),
        ("a.csv", f'"Phone", "Name"\n"{PHONE}", "Ana"\n'),
        ("a.csv", f"Phone,Name\r'{PHONE},Ana\r\f\r"),
        ("a.csv", f"Phone,Name\n{PHONE},Ana\n".encode("utf-32")),
        ("a.csv", f"\n\nPhone,Name,,\n{PHONE}, Ana ,,\n,,\n"),
        ("a.jsonl", f'{{"Phone": {PHONE}, "Name": "Ana"}}\n\n'),
        ("a.jsonl", f'{{"Phone": "{PHONE}"}}\n{{"Name": "Ana"}}\n'),
    ],
)
def test_the_same_table_is_read_from_every_way_to_write_it(
    tmp_path: Path, name: str, content: bytes | str
) -> None:
    found = cells(tmp_path, name, content)
    assert found[0] == ("Phone", "Name")
    assert "".join("".join(row) for row in found[1:]) == f"{PHONE}Ana"


def test_a_workbook_reads_as_its_cells_show(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["Phone", "Zip", "Name", "Share"],
        [float(PHONE), 2139, "José <1>", 0.5],
        [],
        [Formula(PHONE), None, None, None],
    ]
    write_xlsx(tmp_path / "a.xlsx", {"Report": rows})
    table, found = read(tmp_path, "a.xlsx")
    assert table.header == ("Phone", "Zip", "Name", "Share")
    assert [(row.number, row.cells) for row in found] == [
        (2, (PHONE, "2139", "José <1>", "0.5")),
        (4, (PHONE, "", "", "")),
    ]
    assert table.notes == []


def test_of_several_sheets_the_first_is_read_and_said(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"New": [["Phone"], [PHONE]], "Old": [["Phone"], ["1"]]})
    table, found = read(tmp_path, "a.xlsx")
    assert [row.cells for row in found] == [(PHONE,)]
    assert table.notes == ["a.xlsx has 2 sheets; “New” was read, the first."]


def test_cells_with_errors_are_counted_and_said(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        ["Phone", "Name"],
        [PHONE, ErrorCell("#REF!")],
        [PHONE, ErrorCell("#N/A")],
    ]
    write_xlsx(tmp_path / "a.xlsx", {"Report": rows})
    table, found = read(tmp_path, "a.xlsx")
    assert [row.cells for row in found] == [(PHONE, ""), (PHONE, "")]
    assert table.notes == ["a.xlsx has 2 cells with an error such as #REF!, read as empty."]


def test_text_that_is_not_utf_8_is_read_as_windows_1252_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Name,Phone\nJosé,1\n".encode("cp1252"))
    table, found = read(tmp_path, "a.csv")
    assert found[0].cells == ("José", "1")
    assert "Windows-1252" in table.notes[0]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1", "it has 1 cell where the header names 2"),
        ("1,2,3", "it has 3 cells where the header names 2"),
        ("=1+1,Ana", "a cell holds a formula instead of its value"),
        ("#REF!,Ana", "a cell holds Excel's error #REF!"),
        (f"{'9' * 40_000},Ana", "a cell has more than 32,767 characters"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_leaves_the_others(
    tmp_path: Path, row: str, problem: str
) -> None:
    (tmp_path / "a.csv").write_text(f"Phone,Name\n{row}\n2,Bo\n")
    _, found = read(tmp_path, "a.csv")
    assert [(one.number, one.problem) for one in found] == [(2, problem), (3, "")]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\n,,\n\n", "nothing but empty rows"),
        ("a.csv", b"Phone\n\x81\n", "neither UTF-8 nor Windows-1252: line 2 has the byte 81"),
        ("a.csv", "Phone\n1\n".encode("utf-16-le"), "seems to be UTF-16 without its mark"),
        ("a.csv", "Phone\n12345\n123\x0045\n", "has a byte of zero in line 3"),
        (
            "a.csv",
            "Ph,N\n1,é\n".encode() + "2,é\n".encode("cp1252"),
            "2 is UTF-8, and line 3 isn't",
        ),
        ("a.csv", b"PK\x03\x04\x81", "a workbook whose name should end in .xlsx"),
        ("a.csv", "%PDF-1.7\n1 0 obj\n", "a.csv is a PDF"),
        ("a.csv", "\ufeff\n<!DOCTYPE html><table><tr><td>Phone", "a.csv is a web page"),
        ("a.csv", f"Ann,(954) 555-0154\n{PHONE},x\n", "no header: its first row holds numbers"),
        ("a.csv", "Phone,Note\n1," + "x" * 200_000, "or a cell has more than 131,072 characters"),
        ("a.csv", "Phone,Note\n1," + "x" * 5_000_000, "Line 2 of a.csv has more than 5,000,000"),
        ("a.csv", 'Phone,Name\n1,Ana\n2,"Bo\n' + "3,Cy\n" * 40_000, "from line 3 on: a quote"),
        ("a.csv", 'Phone,Name\n1,"Bo" x\n', "from line 2 on: a quote"),
        ("a.csv", "Phone, phone \n1,2\n", "“Phone” more than once (columns 1, 2)"),
        ("a.csv", f"{PHONE},9545550155\n", "no header: its first row holds numbers"),
        ("a.csv", f"{'x' * 201}\n1\n", "no header: its first row holds long texts"),
        ("a.csv", ",".join(f"c{n}" for n in range(501)), "501 columns; 500 are the most"),
        ("a.jsonl", '{"Phone": [1]}\n', "Line 1 of a.jsonl has a list or an object in “Phone”"),
        ("a.jsonl", '{"Phone": 1}\n[1]\n', "Line 2 of a.jsonl is no JSON object"),
        ("a.jsonl", '[{"Phone": 1}]', "begins a JSON array"),
        ("a.jsonl", '{"Phone": 1},\n', "Line 1 of a.jsonl is no JSON from its column 13 on"),
        ("a.jsonl", '{"Name": NaN}\n', "Line 1 of a.jsonl is no JSON that can be read"),
        ("a.jsonl", '{"Phone": ' + "[" * 100_000, "Line 1 of a.jsonl is no JSON that can be read"),
        ("a.jsonl", '{"Phone": 1, " ": 2}\n', "Line 1 of a.jsonl has an empty name"),
        ("a.jsonl", '{"Ph\\ud800": 1}\n', "half of a surrogate pair"),
        ("a.jsonl", "".join(f'{{"c{n}": 1}}\n' for n in range(501)), "more than 500 different"),
        ("a.jsonl", '{"Phone": 1, "Phone": 2}\n', "Line 1 of a.jsonl has a name twice"),
        ("a.jsonl", '{"Phone": "é"}'.encode("cp1252"), "isn't UTF-8"),
        ("a.xlsx", "Phone\n1\n", "is text and no workbook. Give it a name that ends in .csv"),
        ("a.xls", "\ufeff<html><table><tr><td>Phone", "a web page or XML under the name of"),
        ("a.xls", '<?xml version="1.0"?><Workbook/>', "a web page or XML under the name of"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "can't be read as a workbook"),
        ("a.pdf", "x", "of no kind that can be read"),
        ("a", "x", "of no kind that can be read"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes | str, why: str
) -> None:
    assert why in refusal(tmp_path, name, content)


def test_a_merged_header_is_refused(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["Contact", None], ["1", "2"]]
    write_xlsx(tmp_path / "a.xlsx", {"Report": rows}, merged=["A1:B1"])
    assert "merged cells in its first row" in refusal(tmp_path, "a.xlsx")


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Report": [["Phone"], [PHONE]]}, padding=12_000_000)
    assert "unpacks to 12 MB" in refusal(tmp_path, "a.xlsx")


def test_a_damaged_workbook_is_refused_and_ends_nothing_but_its_reader(tmp_path: Path) -> None:
    cell: list[Cell] = [PHONE]
    old = write_xls(tmp_path / "a.xls", "Report", [["Phone"], [PHONE]]).read_bytes()
    new = write_xlsx(tmp_path / "a.xlsx", {"Report": [["Phone"], *[cell] * 300]}).read_bytes()
    far = new_sheet(new, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    wide = [b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(2, 9_000)]
    for name, content, why in (
        ("cut.xls", old[:-300], "it is damaged"),
        ("half.xls", old[: len(old) // 2], "has a password, or is damaged"),
        ("half.xlsx", new[: len(new) // 2], "can't be read as a workbook"),
        ("far.xlsx", far, "its cells reach so far that it takes too much memory"),
        ("wide.xlsx", new_sheet(new, b"</sheetData>", b"".join(wide)), "too much memory"),
        ("row.xlsx", new_sheet(new, b'r="A7"', b'r="A4294967295"'), "row.xlsx can't be read"),
    ):
        assert why in refusal(tmp_path, name, content)


def new_sheet(workbook: bytes, before: bytes, text: bytes) -> bytes:
    """Put a text before another in the sheet of a workbook, or in its place if it's an address."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(made, "w", 8) as archive:
        for part in old.namelist():
            rest = b"" if before.startswith(b"r=") else before
            archive.writestr(part, old.read(part).replace(before, text + rest))
    return made.getvalue()


def test_what_a_workbook_has_no_value_for_is_counted_and_said(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["Phone", "City", "Pay"], [PHONE, "Miami", 19.989999999999998]]
    workbook = write_xlsx(tmp_path / "a.xlsx", {"Report": rows}, merged=["B2:B3"]).read_bytes()
    formulas = b'<row r="3"><c r="A3"><f>A2</f></c><c r="B3" t="str"><f>""</f><v></v></c></row>'
    (tmp_path / "a.xlsx").write_bytes(new_sheet(workbook, b"</sheetData>", formulas))
    table, found = read(tmp_path, "a.xlsx")
    assert [row.cells for row in found] == [(PHONE, "Miami", "19.99")]
    assert "1 cell with a formula whose value isn't in the file" in table.notes[0]
    assert "merged cells, from row 2 on" in table.notes[1]


def test_an_old_workbook_reads_as_its_cells_show(tmp_path: Path) -> None:
    write_xls(tmp_path / "a.xls", "Report", [["Phone", "Name"], [9545550154.0, "Ana"]])
    table, found = read(tmp_path, "a.xls")
    assert table.header == ("Phone", "Name")
    assert [one.cells for one in found] == [("9545550154", "Ana")]


def test_a_workbook_with_a_password_says_so(tmp_path: Path) -> None:
    write_locked_xls(tmp_path / "a.xls")
    assert "a.xls has a password, or is damaged" in refusal(tmp_path, "a.xls")
    # Excel puts a workbook that it encrypts into a file of the older kind (MS-OFFCRYPTO, 2.3.1).
    write_locked_xls(tmp_path / "b.xlsx")
    assert "b.xlsx has a password, or is damaged" in refusal(tmp_path, "b.xlsx")


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", {"Report": [["Phone"], [PHONE]]}).read_bytes()
    assert "a.xlsx" in refusal(tmp_path, "a.xlsx", whole[:-200])


def test_a_quote_that_takes_rows_into_a_cell_is_no_cell(tmp_path: Path) -> None:
    rows = f'Phone,Name,Note\n1,Ann,"late\n{PHONE},Bo,x\n{PHONE},Cy,late"\n2,Di,x\n'
    assert "line 2 on: a quote there closes only in line 4" in refusal(tmp_path, "a.csv", rows)
    noted = 'Phone,Name,Note\n1,Ann,"12 Palm, Suite 4\nMiami, FL, or 9545550154"\n'
    assert len(cells(tmp_path, "a.csv", noted)) == 2


def test_a_number_in_json_is_read_as_it_is_written(tmp_path: Path) -> None:
    lines = '{"Phone": 9.54555E+09, "Id": 510001234567890123, "Pay": 19.990}\n'
    assert cells(tmp_path, "a.jsonl", lines)[1] == ("9.54555E+09", "510001234567890123", "19.990")


def test_the_header_once_more_is_no_lead(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Phone,Name\n1,Ana\nPhone,Name\n2,Bo\n")
    problems = [(row.number, row.problem) for row in read(tmp_path, "a.csv")[1]]
    assert problems == [(2, ""), (3, "it is the header once more"), (4, "")]


def test_more_rows_than_the_most_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Phone\n1\n2\n3\n")
    with open_table(tmp_path, "a.csv", most=3) as table:
        assert len(list(table.rows)) == 3
    with pytest.raises(TableError, match="more than 2 rows"):
        read(tmp_path, "a.csv", most=2)


def test_millions_of_empty_rows_are_passed_over(tmp_path: Path) -> None:
    assert cells(tmp_path, "a.csv", "Phone\n" + "\n" * 1_000_000 + "1\n") == [("Phone",), ("1",)]


def test_what_reads_a_workbook_knows_no_settings() -> None:
    environ = {"PATH": "/usr/bin", "CHASEDATA_TOKEN": "secret", "CHASEDATA_HTTP_KEY": "key"}
    assert leave_out_settings(environ) == {"PATH": "/usr/bin"}
