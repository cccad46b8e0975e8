from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from phonenumbers import PhoneNumber
from phonenumbers.timezone import time_zones_for_geographical_number

from chasedata_mcp.fields import numbering_plan
from chasedata_mcp.fields.time_zones import (
    CANADIAN_SPLIT_AREA_CODES,
    CANADIAN_ZONES,
    SPLIT_AREA_CODES,
    US_ZONES,
    find_candidate_zones,
    find_certain_zone,
)

WINTER = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 18, 0, tzinfo=UTC)
EXCHANGES = range(200, 1000, 13)
IN_USE = [
    area
    for area in map(str, range(200, 1000))
    if numbering_plan.find_country(f"{area}5550123") in {"US", "CA"}
]
# wire.md's list, written down a second time.
SPLIT = [
    *("208", "219", "270", "308", "364", "423", "448", "458", "541", "574", "605", "606"),
    *("620", "701", "775", "785", "812", "850", "906", "907", "928", "930", "986"),
]


def plain(number: str) -> PhoneNumber:
    return PhoneNumber(country_code=1, national_number=int(number))


def offsets(zones: frozenset[str], at: datetime) -> set[timedelta | None]:
    return {at.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones}


def hours_at(number: str, at: datetime) -> list[float]:
    return sorted(
        offset.total_seconds() / 3600
        for offset in offsets(find_candidate_zones(number), at)
        if offset is not None
    )


def test_the_split_area_codes_are_those_of_the_list() -> None:
    assert sorted(SPLIT_AREA_CODES) == SPLIT


@pytest.mark.parametrize("area", SPLIT)
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


@pytest.mark.parametrize(
    "number", ["8005550123", "5005550123", "2215550123", "0212555012", "1212555012", "0000000000"]
)
def test_a_number_of_no_known_place_may_be_anywhere_in_the_united_states(number: str) -> None:
    assert find_candidate_zones(number) == US_ZONES
    assert find_certain_zone(number, WINTER) is None


def test_a_canadian_number_of_no_place_may_be_anywhere_in_either_country() -> None:
    assert find_candidate_zones("6005550123") == US_ZONES | CANADIAN_ZONES


def test_every_area_code_in_use_has_zones_that_exist_and_that_its_country_has() -> None:
    assert len(IN_USE) > 400
    for area in IN_USE:
        for exchange in EXCHANGES:
            zones = find_candidate_zones(f"{area}{exchange}5678")
            assert zones
            assert all(ZoneInfo(zone).key == zone for zone in zones)
            if numbering_plan.find_country(f"{area}5550123") == "US":
                assert zones <= US_ZONES


def test_every_area_code_in_use_is_certain_unless_it_is_split_or_of_no_place() -> None:
    split = {*SPLIT_AREA_CODES, *CANADIAN_SPLIT_AREA_CODES}
    uncertain = {
        area
        for area in IN_USE
        for exchange in EXCHANGES
        if find_certain_zone(f"{area}{exchange}5678", SUMMER) is None
        or find_certain_zone(f"{area}{exchange}5678", WINTER) is None
    }
    assert split <= uncertain
    no_place = uncertain - split
    assert all(find_candidate_zones(f"{area}5550123") >= US_ZONES for area in no_place)
    assert all(area[0] in "58" or area in {"600", "622", "633", "900"} for area in no_place)


def test_no_area_code_that_is_taken_for_one_place_has_exchanges_in_different_zones() -> None:
    for area in set(IN_USE) - {*SPLIT_AREA_CODES, *CANADIAN_SPLIT_AREA_CODES}:
        assert len({find_candidate_zones(f"{area}{exchange}5678") for exchange in EXCHANGES}) == 1


def test_zones_that_agree_at_the_moment_are_certain() -> None:
    in_winter = find_certain_zone("9285550123", WINTER)
    assert in_winter is not None
    assert in_winter.utcoffset(WINTER.replace(tzinfo=None)) == timedelta(hours=-7)
    assert find_certain_zone("9285550123", SUMMER) is None
    assert find_certain_zone("8505550123", WINTER) is None
    assert find_certain_zone("2125550123", SUMMER) == ZoneInfo("America/New_York")


def test_certainty_is_asked_for_a_moment_and_not_for_a_clock() -> None:
    with pytest.raises(TypeError, match="time zone"):
        find_certain_zone("2125550123", datetime(2026, 12, 1, 9, 0))  # noqa: DTZ001 - naive is the point


@pytest.mark.parametrize("area", [*SPLIT, "954", "310", "867", "800", "456"])
def test_all_numbers_of_an_exchange_have_the_zones_that_the_library_gives_the_first(
    area: str,
) -> None:
    for exchange in EXCHANGES:
        numbers = [f"{area}{exchange}{last}" for last in ("0000", "2368", "9999")]
        given = {frozenset(time_zones_for_geographical_number(plain(one))) for one in numbers}
        assert given == {numbering_plan.find_zone_names(numbers[1])}
