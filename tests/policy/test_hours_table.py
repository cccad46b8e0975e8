"""The table of calling hours: the one that is shipped, and files of a user's own."""

from datetime import date, time

import pytest

from chasedata_mcp.policy.hours_table import (
    FEDERAL,
    NONE_KNOWN,
    describe_state,
    load_shipped_table,
    parse_table,
    render_hours_rows,
)

# The hours of wire.md, written down a second time.
EIGHT_TO_EIGHT = {"FL", "OK", "MD", "MA", "WA", "OR"}
NO_SUNDAY = {"AL", "LA", "MS"}
HOURS = {
    FEDERAL: (8, 21),
    **dict.fromkeys(EIGHT_TO_EIGHT | NO_SUNDAY, (8, 20)),
    "KY": (10, 21),
    **dict.fromkeys(("MI", "MN", "NM"), (9, 21)),
    **dict.fromkeys(("NV", "CT"), (9, 20)),
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


def test_the_shipped_table_has_the_hours_of_the_list_and_no_other_row() -> None:
    rows = {row.place: (row.opens, row.closes) for row in load_shipped_table().rows}
    assert rows == {place: (time(at), time(to)) for place, (at, to) in HOURS.items()}


def test_the_shipped_table_keeps_three_states_quiet_on_sundays() -> None:
    assert {row.place for row in load_shipped_table().rows if not row.sunday} == NO_SUNDAY


def test_the_shipped_table_says_which_states_go_by_the_area_code() -> None:
    by_area_code = {row.place for row in load_shipped_table().rows if row.by_area_code}
    assert by_area_code == {"FL", "OK", "WA", "OR"}


def test_the_shipped_table_limits_calls_in_three_states() -> None:
    limits = {row.place: row.calls_in_24_hours for row in load_shipped_table().rows}
    assert {place for place, limit in limits.items() if limit == 3} == {"FL", "OK", "OR"}
    assert set(limits.values()) == {3, None}


def test_every_shipped_row_has_its_source_and_date() -> None:
    table = load_shipped_table()
    assert table.federal.source == "47 CFR 64.1200(c)(1), 16 CFR 310.4(c)"
    assert {row.source for row in table.by_state.values()} == {"published summaries"}
    assert {row.date for row in table.rows} == {date(2026, 11, 1)}


def test_the_shipped_table_is_read_once() -> None:
    assert load_shipped_table() is load_shipped_table()


def test_a_table_of_one_s_own_is_read_whole() -> None:
    table = parse_table(FEDERAL_ROW + IOWA)
    assert list(table.by_state) == ["IA"]
    iowa = table.by_state["IA"]
    assert (iowa.opens, iowa.closes) == (time(9, 30), time(18, 5))
    assert (iowa.sunday, iowa.by_area_code, iowa.calls_in_24_hours) == (False, True, 2)
    assert (iowa.source, iowa.date) == ("ours | counsel's", date(2026, 10, 31))


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


@pytest.mark.parametrize(("written", "changed", "sentence"), CHANGES)
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
    ("federal", "8:00 to 21:00 (47 CFR 64.1200(c)(1), 16 CFR 310.4(c), 2026-11-01)"),
    (
        "FL",
        (
            "8:00 to 20:00, by the area code, at most 3 calls in 24 hours"
            " (published summaries, 2026-11-01)"
        ),
    ),
    ("AL", "8:00 to 20:00, not on Sundays (published summaries, 2026-11-01)"),
    ("KY", "10:00 to 21:00 (published summaries, 2026-11-01)"),
    ("TX", NONE_KNOWN),
]


@pytest.mark.parametrize(("place", "description"), DESCRIBED)
def test_a_place_is_described_by_what_its_row_says(place: str, description: str) -> None:
    assert describe_state(load_shipped_table(), place) == description


def test_a_state_without_a_row_has_no_rule_that_is_known() -> None:
    assert describe_state(load_shipped_table(), "TX") == "no narrower rule known"


def test_the_table_for_the_docs_has_a_line_for_each_row_the_federal_one_first() -> None:
    assert render_hours_rows(parse_table(IOWA + FEDERAL_ROW)) == (
        "| State | Hours | Sunday | By area code | Calls in 24 hours | Source | Date |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| federal | 8:00 to 21:00 | yes | no |  | 47 CFR | 2026-11-01 |\n"
        "| IA | 9:30 to 18:05 | no | yes | 2 | ours \\| counsel's | 2026-10-31 |\n"
    )
    shipped = render_hours_rows(load_shipped_table()).splitlines()
    places = [line.split(" | ")[0].removeprefix("| ") for line in shipped[2:]]
    assert places == ["federal", *sorted(set(HOURS) - {"federal"})]
