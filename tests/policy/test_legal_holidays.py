"""The legal holidays of every row that has some: their dates, edges, and where a list ends."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

import pytest

from _support.hours_of_rows import DAY, ROWS, TEXT, edges, may_call, may_call_back
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_hours import check_callback_hours
from chasedata_mcp.policy.hours_table import load_shipped_table

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


def test_pennsylvania_s_holidays_hold_before_its_sundays_do_and_after() -> None:
    number, _, _ = ROWS["PA"]
    for holiday in ("2026-10-12T12:00", "2026-11-11T12:00", "2026-12-25T12:00"):
        assert not may_call_back(number, datetime.fromisoformat(holiday))
    assert may_call_back(number, datetime.fromisoformat("2026-10-13T12:00"))
    assert may_call_back(number, datetime.fromisoformat("2026-11-12T12:00"))


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
