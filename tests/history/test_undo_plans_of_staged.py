"""The undo of changes to filters and skills, which a reload makes live."""

import pytest

from _support.entries import FILTER, PAIR, Called, first, last, record, steps, why
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import UndoFacts, UndoSteps, plan_undo


def test_filters_are_switched_back_where_it_is_known_how_they_stood() -> None:
    on, off = ("enable_playlist_filter", FILTER), ("disable_playlist_filter", FILTER)
    assert steps(last(off, on)) == [off]
    assert steps(last(on, off)) == [on]
    assert "stood like this" in why(last(on, on))
    assert "stood like this" in why(last(off, off))


@pytest.mark.parametrize(
    ("tool", "back", "supposed"),
    [
        ("enable_playlist_filter", ["disable_playlist_filter"], "was switched off"),
        ("disable_playlist_filter", ["enable_playlist_filter"], "was switched on"),
        ("assign_playlist_filter", ["remove_playlist_filter"], "was not assigned"),
        (
            "remove_playlist_filter",
            ["assign_playlist_filter", "enable_playlist_filter"],
            "was switched on",
        ),
    ],
)
def test_where_nobody_knows_how_a_filter_stood_a_person_is_to_say(
    tool: str, back: list[str], supposed: str
) -> None:
    way = last((tool, FILTER))
    assert steps(way) == [(name, FILTER) for name in back]
    assert isinstance(way, UndoSteps)
    assert [supposed in sentence for sentence in way.assumptions] == [True]
    assert "reload_playlist" in way.notes[0]


def test_a_filter_that_was_assigned_before_is_not_removed() -> None:
    assigned = ("assign_playlist_filter", FILTER)
    assert "stood like this" in why(last(("enable_playlist_filter", FILTER), assigned))
    assert steps(last(("remove_playlist_filter", FILTER), assigned)) == [
        ("remove_playlist_filter", FILTER)
    ]


def test_a_removed_filter_comes_back_switched_as_it_was() -> None:
    off, removed = ("disable_playlist_filter", FILTER), ("remove_playlist_filter", FILTER)
    assert steps(last(off, removed)) == [("assign_playlist_filter", FILTER), off]
    assert "was not assigned" in why(last(removed, removed))


def test_a_reload_is_not_in_the_way_and_is_told_of() -> None:
    way = first(("enable_playlist_filter", FILTER), ("reload_playlist", {"playlist": "Main"}))
    assert isinstance(way, UndoSteps)
    assert "was reloaded" in way.notes[0]


@pytest.mark.parametrize(
    ("tool", "is_certain"),
    [
        ("enable_playlist_filter", True),
        ("assign_playlist_filter", True),
        ("disable_playlist_filter", False),
        ("remove_playlist_filter", False),
    ],
)
def test_a_switch_of_which_nobody_knows_makes_only_what_it_could_change_unknown(
    tool: str, *, is_certain: bool
) -> None:
    on, off = ("enable_playlist_filter", FILTER), ("disable_playlist_filter", FILTER)
    way = last(on, (tool, FILTER), off, outcomes=[Outcome.DONE, Outcome.UNKNOWN])
    assert isinstance(way, UndoSteps)
    assert (way.assumptions == ()) is is_certain


def test_a_filter_that_is_surely_not_assigned_can_not_have_been_switched() -> None:
    told = (("remove_playlist_filter", FILTER), ("enable_playlist_filter", FILTER))
    way = last(*told, ("assign_playlist_filter", FILTER), outcomes=[Outcome.DONE, Outcome.UNKNOWN])
    assert isinstance(way, UndoSteps)
    assert way.assumptions == ()


def test_a_filter_whose_name_differs_in_capitals_may_be_the_same() -> None:
    other = {**FILTER, "filter_name": "FLORIDA"}
    on = ("enable_playlist_filter", FILTER)
    way = last(on, ("disable_playlist_filter", other), ("disable_playlist_filter", FILTER))
    assert isinstance(way, UndoSteps)
    assert way.assumptions


def test_a_skill_gets_the_last_settings_that_the_ledger_knows_of_what_was_set() -> None:
    way = last(
        ("update_skill_priority", {**PAIR, "priority": 3, "active": False, "delay_seconds": 5}),
        ("update_skill_priority", {**PAIR, "delay_seconds": 7}),
        ("update_skill_priority", {**PAIR, "priority": 1, "active": True}),
    )
    assert steps(way) == [("update_skill_priority", {**PAIR, "priority": 3, "active": False})]


def test_settings_that_the_ledger_does_not_know_are_not_guessed() -> None:
    one = ("update_skill_priority", {**PAIR, "priority": 1})
    both = ("update_skill_priority", {**PAIR, "priority": 2, "active": True})
    assert "doesn't know" in why(last(one))
    assert "doesn't know" in why(last(one, both))
    assert "set before" in why(last(one, one))


def test_a_setting_of_which_nobody_knows_counts_only_where_it_says_the_same() -> None:
    def setting(priority: int) -> Called:
        return ("update_skill_priority", {**PAIR, "priority": priority})

    unsure = [Outcome.DONE, Outcome.UNKNOWN]
    assert "doesn't know" in why(last(setting(1), setting(2), setting(3), outcomes=unsure))
    assert steps(last(setting(1), setting(1), setting(3), outcomes=unsure)) == [setting(1)]


def test_a_source_by_its_name_may_be_the_one_by_its_number() -> None:
    number = ("update_skill_priority", {**PAIR, "priority": 1})
    name = ("update_skill_priority", {**PAIR, "source": "Solar line", "priority": 2})
    other = ("update_skill_priority", {**PAIR, "source": "2125550191", "priority": 2})
    assert "A later" in why(first(number, name))
    assert "doesn't know" in why(last(number, name, number))
    assert steps(last(("update_skill_priority", {**PAIR, "priority": 9}), other, number)) == [
        ("update_skill_priority", {**PAIR, "priority": 9})
    ]


def test_a_reload_of_the_skills_is_not_in_the_way_and_is_told_of() -> None:
    former, entry, reload = record(
        ("update_skill_priority", {**PAIR, "priority": 1}),
        ("update_skill_priority", {**PAIR, "priority": 2}),
        ("reload_skills", {}),
    )
    way = plan_undo(entry, UndoFacts((former,), (reload,)))
    assert isinstance(way, UndoSteps)
    assert "were reloaded" in way.notes[0]


def test_how_a_filter_stands_that_is_newly_assigned_is_not_known() -> None:
    calls = ("remove_playlist_filter", "assign_playlist_filter", "disable_playlist_filter")
    way = last(*((tool, FILTER) for tool in calls))
    assert isinstance(way, UndoSteps)
    assert way.assumptions
