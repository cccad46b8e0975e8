"""The caps held against past calls: what they would have done, and which figures would fit."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from _support.examples import EXAMPLES
from _support.pipeline import an_action
from _support.sandbox import caps, terms
from _support.tables import each
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.policy.cap_history import CapReview, CountedCall, review_caps
from chasedata_mcp.policy.caps import list_usage, list_usage_of_effects
from chasedata_mcp.policy.models import Caps
from chasedata_mcp.tools.effect_records import effect_to_json, read_effects
from chasedata_mcp.tools.registry import CATALOGUE

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def texts(*minutes: float, to: str = "") -> list[CountedCall]:
    """Texts so many minutes after noon, each to another person unless it says to whom."""
    return [
        CountedCall(NOON + timedelta(minutes=at), (Unit("texts", to or f"{at}"),)) for at in minutes
    ]


def contacts(*minutes: float, to: str) -> list[CountedCall]:
    return [CountedCall(NOON + timedelta(minutes=at), (Unit("contacted", to),)) for at in minutes]


def review(calls: list[CountedCall], **held_to: tuple[int, int]) -> CapReview:
    [found] = review_caps(calls, Caps.model_validate(terms(**caps(**held_to)).caps.model_dump()))
    return found


def test_the_busiest_hour_and_day_are_found_whenever_they_begin() -> None:
    found = review(texts(0, 50, 70, 100, 24 * 60, 26 * 60))
    # From minute 50 on, and from minute 50 of the first day to minute 0 of the second.
    assert (found.busiest_hour, found.busiest_day) == (3, 4)


def test_what_is_an_hour_old_counts_no_more() -> None:
    assert review(texts(0, 60)).busiest_hour == 1
    assert review(texts(0, 59.9)).busiest_hour == 2


def test_people_count_once_each_and_texts_every_time() -> None:
    assert review(contacts(0, 1, 2, to="1")).busiest_hour == 1
    assert review(texts(0, 1, 2, to="1")).busiest_hour == 3


def test_it_says_how_many_calls_each_step_would_have_met() -> None:
    found = review(texts(0, 1, 2, 3, 4), texts=(2, 4))
    assert (found.asked, found.stopped) == (3, 1)


def test_a_cap_that_is_off_would_have_met_none() -> None:
    found = review(texts(0, 1, 2))
    assert (found.asked, found.stopped) == (0, 0)


@pytest.mark.parametrize(("busiest", "fits"), [(1, (5, 15)), (40, (50, 150)), (100, (150, 400))])
def test_the_figures_that_fit_are_round_and_leave_room(busiest: int, fits: tuple[int, int]) -> None:
    hour = review(texts(*(at / 10 for at in range(busiest)))).fits.hour
    assert (hour.ask, hour.stop) == fits


def test_what_nothing_used_is_left_out() -> None:
    assert review_caps([], terms().caps) == []


@each("tool", CATALOGUE)
def test_the_record_of_a_call_counts_as_the_call_did(tool: str) -> None:
    action = an_action(tool, EXAMPLES[tool])
    recorded = [effect_to_json(effect) for effect in action.effects]
    counted = list_usage_of_effects(read_effects(recorded, "an entry"), tool)
    assert Counter(unit.cap for unit in counted) == Counter(unit.cap for unit in list_usage(action))


def test_further_phones_count_by_their_number() -> None:
    action = an_action(
        "insert_lead",
        {
            "campaign": "Solar",
            "primary_phone": "9545550123",
            "import_only": True,
            "other_fields": {"Phone2": "305-555-0177", "Phone3": "305-555-0178"},
        },
    )
    recorded = [effect_to_json(effect) for effect in action.effects]
    found = list_usage_of_effects(read_effects(recorded, "an entry"), "insert_lead")
    assert Counter(unit.cap for unit in found) == {"made_callable": 3}


def test_what_is_no_record_of_effects_counts_nothing() -> None:
    for recorded in (None, "text", 3, [None, "text", {}, {"kind": "something new"}]):
        assert read_effects(recorded, "an entry") == ()
