"""A table of one's own in the newer form: weekdays, holidays, dates, and what a row is about."""

from datetime import date, datetime

import pytest

from _support.tables import each
from chasedata_mcp.policy.calling_hours import check_callback_hours, check_hours_now
from chasedata_mcp.policy.calling_window import About
from chasedata_mcp.policy.hours_table import describe_state, load_shipped_table, parse_table
from chasedata_mcp.tools.effects import Channel

FEDERAL_ROW = """
[[window]]
state = "federal"
hours = { every_day = "8:00-21:00" }
by_area_code = false
source = "47 CFR"
date = 2026-11-01
"""
IOWA = """
[[window]]
state = "IA"
hours = { weekdays = "9:00-18:00", saturday = "10:00-17:00", sunday = "closed" }
holidays = false
about = "calls and texts"
begins = 2026-03-01
ends = 2026-12-31
by_area_code = false
source = "ours"
says = "That it is so."
compared = "Two of them."
date = 2026-10-31
"""
HOLIDAYS = """
[[holidays]]
state = "IA"
first = 2026-01-01
last = 2026-12-31
source = "ours"
date = 2026-10-31

[holidays.days]
"Farmers' Day" = [2026-05-04, 2026-05-05]
"""


def test_a_row_has_the_hours_of_each_weekday() -> None:
    [iowa] = parse_table(FEDERAL_ROW + IOWA + HOLIDAYS).by_state["IA"]
    assert [*map(str, iowa.week)] == [
        *["9:00 to 18:00"] * 5,
        "10:00 to 17:00",
        "None",
    ]
    assert iowa.hours == "9:00 to 18:00 Monday to Friday, 10:00 to 17:00 Saturday"
    assert iowa.never == ["Sundays", "legal holidays"]
    assert (iowa.begins, iowa.ends) == (date(2026, 3, 1), date(2026, 12, 31))
    assert (iowa.says, iowa.compared) == ("That it is so.", "Two of them.")
    assert iowa.holidays is not None
    assert iowa.holidays.days == dict.fromkeys([date(2026, 5, 4), date(2026, 5, 5)], "Farmers' Day")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ('every_day = "8:00-20:00"', "8:00 to 20:00"),
        (
            'every_day = "9:00-21:00", sunday = "12:00-21:00"',
            "9:00 to 21:00 Monday to Saturday, 12:00 to 21:00 Sunday",
        ),
        (
            'weekdays = "9:00-21:00", weekend = "10:00-18:00", friday = "9:00-12:00"',
            (
                "9:00 to 21:00 Monday to Thursday, 9:00 to 12:00 Friday, 10:00 to 18:00 Saturday"
                " and Sunday"
            ),
        ),
        ('every_day = "8:00-20:00", sunday = "closed"', "8:00 to 20:00"),
        (
            'every_day = "8:00-20:00", wednesday = "closed"',
            "8:00 to 20:00 Monday, Tuesday and Thursday to Sunday",
        ),
    ],
)
def test_the_hours_of_a_single_day_go_before_those_of_its_group(hours: str, said: str) -> None:
    written = FEDERAL_ROW.replace('every_day = "8:00-21:00"', hours)
    assert parse_table(written).federal.hours == said


CHANGES = [
    ('sunday = "closed"', 'sunday = "none"', "Row 2 (IA), key `hours.sunday`: is neither hours"),
    ('sunday = "closed"', "sunday = false", "Row 2 (IA), key `hours.sunday`: is neither hours"),
    (
        'sunday = "closed"',
        'sundays = "closed"',
        "Row 2 (IA), key `hours.sundays`: is not",
    ),
    (', sunday = "closed"', "", "Row 2 (IA), key `hours`: says nothing of a Sunday"),
    ('"10:00-17:00"', '"10:00-10:00"', "Row 2 (IA), key `hours.saturday`: closes before it opens"),
    ('"10:00-17:00"', '"10:00-24:00"', "Row 2 (IA), key `hours.saturday`: is not a time of day"),
    ('"10:00-17:00"', '"10-17"', "Row 2 (IA), key `hours.saturday`: is neither hours"),
    ('"10:00-17:00"', '"10:00 to 17:00"', "Row 2 (IA), key `hours.saturday`: is neither hours"),
    (
        '{ weekdays = "9:00-18:00", saturday = "10:00-17:00", sunday = "closed" }',
        '{ every_day = "closed" }',
        "Row 2 (IA), key `hours`: leaves no day",
    ),
    (
        '{ weekdays = "9:00-18:00", saturday = "10:00-17:00", sunday = "closed" }',
        '"9:00-18:00"',
        "Row 2 (IA), key `hours`: input should be",
    ),
    ("holidays = false", 'holidays = "closed"', "Row 2 (IA), key `holidays`: input should be"),
    ("holidays = false", "holiday = false", "Row 2 (IA), key `holiday`: is not one of state"),
    ("holidays = false", 'from = "8:00"', "Row 2 (IA), key `from`: is not one of state"),
    ("holidays = false", "sunday = true", "Row 2 (IA), key `sunday`: is not one of state"),
    ('"calls and texts"', '"faxes"', "Row 2 (IA), key `about`: input should be 'calls and texts'"),
    ('"calls and texts"', '["calls"]', "Row 2 (IA), key `about`: input should be"),
    ("2026-03-01", '"2026-03-01"', "Row 2 (IA), key `begins`: input should be a valid date"),
    ("2026-03-01", "2027-03-01", "Row 2 (IA), keys `begins` and `ends`: it ends before"),
    ("2026-12-31", "2026-02-30", "The table of calling hours is not TOML"),
    ('"That it is so."', '""', "Row 2 (IA), key `says`: is not a line of text"),
    ('"Two of them."', "2", "Row 2 (IA), key `compared`: input should be"),
]


@each("written, changed, sentence", CHANGES)
def test_what_is_not_understood_of_a_row_is_refused_with_its_key(
    written: str, changed: str, sentence: str
) -> None:
    assert IOWA.count(written) == 1
    with pytest.raises(ValueError, match=r".*") as refused:
        parse_table(FEDERAL_ROW + IOWA.replace(written, changed) + HOLIDAYS)
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")


LISTS = [
    ('state = "IA"', 'state = "Iowa"', "List 1 (Iowa), key `state`: is neither"),
    ('state = "IA"', 'state = "OH"', "Row 2 (IA), key `holidays`: there is no list [[holidays]]"),
    ("last = 2026-12-31", "last = 2025-12-31", "List 1 (IA), keys `first` and `last`: it ends"),
    ("last = 2026-12-31", "last = 2026-05-04", "List 1 (IA), key `days`: a date is not from"),
    ("last = 2026-12-31\n", "", "List 1 (IA), key `last`: is missing"),
    ("last = 2026-12-31", "last = 2026-12-31\nyear = 2026", "List 1 (IA), key `year`: is not one"),
    ('source = "ours"\n', "", "List 1 (IA), key `source`: is missing"),
    ("[2026-05-04, 2026-05-05]", "2026-05-04", "List 1 (IA), key `days`: input should be"),
    ("[2026-05-04, 2026-05-05]", "[]", "List 1 (IA), key `days`: list should have"),
    ("[2026-05-04, 2026-05-05]", '["May 4"]', "List 1 (IA), key `days`: input should be"),
    ('"Farmers\' Day" =', '" " =', "List 1 (IA), key `days`: is not a line of text"),
    ('"Farmers\' Day" = [2026-05-04, 2026-05-05]', "", "List 1 (IA), key `days`: dictionary"),
    ("[[holidays]]", "[holidays]", "Key `holidays`: every list begins with [[holidays]]"),
    ("[holidays.days]", "", "List 1 (IA), key `days`: is missing"),
]


@each("written, changed, sentence", LISTS)
def test_what_is_not_understood_of_a_list_of_holidays_is_refused_with_its_key(
    written: str, changed: str, sentence: str
) -> None:
    assert HOLIDAYS.count(written) == 1
    with pytest.raises(ValueError, match=r".*") as refused:
        parse_table(FEDERAL_ROW + IOWA + HOLIDAYS.replace(written, changed))
    assert str(refused.value).startswith(sentence)


def test_a_list_of_holidays_is_there_once_and_for_a_row() -> None:
    with pytest.raises(ValueError, match=r"^List 2 \(IA\), key `state`: there is a list"):
        parse_table(FEDERAL_ROW + IOWA + HOLIDAYS + HOLIDAYS)
    with pytest.raises(ValueError, match=r"^The list of holidays of IA: no row of that place"):
        parse_table(FEDERAL_ROW + IOWA.replace("holidays = false\n", "") + HOLIDAYS)


def test_a_state_without_a_list_of_its_own_has_the_one_that_comes_with_the_server() -> None:
    utah = IOWA.replace('state = "IA"', 'state = "UT"')
    [ours] = load_shipped_table().by_state["UT"]
    [own] = parse_table(FEDERAL_ROW + utah).by_state["UT"]
    assert own.holidays == ours.holidays
    listed = HOLIDAYS.replace('state = "IA"', 'state = "UT"')
    [instead] = parse_table(FEDERAL_ROW + utah + listed).by_state["UT"]
    assert instead.holidays is not None
    assert set(instead.holidays.days.values()) == {"Farmers' Day"}


@pytest.mark.parametrize("place", ["federal", "Canada"])
@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("begins = 2026-01-01", "keys `begins` and `ends`"),
        ("ends = 2026-12-31", "keys `begins` and `ends`"),
        ('about = "calls"', "key `about`"),
    ],
)
def test_a_national_row_holds_always_and_for_calls_and_texts(
    place: str, more: str, key: str
) -> None:
    row = FEDERAL_ROW.replace('"federal"', f'"{place}"').rstrip() + f"\n{more}\n"
    with pytest.raises(ValueError, match=f"{place}.*{key}"):
        parse_table(row if place == "federal" else FEDERAL_ROW + row)


SAME = IOWA.replace("holidays = false\n", "")
LATER = SAME.replace("begins = 2026-03-01\nends = 2026-12-31", "begins = 2027-01-01")


@pytest.mark.parametrize(
    ("other", "may_stand"),
    [
        (SAME, False),
        (LATER, True),
        (LATER.replace("2027-01-01", "2026-12-31"), False),
        (SAME.replace("ends = 2026-12-31\n", "").replace("2026-03-01", "2025-03-01"), False),
        (SAME.replace("calls and texts", "texts"), False),
        (SAME.replace("calls and texts", "automated calls"), True),
    ],
)
def test_a_state_has_several_rows_for_other_days_or_other_things(
    other: str,
    may_stand: bool,  # noqa: FBT001 - what is expected
) -> None:
    if may_stand:
        assert len(parse_table(FEDERAL_ROW + SAME + other).by_state["IA"]) == 2
        return
    with pytest.raises(ValueError, match=r"^Row 3 \(IA\), key `state`: there is a row of that"):
        parse_table(FEDERAL_ROW + SAME + other)


def test_rows_about_calls_and_about_texts_stand_beside_each_other() -> None:
    calls = SAME.replace("calls and texts", "calls")
    texts = SAME.replace("calls and texts", "texts").replace("9:00-18:00", "11:00-18:00")
    table = parse_table(FEDERAL_ROW + calls + texts)
    assert [row.about for row in table.by_state["IA"]] == [About.CALLS, About.TEXTS]
    # 10:30 in Iowa.
    now = datetime.fromisoformat("2026-06-02T15:30:00+00:00")
    assert check_hours_now(table, "5155550123", None, now, Channel.CALL) is None
    refused = check_hours_now(table, "5155550123", None, now, Channel.TEXT)
    assert refused is not None
    assert "; texts are allowed from 11:00 to 18:00" in refused.reason
    # Either may be meant: both hold.
    assert check_hours_now(table, "5155550123", None, now) is not None


def test_a_row_holds_from_its_first_day_to_its_last_by_the_clock_at_the_phone() -> None:
    table = parse_table(FEDERAL_ROW + SAME)
    for moment, is_in in (
        ("2026-02-28T08:00", True),
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00", True),
        ("2026-12-31T08:59:59", False),
        ("2027-01-01T08:00", True),
    ):
        at = datetime.fromisoformat(moment)
        assert (check_callback_hours(table, "5155550123", None, at) is None) is is_in


def test_a_holiday_is_outside_and_a_day_that_the_list_does_not_reach_is_too() -> None:
    always = IOWA.replace("begins = 2026-03-01\nends = 2026-12-31\n", "")
    table = parse_table(FEDERAL_ROW + always + HOLIDAYS)
    for day, is_in in (
        ("2025-12-31", False),
        ("2026-01-01", True),
        ("2026-05-01", True),
        ("2026-05-04", False),
        ("2026-05-05", False),
        ("2026-05-06", True),
        ("2026-12-31", True),
        ("2027-01-01", False),
    ):
        at = datetime.fromisoformat(f"{day}T12:00")
        found = check_callback_hours(table, "5155550123", None, at)
        assert (found is None) is is_in
        if day == "2026-05-04":
            assert found is not None
            assert found.reason.startswith("The callback is for Farmers' Day, 12:00, at the phone;")
        if day == "2027-01-01":
            assert found is not None
            assert found.reason == (
                "The callback is for 12:00 on 2027-01-01, at the phone; the legal holidays of IA"
                " are known here from 2026-01-01 to 2026-12-31 only, so this day may be one, on"
                " which calls and texts aren't allowed (IA, ours)."
            )


def test_without_a_row_of_canada_s_the_federal_one_holds_there() -> None:
    table = parse_table(FEDERAL_ROW)
    eight = datetime.fromisoformat("2026-06-02T08:00")
    assert check_callback_hours(table, "4165550123", None, eight) is None
    assert describe_state(table, "Canada") == "no narrower rule known"
