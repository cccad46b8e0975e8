"""Entries as calls leave them, and the plans to undo calls that were made one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from _support.pipeline import an_action
from _support.sandbox import NOON
from chasedata_mcp.errors import Outcome
from chasedata_mcp.history.undo import NotUndoable, UndoFacts, UndoPlan, UndoSteps, plan_undo
from chasedata_mcp.ledger.models import Ending, Entry, EntryKind, Intent
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import Lookup, lookup_to_json
from chasedata_mcp.tools.resource_keys import list_numbers, list_resource_keys

LIST: dict[str, object] = {"agent": "Maria", "list_name": "Spring"}
ON_LIST = {**LIST, "phone": "9545550101"}
FILTER: dict[str, object] = {"playlist": "Main", "filter_name": "Florida"}
PAIR: dict[str, object] = {"skill": "Sales", "source": "9545550190"}
DNC: dict[str, object] = {"number": "9545550101"}
Called = tuple[str, dict[str, object]]


def entry_of(  # noqa: PLR0913 - what a test wants to say of an entry
    action: Action,
    seq: int,
    outcome: Outcome = Outcome.DONE,
    *,
    before: Lookup | None = None,
    undoes: str | None = None,
    began: datetime = NOON,
    ended: datetime | None = None,
) -> Entry:
    """Build the entry that a call leaves."""
    lead_id = getattr(before, "lead_id", None)
    intent = Intent(
        entry=f"entry{seq}",
        at=began,
        caller="tests",
        environment="sandbox",
        account=ACCID,
        host="",
        tool=action.name,
        digest=str(seq),
        arguments={},
        form=action.build_form(),
        numbers=list_numbers(action),
        resource_keys=list_resource_keys(action, lead_id),
        before=None if before is None else lookup_to_json(before),
        undoes=undoes,
    )
    end = Ending(entry=intent.entry, at=ended or began, outcome=outcome, message="", milliseconds=1)
    return Entry(seq, EntryKind.WRITE, intent, (end,))


def with_after(entry: Entry, after: Lookup | None) -> Entry:
    """Add to an entry the reading of its lead after the call."""
    kept = None if after is None else lookup_to_json(after)
    return replace(entry, endings=(replace(entry.endings[0], after=kept),))


def record(*calls: Called, outcomes: Sequence[Outcome] = ()) -> list[Entry]:
    """List the entries of these calls, in order; each is done unless another outcome is given."""
    how = [*outcomes, *[Outcome.DONE] * (len(calls) - len(outcomes))]
    return [
        entry_of(an_action(tool, arguments), seq, outcome)
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
