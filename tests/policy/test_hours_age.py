"""Warnings of a table of calling hours that is old, and of lists of holidays that end."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from chasedata_mcp.cli.doctor import check_calling_hours
from chasedata_mcp.cli.examination import State
from chasedata_mcp.policy.hours_age import warn_of_age
from chasedata_mcp.policy.hours_table import load_shipped_table, parse_table
from chasedata_mcp.settings import Settings, load_settings

OWN = """
[[window]]
state = "federal"
from = "8:00"
until = "21:00"
sunday = true
by_area_code = false
source = "ours"
date = {date}
"""
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("looked_up", "still_young"),
    [
        ("2026-11-29", date(2027, 5, 29)),
        ("2026-01-01", date(2026, 7, 1)),
        ("2026-08-31", date(2027, 2, 28)),
        ("2026-12-31", date(2027, 6, 30)),
    ],
)
def test_a_table_is_old_once_more_than_six_months_have_passed(
    looked_up: str, still_young: date
) -> None:
    table = parse_table(OWN.format(date=looked_up))
    assert list(warn_of_age(table, still_young)) == []
    [warning] = warn_of_age(table, still_young + DAY)
    assert f"more than six months old: some of them were looked up on {looked_up}" in warning


def test_a_list_of_holidays_is_warned_of_two_months_before_it_ends_and_when_it_has() -> None:
    table = load_shipped_table()

    def said(today: date) -> list[str]:
        return [one for one in warn_of_age(table, today) if "holidays" in one]

    assert said(date(2028, 11, 1)) == []
    for today in (date(2028, 11, 2), date(2028, 12, 31)):
        [warning] = said(today)
        assert warning.startswith("The lists of legal holidays end on 2028-12-31.")
    [warning] = said(date(2029, 1, 1))
    assert warning.startswith("The lists of legal holidays ended on 2028-12-31.")


def settings_with(place: Path, policy: str) -> Settings:
    file = place / "policy.toml"
    file.write_text(policy, encoding="utf-8")
    return load_settings({"CHASEDATA_SANDBOX": "1", "CHASEDATA_POLICY": str(file)})


def test_doctor_warns_of_an_old_table_and_says_what_to_do() -> None:
    found = load_settings({}, sandbox=True)
    assert list(check_calling_hours(found, date(2027, 5, 29))) == []
    [finding] = check_calling_hours(found, date(2027, 5, 30))
    assert finding.state is State.OPEN
    assert "Update this program" in finding.advice


def test_doctor_warns_of_a_table_of_one_s_own_by_its_own_dates(tmp_path: Path) -> None:
    table = tmp_path / "hours.toml"
    table.write_text(OWN.format(date="2027-06-01"), encoding="utf-8")
    found = settings_with(tmp_path, f"calling_hours.windows = '{table}'\n")
    assert list(check_calling_hours(found, date(2027, 12, 1))) == []
    [finding] = check_calling_hours(found, date(2027, 12, 2))
    assert f"The table is your own: {table}" in finding.advice


def test_doctor_says_nothing_of_hours_that_are_off(tmp_path: Path) -> None:
    found = settings_with(tmp_path, 'calling_hours.outside = "off"\n')
    assert list(check_calling_hours(found, date(2030, 1, 1))) == []
