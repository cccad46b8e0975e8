from datetime import UTC, datetime

import pytest

from chasedata_mcp.fields.context import Intake

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_the_united_states_and_canada_may_be_called_unless_it_is_said_otherwise() -> None:
    assert Intake(NOW).countries == {"US", "CA"}


def test_the_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Intake(NOW.replace(tzinfo=None))


def test_a_validation_without_an_intake_is_a_programming_error() -> None:
    intake = Intake(NOW)
    assert Intake.of(intake) is intake
    for nothing in (None, {}, {"now": NOW}):
        with pytest.raises(TypeError, match="Intake"):
            Intake.of(nothing)
