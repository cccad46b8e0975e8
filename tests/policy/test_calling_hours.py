"""Calling hours of a number at a moment and of a callback, at each edge."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from _support.tables import each
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_hours import check_callback_hours, check_hours_now
from chasedata_mcp.policy.hours_table import load_shipped_table, parse_table

NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"
PHOENIX, LOS_ANGELES = "America/Phoenix", "America/Los_Angeles"
SECOND = timedelta(seconds=1)
WEDNESDAY = date(2026, 7, 1)
SATURDAY, SUNDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23)


def at(zone: str, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, load_zone(zone)).astimezone(UTC)


def is_inside(number: str | None, now: datetime, state: str | None = None) -> bool:
    return check_hours_now(load_shipped_table(), number, state, now) is None


# A number of each state with a row, in one zone, and the hours of wire.md a second time.
WINDOWS = [
    ("2125550123", NEW_YORK, 8, 21),  # NY, no row of its own
    ("5155550123", CHICAGO, 8, 21),  # IA
    ("2145550123", CHICAGO, 9, 21),  # TX
    ("3035550123", DENVER, 8, 21),  # CO
    ("2135550123", LOS_ANGELES, 8, 21),  # CA
    ("8085550123", "Pacific/Honolulu", 8, 21),
    ("9545550123", NEW_YORK, 8, 20),  # FL
    ("4055550123", CHICAGO, 8, 20),  # OK
    ("4105550123", NEW_YORK, 8, 20),  # MD
    ("6175550123", NEW_YORK, 8, 20),  # MA
    ("2065550123", LOS_ANGELES, 8, 20),  # WA
    ("5035550123", LOS_ANGELES, 8, 20),  # OR
    ("2055550123", CHICAGO, 8, 20),  # AL
    ("5045550123", CHICAGO, 8, 20),  # LA
    ("6015550123", CHICAGO, 8, 20),  # MS
    ("5025550123", NEW_YORK, 10, 21),  # KY
    ("3135550123", "America/Detroit", 9, 21),  # MI
    ("6125550123", CHICAGO, 9, 21),  # MN
    ("5055550123", DENVER, 9, 21),  # NM
    ("7025550123", LOS_ANGELES, 9, 20),  # NV
    ("8605550123", NEW_YORK, 9, 20),  # CT
    ("3075550123", DENVER, 8, 20),  # WY
    ("7875550123", "America/Puerto_Rico", 8, 21),
]


@each("number, zone, opens, closes", WINDOWS)
def test_a_window_holds_from_its_first_second_to_the_last_before_it_closes(
    number: str, zone: str, opens: int, closes: int
) -> None:
    first, end = at(zone, MONDAY, time(opens)), at(zone, MONDAY, time(closes))
    assert not is_inside(number, first - SECOND)
    assert is_inside(number, first)
    assert is_inside(number, end - SECOND)
    assert not is_inside(number, end)


@each("number, zone, opens, closes", WINDOWS)
def test_a_callback_is_held_to_the_same_edges_by_the_clock_at_the_phone(
    number: str, zone: str, opens: int, closes: int
) -> None:
    del zone
    first = datetime.combine(MONDAY, time(opens))
    end = datetime.combine(MONDAY, time(closes))
    assert check_callback_hours(load_shipped_table(), number, None, first - SECOND) is not None
    assert check_callback_hours(load_shipped_table(), number, None, first) is None
    assert check_callback_hours(load_shipped_table(), number, None, end - SECOND) is None
    assert check_callback_hours(load_shipped_table(), number, None, end) is not None


def test_the_last_microsecond_is_inside_and_the_one_before_the_first_is_not() -> None:
    moment = timedelta(microseconds=1)
    assert is_inside("2125550123", at(NEW_YORK, MONDAY, time(21)) - moment)
    assert not is_inside("2125550123", at(NEW_YORK, MONDAY, time(8)) - moment)


# wire.md's area codes in two zones, once more: the zone whose clock is ahead, the other, and the
# hours of the state.
BOISE = "America/Boise"
SPLIT = [
    ("208", BOISE, LOS_ANGELES, 8, 21),
    ("219", NEW_YORK, CHICAGO, 8, 21),
    ("270", NEW_YORK, CHICAGO, 10, 21),
    ("308", CHICAGO, DENVER, 8, 21),
    ("364", NEW_YORK, CHICAGO, 10, 21),
    ("423", NEW_YORK, CHICAGO, 8, 21),
    ("448", NEW_YORK, CHICAGO, 8, 20),
    ("458", BOISE, LOS_ANGELES, 8, 20),
    ("541", BOISE, LOS_ANGELES, 8, 20),
    ("574", NEW_YORK, CHICAGO, 8, 21),
    ("605", CHICAGO, DENVER, 9, 21),
    ("606", NEW_YORK, CHICAGO, 10, 21),
    ("620", CHICAGO, DENVER, 8, 21),
    ("701", CHICAGO, DENVER, 8, 21),
    ("775", DENVER, LOS_ANGELES, 9, 20),
    ("785", CHICAGO, DENVER, 8, 21),
    ("812", NEW_YORK, CHICAGO, 8, 21),
    ("850", NEW_YORK, CHICAGO, 8, 20),
    ("906", "America/Detroit", "America/Menominee", 9, 21),
    ("907", "America/Anchorage", "America/Adak", 8, 21),
    ("928", DENVER, PHOENIX, 8, 21),
    ("930", NEW_YORK, CHICAGO, 8, 21),
    ("986", BOISE, LOS_ANGELES, 8, 21),
]


@each("area, ahead, behind, opens, closes", SPLIT)
def test_a_number_in_two_zones_is_inside_only_when_both_are(
    area: str, ahead: str, behind: str, opens: int, closes: int
) -> None:
    number = f"{area}5550123"
    # Inside in the one, outside in the other
    assert not is_inside(number, at(ahead, WEDNESDAY, time(opens)))
    assert not is_inside(number, at(behind, WEDNESDAY, time(opens)) - SECOND)
    assert not is_inside(number, at(ahead, WEDNESDAY, time(closes)))
    assert not is_inside(number, at(behind, WEDNESDAY, time(closes)) - SECOND)
    # Inside in both
    assert is_inside(number, at(behind, WEDNESDAY, time(opens)))
    assert is_inside(number, at(ahead, WEDNESDAY, time(closes)) - SECOND)


def test_a_number_in_two_zones_is_held_to_both_whatever_its_lead_s_state() -> None:
    nine_in_chicago = at(CHICAGO, WEDNESDAY, time(20, 59))
    for state in (None, "IN", "IL", "OH"):
        assert not is_inside("2195550123", nine_in_chicago, state)


def test_a_lead_in_another_state_than_its_number_must_be_inside_in_both() -> None:
    number, state = "2125550123", "CA"
    assert not is_inside(number, at(LOS_ANGELES, MONDAY, time(8)) - SECOND, state)
    assert is_inside(number, at(LOS_ANGELES, MONDAY, time(8)), state)
    assert is_inside(number, at(NEW_YORK, MONDAY, time(21)) - SECOND, state)
    assert not is_inside(number, at(NEW_YORK, MONDAY, time(21)), state)


def test_the_rule_of_the_area_code_holds_for_a_lead_that_lives_elsewhere() -> None:
    half_past_eight = at(NEW_YORK, MONDAY, time(20, 30))
    assert is_inside("2125550123", half_past_eight, "NY")
    assert not is_inside("9545550123", half_past_eight, "NY")
    assert not is_inside("2125550123", half_past_eight, "FL")


def test_where_two_states_apply_the_narrower_of_each_edge_holds() -> None:
    kentucky_and_maryland = ("5025550123", "MD")
    for clock, allowed in [
        (time(9, 59, 59), False),
        (time(10), True),
        (time(19, 59, 59), True),
        (time(20), False),
    ]:
        number, state = kentucky_and_maryland
        assert is_inside(number, at(NEW_YORK, MONDAY, clock), state) is allowed


# 8:00 on the spot in Greenwich's time, the day before the clocks change and the day itself. Written
# out, not computed. The days are Sundays.
CHANGES = [
    ("2125550123", (2026, 3, 7, 13), (2026, 3, 8, 12)),
    ("5155550123", (2026, 3, 7, 14), (2026, 3, 8, 13)),
    ("3035550123", (2026, 3, 7, 15), (2026, 3, 8, 14)),
    ("2135550123", (2026, 3, 7, 16), (2026, 3, 8, 15)),
    ("2125550123", (2026, 10, 31, 12), (2026, 11, 1, 13)),
    ("5155550123", (2026, 10, 31, 13), (2026, 11, 1, 14)),
    ("3035550123", (2026, 10, 31, 14), (2026, 11, 1, 15)),
    ("2135550123", (2026, 10, 31, 15), (2026, 11, 1, 16)),
    ("2125550123", (2027, 3, 13, 13), (2027, 3, 14, 12)),
    ("2135550123", (2027, 3, 13, 16), (2027, 3, 14, 15)),
    ("2125550123", (2027, 11, 6, 12), (2027, 11, 7, 13)),
    ("2135550123", (2027, 11, 6, 15), (2027, 11, 7, 16)),
    # Where they don't change
    ("6025550123", (2026, 3, 7, 15), (2026, 3, 8, 15)),
    ("6025550123", (2026, 10, 31, 15), (2026, 11, 1, 15)),
    ("8085550123", (2026, 3, 7, 18), (2026, 3, 8, 18)),
    ("7875550123", (2027, 3, 13, 12), (2027, 3, 14, 12)),
]


@each("number, before, changed", CHANGES)
def test_on_the_day_that_clocks_change_eight_is_eight_by_the_new_clock(
    number: str, before: tuple[int, int, int, int], changed: tuple[int, int, int, int]
) -> None:
    for moment in (datetime(*before, tzinfo=UTC), datetime(*changed, tzinfo=UTC)):
        assert not is_inside(number, moment - SECOND)
        assert is_inside(number, moment)
        closes = moment + timedelta(hours=13)
        assert is_inside(number, closes - SECOND)
        assert not is_inside(number, closes)


def test_phoenix_and_denver_agree_in_winter_and_differ_by_an_hour_in_summer() -> None:
    phoenix, denver = "6025550123", "3035550123"
    winter, summer = datetime(2026, 12, 1, 15, tzinfo=UTC), datetime(2026, 7, 1, 14, tzinfo=UTC)
    assert is_inside(phoenix, winter)
    assert is_inside(denver, winter)
    assert not is_inside(phoenix, summer)
    assert is_inside(denver, summer)


def test_a_number_that_may_be_in_the_navajo_nation_is_held_to_both_its_clocks() -> None:
    number = "9285550123"
    eight_in_denver = datetime(2026, 7, 1, 14, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert not is_inside(number, eight_in_denver)
    assert not is_inside(number, eight_in_denver, "AZ")
    assert is_inside(number, eight_in_denver + hour)
    assert is_inside(number, eight_in_denver + 13 * hour - SECOND)
    assert not is_inside(number, eight_in_denver + 13 * hour)
    assert is_inside(number, datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert not is_inside(number, datetime(2026, 12, 1, 15, tzinfo=UTC) - SECOND)


@pytest.mark.parametrize("number", ["2055550123", "5045550123", "6015550123"])
def test_three_states_are_quiet_on_the_whole_of_a_sunday(number: str) -> None:
    for hour in range(24):
        assert not is_inside(number, at(CHICAGO, SUNDAY, time(hour)))
    assert is_inside(number, at(CHICAGO, SATURDAY, time(19, 59, 59)))
    assert is_inside(number, at(CHICAGO, MONDAY, time(8)))
    assert not is_inside(number, at(CHICAGO, SUNDAY, time(12)), "TX")
    assert (
        check_callback_hours(load_shipped_table(), number, None, datetime.combine(SUNDAY, time(12)))
        is not None
    )
    assert (
        check_callback_hours(load_shipped_table(), number, None, datetime.combine(MONDAY, time(12)))
        is None
    )


def test_other_states_may_be_called_on_a_sunday() -> None:
    assert is_inside("9545550123", at(NEW_YORK, SUNDAY, time(8)))
    assert is_inside("2145550123", at(CHICAGO, SUNDAY, time(20, 59, 59)))
    assert not is_inside("2145550123", at(CHICAGO, SUNDAY, time(12)), "AL")


AROUND_THE_CLOCK = "".join(
    f'[[window]]\nstate = "{state}"\nfrom = "0:00"\nuntil = "23:59"\nsunday = {sunday}\n'
    'by_area_code = false\nsource = "a test"\ndate = 2026-11-01\n'
    for state, sunday in [("federal", "true"), ("AL", "false")]
)


def test_a_sunday_begins_and_ends_at_midnight_where_the_phone_is() -> None:
    table = parse_table(AROUND_THE_CLOCK)
    sunday, monday = at(CHICAGO, SUNDAY, time(0)), at(CHICAGO, MONDAY, time(0))
    assert sunday.astimezone(load_zone(NEW_YORK)).hour == 1
    before = sunday - timedelta(minutes=1, seconds=1)
    assert check_hours_now(table, "2055550123", None, before) is None
    assert check_hours_now(table, "2055550123", None, sunday) is not None
    assert check_hours_now(table, "2055550123", None, monday - SECOND) is not None
    assert check_hours_now(table, "2055550123", None, monday) is None


@pytest.mark.parametrize(
    ("number", "eastern"),
    [
        ("8005550123", "America/Puerto_Rico"),
        ("2215550123", "America/St_Johns"),
        ("1955550123", "America/St_Johns"),
        ("0000000000", "America/St_Johns"),
    ],
)
def test_a_number_of_no_known_place_is_inside_only_where_all_that_it_may_be_in_is(
    number: str, eastern: str
) -> None:
    first = at("Pacific/Honolulu", MONDAY, time(8))
    last = at(eastern, MONDAY, time(21))
    assert not is_inside(number, first - SECOND)
    assert not is_inside(number, last)
    # Adak and Honolulu share a clock in winter.
    assert is_inside(number, first)
    assert is_inside(number, last - SECOND)


def test_a_number_that_is_not_known_is_held_to_the_rows_of_every_state() -> None:
    # Kentucky is the last to open, Maine the first to close.
    for clock, is_in in (
        (time(9, 59, 59), False),
        (time(10), True),
        (time(16, 59, 59), True),
        (time(17), False),
    ):
        found = check_callback_hours(
            load_shipped_table(), None, "FL", datetime.combine(MONDAY, clock)
        )
        assert (found is None) is is_in
    assert (
        check_callback_hours(load_shipped_table(), None, None, datetime.combine(SUNDAY, time(12)))
        is not None
    )
    ten_in_honolulu = at("Pacific/Honolulu", MONDAY, time(10))
    assert is_inside(None, ten_in_honolulu)
    assert not is_inside(None, ten_in_honolulu - SECOND)


def test_a_canadian_number_of_no_place_may_also_be_in_newfoundland() -> None:
    closes_in_st_johns = at("America/St_Johns", MONDAY, time(21, 30))
    assert is_inside("6005550123", closes_in_st_johns - SECOND)
    assert not is_inside("6005550123", closes_in_st_johns)
    assert is_inside("8005550123", at("America/Puerto_Rico", MONDAY, time(21)) - SECOND)


@pytest.mark.parametrize("number", ["8005550123", "2215550123", "9045550123"])
def test_a_state_that_is_given_opens_the_evening_for_no_number(number: str) -> None:
    # 21:30 in Miami is an hour at which Hawaii still may be called.
    late = at(NEW_YORK, WEDNESDAY, time(21, 30))
    for state in (None, "HI", "AK", "CA", "GU", "FL", "QC"):
        assert not is_inside(number, late, state)


def test_a_state_that_is_given_opens_the_morning_for_no_number() -> None:
    early = at(NEW_YORK, WEDNESDAY, time(8, 30))
    for number in ("8005550123", "2215550123", "8085550123"):
        for state in (None, "NY", "PR", "NL"):
            assert not is_inside(number, early, state)
