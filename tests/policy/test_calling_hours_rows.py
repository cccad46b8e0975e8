"""Every shipped row at both sides of each of its edges: minutes, weekdays, first days, clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest

from _support.hours_of_rows import (
    CALL,
    CALLBACKS,
    CHICAGO,
    DAY,
    DENVER,
    MONDAY,
    NEW_YORK,
    ROWS,
    SECOND,
    TEXT,
    edges,
    may_call,
    may_call_back,
)
from _support.tables import each
from chasedata_mcp.policy.calling_hours import check_hours_now
from chasedata_mcp.policy.hours_table import load_shipped_table


def test_no_row_is_left_out_here() -> None:
    assert {row.place for row in load_shipped_table().rows} == set(CALLBACKS)


@each("place", ROWS)
def test_a_call_is_inside_from_the_first_minute_of_each_weekday_to_the_last(place: str) -> None:
    number, zone, hours = ROWS[place]
    for weekday, of_day in enumerate(hours):
        for local, is_in in edges(MONDAY + weekday * DAY, of_day):
            assert may_call(number, zone, local) is is_in, local


@each("place", CALLBACKS)
def test_a_callback_is_held_to_the_same_edges(place: str) -> None:
    number, hours = CALLBACKS[place]
    for weekday, of_day in enumerate(hours):
        for local, is_in in edges(MONDAY + weekday * DAY, of_day):
            assert may_call_back(number, local) is is_in, local


@each("place", [place for place in ROWS if place != "ME"])
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


@each(
    "number, state, at, is_in",
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
