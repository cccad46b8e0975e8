"""Times as people write them: a day, or a moment, by the machine's clock or an offset."""

from datetime import UTC, datetime

import pytest
from pydantic_core import PydanticCustomError

from _support.tables import each
from chasedata_mcp.fields.moments import parse_moment


def here(*parts: int) -> datetime:
    return datetime(*parts).astimezone(UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-02T09:30Z", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("2026-03-02t09:30:15z", datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)),
        ("2026-03-02T09:30:15.25+02:00", datetime(2026, 3, 2, 7, 30, 15, 250_000, tzinfo=UTC)),
        ("2026-03-02 09:30 -0500", datetime(2026, 3, 2, 14, 30, tzinfo=UTC)),
        (" 2026-03-02 09:30 ", here(2026, 3, 2, 9, 30)),
        ("2026-03-02", here(2026, 3, 2)),
    ],
)
def test_a_moment_is_read_as_it_is_written(written: str, meant: datetime) -> None:
    assert parse_moment(written) == meant


def test_a_day_as_an_end_counts_as_a_whole() -> None:
    assert parse_moment("2026-02-28", days=1) == here(2026, 3, 1)
    assert parse_moment("2026-02-28T12:00Z", days=1) == datetime(2026, 2, 28, 12, tzinfo=UTC)


@each(
    "written, why",
    [
        ("yesterday", "moment_form"),
        ("03/02/2026", "moment_form"),
        ("2026-W10-1", "moment_form"),
        ("20260302", "moment_form"),
        ("2026-03-02T09", "moment_form"),
        ("2026-03-02T09:30 EST", "moment_form"),
        ("\u0662026-03-02", "moment_form"),
        ("2026-02-30", "moment_date"),
        ("2026-03-02T25:00", "moment_date"),
        ("2026-03-02T09:30+30:00", "moment_date"),
        ("0001-01-01", "moment_year"),
        ("9999-12-31", "moment_year"),
    ],
)
def test_what_is_no_moment_is_refused(written: str, why: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        parse_moment(written, days=1)
    assert caught.value.type == why
    assert written not in caught.value.message()
