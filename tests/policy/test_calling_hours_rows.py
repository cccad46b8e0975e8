"""Every shipped row at both sides of each of its edges: minutes, weekdays, holidays, first days."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest

from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_hours import check_callback_hours, check_hours_now
from chasedata_mcp.policy.hours_table import load_shipped_table
from chasedata_mcp.tools.effects import Channel

CALL, TEXT = Channel.CALL, Channel.TEXT
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MONDAY = date(2027, 3, 1)
"""The first day of a week in which no row has a holiday."""
NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"
LOS_ANGELES, TORONTO = "America/Los_Angeles", "America/Toronto"
Hours = tuple[str, str] | None


def week(weekday: Hours, saturday: Hours, sunday: Hours) -> list[Hours]:
    return [*[weekday] * 5, saturday, sunday]


def every_day(opens: str, closes: str) -> list[Hours]:
    return week((opens, closes), (opens, closes), (opens, closes))


CANADIAN = week(("09:00", "21:30"), ("10:00", "18:00"), ("10:00", "18:00"))
WITHOUT_SUNDAYS = week(("08:00", "20:00"), ("08:00", "20:00"), None)
FEDERAL = every_day("08:00", "21:00")
# A number of each row, in one zone, and the hours of docs/wire.md once more.
ROWS = {
    "federal": ("2125550123", NEW_YORK, FEDERAL),
    "Canada": ("4165550123", TORONTO, CANADIAN),
    "AL": ("2055550123", CHICAGO, WITHOUT_SUNDAYS),
    "BC": ("6045550123", "America/Vancouver", CANADIAN),
    "CT": ("8605550123", NEW_YORK, every_day("09:00", "20:00")),
    "FL": ("9545550123", NEW_YORK, every_day("08:00", "20:00")),
    "KY": ("5025550123", NEW_YORK, every_day("10:00", "21:00")),
    "LA": ("5045550123", CHICAGO, WITHOUT_SUNDAYS),
    "MA": ("6175550123", NEW_YORK, every_day("08:00", "20:00")),
    "MD": ("4105550123", NEW_YORK, every_day("08:00", "20:00")),
    "ME": ("2075550123", NEW_YORK, week(("09:00", "17:00"), None, None)),
    "MI": ("3135550123", "America/Detroit", every_day("09:00", "21:00")),
    "MN": ("6125550123", CHICAGO, every_day("09:00", "21:00")),
    "MS": ("6015550123", CHICAGO, WITHOUT_SUNDAYS),
    "NM": ("5055550123", DENVER, every_day("09:00", "21:00")),
    "NV": ("7025550123", LOS_ANGELES, every_day("09:00", "20:00")),
    "OK": ("4055550123", CHICAGO, every_day("08:00", "20:00")),
    "OR": ("5035550123", LOS_ANGELES, every_day("08:00", "20:00")),
    "PA": ("2155550123", NEW_YORK, week(("09:00", "19:00"), ("09:00", "19:00"), None)),
    "RI": ("4015550123", NEW_YORK, week(("09:00", "18:00"), ("10:00", "17:00"), None)),
    "TX": ("2145550123", CHICAGO, week(("09:00", "21:00"), ("09:00", "21:00"), ("12:00", "21:00"))),
    "UT": ("8015550123", DENVER, week(("08:00", "21:00"), ("08:00", "21:00"), None)),
    "WA": ("2065550123", LOS_ANGELES, every_day("08:00", "20:00")),
    "WY": ("3075550123", DENVER, every_day("08:00", "20:00")),
}
# South Dakota is in two zones: tested by callbacks alone.
CALLBACKS = {
    **{place: (number, hours) for place, (number, _, hours) in ROWS.items()},
    "SD": ("6055550123", week(("09:00", "21:00"), None, None)),
}


def may_call(number: str, zone: str, local: datetime, channel: Channel = CALL) -> bool:
    now = local.replace(tzinfo=load_zone(zone)).astimezone(UTC)
    return check_hours_now(load_shipped_table(), number, None, now, channel) is None


def may_call_back(number: str, at: datetime, state: str | None = None) -> bool:
    return check_callback_hours(load_shipped_table(), number, state, at) is None


def edges(day: date, hours: Hours) -> list[tuple[datetime, bool]]:
    """The moments at both sides of a day's edges, and whether each is inside."""
    midnight = datetime.combine(day, time())
    if hours is None:
        return [(midnight + timedelta(hours=hour), False) for hour in range(24)]
    first, end = (datetime.combine(day, time.fromisoformat(clock)) for clock in hours)
    return [
        (midnight, False),
        *((first - SECOND, False), (first, True), (end - SECOND, True), (end, False)),
        (midnight + DAY - SECOND, False),
    ]


def test_no_row_is_left_out_here() -> None:
    assert {row.place for row in load_shipped_table().rows} == set(CALLBACKS)


@pytest.mark.parametrize("place", ROWS)
def test_a_call_is_inside_from_the_first_minute_of_each_weekday_to_the_last(place: str) -> None:
    number, zone, hours = ROWS[place]
    for weekday, of_day in enumerate(hours):
        for local, is_in in edges(MONDAY + weekday * DAY, of_day):
            assert may_call(number, zone, local) is is_in, local


@pytest.mark.parametrize("place", CALLBACKS)
def test_a_callback_is_held_to_the_same_edges(place: str) -> None:
    number, hours = CALLBACKS[place]
    for weekday, of_day in enumerate(hours):
        for local, is_in in edges(MONDAY + weekday * DAY, of_day):
            assert may_call_back(number, local) is is_in, local


@pytest.mark.parametrize("place", [place for place in ROWS if place != "ME"])
def test_a_text_keeps_to_the_hours_that_calls_keep_to(place: str) -> None:
    number, zone, hours = ROWS[place]
    for weekday in (0, 5, 6):
        for local, is_in in edges(MONDAY + weekday * DAY, hours[weekday]):
            assert may_call(number, zone, local, TEXT) is is_in, local


@pytest.mark.parametrize(("number", "ahead", "behind"), [
    ("2075550123", NEW_YORK, NEW_YORK),
    ("6055550123", CHICAGO, DENVER),
])  # fmt: skip
def test_where_a_row_is_about_automated_calls_a_text_keeps_to_the_federal_hours(
    number: str, ahead: str, behind: str
) -> None:
    for weekday in (0, 5, 6):
        day = MONDAY + weekday * DAY
        first, end = datetime.combine(day, time(8)), datetime.combine(day, time(21))
        assert not may_call(number, behind, first - SECOND, TEXT)
        assert may_call(number, behind, first, TEXT)
        assert not may_call(number, behind, first)
        assert may_call(number, ahead, end - SECOND, TEXT)
        assert not may_call(number, ahead, end, TEXT)


# The days of each list that are written down a second time, and days that only look like one.
HOLIDAYS = {
    "AL": ("2026-12-25", "2027-02-09", "2027-12-24", "2026-12-01", "2027-06-18", "2028-11-10"),
    "BC": ("2026-12-25", "2027-02-15", "2027-05-24", "2027-09-30", "2028-08-07"),
    "LA": ("2026-12-25", "2027-02-09", "2027-03-26", "2026-11-27", "2028-11-07", "2027-01-08"),
    "MS": ("2026-12-25", "2027-04-26", "2027-07-05", "2028-01-03", "2028-11-10"),
    "PA": ("2026-12-25", "2027-03-26", "2027-06-14", "2027-11-02", "2028-01-03"),
    "RI": ("2026-12-25", "2027-05-04", "2027-08-09", "2027-12-24", "2027-12-27", "2028-11-07"),
    "UT": ("2026-12-25", "2027-07-23", "2027-07-24", "2027-06-21", "2026-06-15", "2027-11-02"),
}
WORKING_DAYS = {
    "AL": ("2026-12-24", "2027-07-23", "2027-12-23", "2028-11-07"),
    "BC": ("2026-12-28", "2027-07-05", "2027-11-25", "2027-05-31"),
    "LA": ("2026-12-24", "2027-04-26", "2027-11-02", "2028-08-31"),
    "MS": ("2026-12-24", "2027-06-18", "2027-02-09", "2027-10-11"),
    "PA": ("2026-12-24", "2027-02-12", "2027-07-23", "2027-11-26"),
    "RI": ("2026-12-24", "2027-03-26", "2027-11-02", "2027-07-24"),
    "UT": ("2026-12-24", "2027-05-04", "2027-06-18", "2027-11-26"),
}


@pytest.mark.parametrize("place", HOLIDAYS)
def test_nobody_is_called_on_a_legal_holiday_and_on_the_days_beside_it_they_are(
    place: str,
) -> None:
    number, zone, _ = ROWS[place]
    for written in HOLIDAYS[place]:
        day = date.fromisoformat(written)
        for local, _ in edges(day, None):
            assert not may_call(number, zone, local), local
            assert not may_call(number, zone, local, TEXT), local
            assert not may_call_back(number, local), local
    for written in WORKING_DAYS[place]:
        noon = datetime.combine(date.fromisoformat(written), time(12))
        assert may_call(number, zone, noon), noon
        assert may_call_back(number, noon), noon


def test_a_holiday_begins_and_ends_at_midnight_where_the_phone_is() -> None:
    # Christmas in Utah, seen from Greenwich; its row is open at 20:59 of the day before.
    number, zone, _ = ROWS["UT"]
    assert may_call(number, zone, datetime(2026, 12, 24, 20, 59, 59))  # noqa: DTZ001 - a clock there
    assert datetime(2026, 12, 25, 3, 59, 59, tzinfo=UTC).astimezone(load_zone(zone)).day == 24
    assert not may_call(number, zone, datetime(2026, 12, 25, 8))  # noqa: DTZ001 - as above
    assert may_call(number, zone, datetime(2026, 12, 26, 8))  # noqa: DTZ001 - as above


def test_a_state_without_holidays_in_its_row_is_called_on_them() -> None:
    for place in ("federal", "Canada", "FL", "TX", "WY"):
        number, zone, _ = ROWS[place]
        for day in (date(2026, 12, 25), date(2027, 7, 5)):
            assert may_call(number, zone, datetime.combine(day, time(12)))


@pytest.mark.parametrize("place", HOLIDAYS)
def test_beyond_the_list_of_holidays_nobody_is_called_where_they_count(place: str) -> None:
    number, zone, _ = ROWS[place]
    # A Friday and a Tuesday, on which no list has a holiday.
    assert may_call(number, zone, datetime(2028, 12, 29, 12))  # noqa: DTZ001 - the clock there
    for day in (date(2029, 1, 2), date(2025, 12, 30)):
        noon = datetime.combine(day, time(12))
        assert not may_call(number, zone, noon)
        assert not may_call_back(number, noon)
    refused = check_callback_hours(
        load_shipped_table(), number, None, datetime.combine(date(2029, 1, 2), time(12))
    )
    assert refused is not None
    assert f"the legal holidays of {place} are known here from 2026-01-01 to" in refused.reason


# Each row with a first day: a moment that it closes, and that was open on a day like it before.
FIRST_DAYS = [
    ("TX", "2025-08-30T08:30", "2025-09-01T08:30"),
    ("TX", "2025-08-31T11:59", "2025-09-07T11:59"),
    ("OR", "2025-12-31T20:30", "2026-01-01T20:30"),
    ("PA", "2026-10-11T12:00", "2026-10-18T12:00"),
    ("PA", "2026-10-17T08:30", "2026-10-19T08:30"),
    ("PA", "2026-10-17T20:59", "2026-10-19T19:00"),
    ("MD", "2023-12-31T20:30", "2024-01-01T20:30"),
    ("OK", "2022-10-31T20:30", "2022-11-01T20:30"),
    ("FL", "2021-06-30T20:30", "2021-07-01T20:30"),
]


@pytest.mark.parametrize(("place", "before", "since"), FIRST_DAYS)
def test_a_row_does_not_hold_on_the_day_before_its_first(
    place: str, before: str, since: str
) -> None:
    number, zone, _ = ROWS[place]
    for channel in (CALL, TEXT):
        assert may_call(number, zone, datetime.fromisoformat(before), channel)
        assert not may_call(number, zone, datetime.fromisoformat(since), channel)
    assert may_call_back(number, datetime.fromisoformat(before))
    assert not may_call_back(number, datetime.fromisoformat(since))


def test_pennsylvania_s_holidays_hold_before_its_sundays_do_and_after() -> None:
    number, _, _ = ROWS["PA"]
    for holiday in ("2026-10-12T12:00", "2026-11-11T12:00", "2026-12-25T12:00"):
        assert not may_call_back(number, datetime.fromisoformat(holiday))
    assert may_call_back(number, datetime.fromisoformat("2026-10-13T12:00"))
    assert may_call_back(number, datetime.fromisoformat("2026-11-12T12:00"))


def test_on_the_sunday_that_clocks_change_texas_opens_at_noon_by_the_new_clock() -> None:
    number, _, _ = ROWS["TX"]
    table = load_shipped_table()
    for noon in (
        datetime(2026, 3, 8, 17, tzinfo=UTC),
        datetime(2026, 11, 1, 18, tzinfo=UTC),
        datetime(2027, 3, 14, 17, tzinfo=UTC),
        datetime(2027, 11, 7, 18, tzinfo=UTC),
    ):
        assert check_hours_now(table, number, None, noon - SECOND, CALL) is not None
        assert check_hours_now(table, number, None, noon, CALL) is None


def test_once_the_clocks_have_changed_rhode_island_opens_at_nine_by_the_new_clock() -> None:
    number, _, _ = ROWS["RI"]
    table = load_shipped_table()
    for nine in (
        datetime(2027, 3, 12, 14, tzinfo=UTC),
        datetime(2027, 3, 15, 13, tzinfo=UTC),
        datetime(2027, 11, 5, 13, tzinfo=UTC),
        datetime(2027, 11, 8, 14, tzinfo=UTC),
    ):
        assert check_hours_now(table, number, None, nine - SECOND) is not None
        assert check_hours_now(table, number, None, nine) is None
        closes = nine + timedelta(hours=9)
        assert check_hours_now(table, number, None, closes - SECOND) is None
        assert check_hours_now(table, number, None, closes) is not None


@pytest.mark.parametrize(
    ("number", "state", "at", "is_in"),
    [
        # A phone of Texas, a lead of Rhode Island: both must allow, on each day of the week.
        ("2145550123", "RI", "2027-03-01T09:00", True),
        ("2145550123", "RI", "2027-03-01T18:00", False),
        ("2145550123", "RI", "2027-03-06T09:59", False),
        ("2145550123", "RI", "2027-03-07T13:00", False),
        ("4015550123", "TX", "2027-03-07T13:00", False),
        # A holiday of the one and not of the other.
        ("2145550123", "UT", "2026-07-24T12:00", False),
        ("8015550123", "TX", "2026-07-24T12:00", False),
        ("2145550123", "WY", "2026-07-24T12:00", True),
        # Canada's number, a lead in the United States, and the other way round.
        ("4165550123", None, "2027-03-01T21:15", True),
        ("4165550123", "NY", "2027-03-01T21:15", False),
        ("4165550123", "NY", "2027-03-01T08:30", False),
        ("4165550123", "NY", "2027-03-06T18:30", False),
        ("2125550123", "ON", "2027-03-06T18:30", False),
        ("2125550123", "ON", "2027-03-01T21:15", False),
        ("2125550123", "ON", "2027-03-01T20:59", True),
        # The two of a toll-free number, which is no country's: a state never widens its hours.
        ("8005550123", None, "2027-03-01T21:15", False),
        ("8005550123", "ON", "2027-03-01T21:15", False),
        ("8005550123", "ON", "2027-03-06T18:30", False),
        ("8005550123", None, "2027-03-06T18:30", True),
        # A number of Canada's that is of no province.
        ("6005550123", None, "2027-03-01T21:15", True),
        ("6005550123", None, "2027-03-06T18:30", False),
    ],
)
def test_of_the_rows_of_a_number_and_of_its_lead_both_must_allow(
    number: str,
    state: str | None,
    at: str,
    is_in: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert may_call_back(number, datetime.fromisoformat(at), state) is is_in


@pytest.mark.parametrize("place", HOLIDAYS)
def test_a_phone_that_is_not_known_is_held_to_the_holidays_of_every_place(place: str) -> None:
    for written in HOLIDAYS[place]:
        noon = datetime.combine(date.fromisoformat(written), time(12))
        assert check_callback_hours(load_shipped_table(), None, None, noon) is not None
    assert check_callback_hours(load_shipped_table(), None, None, datetime(2027, 3, 1, 12)) is None  # noqa: DTZ001 - a clock


def nth(year: int, month: int, weekday: int, which: int) -> date:
    """The first, second ... of a weekday in a month; -1 is the last."""
    days = [date(year, month, 1) + n * DAY for n in range(31)]
    days = [day for day in days if day.month == month and day.weekday() == weekday]
    return days[which if which < 0 else which - 1]


EASTER = {2026: date(2026, 4, 5), 2027: date(2027, 3, 28), 2028: date(2028, 4, 16)}
MOVING: Mapping[str, Callable[[int], date]] = {
    "Martin Luther King": lambda year: nth(year, 1, 0, 3),
    "Washington": lambda year: nth(year, 2, 0, 3),
    "Presidents' Day": lambda year: nth(year, 2, 0, 3),
    "Family Day": lambda year: nth(year, 2, 0, 3),
    "Mardi Gras": lambda year: EASTER[year] - 47 * DAY,
    "Good Friday": lambda year: EASTER[year] - 2 * DAY,
    "Memorial Day": lambda year: nth(year, 5, 0, -1),
    "Jefferson Davis": lambda year: nth(year, 6, 0, 1),
    "Victory Day": lambda year: nth(year, 8, 0, 2),
    "British Columbia Day": lambda year: nth(year, 8, 0, 1),
    "Labor Day": lambda year: nth(year, 9, 0, 1),
    "Labour Day": lambda year: nth(year, 9, 0, 1),
    "Columbus Day": lambda year: nth(year, 10, 0, 2),
}
FIXED = {
    "New Year": (1, 1),
    "Independence Day": (7, 4),
    "Juneteenth": (6, 19),
    "Pioneer Day": (7, 24),
    "Veterans": (11, 11),
    "Remembrance Day": (11, 11),
    "Christmas": (12, 25),
}


def test_the_dates_of_the_lists_are_those_that_the_rules_of_the_calendar_give() -> None:
    checked = 0
    for row in load_shipped_table().rows:
        for year in (2026, 2027, 2028):
            listed = row.holidays.days.items() if row.holidays else ()
            of_year = {day: name for day, name in listed if day.year == year}
            names = " ".join(of_year.values())
            dated = {word: rule(year) for word, rule in MOVING.items()}
            dated |= {word: date(year, *of) for word, of in FIXED.items()}
            for word, day in dated.items():
                if word in names:
                    assert word in of_year[day], (row.place, word)
                    checked += 1
    assert checked > 250


@pytest.mark.parametrize("place", ["AL", "UT"])
def test_a_holiday_of_a_saturday_is_kept_on_the_friday_too_and_of_a_sunday_on_the_monday(
    place: str,
) -> None:
    [row] = load_shipped_table().by_state[place]
    assert row.holidays is not None
    days = row.holidays.days
    assert days[date(2026, 7, 3)] == days[date(2026, 7, 4)] == "Independence Day"
    assert days[date(2027, 7, 5)] == "Independence Day"
    assert days[date(2027, 12, 24)] == days[date(2027, 12, 25)]
    assert days[date(2027, 12, 31)] == days[date(2028, 1, 1)]
