"""Entries of calls that were made one after the other, and the plan to undo one of them."""

from collections.abc import Sequence
from dataclasses import replace

from _support.undo_desk import entry_of, made
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import NotUndoable, UndoFacts, UndoPlan, UndoSteps, plan_undo
from chasedata_mcp.ledger.models import Entry

LIST: dict[str, object] = {"agent": "Maria", "list_name": "Spring"}
ON_LIST = {**LIST, "phone": "9545550101"}
FILTER: dict[str, object] = {"playlist": "Main", "filter_name": "Florida"}
PAIR: dict[str, object] = {"skill": "Sales", "source": "9545550190"}
DNC: dict[str, object] = {"number": "9545550101"}
Called = tuple[str, dict[str, object]]


def record(*calls: Called, outcomes: Sequence[Outcome] = ()) -> list[Entry]:
    """List the entries of these calls, in order; each is done unless another outcome is given."""
    how = [*outcomes, *[Outcome.DONE] * (len(calls) - len(outcomes))]
    return [
        entry_of(made(tool, **arguments), seq, outcome)
        for seq, ((tool, arguments), outcome) in enumerate(zip(calls, how, strict=True), 1)
    ]


def last(*calls: Called, outcomes: Sequence[Outcome] = ()) -> UndoPlan:
    """Plan to undo the last of these calls."""
    *earlier, entry = record(*calls, outcomes=outcomes)
    return plan_undo(entry, UndoFacts(tuple(earlier)))


def first(*calls: Called, outcomes: Sequence[Outcome] = ()) -> UndoPlan:
    """Plan to undo the first of these calls."""
    entry, *later = record(*calls, outcomes=outcomes)
    return plan_undo(entry, UndoFacts(later=tuple(later)))


def steps(way: UndoPlan) -> list[Called]:
    assert isinstance(way, UndoSteps), way
    return [(step.action.name, dict(step.arguments)) for step in way.steps]


def why(way: UndoPlan) -> str:
    assert isinstance(way, NotUndoable), way
    assert way.instead
    return way.reason


def undoing(entry: Entry, undone: Entry) -> Entry:
    return replace(entry, intent=replace(entry.intent, undoes=undone.id))
