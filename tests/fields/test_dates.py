from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from _support.tables import each
from chasedata_mcp.fields import dates
from chasedata_mcp.fields.dates import (
    DUE_WITHIN,
    CallbackAt,
    LocalTime,
    format_for_wire,
    wait_for_phone,
)

AT = TypeAdapter[datetime](CallbackAt)
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NEW_YORK, FLORIDA_PANHANDLE, ARIZONA_SPLIT = "2125550123", "8505550123", "9285550123"


def clock(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local_time(at: datetime, number: str | None, now: datetime) -> LocalTime:
    return dates.convert_to_local_time(at, frozenset(filter(None, [number])), now)


def refusal(value: object) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        AT.validate_python(value)
    [error] = caught.value.errors()
    return error["type"], error["msg"]


TAKEN = [
    ("2026-12-01T14:20", "2026-12-01T14:20"),
    ("2026-12-01t14:20", "2026-12-01T14:20"),
    ("2026-12-01 14:20", "2026-12-01T14:20"),
    (" 2026-12-01T14:20:05 ", "2026-12-01T14:20:05"),
    ("12/01/2026 14:20:05", "2026-12-01T14:20:05"),
    ("12/01/2026 14:20", "2026-12-01T14:20"),
    ("2026-12-01T00:00", "2026-12-01T00:00"),
    ("2026-12-01T23:59:59", "2026-12-01T23:59:59"),
    ("2028-02-29T09:00", "2028-02-29T09:00"),
    ("2026-12-01T14:20Z", "2026-12-01T14:20+00:00"),
    ("2026-12-01 14:20z", "2026-12-01T14:20+00:00"),
    ("2026-12-01T14:20:00-05:00", "2026-12-01T14:20-05:00"),
    ("2026-12-01T14:20 -0500", "2026-12-01T14:20-05:00"),
    ("2026-12-01T14:20+05", "2026-12-01T14:20+05:00"),
    ("2026-12-01T14:20-03:30", "2026-12-01T14:20-03:30"),
    # As programs write it; what is less than a second is dropped.
    ("2031-12-01T15:00:00.000Z", "2031-12-01T15:00:00+00:00"),
    ("2031-12-01t15:00:00.999999z", "2031-12-01T15:00:00+00:00"),
    ("2026-12-01T14:20:00.5", "2026-12-01T14:20:00"),
    ("2026-12-01T14:20:00,25-05:00", "2026-12-01T14:20:00-05:00"),
]


@each("written, expected", TAKEN)
def test_a_date_and_a_time_are_taken_in_either_form(written: str, expected: str) -> None:
    read = AT.validate_python(written)
    assert read == clock(expected)
    assert read.utcoffset() == clock(expected).utcoffset()


REFUSED = [
    ("2026-12-01T14:20.5", "date_form"),
    ("2026-12-01T14:20:00.", "date_form"),
    ("2026-12-01T14:20:00.1234567890", "date_form"),
    ("2026-12-01", "date_without_time"),
    ("12/01/2026", "date_without_time"),
    ("12/01/2026 02:20 PM", "date_half_days"),
    ("2026-12-01 2:20pm", "date_half_days"),
    ("2:20 p.m tomorrow", "date_half_days"),
    ("2026-02-29T09:00", "date_day"),
    ("2026-04-31T09:00", "date_day"),
    ("02/30/2026 09:00:00", "date_day"),
    ("2026-12-00T09:00", "date_day"),
    ("2026-13-01T09:00", "date_month"),
    ("2026-00-01T09:00", "date_month"),
    ("31/12/2026 09:00", "date_month"),
    ("2026-12-01T24:00", "date_time"),
    ("2026-12-01T14:60", "date_time"),
    ("2026-12-01T14:20:60", "date_time"),
    ("0000-12-01T14:20", "date_year"),
    ("0001-01-01T00:00+14:00", "date_year"),
    ("9999-12-31T23:59-14:00", "date_year"),
    ("2026-12-01T14:20+15:00", "date_offset"),
    ("2026-12-01T14:20-14:01", "date_offset"),
    ("2026-12-01T14:20+05:60", "date_offset"),
    ("2026-12-01T14:20 EST", "date_form"),
    ("12/01/2026 14:20Z", "date_form"),
    ("2026-12-1T14:20", "date_form"),
    ("1/2/2026 14:20", "date_form"),
    ("20261201T1420", "date_form"),
    ("2026-W49-2T14:20", "date_form"),
    ("1796135000", "date_form"),
    ("tomorrow", "date_form"),
    ("\uff12026-12-01T14:20", "date_form"),
    ("2026-12-01\n14:20", "text_line_break"),
    ("", "text_empty"),
    ("2026-12-01T14:20" + "0" * 30, "text_too_long"),
    (None, "string_type"),
    (1796135000, "string_type"),
    (clock("2026-12-01T14:20"), "string_type"),
]


@each("value, kind", REFUSED)
def test_what_is_no_date_and_time_is_refused_with_its_reason(value: object, kind: str) -> None:
    found, sentence = refusal(value)
    assert found == kind
    assert not value or str(value) not in sentence
    assert not sentence.endswith(".")


def test_the_schema_is_a_string_of_at_most_40_characters() -> None:
    assert AT.json_schema() == {"type": "string", "maxLength": 40}


@given(st.text(max_size=50))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    kinds: list[str] = []
    try:
        AT.validate_python(text)
    except ValidationError as error:
        kinds = [e["type"] for e in error.errors()]
    assert all(kind.startswith(("date_", "text_")) for kind in kinds)


DATES = st.datetimes(clock("1900-01-01"), clock("2999-12-31")).map(
    lambda d: d.replace(microsecond=0)
)


@given(DATES)
def test_the_vendors_form_reads_back_as_the_same_time(at: datetime) -> None:
    assert AT.validate_python(format_for_wire(at)) == at
    assert AT.validate_python(at.isoformat()) == at


def test_the_wire_has_the_vendors_form() -> None:
    assert format_for_wire(clock("2018-08-23T14:20")) == "08/23/2018 14:20:00"
    assert format_for_wire(clock("2026-01-02T03:04:05")) == "01/02/2026 03:04:05"


def test_a_local_time_is_sent_as_it_is() -> None:
    at = clock("2026-12-01T14:20")
    assert local_time(at, NEW_YORK, NOW) == LocalTime(at)
    assert local_time(at, None, NOW) == LocalTime(at)


def test_a_time_with_an_offset_is_converted_and_both_times_are_said() -> None:
    local = local_time(clock("2026-12-01T15:00-08:00"), NEW_YORK, NOW)
    assert local.at == clock("2026-12-01T18:00")
    [told] = local.warnings
    assert "2026-12-01 15:00:00-08:00" in told
    assert "2026-12-01 18:00:00" in told


def test_a_conversion_goes_by_the_clock_of_that_day() -> None:
    assert local_time(clock("2026-12-01T15:00Z"), NEW_YORK, NOW).at == clock("2026-12-01T10:00")
    assert local_time(clock("2027-07-01T15:00Z"), NEW_YORK, NOW).at == clock("2027-07-01T11:00")


def test_zones_that_agree_that_day_are_certain_enough_to_convert() -> None:
    winter = local_time(clock("2026-12-01T15:00Z"), ARIZONA_SPLIT, NOW)
    assert winter.at == clock("2026-12-01T08:00")
    with pytest.raises(ValueError, match="several time zones"):
        local_time(clock("2027-07-01T15:00Z"), ARIZONA_SPLIT, NOW)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (None, "several time zones"),
        (FLORIDA_PANHANDLE, "several time zones"),
        ("8005550123", "several time zones"),
    ],
)
def test_a_time_with_an_offset_is_refused_where_the_zone_is_not_certain(
    number: str | None, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        local_time(clock("2026-12-01T15:00-08:00"), number, NOW)


def test_a_time_with_an_offset_that_is_past_is_refused() -> None:
    with pytest.raises(ValueError, match="past"):
        local_time(NOW, NEW_YORK, NOW)
    assert local_time(NOW + timedelta(seconds=1), NEW_YORK, NOW).at == clock("2026-11-23T10:00:01")


@pytest.mark.parametrize(
    ("number", "last_past", "warned"),
    [
        (NEW_YORK, "2026-11-23T10:00:00", False),
        (FLORIDA_PANHANDLE, "2026-11-23T09:00:00", True),
        (None, "2026-11-23T05:00:00", True),
    ],
)
def test_a_time_is_refused_when_it_is_past_in_every_zone_of_the_phone(
    number: str | None,
    last_past: str,
    warned: bool,  # noqa: FBT001 - a column of the table
) -> None:
    with pytest.raises(ValueError, match="past"):
        local_time(clock(last_past), number, NOW)
    told = local_time(clock(last_past) + timedelta(seconds=1), number, NOW).warnings
    assert [("already past" in warning) for warning in told] == [True] * warned


def test_a_time_that_clocks_skip_everywhere_is_refused() -> None:
    skipped = clock("2027-03-14T02:30")
    with pytest.raises(ValueError, match="doesn't exist on that day"):
        local_time(skipped, NEW_YORK, NOW)
    with pytest.raises(ValueError, match="doesn't exist on that day"):
        local_time(skipped, FLORIDA_PANHANDLE, NOW)
    assert local_time(clock("2027-03-14T03:00"), NEW_YORK, NOW).warnings == ()
    assert local_time(clock("2027-03-14T01:59:59"), NEW_YORK, NOW).warnings == ()


@pytest.mark.parametrize("number", [ARIZONA_SPLIT, None])
def test_a_time_that_clocks_skip_in_some_zones_is_taken_with_a_warning(number: str | None) -> None:
    [told] = local_time(clock("2027-03-14T02:30"), number, NOW).warnings
    assert "put forward" in told


def test_a_time_that_comes_twice_is_taken_with_a_warning() -> None:
    twice = clock("2027-11-07T01:30")
    [told] = local_time(twice, NEW_YORK, NOW).warnings
    assert "twice" in told
    assert local_time(clock("2027-11-07T02:00"), NEW_YORK, NOW).warnings == ()
    converted = local_time(twice.replace(tzinfo=timezone(timedelta(hours=-5))), NEW_YORK, NOW)
    assert converted.at == twice
    assert "twice" in converted.warnings[1]


def test_a_time_that_comes_twice_is_past_only_when_both_are() -> None:
    between = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    twice = clock("2026-11-01T01:30")
    [told] = local_time(twice, NEW_YORK, between).warnings
    assert "twice" in told
    with pytest.raises(ValueError, match="past"):
        local_time(twice, NEW_YORK, between + timedelta(minutes=30))


def test_a_callback_more_than_a_year_away_is_taken_with_a_warning() -> None:
    assert local_time(clock("2027-11-23T10:00"), NEW_YORK, NOW).warnings == ()
    [told] = local_time(clock("2062-12-01T10:00"), NEW_YORK, NOW).warnings
    assert "check the year" in told


@given(
    DATES.filter(lambda d: d.year >= 2027),
    st.sampled_from([None, NEW_YORK, FLORIDA_PANHANDLE, "8005550123", "9075550123"]),
)
def test_a_local_time_is_never_changed(at: datetime, number: str | None) -> None:
    with suppress(ValueError):
        assert local_time(at, number, NOW).at == at


@given(DATES.filter(lambda d: d.year >= 2027), st.integers(-14, 14))
def test_a_converted_time_is_the_same_moment(at: datetime, hours: int) -> None:
    moment = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    local = local_time(moment, "6025550123", NOW).at
    assert local is not None
    assert local.replace(tzinfo=timezone(timedelta(hours=-7))) == moment


def test_phones_in_several_zones_are_converted_for_where_their_clocks_agree() -> None:
    at = clock("2026-12-01T15:00Z")
    agree = dates.convert_to_local_time(at, frozenset({"6025550123", "3035550123"}), NOW)
    assert agree.at == clock("2026-12-01T08:00")
    with pytest.raises(ValueError, match="several time zones"):
        dates.convert_to_local_time(at, frozenset({"6025550123", NEW_YORK}), NOW)


def test_a_time_with_an_offset_waits_for_the_phone_if_it_is_not_past() -> None:
    assert wait_for_phone(NOW + timedelta(hours=1), NOW) == LocalTime(None)
    with pytest.raises(ValueError, match="past"):
        wait_for_phone(NOW, NOW)


IN_NEW_YORK = clock("2026-11-23T10:00")
"""What the clock shows there at NOW."""


@pytest.mark.parametrize(
    ("after", "is_due"),
    [
        (DUE_WITHIN + timedelta(seconds=1), False),
        (DUE_WITHIN, True),
        (timedelta(minutes=2), True),
        (timedelta(seconds=1), True),
    ],
)
def test_a_callback_within_ten_minutes_is_due(
    after: timedelta,
    is_due: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert local_time(IN_NEW_YORK + after, NEW_YORK, NOW).is_due is is_due
    assert local_time(NOW + after, NEW_YORK, NOW).is_due is is_due
    assert wait_for_phone(NOW + after, NOW).is_due is is_due


def test_a_callback_is_due_where_it_is_or_is_past_in_any_zone_of_the_phone() -> None:
    in_chicago = IN_NEW_YORK - timedelta(hours=1)
    for minutes, is_due in ((5, True), (11, True), (70, True), (71, False)):
        at = in_chicago + timedelta(minutes=minutes)
        assert local_time(at, FLORIDA_PANHANDLE, NOW).is_due is is_due
    # A phone that isn't known may be in Newfoundland, an hour and a half ahead of New York.
    assert local_time(IN_NEW_YORK + timedelta(minutes=100), None, NOW).is_due
    assert not local_time(IN_NEW_YORK + timedelta(minutes=101), None, NOW).is_due


def test_a_callback_that_comes_twice_is_due_by_its_first_time() -> None:
    before = datetime(2026, 11, 1, 5, 25, tzinfo=UTC)
    assert local_time(clock("2026-11-01T01:30"), NEW_YORK, before).is_due
