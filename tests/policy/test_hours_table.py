"""The table of calling hours: the one that is shipped, and files of a user's own."""

from dataclasses import replace
from datetime import date, time

import pytest

from _support.tables import each
from chasedata_mcp.policy.calling_window import CallingWindow
from chasedata_mcp.policy.hours_table import (
    NONE_KNOWN,
    HoursTable,
    describe_state,
    load_shipped_table,
    parse_table,
    render_hours_rows,
)

# The hours of docs/wire.md, written down a second time: Monday to Friday, Saturday and Sunday.
EVERY_DAY = {
    "federal": "8:00 to 21:00",
    **dict.fromkeys(("FL", "MA", "MD", "OK", "OR", "WA", "WY"), "8:00 to 20:00"),
    "KY": "10:00 to 21:00",
    **dict.fromkeys(("MI", "MN", "NM"), "9:00 to 21:00"),
    **dict.fromkeys(("NV", "CT"), "9:00 to 20:00"),
}
CANADIAN = ("9:00 to 21:30", "10:00 to 18:00", "10:00 to 18:00")
WEEKS = {
    **{place: (hours, hours, hours) for place, hours in EVERY_DAY.items()},
    **dict.fromkeys(("AL", "LA", "MS"), ("8:00 to 20:00", "8:00 to 20:00", "None")),
    **dict.fromkeys(("Canada", "BC"), CANADIAN),
    "ME": ("9:00 to 17:00", "None", "None"),
    "PA until 2026-10-17": ("8:00 to 21:00", "8:00 to 21:00", "8:00 to 21:00"),
    "PA": ("9:00 to 19:00", "9:00 to 19:00", "None"),
    "RI": ("9:00 to 18:00", "10:00 to 17:00", "None"),
    "SD": ("9:00 to 21:00", "None", "None"),
    "TX": ("9:00 to 21:00", "9:00 to 21:00", "12:00 to 21:00"),
    "UT": ("8:00 to 21:00", "8:00 to 21:00", "None"),
}
BEGINS = {
    "FL": date(2021, 7, 1),
    "MD": date(2024, 1, 1),
    "OK": date(2022, 11, 1),
    "OR": date(2026, 1, 1),
    "PA until 2026-10-17": date(2019, 12, 3),
    "PA": date(2026, 10, 18),
    "TX": date(2025, 9, 1),
}

FEDERAL_ROW = """
[[window]]
state = "federal"
from = "8:00"
until = "21:00"
sunday = true
by_area_code = false
source = "47 CFR"
date = 2026-11-01
"""
IOWA = """
[[window]]
state = "IA"
from = "9:30"
until = "18:05"
sunday = false
by_area_code = true
calls_in_24_hours = 2
source = "ours | counsel's"
date = 2026-10-31
"""


def shipped() -> dict[str, CallingWindow]:
    """The shipped rows, by place; a row that has ended says so."""
    return {
        row.place + (f" until {row.ends}" if row.ends else ""): row
        for row in load_shipped_table().rows
    }


def test_the_shipped_table_has_the_hours_of_the_list_and_no_other_row() -> None:
    weeks = {place: [*map(str, row.week)] for place, row in shipped().items()}
    assert weeks == {
        place: [*[weekday] * 5, saturday, sunday]
        for place, (weekday, saturday, sunday) in WEEKS.items()
    }


def test_the_shipped_table_keeps_seven_places_quiet_on_legal_holidays() -> None:
    quiet = {row.place for row in shipped().values() if row.holidays}
    assert quiet == {"AL", "BC", "LA", "MS", "PA", "RI", "UT"}


def test_the_shipped_table_says_since_when_its_rows_hold() -> None:
    begins = {place: row.begins for place, row in shipped().items() if row.begins}
    assert begins == BEGINS
    assert [row.ends for row in shipped().values() if row.ends] == [date(2026, 10, 17)]


def test_two_shipped_rows_are_about_automated_calls_alone() -> None:
    about = {row.place: row.about for row in shipped().values()}
    assert {place for place, it in about.items() if it == "automated calls"} == {"ME", "SD"}
    assert set(about.values()) == {"automated calls", "calls and texts"}


def test_the_shipped_table_says_which_states_go_by_the_area_code() -> None:
    by_area_code = {row.place for row in load_shipped_table().rows if row.by_area_code}
    assert by_area_code == {"FL", "OK", "WA", "OR"}


def test_the_shipped_table_limits_calls_in_five_states() -> None:
    limits = {row.place: row.calls_in_24_hours for row in load_shipped_table().rows}
    limited = {place for place, limit in limits.items() if limit == 3}
    assert limited == {"FL", "MD", "ME", "OK", "OR"}
    assert set(limits.values()) == {3, None}


def test_every_shipped_row_has_its_source_what_it_says_and_what_was_compared() -> None:
    for row in load_shipped_table().rows:
        assert row.source != "published summaries"
        assert row.says.endswith(".")
        assert row.compared.endswith(".")
        assert row.date == date(2026, 11, 29)


def test_the_shipped_table_is_as_old_as_its_oldest_row_or_list() -> None:
    table = load_shipped_table()
    assert table.looked_up == date(2026, 11, 29)
    assert table.holidays_known_until == date(2028, 12, 31)
    older = replace(table.federal, date=date(2026, 5, 1))
    assert replace(table, federal=older).looked_up == date(2026, 5, 1)
    [alabama] = table.by_state["AL"]
    assert alabama.holidays is not None
    old_list = replace(alabama, holidays=replace(alabama.holidays, date=date(2026, 4, 1)))
    assert replace(table, by_state={"AL": (old_list,)}).looked_up == date(2026, 4, 1)
    assert HoursTable(table.federal, {}).holidays_known_until is None


def test_the_shipped_table_is_read_once() -> None:
    assert load_shipped_table() is load_shipped_table()


def test_a_table_of_one_s_own_is_read_whole() -> None:
    table = parse_table(FEDERAL_ROW + IOWA)
    assert list(table.by_state) == ["IA"]
    [iowa] = table.by_state["IA"]
    assert (iowa.opens, iowa.closes) == (time(9, 30), time(18, 5))
    assert (iowa.sunday, iowa.by_area_code, iowa.calls_in_24_hours) == (False, True, 2)
    assert (iowa.source, iowa.date) == ("ours | counsel's", date(2026, 10, 31))
    assert (iowa.holidays, iowa.begins, iowa.ends) == (None, None, None)
    assert iowa.about == "calls and texts"


def test_a_table_of_the_federal_row_alone_is_enough() -> None:
    assert parse_table(FEDERAL_ROW).rows == (parse_table(FEDERAL_ROW).federal,)


CHANGES = [
    ('state = "IA"', 'state = "Iowa"', "Row 2 (Iowa), key `state`: is neither"),
    ('state = "IA"', 'state = "ia"', "Row 2 (ia), key `state`: is neither"),
    ('state = "IA"', 'state = "XX"', "Row 2 (XX), key `state`: is neither"),
    ('state = "IA"', "state = 19", "Row 2, key `state`: input should be"),
    ('state = "IA"', 'state = "I\\u0007A"', "Row 2, key `state`: is neither"),
    ('state = "IA"\n', "", "Row 2, key `state`: is missing"),
    ('state = "IA"', 'state = "federal"', "Row 2 (federal), key `state`: there is a row"),
    ('"9:30"', '"9.30"', "Row 2 (IA), key `from`: is not a time of day"),
    ('"9:30"', "09:30:00", "Row 2 (IA), key `from`: is not a time of day"),
    ('"9:30"', '"9:30 am"', "Row 2 (IA), key `from`: is not a time of day"),
    ('"9:30"', '"9:60"', "Row 2 (IA), key `from`: is not a time of day"),
    ('"18:05"', '"24:00"', "Row 2 (IA), key `until`: is not a time of day"),
    ('"18:05"', "18", "Row 2 (IA), key `until`: is not a time of day"),
    ('"18:05"', '"9:30"', "Row 2 (IA), keys `from` and `until`: it closes before it opens"),
    ('"18:05"', '"9:29"', "Row 2 (IA), keys `from` and `until`: it closes before it opens"),
    ("sunday = false", 'sunday = "no"', "Row 2 (IA), key `sunday`: input should be"),
    ("sunday = false", "sunday = 0", "Row 2 (IA), key `sunday`: input should be"),
    ("sunday = false\n", "", "Row 2 (IA), key `sunday`: is missing"),
    ("by_area_code = true\n", "", "Row 2 (IA), key `by_area_code`: is missing"),
    ("hours = 2", "hours = 0", "Row 2 (IA), key `calls_in_24_hours`: input should be"),
    ("hours = 2", "hours = 2.0", "Row 2 (IA), key `calls_in_24_hours`: input should be"),
    ("hours = 2", "hours = true", "Row 2 (IA), key `calls_in_24_hours`: input should be"),
    ('source = "ours | counsel\'s"', 'source = " "', "Row 2 (IA), key `source`: is not a line"),
    ('source = "ours | counsel\'s"', 'source = "a\\nb"', "Row 2 (IA), key `source`: is not a"),
    ("date = 2026-10-31", 'date = "soon"', "Row 2 (IA), key `date`: input should be"),
    ("date = 2026-10-31", "", "Row 2 (IA), key `date`: is missing"),
    ("sunday = false", "sundays = false", "Row 2 (IA), key `sunday`: is missing"),
    ("sunday = false", "sunday = false\nholiday = true", "Row 2 (IA), key `holiday`: is not one"),
]


@each("written, changed, sentence", CHANGES)
def test_what_is_not_understood_is_refused_with_row_and_key(
    written: str, changed: str, sentence: str
) -> None:
    assert IOWA.count(written) == 1
    with pytest.raises(ValueError, match=r".*") as refused:
        parse_table(FEDERAL_ROW + IOWA.replace(written, changed))
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")


DOCUMENTS = [
    ("", 'There is no row with the state "federal"'),
    (IOWA, 'There is no row with the state "federal"'),
    ("preset = 1\n" + FEDERAL_ROW, "Key `preset`: the table has rows that begin with"),
    ("window = 3", "Key `window`: every row begins with [[window]]"),
    ("window = [3]", "Key `window`: every row begins with [[window]]"),
    ("[window]\nstate = 'federal'", "Key `window`: every row begins with [[window]]"),
    ("8 to 21", "The table of calling hours is not TOML:"),
    (FEDERAL_ROW + "sunday = true", "The table of calling hours is not TOML:"),
    (FEDERAL_ROW + IOWA + IOWA, "Row 3 (IA), key `state`: there is a row of that state before"),
]


@pytest.mark.parametrize(("text", "sentence"), DOCUMENTS)
def test_a_document_of_another_shape_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".*") as refused:
        parse_table(text)
    assert str(refused.value).startswith(sentence)


DESCRIBED = [
    ("federal", "8:00 to 21:00 (47 CFR 64.1200(c)(1), 16 CFR 310.4(c), 2026-11-29)"),
    (
        "FL",
        (
            "8:00 to 20:00, from 2021-07-01, by the area code, at most 3 calls in 24 hours"
            " (Fla. Stat. 501.616(6), 2026-11-29)"
        ),
    ),
    (
        "AL",
        (
            "8:00 to 20:00, not on Sundays and legal holidays"
            " (Ala. Admin. Code r. 770-X-5-.17, 2026-11-29)"
        ),
    ),
    ("KY", "10:00 to 21:00 (KRS 367.46955(16), 2026-11-29)"),
    (
        "SD",
        (
            "9:00 to 21:00 Monday to Friday, not on Saturdays and Sundays, for automated calls"
            " (SDCL 37-30-28, 2026-11-29)"
        ),
    ),
    ("IA", NONE_KNOWN),
]


@pytest.mark.parametrize(("place", "description"), DESCRIBED)
def test_a_place_is_described_by_what_its_row_says(place: str, description: str) -> None:
    assert describe_state(load_shipped_table(), place) == description


def test_a_state_without_a_row_has_no_rule_that_is_known() -> None:
    assert describe_state(load_shipped_table(), "IA") == "no narrower rule known"


def test_a_state_is_described_by_its_row_of_the_day() -> None:
    whole = describe_state(load_shipped_table(), "PA")
    before = describe_state(load_shipped_table(), "PA", date(2026, 10, 17))
    since = describe_state(load_shipped_table(), "PA", date(2026, 10, 18))
    assert whole == f"{before}; {since}"
    assert before.startswith("8:00 to 21:00, not on legal holidays")
    assert since.startswith("9:00 to 19:00, not on Sundays and legal holidays")
    assert describe_state(load_shipped_table(), "TX", date(2025, 8, 31)) == NONE_KNOWN


def test_the_table_for_the_docs_has_a_line_for_each_row_the_federal_one_first() -> None:
    assert render_hours_rows(parse_table(IOWA + FEDERAL_ROW)) == (
        "| State | Hours | Not on | About | Holds | By area code | Calls in 24 hours |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| federal | 8:00 to 21:00 |  | calls and texts |  | no |  |\n"
        "| IA | 9:30 to 18:05 | Sundays | calls and texts |  | yes | 2 |\n"
    )
    shipped_lines = render_hours_rows(load_shipped_table()).splitlines()
    places = [line.split(" | ")[0].removeprefix("| ") for line in shipped_lines[2:]]
    states = sorted(place.split()[0] for place in WEEKS.keys() - {"federal", "Canada"})
    assert places == ["federal", "Canada", *states]
