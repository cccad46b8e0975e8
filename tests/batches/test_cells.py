"""Cells as arguments: what a spreadsheet did to a number is repaired, or said to be lost."""

import pytest

from chasedata_mcp.batches.cells import CellReader, RowArguments
from chasedata_mcp.batches.columns import map_columns
from chasedata_mcp.tools.registry import CATALOGUE

COMMON = {"campaign": "Solar", "import_only": True}


def read(header: list[str], cells: list[str], **given: str) -> RowArguments:
    tool = CATALOGUE["insert_lead"]
    mapping = map_columns(tool, header, given, COMMON)
    return CellReader(tool, mapping, COMMON).read(cells)


@pytest.mark.parametrize(
    ("cell", "phone", "repaired"),
    [
        ("9545550154", "9545550154", False),
        ("(954) 555-0154", "(954) 555-0154", False),
        ("9545550154.0", "9545550154", True),
        ("19545550154,00", "19545550154", True),
        ("9.545550154E+09", "9545550154", True),
        ("9,545550154e9", "9545550154", True),
        ("1.9545550154E+10", "19545550154", True),
        ("p:+19545550154", "+19545550154", True),
        ("tel: (954) 555-0154", "(954) 555-0154", True),
    ],
)
def test_a_phone_that_became_a_number_is_one_again(cell: str, phone: str, repaired: bool) -> None:  # noqa: FBT001 - a case of the table
    row = read(["Phone"], [cell])
    assert row.arguments == {**COMMON, "primary_phone": phone}
    assert (bool(row.repairs), row.problems) == (repaired, [])


@pytest.mark.parametrize("cell", ["9.54555E+09", "9.5E9", "9E+09", "1.95456E+10"])
def test_a_phone_that_lost_digits_is_never_filled_up(cell: str) -> None:
    row = read(["Phone"], [cell])
    assert len(row.problems) == 1
    assert "cut its digits" in row.problems[0]


@pytest.mark.parametrize(
    "cell", ["9545550154 / 9545550155", "954-555-0154; 954-555-0155", "9545550154\n9545550155"]
)
def test_of_several_phones_in_a_cell_none_is_chosen(cell: str) -> None:
    assert "holds several numbers" in read(["Phone"], [cell]).problems[0]


def test_an_id_that_a_spreadsheet_cut_is_nobodys() -> None:
    for cell, is_cut in (("5.10001E+17", True), ("5E+17", True), ("51E10", False), ("A1", False)):
        row = read(["Phone", "Client ID"], ["9545550154", cell])
        assert bool(row.problems) is is_cut, cell


@pytest.mark.parametrize(
    ("cell", "zip_code"),
    [
        ("33301", "33301"),
        ("2139", "02139"),
        ("501", "00501"),
        ("2139.0", "02139"),
        ("21394321", "02139-4321"),
        ("333014321", "33301-4321"),
        ("33301-4321", "33301-4321"),
        ("K1A 0B1", "K1A 0B1"),
        ("12", "12"),
    ],
)
def test_a_zip_code_gets_its_zeros_back(cell: str, zip_code: str) -> None:
    row = read(["Phone", "Zip"], ["9545550154", cell])
    assert row.arguments["zip_code"] == zip_code
    assert bool(row.repairs) == (cell != zip_code)


def test_numbers_elsewhere_stay_as_they_are() -> None:
    row = read(["Phone", "Client ID", "Address"], ["9545550154", "0012.0", "1E5"])
    assert (row.arguments["client_id"], row.arguments["address"]) == ("0012.0", "1E5")


def test_an_empty_cell_is_no_argument() -> None:
    assert read(["Phone", "City"], ["9545550154", ""]).arguments.keys() == {
        *COMMON,
        "primary_phone",
    }


def test_words_for_yes_and_no_are_true_and_false_where_an_argument_is_one() -> None:
    tool = CATALOGUE["insert_lead"]
    common = {"campaign": "Solar"}
    mapping = map_columns(tool, ["Phone", "import_only", "City"], {}, common)
    reader = CellReader(tool, mapping, common)
    assert reader.read(["1", "TRUE", "Yes"]).arguments == {
        **common,
        "primary_phone": "1",
        "import_only": True,
        "city": "Yes",
    }
    assert reader.read(["1", "maybe", ""]).arguments["import_only"] == "maybe"


def test_fields_of_the_account_s_own_are_gathered_by_their_names() -> None:
    row = read(
        ["Phone", "Birthday", "Plan", "City"],
        ["9545550154", "1980-05-01", "Gold", ""],
        Birthday="custom_fields.Date of Birth",
        Plan="custom_fields.Plan",
    )
    assert row.arguments["custom_fields"] == {"Date of Birth": "1980-05-01", "Plan": "Gold"}


@pytest.mark.parametrize(
    ("column", "cell", "argument"),
    [
        ("state", "Florida", "FL"),
        ("state", "Québec", "QC"),
        ("state", "Atlantis", "Atlantis"),
        ("address", "12 Palm Ave\r\n Suite 4\n", "12 Palm Ave, Suite 4"),
        ("address", "12 Palm Ave", "12 Palm Ave"),
    ],
)
def test_a_state_has_two_letters_and_an_address_one_line(
    column: str, cell: str, argument: str
) -> None:
    row = read(["phone", column], ["9545550154", cell])
    assert row.arguments[column] == argument
    assert bool(row.repairs) is (cell != argument)
