"""Consequences are plain values: equal when they say the same, and never changed."""

import dataclasses
from typing import get_args

import pytest

from chasedata_mcp.tools.effects import Channel, ContactsPerson, Effect, EffectTime, ReleasesNumber


def test_every_consequence_is_a_value_of_its_own_kind() -> None:
    kinds = get_args(Effect)
    assert len(kinds) == 8
    assert all(dataclasses.is_dataclass(kind) for kind in kinds)


def test_equal_ones_are_one() -> None:
    assert len({ReleasesNumber("9545550123"), ReleasesNumber("9545550123")}) == 1
    one = ContactsPerson("9545550123", Channel.CALL, EffectTime.NOW)
    assert one != ContactsPerson("9545550123", Channel.CALL, EffectTime.LATER)
    assert one.passing == frozenset()


def test_none_can_be_changed() -> None:
    gone = ReleasesNumber("9545550123")
    with pytest.raises(dataclasses.FrozenInstanceError):
        gone.number = "x"  # type: ignore[misc]  # that is what is tried
