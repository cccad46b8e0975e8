"""The sentence for a call outside the hours: clock, window, row and source."""

from datetime import UTC, datetime

import pytest

from chasedata_mcp.policy.calling_hours import OutsideHours, check_callback_hours, check_hours_now
from chasedata_mcp.policy.hours_table import load_shipped_table

FEDERAL = "(federal, 47 CFR 64.1200(c)(1), 16 CFR 310.4(c))"

NOW = [
    (
        *("9545550123", None, datetime(2026, 7, 1, 11, 12, tzinfo=UTC)),
        (
            "It is 07:12 at the phone (America/New_York); calls and texts are allowed from 8:00"
            " to 20:00 there (FL, Fla. Stat. 501.616(6))."
        ),
    ),
    (
        *("2125550123", None, datetime(2026, 7, 2, 1, 0, tzinfo=UTC)),
        (
            "It is 21:00 at the phone (America/New_York); calls and texts are allowed from 8:00"
            f" to 21:00 there {FEDERAL}."
        ),
    ),
    (
        *("8505550123", None, datetime(2026, 7, 1, 12, 30, tzinfo=UTC)),
        (
            "It may be 07:30 at the phone (America/Chicago); calls and texts are allowed from"
            " 8:00 to 20:00 there (FL, Fla. Stat. 501.616(6))."
        ),
    ),
    (
        *("2055550123", None, datetime(2026, 11, 22, 18, 0, tzinfo=UTC)),
        (
            "It is Sunday, 12:00, at the phone (America/Chicago); calls and texts are allowed"
            " from 8:00 to 20:00 there, and not on Sundays or legal holidays (AL, Ala. Admin."
            " Code r. 770-X-5-.17)."
        ),
    ),
    (
        *("5025550123", "KY", datetime(2026, 11, 23, 11, 0, tzinfo=UTC)),
        (
            "It is 06:00 at the phone (America/New_York); calls and texts are allowed from 10:00"
            " to 21:00 there (KY, KRS 367.46955(16))."
        ),
    ),
    (
        *(None, None, datetime(2026, 11, 23, 11, 0, tzinfo=UTC)),
        (
            "It may be 01:00 at a phone that isn't known, so that the hours of every state hold"
            " (America/Adak); calls and texts are allowed from 10:00 to 21:00 there (KY, KRS"
            " 367.46955(16))."
        ),
    ),
]


@pytest.mark.parametrize(("number", "state", "now", "sentence"), NOW)
def test_the_reason_says_the_clock_the_place_the_hours_and_the_rule(
    number: str | None, state: str | None, now: datetime, sentence: str
) -> None:
    assert check_hours_now(load_shipped_table(), number, state, now) == OutsideHours(sentence)


CALLBACKS = [
    (
        *("9545550123", datetime(2026, 7, 1, 20, 30)),  # noqa: DTZ001 - the phone's own clock
        (
            "The callback is for 20:30 at the phone; calls and texts are allowed from 8:00 to"
            " 20:00 there (FL, Fla. Stat. 501.616(6))."
        ),
    ),
    (
        *("2055550123", datetime(2026, 11, 22, 12, 0)),  # noqa: DTZ001 - as above
        (
            "The callback is for Sunday, 12:00, at the phone; calls and texts are allowed from"
            " 8:00 to 20:00 there, and not on Sundays or legal holidays (AL, Ala. Admin."
            " Code r. 770-X-5-.17)."
        ),
    ),
    (
        *(None, datetime(2026, 7, 1, 7, 59, 59)),  # noqa: DTZ001 - as above
        (
            "The callback is for 07:59 at a phone that isn't known, so that the hours of every"
            " state hold; calls and texts are allowed from 10:00 to 21:00 there (KY, KRS"
            " 367.46955(16))."
        ),
    ),
]


@pytest.mark.parametrize(("number", "at", "sentence"), CALLBACKS)
def test_the_reason_of_a_callback_says_when_it_is_for(
    number: str | None, at: datetime, sentence: str
) -> None:
    assert check_callback_hours(load_shipped_table(), number, None, at) == OutsideHours(sentence)


def test_now_is_a_moment_and_a_callback_is_a_clock() -> None:
    clock = datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001 - the point of the test
    with pytest.raises(TypeError, match="time zone"):
        check_hours_now(load_shipped_table(), "9545550123", None, clock)
    with pytest.raises(TypeError, match="without a time zone"):
        check_callback_hours(load_shipped_table(), "9545550123", None, clock.replace(tzinfo=UTC))
