"""States as people write them."""

import pytest

from _support.tables import each
from chasedata_mcp.fields.area_codes import AREA_CODES
from chasedata_mcp.fields.states import NAMES, parse_state


@each(
    "written",
    [
        *("KY", "ky", " KY ", "K.Y.", "K Y", "Ky.", "Kentucky", "KENTUCKY", " kentucky ", "Ken."),
        *("US-KY", "Kentucky (KY)", "KY - Kentucky", "State of Kentucky", "Kentucky, USA"),
        *("Commonwealth of Kentucky", "Kentucky\n"),
    ],
)
def test_however_it_is_written_it_is_the_same_state(written: str) -> None:
    assert parse_state(written) == "KY"


@pytest.mark.parametrize(
    ("written", "letters"),
    [
        ("Qu\u00e9bec", "QC"),
        ("N. Mex.", "NM"),
        ("West Virginia", "WV"),
        ("Virginia", "VA"),
        ("W. Va.", "WV"),
        ("New York State", "NY"),
        ("Washington", "WA"),
        ("Washington, D.C.", "DC"),
        ("Ore.", "OR"),
        ("U.S. Virgin Islands", "VI"),
    ],
)
def test_names_that_hold_others_are_told_apart(written: str, letters: str) -> None:
    assert parse_state(written) == letters


@pytest.mark.parametrize(
    "written", ["", "XX", "??", "Kentuky", "NY, KY", "Florida (KY)", "Bavaria", "x" * 5000]
)
def test_what_is_no_state_is_none(written: str) -> None:
    assert parse_state(written) is None


def test_every_state_has_a_name_and_no_name_is_of_two() -> None:
    assert set(NAMES) == set(AREA_CODES)
    names = [name for names in NAMES.values() for name in names.split("|")]
    assert len(names) == len(set(names))
    assert {parse_state(name) for name in names} == set(AREA_CODES)
    assert all(
        parse_state(names.split("|")[0].upper()) == letters for letters, names in NAMES.items()
    )
