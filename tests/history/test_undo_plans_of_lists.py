"""The undo of calls to a dial list, as far as its former state is known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from _support.entries import LIST, ON_LIST, first, last, record, steps, undoing, why
from _support.sandbox import NOON
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import UndoFacts, UndoSteps, plan_undo


def test_a_new_list_is_deleted_unless_something_was_put_on_it() -> None:
    assert steps(last(("create_dial_list", LIST))) == [("delete_dial_list", LIST)]
    assert "A later" in why(first(("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST)))


def test_a_deleted_list_comes_back_with_its_phones_and_marks_in_their_order() -> None:
    a, b, c = ({**LIST, "phone": f"954555010{n}"} for n in (1, 2, 3))
    way = last(
        ("add_dial_list_phone", a),
        ("delete_dial_list", LIST),
        ("create_dial_list", LIST),
        ("add_dial_list_phone", a),
        ("add_dial_list_phone", b),
        ("add_dial_list_phone", c),
        ("mark_dial_list_phone_dialed", b),
        ("mark_dial_list_phone_dialed", c),
        ("mark_dial_list_phone_undialed", c),
        ("delete_dial_list_phone", a),
        ("add_dial_list_phone", a),
        ("delete_dial_list", LIST),
    )
    assert steps(way) == [
        ("create_dial_list", LIST),
        ("add_dial_list_phone", b),
        ("mark_dial_list_phone_dialed", b),
        ("add_dial_list_phone", c),
        ("add_dial_list_phone", a),
    ]
    assert isinstance(way, UndoSteps)
    assert "3 phones that the ledger knows of" in way.notes[0]
    assert "can't be known" in way.notes[0]


def test_a_list_that_the_ledger_knows_nothing_of_comes_back_empty_and_that_is_said() -> None:
    way = last(("delete_dial_list", LIST))
    assert steps(way) == [("create_dial_list", LIST)]
    assert isinstance(way, UndoSteps)
    assert "no phone that" in way.notes[0]


def test_a_list_comes_back_without_phones_that_can_not_be_added_and_says_what_is_unknown() -> None:
    odd = {**LIST, "phone": "1115550101"}
    way = last(
        ("mark_dial_list_phone_dialed", odd),
        ("add_dial_list_phone", ON_LIST),
        ("delete_dial_list", LIST),
    )
    assert steps(way) == [("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST)]
    assert isinstance(way, UndoSteps)
    assert way.notes[1:] == (
        "How 1 phone of these stood is unknown; back as undialed.",
        "Left out: 1 phone that may not be put on a dial list.",
    )


def test_a_phone_is_taken_off_only_where_it_is_known_not_to_have_been_there() -> None:
    new = (("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST))
    assert steps(last(*new)) == [("delete_dial_list_phone", ON_LIST)]
    assert "like this before" in why(last(*new, ("add_dial_list_phone", ON_LIST)))
    assert "doesn't know" in why(last(("add_dial_list_phone", ON_LIST)))


def test_a_phone_is_put_back_as_it_was_marked() -> None:
    new = (("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST))
    assert steps(last(*new, ("delete_dial_list_phone", ON_LIST))) == [
        ("add_dial_list_phone", ON_LIST)
    ]
    dialed = ("mark_dial_list_phone_dialed", ON_LIST)
    way = last(dialed, ("delete_dial_list_phone", ON_LIST))
    assert steps(way) == [("add_dial_list_phone", ON_LIST), dialed]
    assert isinstance(way, UndoSteps)
    assert "at the end" in way.notes[0]


def test_a_phone_is_not_put_back_where_nobody_knows_how_or_whether_it_may_be() -> None:
    gone = ("delete_dial_list_phone", ON_LIST)
    assert "doesn't know" in why(last(gone))
    assert "was not on the list" in why(last(("create_dial_list", LIST), gone))
    odd = {**LIST, "phone": "1115550101"}
    marked = (("mark_dial_list_phone_dialed", odd), ("delete_dial_list_phone", odd))
    assert "none that may be put" in why(last(*marked))


def test_marks_are_each_others_way_back_where_the_former_one_is_known() -> None:
    new = (("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST))
    dialed, undialed = (
        (f"mark_dial_list_phone_{mark}", ON_LIST) for mark in ("dialed", "undialed")
    )
    assert steps(last(*new, dialed)) == [undialed]
    assert steps(last(dialed, undialed)) == [dialed]
    assert "like this before" in why(last(*new, undialed))
    assert "like this before" in why(last(dialed, dialed))
    assert "doesn't know" in why(last(dialed))
    assert "doesn't know" in why(last(undialed))


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("delete_dial_list_phone", "doesn't know"),
        ("delete_dial_list", "doesn't know"),
        ("mark_dial_list_phone_undialed", None),
        ("add_dial_list_phone", None),
        ("create_dial_list", None),
    ],
)
def test_a_call_of_which_nobody_knows_makes_only_what_it_could_change_unknown(
    tool: str, told: str | None
) -> None:
    arguments = ON_LIST if "phone" in tool else LIST
    done, unknown = Outcome.DONE, Outcome.UNKNOWN
    way = last(
        ("create_dial_list", LIST),
        ("add_dial_list_phone", ON_LIST),
        (tool, arguments),
        ("mark_dial_list_phone_dialed", ON_LIST),
        outcomes=[done, done, unknown, done],
    )
    if told is None:
        assert steps(way) == [("mark_dial_list_phone_undialed", ON_LIST)]
    else:
        assert told in why(way)


def test_a_list_whose_name_differs_in_capitals_may_be_the_same() -> None:
    other = {**ON_LIST, "list_name": "SPRING"}
    new = (("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST))
    dialed = ("mark_dial_list_phone_dialed", ON_LIST)
    assert "doesn't know" in why(last(*new, ("mark_dial_list_phone_dialed", other), dialed))
    assert "A later" in why(first(("add_dial_list_phone", ON_LIST), ("add_dial_list_phone", other)))


def test_an_undo_of_a_deletion_is_undone_whole_by_its_first_call() -> None:
    delete, create, add = record(
        ("delete_dial_list", LIST), ("create_dial_list", LIST), ("add_dial_list_phone", ON_LIST)
    )
    create, add = undoing(create, delete), undoing(add, delete)
    assert steps(plan_undo(create, UndoFacts((delete,), (add,)))) == [("delete_dial_list", LIST)]
    stranger = replace(add, intent=replace(add.intent, undoes=None))
    assert "A later" in why(plan_undo(create, UndoFacts((delete,), (stranger,))))


def test_with_the_first_step_of_an_undo_its_further_steps_are_taken_back() -> None:
    add_first, delete, create, add, again = record(
        ("add_dial_list_phone", ON_LIST),
        ("delete_dial_list", LIST),
        ("create_dial_list", LIST),
        ("add_dial_list_phone", ON_LIST),
        ("delete_dial_list", LIST),
    )
    create, add, again = undoing(create, delete), undoing(add, delete), undoing(again, create)
    way = plan_undo(delete, UndoFacts((add_first,), (create, add, again)))
    assert [tool for tool, _ in steps(way)] == ["create_dial_list", "add_dial_list_phone"]

    unknown = replace(add, endings=())
    assert "may have been undone" in why(plan_undo(delete, UndoFacts((), (create, unknown, again))))
    late = replace(add, endings=(replace(add.endings[0], at=NOON + timedelta(seconds=1)),))
    assert "has been undone" in why(plan_undo(delete, UndoFacts((), (create, late, again))))


def test_with_a_further_step_of_an_undo_the_others_are_not_taken_back() -> None:
    delete, create, add, other, off = record(
        ("delete_dial_list", LIST),
        ("create_dial_list", LIST),
        ("add_dial_list_phone", ON_LIST),
        ("add_dial_list_phone", {**LIST, "phone": "9545550133"}),
        ("delete_dial_list_phone", ON_LIST),
    )
    create, add, other = (undoing(step, delete) for step in (create, add, other))
    way = plan_undo(delete, UndoFacts((), (create, add, other, undoing(off, add))))
    assert f"by entry {create.id}" in why(way)


def test_a_phone_that_was_added_twice_keeps_its_place() -> None:
    a, b = ({**LIST, "phone": f"954555010{n}"} for n in (1, 2))
    adds = [("add_dial_list_phone", phone) for phone in (a, b, a)]
    way = last(("create_dial_list", LIST), *adds, ("delete_dial_list", LIST))
    assert steps(way)[1:] == adds[:2]
