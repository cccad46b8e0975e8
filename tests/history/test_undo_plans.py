"""The plan of an undo, the obstacles to it, and the undo of DNC calls."""

from dataclasses import replace
from datetime import timedelta

import pytest

from _support.entries import DNC, LIST, ON_LIST, first, last, record, steps, undoing, why
from _support.examples import EXAMPLES
from _support.sandbox import NOON
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import UndoFacts, UndoSteps, plan_undo
from chasedata_mcp.history.undo.planner import PLANNERS, PLANNERS_BY_NAME
from chasedata_mcp.ledger.models import ADMIN_ACTIONS, EntryKind
from chasedata_mcp.tools.registry import CATALOGUE


def test_every_action_of_the_catalogue_has_a_way_back_or_a_reason() -> None:
    assert set(PLANNERS) == set(CATALOGUE.values())
    assert set(PLANNERS_BY_NAME) == {*CATALOGUE, *ADMIN_ACTIONS}


@pytest.mark.parametrize(
    "tool",
    [
        "insert_lead",
        "send_sms",
        "conference_call",
        "disposition_lead",
        "reload_playlist",
        "reload_skills",
    ],
)
def test_what_the_api_can_not_take_back_says_so_and_what_to_do_instead(tool: str) -> None:
    assert "can't" in why(last((tool, dict(EXAMPLES[tool]))))


@pytest.mark.parametrize("tool", ["search_lead", "available_inbound_agents"])
def test_a_read_has_changed_nothing(tool: str) -> None:
    assert "only read" in why(last((tool, dict(EXAMPLES[tool]))))


def test_what_was_refused_or_never_sent_has_changed_nothing() -> None:
    assert "was not done" in why(last(("insert_dnc", DNC), outcomes=[Outcome.REFUSED]))
    (entry,) = record(("insert_dnc", DNC))
    assert "was not done" in why(plan_undo(replace(entry, kind=EntryKind.REFUSAL), UndoFacts()))


def test_what_is_unknown_is_not_undone() -> None:
    assert "Nobody knows" in why(last(("insert_dnc", DNC), outcomes=[Outcome.UNKNOWN]))


def test_a_record_that_can_not_be_read_is_not_undone() -> None:
    (entry,) = record(("insert_dnc", DNC))
    unread = replace(entry, intent=replace(entry.intent, form=None))
    assert "can't be read" in why(plan_undo(unread, UndoFacts()))
    gone = replace(entry, intent=replace(entry.intent, tool="of_an_older_version"))
    assert "can't be read" in why(plan_undo(gone, UndoFacts()))


def test_where_not_all_is_known_nothing_is_undone() -> None:
    (entry,) = record(("insert_dnc", DNC))
    assert "Too many" in why(plan_undo(entry, UndoFacts(complete=False)))


def test_a_number_goes_off_the_list_again_and_its_leads_stay_marked() -> None:
    way = last(("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC))
    assert steps(way) == [("delete_dnc", DNC)]
    assert isinstance(way, UndoSteps)
    assert "stay marked" in way.notes[0]
    assert way.assumptions == ()


def test_a_number_goes_on_the_list_again() -> None:
    way = last(("insert_dnc", DNC), ("delete_dnc", DNC))
    assert steps(way) == [("insert_dnc", DNC)]
    assert isinstance(way, UndoSteps)
    assert way.assumptions == ()


@pytest.mark.parametrize(("tool", "was"), [("insert_dnc", "was not"), ("delete_dnc", "was on")])
def test_where_the_ledger_does_not_know_the_list_a_person_is_to_say(tool: str, was: str) -> None:
    way = last((tool, DNC))
    assert isinstance(way, UndoSteps)
    (supposed,) = way.assumptions
    assert was in supposed


def test_what_changed_nothing_on_the_list_is_not_undone() -> None:
    assert "was on" in why(last(("insert_dnc", DNC), ("insert_dnc", DNC)))
    assert "was not on" in why(last(("delete_dnc", DNC), ("delete_dnc", DNC)))


def test_a_call_that_may_have_been_done_leaves_what_it_would_have_left_anyway() -> None:
    done, unknown = Outcome.DONE, Outcome.UNKNOWN
    twice = [("insert_dnc", DNC)] * 3
    assert "was on" in why(last(*twice, outcomes=[done, unknown, done]))
    way = last(
        ("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC), outcomes=[done, unknown]
    )
    assert isinstance(way, UndoSteps)
    assert way.assumptions


def test_of_two_calls_at_once_nobody_knows_the_last() -> None:
    slow, quick, entry = record(("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC))
    ending = replace(slow.endings[0], at=NOON + timedelta(seconds=2))
    slow = replace(slow, endings=(ending,))
    quick = replace(quick, intent=replace(quick.intent, at=NOON + timedelta(seconds=1)))
    entry = replace(entry, intent=replace(entry.intent, at=NOON + timedelta(seconds=9)))
    way = plan_undo(entry, UndoFacts((slow, quick)))
    assert isinstance(way, UndoSteps)
    assert way.assumptions


def test_a_call_that_was_not_over_when_the_next_began_is_no_former_state() -> None:
    slow, entry = record(("delete_dnc", DNC), ("insert_dnc", DNC))
    ending = replace(slow.endings[0], at=NOON + timedelta(seconds=2))
    way = plan_undo(entry, UndoFacts((replace(slow, endings=(ending,)),)))
    assert isinstance(way, UndoSteps)
    assert way.assumptions


def test_what_came_before_an_entry_that_can_not_be_read_counts_for_nothing() -> None:
    on, odd, entry = record(("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC))
    odd = replace(odd, intent=replace(odd.intent, form=None))
    way = plan_undo(entry, UndoFacts((on, odd)))
    assert isinstance(way, UndoSteps)
    assert way.assumptions


def test_another_account_is_another_list() -> None:
    on, entry = record(("insert_dnc", DNC), ("insert_dnc", DNC))
    out_of_band = replace(on, intent=replace(on.intent, account="other"))
    assert isinstance(plan_undo(entry, UndoFacts((out_of_band,))), UndoSteps)
    assert isinstance(
        plan_undo(
            on, UndoFacts(later=(replace(entry, intent=replace(entry.intent, account="other")),))
        ),
        UndoSteps,
    )


def test_a_later_call_to_the_same_thing_is_in_the_way_done_or_not_known() -> None:
    for outcome in (Outcome.DONE, Outcome.UNKNOWN):
        told = first(("insert_dnc", DNC), ("insert_dnc", DNC), outcomes=[Outcome.DONE, outcome])
        assert why(told) == "A later call touched the same thing: entry entry2."


def test_a_later_call_that_was_refused_or_is_to_another_thing_is_not() -> None:
    refused = [Outcome.DONE, Outcome.REFUSED]
    assert isinstance(first(("insert_dnc", DNC), ("insert_dnc", DNC), outcomes=refused), UndoSteps)
    assert isinstance(
        first(("insert_dnc", DNC), ("insert_dnc", {"number": "9545550102"})), UndoSteps
    )


def test_a_later_entry_that_can_not_be_read_is_in_the_way() -> None:
    entry, later = record(("insert_dnc", DNC), ("insert_dnc", DNC))
    odd = replace(later, intent=replace(later.intent, form=[]))
    assert "A later call" in why(plan_undo(entry, UndoFacts(later=(odd,))))


def test_what_is_undone_already_is_not_undone_again_unless_that_is_undone() -> None:
    on, off, again = record(("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC))
    off = undoing(off, on)
    assert (
        why(plan_undo(on, UndoFacts(later=(off,))))
        == "It has been undone already, by entry entry2."
    )
    assert isinstance(plan_undo(on, UndoFacts(later=(off, undoing(again, off)))), UndoSteps)
    maybe = replace(off, endings=())
    assert "may have been undone" in why(plan_undo(on, UndoFacts(later=(maybe,))))


def test_a_later_call_that_is_taken_back_is_no_longer_in_the_way() -> None:
    on, off, again = record(("insert_dnc", DNC), ("delete_dnc", DNC), ("insert_dnc", DNC))
    assert isinstance(plan_undo(on, UndoFacts(later=(off, undoing(again, off)))), UndoSteps)
    maybe = replace(undoing(again, off), endings=())
    assert "A later call" in why(plan_undo(on, UndoFacts(later=(off, maybe))))


def test_what_takes_several_calls_to_take_back_stays_in_the_way() -> None:
    add, delete, back = record(
        ("add_dial_list_phone", ON_LIST), ("delete_dial_list", LIST), ("create_dial_list", LIST)
    )
    assert "A later call" in why(plan_undo(add, UndoFacts(later=(delete, undoing(back, delete)))))


def test_no_sentence_quotes_a_value() -> None:
    secret: dict[str, object] = {"agent": "Zebra", "list_name": "Quagga"}
    on = {**secret, "phone": "9545550133"}
    for way in (
        last(("create_dial_list", secret)),
        last(("delete_dial_list", secret)),
        last(("add_dial_list_phone", on)),
        last(("insert_dnc", {"number": "9545550133"})),
        first(("create_dial_list", secret), ("add_dial_list_phone", on)),
    ):
        text = (
            " ".join([*way.notes, *way.assumptions])
            if isinstance(way, UndoSteps)
            else f"{way.reason} {way.instead}"
        )
        assert not {"Zebra", "Quagga", "9545550133"} & set(text.replace(".", " ").split())
