"""The way back from a number's place on the do-not-call list."""

from chasedata_mcp.history.undo import past_calls
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import EarlierCall, PastCall
from chasedata_mcp.tools.dnc import DeleteDnc, InsertDnc

_MARKS_STAY = "The leads that the call marked stay marked: the API can't take a mark back."
_MARKS_COME = "Every lead that bears the number is marked, and stays so."


def same(one: PastCall, other: PastCall) -> bool:
    """Whether both are of one number."""
    of_the_list = other.action in (InsertDnc, DeleteDnc)
    return of_the_list and one.text("Number") == other.text("Number")


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Put the number back where it was."""
    calls = past_calls.before(one, known.earlier, lambda other: same(one, other))
    listed = _was_listed(past_calls.in_order(calls, one.began))
    arguments = {"number": one.text("Number")}
    match one.action is InsertDnc, listed:
        case True, True:
            return NotUndoable(
                "The number was on the do-not-call list before this call.",
                "Nothing is to be taken back. To let it be called all the same use delete_dnc.",
            )
        case True, _:
            supposes = () if listed is False else _supposed("was not")
            return UndoSteps((UndoStep(DeleteDnc, arguments),), (_MARKS_STAY,), supposes)
        case _, False:
            return NotUndoable(
                "The number was not on the do-not-call list before this call.",
                "Nothing is to be taken back. To stop calls to it use insert_dnc.",
            )
        case _:
            supposes = () if listed else _supposed("was")
            return UndoSteps((UndoStep(InsertDnc, arguments),), (_MARKS_COME,), supposes)


def _supposed(was: str) -> tuple[str, ...]:
    return (f"The number {was} on the do-not-call list before this call.",)


def _was_listed(history: list[EarlierCall]) -> bool | None:
    listed: bool | None = None
    for done in history:
        after = done.sent.action is InsertDnc
        # One that may have been done leaves what it would have left anyway.
        if done.surely or listed is not after:
            listed = after if done.surely else None
    return listed
