"""The undo of calls that put a number on the do-not-call list or took it off."""

from chasedata_mcp.history.undo import past_calls
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import EarlierCall, PastCall
from chasedata_mcp.tools.dnc import DeleteDnc, InsertDnc

_MARKS_STAY = "The leads that the call marked stay marked: the API can't take a mark back."
_MARKS_COME = "Every lead that bears the number is marked, and stays so."


def is_same_target(one: PastCall, other: PastCall) -> bool:
    """Tell whether both calls are about one number."""
    of_the_list = other.action in (InsertDnc, DeleteDnc)
    return of_the_list and one.text("Number") == other.text("Number")


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to put the number back where it was."""
    calls = past_calls.list_earlier(one, known.earlier, lambda other: is_same_target(one, other))
    listed = _was_listed(past_calls.order(calls, one.began))
    arguments = {"number": one.text("Number")}
    # DeleteDnc takes only the number off: leads that InsertDnc marked stay marked (docs/wire.md).
    match one.action is InsertDnc, listed:
        case True, True:
            return NotUndoable(
                "The number was on the do-not-call list before this call.",
                "Nothing is to be taken back. Whether it may be called all the same is for the "
                "person to say.",
            )
        case True, _:
            # Somebody else may have changed the list: without a record a person confirms its state.
            assumptions = () if listed is False else _assume("was not")
            return UndoSteps((UndoStep(DeleteDnc, arguments),), (_MARKS_STAY,), assumptions)
        case _, False:
            return NotUndoable(
                "The number was not on the do-not-call list before this call.",
                "Nothing is to be taken back. To stop calls to it use insert_dnc.",
            )
        case _:
            assumptions = () if listed else _assume("was")
            return UndoSteps((UndoStep(InsertDnc, arguments),), (_MARKS_COME,), assumptions)


def _assume(was: str) -> tuple[str, ...]:
    return (f"The number {was} on the do-not-call list before this call.",)


def _was_listed(history: list[EarlierCall]) -> bool | None:
    listed: bool | None = None
    for done in history:
        after = done.call.action is InsertDnc
        # A call that may have been done and would change nothing leaves the state certain.
        if done.is_certain or listed is not after:
            listed = after if done.is_certain else None
    return listed
