"""The undo of calls to an agent's dial list, as far as its former state is known."""

from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.history.undo.dial_list_state import (
    OF_A_PHONE,
    ListedPhone,
    find_phone,
    has_hidden_phones,
    is_same_list,
    list_phones,
)
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.past_calls import PastCall
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.dial_lists import (
    AddDialListPhone,
    CreateDialList,
    DeleteDialList,
    DeleteDialListPhone,
    MarkDialListPhoneDialed,
    MarkDialListPhoneUndialed,
)

_OTHERS = "what anybody else put on it or marked can't be known"
_AT_ITS_END = "The phone comes back at the end of the list."


def is_same_target(one: PastCall, other: PastCall) -> bool:
    """Tell whether both are about one list and, where both name a phone, one phone."""
    both_of_a_phone = one.action in OF_A_PHONE and other.action in OF_A_PHONE
    return is_same_list(one, other) and (
        not both_of_a_phone or one.text("Phone") == other.text("Phone")
    )


def plan_undo(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to put the list, or the phone on it, back to its former state."""
    if one.action is CreateDialList:
        notes = f"The list goes with all that is on it; {_OTHERS}."
        return UndoSteps((UndoStep(DeleteDialList, _list(one)),), (notes,))
    if one.action is DeleteDialList:
        return _rebuild(one, known)
    return _phone(one, known, find_phone(one, known))


def _phone(one: PastCall, known: UndoFacts, was: ListedPhone) -> UndoPlan:
    arguments = {**_list(one), "phone": one.text("Phone")}
    if one.action is AddDialListPhone:
        return _unless(was.there, UndoStep(DeleteDialListPhone, arguments))
    if one.action is DeleteDialListPhone:
        return _put_back(one, known, was)
    if one.action is MarkDialListPhoneDialed:
        return _unless(was.dialed, UndoStep(MarkDialListPhoneUndialed, arguments))
    undialed = None if was.dialed is None else not was.dialed
    return _unless(undialed, UndoStep(MarkDialListPhoneDialed, arguments))


def _unless(so_before: bool | None, inverse: UndoStep) -> UndoPlan:  # noqa: FBT001 - what was found
    """Plan the inverse of a call, unless the call changed nothing or that isn't known."""
    match so_before:
        case False:
            return UndoSteps((inverse,))
        case True:
            return NotUndoable(
                "The phone stood on the list like this before the call, which changed nothing.",
                "Nothing is to be taken back. To change it all the same use "
                f"{inverse.action.name}.",
            )
        case None:
            return _not_known(inverse.action)


def _not_known(inverse: type[Action]) -> NotUndoable:
    return NotUndoable(
        "The ledger doesn't know how the phone stood on the list before this call, and nothing in "
        "the API can tell.",
        f"If you know, use {inverse.name}.",
    )


def _put_back(one: PastCall, known: UndoFacts, was: ListedPhone) -> UndoPlan:
    if was.there is False:
        return NotUndoable(
            "The phone was not on the list before this call.", "Nothing is to be undone."
        )
    if was.dialed is None:
        return _not_known(AddDialListPhone)
    steps = _on_the_list(one, one.text("Phone"), was)
    if not _can_be_sent(one, known, steps[0]):
        return NotUndoable(
            "The phone is none that may be put on a dial list, however it came to be there.",
            "Add it in the dialer itself, if it is to be called.",
        )
    return UndoSteps(steps, (_AT_ITS_END,))


def _rebuild(one: PastCall, known: UndoFacts) -> UndoPlan:
    """Plan to make the list again, with the phones and marks that the ledger knows of."""
    found = {phone: was for phone, was in list_phones(one, known).items() if was.there}
    again = {phone: _on_the_list(one, phone, was) for phone, was in found.items()}
    back = {phone: steps for phone, steps in again.items() if _can_be_sent(one, known, steps[0])}
    notes = [f"The list comes back with {_count(len(back))} that the ledger knows of; {_OTHERS}."]
    unmarked = sum(found[phone].dialed is None for phone in back)
    if unmarked:
        notes.append(f"How {_count(unmarked)} of these stood is unknown; back as undialed.")
    if len(back) < len(found):
        left = _count(len(found) - len(back))
        notes.append(f"Left out: {left} that may not be put on a dial list.")
    if has_hidden_phones(one, known):
        notes.append("Phones that are kept out of the ledger (hidden_fields) don't come back.")
    # In the order on the list, so that they come back in it.
    phones = [step for steps in back.values() for step in steps]
    return UndoSteps((UndoStep(CreateDialList, _list(one)), *phones), tuple(notes))


def _on_the_list(one: PastCall, phone: str, was: ListedPhone) -> tuple[UndoStep, ...]:
    arguments = {**_list(one), "phone": phone}
    marked = [UndoStep(MarkDialListPhoneDialed, arguments)] if was.dialed else []
    return (UndoStep(AddDialListPhone, arguments), *marked)


def _can_be_sent(one: PastCall, known: UndoFacts, step: UndoStep) -> bool:
    try:
        step.action.read(step.arguments, ValidationContext(one.began, known.countries))
    except CallError:
        return False
    return True


def _list(one: PastCall) -> dict[str, str]:
    return {"agent": one.text("Agent"), "list_name": one.text("List")}


def _count(phones: int) -> str:
    return {0: "no phone", 1: "1 phone"}.get(phones, f"{phones} phones")
