import subprocess
import sys

from phonenumbers import PhoneNumber, geocoder

from _support.tables import each
from chasedata_mcp.fields import area_codes, numbering_plan
from chasedata_mcp.fields.service_codes import TOLL_FREE, WARNED

TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}
# Codes in service that the library may not know yet. It may learn them, and the test still holds.
NEWER = {
    *("357", "436", "457", "465", "471", "483", "565", "621", "624", "679", "729", "837", "861"),
    "924",
}
NAMES = {
    "Alabama": "AL",
    "Alaska": "AK",
    "Arizona": "AZ",
    "Arkansas": "AR",
    "California": "CA",
    "Colorado": "CO",
    "Connecticut": "CT",
    "Delaware": "DE",
    "Washington D.C.": "DC",
    "Florida": "FL",
    "Georgia": "GA",
    "Hawaii": "HI",
    "Idaho": "ID",
    "Illinois": "IL",
    "Indiana": "IN",
    "Iowa": "IA",
    "Kansas": "KS",
    "Kentucky": "KY",
    "Louisiana": "LA",
    "Maine": "ME",
    "Maryland": "MD",
    "Massachusetts": "MA",
    "Michigan": "MI",
    "Minnesota": "MN",
    "Mississippi": "MS",
    "Missouri": "MO",
    "Montana": "MT",
    "Nebraska": "NE",
    "Nevada": "NV",
    "New Hampshire": "NH",
    "New Jersey": "NJ",
    "New Mexico": "NM",
    "New York": "NY",
    "North Carolina": "NC",
    "North Dakota": "ND",
    "Ohio": "OH",
    "Oklahoma": "OK",
    "Oregon": "OR",
    "Pennsylvania": "PA",
    "Rhode Island": "RI",
    "South Carolina": "SC",
    "South Dakota": "SD",
    "Tennessee": "TN",
    "Texas": "TX",
    "Utah": "UT",
    "Vermont": "VT",
    "Virginia": "VA",
    "Washington State": "WA",
    "West Virginia": "WV",
    "Wisconsin": "WI",
    "Wyoming": "WY",
    "Alberta": "AB",
    "British Columbia": "BC",
    "British Colombia": "BC",
    "Manitoba": "MB",
    "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL",
    "Nova Scotia": "NS",
    "Northwest Territories": "NT",
    "Nunavut": "NU",
    "Ontario": "ON",
    "Prince Edward Island": "PE",
    "Quebec": "QC",
    "Saskatchewan": "SK",
    "Yukon": "YT",
}
"""The library's names of whole states, one of them as it misspells it."""
AREAS = [str(area) for area in range(200, 1000)]
IN_TABLE = {area for codes in area_codes.AREA_CODES.values() for area in codes.split()}


def named(number: str) -> set[str]:
    """The states that the library names for a number: none where it names a place alone."""
    place = geocoder.description_for_number(
        PhoneNumber(country_code=1, national_number=int(number)), "en"
    )
    *_, last = place.split(", ")
    if last in NAMES.values():
        return {last}
    return {NAMES[name] for name in place.split("/") if name in NAMES}


def of_the_library() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for area in AREAS:
        country = numbering_plan.find_country(f"{area}5550123")
        if country in TERRITORIES:
            found[area] = {country}
        elif country in {"US", "CA"}:
            numbers = [f"{area}{exchange}5678" for exchange in range(200, 1000, 25)]
            states = {state for number in numbers for state in named(number)}
            if states:
                found[area] = states
    return found


def test_every_area_code_that_the_library_places_is_in_the_state_that_it_names() -> None:
    library = of_the_library()
    assert len(library) > 400
    assert {area: set(area_codes.find_states(f"{area}5550123")) for area in library} == library


def test_every_other_area_code_is_one_that_the_library_does_not_know_yet() -> None:
    unknown = {area for area in IN_TABLE if numbering_plan.find_country(f"{area}5550123") is None}
    assert unknown <= NEWER
    assert IN_TABLE - set(of_the_library()) <= NEWER


def test_every_state_has_area_codes_of_three_digits_and_each_once() -> None:
    assert set(area_codes.AREA_CODES) == {*NAMES.values(), *TERRITORIES}
    for state in area_codes.AREA_CODES:
        areas = area_codes.list_area_codes(state)
        assert areas
        assert len(set(areas)) == len(areas)
        assert all(area in AREAS for area in areas)


def test_only_provinces_share_area_codes() -> None:
    shared = {
        area: states
        for area in AREAS
        if len(states := area_codes.find_states(f"{area}5550123")) > 1
    }
    assert shared == {"782": {"NS", "PE"}, "902": {"NS", "PE"}, "867": {"NT", "NU", "YT"}}


@each("area", [*sorted(TOLL_FREE), "900", "500", "600", "221", "876", "000"])
def test_a_number_of_no_place_in_the_two_countries_has_no_state(area: str) -> None:
    assert area_codes.find_states(f"{area}5550123") == set()


def test_letters_that_are_no_state_have_no_area_codes() -> None:
    assert area_codes.list_area_codes("XX") == ()
    assert area_codes.list_area_codes("") == ()


WITHOUT_GEOCODER = """
import sys
from datetime import UTC, datetime
from chasedata_mcp.policy import calling_hours as hours
from chasedata_mcp.policy import hours_table
hours.check_hours_now(hours_table.load_shipped_table(), "9545550123", "FL", datetime.now(UTC))
assert not {"phonenumbers", "phonenumbers.geocoder", "phonenumbers.geodata"} & set(sys.modules)
"""


def test_the_library_which_is_slow_to_load_is_not_used_to_place_a_number() -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own text
        [sys.executable, "-c", WITHOUT_GEOCODER], check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_country_of_a_code_is_that_of_its_states() -> None:
    for area, country in (("621", "US"), ("273", "CA"), ("867", "CA"), ("202", "US")):
        assert area_codes.find_country(f"{area}5550123") == country
    for area in ("787", "340", "800", "221", "876"):
        assert area_codes.find_country(f"{area}5550123") is None


def test_no_code_of_a_place_is_one_of_no_place() -> None:
    warned = frozenset[str]().union(*[codes for codes, _ in WARNED])
    assert not IN_TABLE & warned
