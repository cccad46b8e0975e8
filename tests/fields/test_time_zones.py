from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from _support.tables import each
from chasedata_mcp.fields import area_codes, numbering_plan
from chasedata_mcp.fields.state_zones import (
    CANADIAN_SPLIT_AREA_CODES,
    COUNTRY_ZONES,
    SPLIT_AREA_CODES,
    STATE_ZONES,
)
from chasedata_mcp.fields.time_zones import (
    CANADIAN_ZONES,
    US_ZONES,
    find_candidate_zones,
    find_certain_zone,
)
from chasedata_mcp.fields.zone_files import load_zone

WINTER = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 18, 0, tzinfo=UTC)
EXCHANGES = range(200, 1000, 13)
TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}
IN_USE = [
    area
    for area in map(str, range(200, 1000))
    if numbering_plan.find_country(f"{area}5550123") in {"US", "CA"}
]
# wire.md's list, written down a second time, with the overlay 729 of 423.
SPLIT = [
    *("208", "219", "270", "308", "364", "423", "448", "458", "541", "574", "605", "606"),
    *("620", "701", "729", "775", "785", "812", "850", "906", "907", "928", "930", "986"),
]


def offsets(zones: frozenset[str], at: datetime) -> set[timedelta | None]:
    return {at.astimezone(load_zone(zone)).utcoffset() for zone in zones}


def certain_zone(number: str, at: datetime) -> ZoneInfo | None:
    return find_certain_zone(find_candidate_zones(number), at)


def hours_at(number: str, at: datetime) -> list[float]:
    return sorted(
        offset.total_seconds() / 3600
        for offset in offsets(find_candidate_zones(number), at)
        if offset is not None
    )


def test_the_split_area_codes_are_those_of_the_list() -> None:
    assert sorted(SPLIT_AREA_CODES) == SPLIT


@each("area", SPLIT)
def test_a_split_area_code_has_two_zones_that_differ_in_summer_or_winter(area: str) -> None:
    zones = find_candidate_zones(f"{area}5550123")
    assert len(zones) == 2
    assert len(offsets(zones, WINTER)) == 2 or len(offsets(zones, SUMMER)) == 2


PAIRS = {
    "850": {"America/New_York", "America/Chicago"},
    "928": {"America/Phoenix", "America/Denver"},
    "906": {"America/Detroit", "America/Menominee"},
    "541": {"America/Los_Angeles", "America/Boise"},
    "208": {"America/Boise", "America/Los_Angeles"},
    "701": {"America/Chicago", "America/Denver"},
    "605": {"America/Chicago", "America/Denver"},
    "270": {"America/New_York", "America/Chicago"},
    "775": {"America/Los_Angeles", "America/Denver"},
    "907": {"America/Anchorage", "America/Adak"},
}


@pytest.mark.parametrize(("area", "zones"), PAIRS.items())
def test_both_zones_of_a_split_area_code_are_candidates(area: str, zones: set[str]) -> None:
    assert find_candidate_zones(f"{area}5550123") == zones


HOURS = [
    ("2125550123", [-5], [-4]),
    ("8505550123", [-6, -5], [-5, -4]),
    ("9285550123", [-7], [-7, -6]),
    ("6025550123", [-7], [-7]),
    ("8085550123", [-10], [-10]),
    ("9075550123", [-10, -9], [-9, -8]),
    ("7755550123", [-8, -7], [-7, -6]),
    ("4165550123", [-5], [-4]),
    ("7875550123", [-4], [-4]),
    ("7095550123", [-4, -3.5], [-3, -2.5]),
]


@pytest.mark.parametrize(("number", "winter", "summer"), HOURS)
def test_the_hours_from_greenwich_are_those_of_the_place(
    number: str, winter: list[float], summer: list[float]
) -> None:
    assert hours_at(number, WINTER) == winter
    assert hours_at(number, SUMMER) == summer


@pytest.mark.parametrize("number", ["8005550123", "8885550123", "5005550123", "9005550123"])
def test_an_american_number_of_no_place_may_be_anywhere_in_the_united_states(number: str) -> None:
    assert find_candidate_zones(number) == US_ZONES
    assert certain_zone(number, WINTER) is None


@pytest.mark.parametrize(
    "number", ["6005550123", "2215550123", "0212555012", "1212555012", "0000000000", "9115550123"]
)
def test_a_number_of_no_known_country_may_be_anywhere_in_either(number: str) -> None:
    assert find_candidate_zones(number) == US_ZONES | CANADIAN_ZONES
    assert certain_zone(number, WINTER) is None


def test_every_area_code_in_use_has_zones_that_exist_and_that_its_country_has() -> None:
    assert len(IN_USE) > 400
    for area in IN_USE:
        for exchange in EXCHANGES:
            zones = find_candidate_zones(f"{area}{exchange}5678")
            assert zones
            assert all(load_zone(zone).key == zone for zone in zones)
            if numbering_plan.find_country(f"{area}5550123") == "US":
                assert zones <= US_ZONES


def test_every_area_code_in_use_is_certain_unless_it_is_split_or_of_no_place() -> None:
    split = {*SPLIT_AREA_CODES, *CANADIAN_SPLIT_AREA_CODES}
    uncertain = {
        area
        for area in IN_USE
        for exchange in EXCHANGES
        if certain_zone(f"{area}{exchange}5678", SUMMER) is None
        or certain_zone(f"{area}{exchange}5678", WINTER) is None
    }
    assert split & set(IN_USE) <= uncertain
    no_place = uncertain - split
    assert all(find_candidate_zones(f"{area}5550123") >= US_ZONES for area in no_place)
    assert all(area[0] in "58" or area in {"600", "622", "633", "900"} for area in no_place)


EVERY_EXCHANGE = range(200, 1000)
# What the library has wrong, by the state that the code lies in (source: the maps of the numbering
# plan's planning letters); where it is mended, the line goes.
WRONG_IN_THE_LIBRARY = {
    "689": {"America/Chicago"},  # Orlando
    "907": {"Pacific/Honolulu"},  # Adak puts its clocks forward, Honolulu doesn't
    "879": {"America/Puerto_Rico"},  # an overlay of Newfoundland and Labrador
}


def of_the_library() -> dict[str, set[str]]:
    """The zones that the library gives to the exchanges of each area code."""
    found: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > 3:
            found.setdefault(prefix[1:4], set()).update(zones)
    return found


def clocks(zones: set[str] | frozenset[str]) -> set[tuple[timedelta | None, ...]]:
    return {
        tuple(at.astimezone(load_zone(zone)).utcoffset() for at in (WINTER, SUMMER))
        for zone in zones
    }


def test_every_area_code_and_exchange_has_zones_of_its_state_and_no_other() -> None:
    placed = {area for areas in area_codes.AREA_CODES.values() for area in areas.split()}
    assert len(placed) > 400
    for area in placed:
        states = area_codes.find_states(f"{area}5550123")
        of_states = frozenset[str]().union(*[STATE_ZONES[state] for state in states])
        for exchange in EVERY_EXCHANGE:
            assert frozenset() < find_candidate_zones(f"{area}{exchange}5678") <= of_states


def test_no_clock_that_the_library_knows_of_is_missing_but_those_that_it_has_wrong() -> None:
    library = of_the_library()
    assert len(library) > 400
    for area, zones in library.items():
        if len(zones) > 20:
            continue
        ours = find_candidate_zones(f"{area}5550123")
        missing = {zone for zone in zones if not clocks({zone}) <= clocks(ours)}
        assert missing <= WRONG_IN_THE_LIBRARY.get(area, set()), area


def test_each_state_s_area_codes_have_all_of_its_zones_between_them() -> None:
    for state, zones in STATE_ZONES.items():
        codes = area_codes.list_area_codes(state)
        assert (
            frozenset[str]().union(*[find_candidate_zones(f"{a}5550123") for a in codes]) >= zones
        )


def test_each_country_of_the_plan_has_the_codes_that_the_library_gives_it() -> None:
    for country, (_, areas) in COUNTRY_ZONES.items():
        assert {numbering_plan.find_country(f"{area}5550123") for area in areas.split()} == {
            country
        }
    elsewhere = {
        area
        for area in map(str, range(200, 1000))
        if (numbering_plan.find_country(f"{area}5550123") or "US") not in {"US", "CA", *TERRITORIES}
    }
    assert elsewhere == {area for _, areas in COUNTRY_ZONES.values() for area in areas.split()}


NEW = {
    "621": {"America/Chicago"},  # Houston
    "465": {"America/New_York"},  # New York
    "624": {"America/New_York"},
    "679": {"America/Detroit"},
    "729": {"America/New_York", "America/Chicago"},  # over 423
    "357": {"America/Los_Angeles"},
    "837": {"America/Los_Angeles"},
    "457": {"America/Chicago"},
    "471": {"America/Chicago"},
    "483": {"America/Chicago"},
    "861": {"America/Chicago"},
    "924": {"America/Chicago"},
    "436": {"America/New_York"},
    "565": {"America/New_York"},  # over 912, announced in 2025
    "689": {"America/New_York"},  # Orlando, which the library has in Chicago's
    "273": {"America/Toronto", "America/Halifax", "America/Blanc-Sablon"},  # over 418
    "474": {"America/Regina", "America/Edmonton", "America/Winnipeg"},  # over 306
}


@each("area, zones", NEW.items())
def test_a_new_code_has_the_zones_of_its_state_or_of_the_code_that_it_lies_over(
    area: str, zones: set[str]
) -> None:
    assert find_candidate_zones(f"{area}5550123") == zones


OVERLAYS = {
    "208": ["986"],
    "250": ["236", "257", "672", "778"],
    "270": ["364"],
    "306": ["474", "639"],
    "418": ["273", "367", "581"],
    "423": ["729"],
    "541": ["458"],
    "709": ["879"],
    "812": ["930"],
    "850": ["448"],
}


def test_an_overlay_has_the_zones_of_the_code_that_it_lies_over() -> None:
    for code, overlays in OVERLAYS.items():
        for overlay in overlays:
            assert find_candidate_zones(f"{overlay}5550123") == find_candidate_zones(
                f"{code}5550123"
            )


def test_zones_that_agree_at_the_moment_are_certain() -> None:
    in_winter = certain_zone("9285550123", WINTER)
    assert in_winter is not None
    assert in_winter.utcoffset(WINTER.replace(tzinfo=None)) == timedelta(hours=-7)
    assert certain_zone("9285550123", SUMMER) is None
    assert certain_zone("8505550123", WINTER) is None
    assert certain_zone("2125550123", SUMMER) == load_zone("America/New_York")


def test_certainty_is_asked_for_a_moment_and_not_for_a_clock() -> None:
    with pytest.raises(TypeError, match="time zone"):
        certain_zone("2125550123", datetime(2026, 12, 1, 9, 0))  # noqa: DTZ001 - naive is the point
