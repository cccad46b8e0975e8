"""The zones and states whose hours apply to a number and a lead's state."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from _support.tables import each
from chasedata_mcp.fields.area_codes import AREA_CODES
from chasedata_mcp.fields.time_zones import CANADIAN_ZONES, US_ZONES, find_candidate_zones
from chasedata_mcp.fields.zone_files import load_zone
from chasedata_mcp.policy.calling_hours import (
    LeadStates,
    check_callback_hours,
    check_hours_now,
    find_call_limit,
    find_states,
    find_zones,
)
from chasedata_mcp.policy.calling_window import About
from chasedata_mcp.policy.hours_table import HoursTable, load_shipped_table

NEW_YORK, CHICAGO, DENVER = "America/New_York", "America/Chicago", "America/Denver"
PHOENIX, BOISE, LOS_ANGELES = "America/Phoenix", "America/Boise", "America/Los_Angeles"
DETROIT, MENOMINEE = "America/Detroit", "America/Menominee"

ANYWHERE = US_ZONES | CANADIAN_ZONES
ZONES = [
    # One zone, and a state that agrees or isn't given
    ("9545550123", None, {NEW_YORK}),
    ("9545550123", "FL", {NEW_YORK}),
    ("2145550123", "TX", {CHICAGO}),
    # The code's own state takes none of its zones away
    ("2085550123", "ID", {BOISE, LOS_ANGELES}),
    ("2195550123", "IN", {NEW_YORK, CHICAGO}),
    ("9285550123", "AZ", {PHOENIX, DENVER}),
    ("8505550123", "FL", {NEW_YORK, CHICAGO}),
    # Nor does a neighbour that lies in one of them
    ("2195550123", "IL", {NEW_YORK, CHICAGO}),
    ("2195550123", "OH", {NEW_YORK, CHICAGO}),
    ("8505550123", "AL", {NEW_YORK, CHICAGO}),
    ("9285550123", "UT", {PHOENIX, DENVER}),
    ("5415550123", "WA", {BOISE, LOS_ANGELES}),
    ("7755550123", "UT", {LOS_ANGELES, DENVER}),
    ("9065550123", "WI", {DETROIT, MENOMINEE, CHICAGO}),
    # A number that moved with its owner: all zones of the state, since each may be true
    ("2125550123", "CA", {NEW_YORK, LOS_ANGELES}),
    ("2125550123", "FL", {NEW_YORK, CHICAGO}),
    ("8505550123", "CA", {NEW_YORK, CHICAGO, LOS_ANGELES}),
    ("6025550123", "NY", {PHOENIX, NEW_YORK}),
    ("2145550123", "HI", {CHICAGO, "Pacific/Honolulu"}),
    # Numbers of no place, which a state places no better
    ("8005550123", None, US_ZONES),
    ("8005550123", "HI", US_ZONES),
    ("8005550123", "GU", {*US_ZONES, "Pacific/Guam"}),
    ("2215550123", "HI", ANYWHERE),
    ("0000000000", None, ANYWHERE),
    # New codes of a known state
    ("6215550123", None, {CHICAGO}),
    ("4655550123", "HI", {NEW_YORK, "Pacific/Honolulu"}),
    # Canada and the territories
    ("4165550123", "ON", {"America/Toronto"}),
    ("7875550123", "PR", {"America/Puerto_Rico"}),
    ("7875550123", "FL", {"America/Puerto_Rico", NEW_YORK, CHICAGO}),
    # Letters that are no state, and ways to write one
    ("2195550123", "XX", {NEW_YORK, CHICAGO}),
    ("2195550123", "", {NEW_YORK, CHICAGO}),
    ("2145550123", " hi ", {CHICAGO, "Pacific/Honolulu"}),
    ("2145550123", "Hawaii", {CHICAGO, "Pacific/Honolulu"}),
    # Of several leads the zones of each
    ("2145550123", frozenset({"CA", "HI"}), {CHICAGO, LOS_ANGELES, "Pacific/Honolulu"}),
    ("2145550123", frozenset({"CA", ""}), {CHICAGO, LOS_ANGELES}),
    ("2145550123", frozenset[str](), {CHICAGO}),
    # No number
    (None, None, ANYWHERE),
    (None, "FL", ANYWHERE),
    (None, "GU", {*ANYWHERE, "Pacific/Guam"}),
]


@each("number, state, zones", ZONES)
def test_the_zones_are_those_of_the_area_code_and_the_state(
    number: str | None, state: LeadStates, zones: set[str]
) -> None:
    assert find_zones(number, state) == zones


STATES = [
    ("9545550123", None, {"FL"}),
    ("9545550123", "FL", {"FL"}),
    ("9545550123", "NY", {"FL", "NY"}),
    ("9545550123", "fl", {"FL"}),
    ("9545550123", "XX", {"FL"}),
    ("9025550123", None, {"NS", "PE"}),
    ("8005550123", None, set[str]()),
    ("8005550123", "KY", {"KY"}),
    ("9545550123", "Kentucky", {"FL", "KY"}),
    ("9545550123", "K.Y.", {"FL", "KY"}),
    ("9545550123", frozenset({"KY", "Nev.", "", "??"}), {"FL", "KY", "NV"}),
    (None, "KY", {"KY"}),
    (None, None, set[str]()),
]


@each("number, state, states", STATES)
def test_the_states_are_that_of_the_area_code_and_the_lead_s_own(
    number: str | None, state: LeadStates, states: set[str]
) -> None:
    assert find_states(number, state) == states


CALLS = [
    ("9545550123", None, 5, 3),
    ("9545550123", None, 3, 3),
    ("9545550123", None, 2, 2),
    ("9545550123", "TX", 5, 3),
    ("2145550123", None, 5, 5),
    ("2145550123", "OK", 5, 3),
    ("5035550123", None, 4, 3),
    ("2065550123", None, 4, 4),
    ("4105550123", None, 4, 3),
    ("2125550123", "MD", 9, 3),
    ("2075550123", None, 9, 3),
    ("4165550123", None, 9, 9),
    (None, None, 7, 7),
    (None, "OR", 7, 3),
]


@each("number, state, general, calls", CALLS)
def test_the_smallest_number_of_calls_that_applies_holds(
    number: str | None, state: str | None, general: int, calls: int
) -> None:
    assert find_call_limit(load_shipped_table(), number, state, general) == calls


@pytest.mark.parametrize(
    ("now", "calls"),
    [
        (None, 3),
        # At midnight in Maryland it is five o'clock in Greenwich, whose day may be the next.
        (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), 9),
        (datetime(2024, 1, 1, tzinfo=UTC), 3),
        (datetime(2026, 6, 1, tzinfo=UTC), 3),
    ],
)
def test_a_limit_counts_from_the_first_day_of_its_row(now: datetime | None, calls: int) -> None:
    assert find_call_limit(load_shipped_table(), "4105550123", None, 9, now) == calls


def test_a_limit_counts_to_the_end_of_the_last_day_of_its_row_wherever_the_phone_is() -> None:
    [maryland] = load_shipped_table().by_state["MD"]
    ended = replace(maryland, ends=date(2026, 6, 1))
    table = replace(load_shipped_table(), by_state={"MD": (ended,)})
    for now, calls in (
        (datetime(2026, 6, 2, 23, 59, 59, tzinfo=UTC), 3),
        (datetime(2026, 6, 3, tzinfo=UTC), 9),
    ):
        assert find_call_limit(table, "4105550123", None, 9, now) == calls


def test_a_limit_on_texts_alone_limits_no_calls() -> None:
    [maryland] = load_shipped_table().by_state["MD"]
    of_texts = replace(maryland, about=About.TEXTS)
    table = replace(load_shipped_table(), by_state={"MD": (of_texts,)})
    assert find_call_limit(table, "4105550123", None, 9, datetime(2026, 6, 1, tzinfo=UTC)) == 9


AREAS = sorted({area for areas in AREA_CODES.values() for area in areas.split()})
numbers = st.builds(
    "{}55501{:02}".format, st.sampled_from([*AREAS, "800", "888", "221"]), st.integers(0, 99)
)
states = st.none() | st.sampled_from(sorted(AREA_CODES))
# On the half hours of three years, and a second to both sides: where the edges are.
moments = st.builds(
    lambda half_hours, seconds: (
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * half_hours, seconds=seconds)
    ),
    st.integers(0, 3 * 365 * 48),
    st.sampled_from([-1, 0, 1]),
)


EIGHT_TO_EIGHT = {"FL", "MA", "MD", "OK", "OR", "WA", "WY"}
ELSEWHERE = {
    "KY": (10, 21),
    "CT": (9, 20),
    "NV": (9, 20),
    "MI": (9, 21),
    "MN": (9, 21),
    "NM": (9, 21),
}
PROVINCES = {"AB", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
KNOWING_HOLIDAYS = {"AL", "BC", "LA", "MS", "PA", "RI", "UT"}
"""Their days are in test_legal_holidays.py."""


def hours_of(state: str, weekday: int) -> tuple[float, float]:
    """The hours of docs/wire.md, written down once more; (0, 0) on a day that is outside."""
    is_weekend = weekday >= 5
    match state:
        case "ME" | "SD":
            closes = 17 if state == "ME" else 21
            return (0, 0) if is_weekend else (9, closes)
        case "TX":
            return (12 if weekday == 6 else 9), 21
        case _ if state in PROVINCES:
            return (10, 18) if is_weekend else (9, 21.5)
        case _:
            return (8, 20) if state in EIGHT_TO_EIGHT else ELSEWHERE.get(state, (8, 21))


def inside(local: datetime, number: str, applying: frozenset[str]) -> bool:
    of_number = find_states(number, None)
    national = "ON" if of_number and of_number <= PROVINCES else "US"
    hours = [hours_of(place, local.weekday()) for place in {national, *applying}]
    clock = local.hour + local.minute / 60 + local.second / 3600
    return all(opens <= clock < closes for opens, closes in hours)


@given(numbers, states, moments)
def test_a_call_is_inside_exactly_when_it_is_inside_in_every_zone_and_state(
    number: str, state: str | None, now: datetime
) -> None:
    applying = find_states(number, state)
    assume(not applying & KNOWING_HOLIDAYS)
    # Oregon's row begins with 2026.
    assume(now.year > 2026 or "OR" not in applying)
    clocks = [now.astimezone(load_zone(zone)) for zone in find_zones(number, state)]
    everywhere = all(inside(local, number, applying) for local in clocks)
    assert (check_hours_now(load_shipped_table(), number, state, now) is None) is everywhere


@given(numbers, states, moments)
def test_inside_now_is_inside_for_a_callback_by_each_of_the_clocks(
    number: str, state: str | None, now: datetime
) -> None:
    if check_hours_now(load_shipped_table(), number, state, now) is not None:
        return
    for zone in find_zones(number, state):
        at = now.astimezone(load_zone(zone)).replace(tzinfo=None)
        assert check_callback_hours(load_shipped_table(), number, state, at) is None


@given(numbers, states)
def test_a_state_never_takes_a_zone_away(number: str, state: str | None) -> None:
    assert find_zones(number, state) >= find_candidate_zones(number)


@given(numbers, states, moments)
def test_a_state_never_opens_hours_that_are_closed_without_it(
    number: str, state: str | None, now: datetime
) -> None:
    if check_hours_now(load_shipped_table(), number, None, now) is not None:
        assert check_hours_now(load_shipped_table(), number, state, now) is not None


@given(numbers, states, moments)
def test_the_rows_of_states_only_ever_narrow_the_federal_hours(
    number: str, state: str | None, now: datetime
) -> None:
    # Canada's row stands for the federal one, and is open longer on weekdays.
    assume(not find_states(number, None) & {*PROVINCES, "BC"})
    federal_alone = HoursTable(load_shipped_table().federal, {})
    if check_hours_now(federal_alone, number, state, now) is not None:
        assert check_hours_now(load_shipped_table(), number, state, now) is not None
