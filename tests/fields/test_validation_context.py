from datetime import UTC, datetime

import pytest

from chasedata_mcp.fields.context import ValidationContext

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_the_united_states_and_canada_may_be_called_unless_it_is_said_otherwise() -> None:
    assert ValidationContext(NOW).countries == {"US", "CA"}


def test_the_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ValidationContext(NOW.replace(tzinfo=None))


def test_a_validation_without_a_context_is_a_programming_error() -> None:
    context = ValidationContext(NOW)
    assert ValidationContext.require(context) is context
    for nothing in (None, {}, {"now": NOW}):
        with pytest.raises(TypeError, match="ValidationContext"):
            ValidationContext.require(nothing)
