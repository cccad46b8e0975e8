"""The state of phones on a dial list, from the ledger alone: no call of the API reads a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from chasedata_mcp.history.undo import past_calls
from chasedata_mcp.history.undo.models import UndoFacts
from chasedata_mcp.history.undo.past_calls import EarlierCall, PastCall
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.dial_lists import (
    AddDialListPhone,
    CreateDialList,
    DeleteDialList,
    DeleteDialListPhone,
    MarkDialListPhoneDialed,
    MarkDialListPhoneUndialed,
)
from chasedata_mcp.tools.resource_keys import fold_name

OF_A_LIST: Final[frozenset[type[Action]]] = frozenset({CreateDialList, DeleteDialList})
OF_A_PHONE: Final[frozenset[type[Action]]] = frozenset(
    {
        AddDialListPhone,
        DeleteDialListPhone,
        MarkDialListPhoneDialed,
        MarkDialListPhoneUndialed,
    }
)


@dataclass(frozen=True, slots=True)
class ListedPhone:
    """The state of a phone on a list: there or not, marked as dialed or not; None is unknown.

    `since` is the `seq` of the entry that put it there, for the order on the list.
    """

    there: bool | None = None
    dialed: bool | None = None
    since: int = field(default=0, compare=False)


_UNKNOWN, _ABSENT = ListedPhone(), ListedPhone(there=False)


def is_same_list(one: PastCall, other: PastCall) -> bool:
    """Tell whether both are, or may be, about one list."""
    return (
        other.action in OF_A_LIST | OF_A_PHONE
        and one.text("Agent") == other.text("Agent")
        and fold_name(one.text("List")) == fold_name(other.text("List"))
    )


def list_phones(one: PastCall, known: UndoFacts) -> Mapping[str, ListedPhone]:
    """Find the state of each phone when a call was made, in their order on the list."""
    calls = past_calls.list_earlier(one, known.earlier, lambda other: is_same_list(one, other))
    of_the_list = [call for call in calls if call.action in OF_A_LIST]
    of_phones: dict[str, list[PastCall]] = {}
    for call in calls:
        if call.action in OF_A_PHONE and call.text("Phone"):
            of_phones.setdefault(call.text("Phone"), []).append(call)
    # No call reads a list back (docs/wire.md), so its state is replayed from the calls on record.
    found = {phone: _fold(one, [*of_the_list, *of_phone]) for phone, of_phone in of_phones.items()}
    return dict(sorted(found.items(), key=lambda item: item[1].since))


def has_hidden_phones(one: PastCall, known: UndoFacts) -> bool:
    """Tell whether phones that are kept out of the ledger were put on the list or marked."""
    calls = past_calls.list_earlier(one, known.earlier, lambda other: is_same_list(one, other))
    return any(call.has_hidden_value for call in calls)


def find_phone(one: PastCall, known: UndoFacts) -> ListedPhone:
    """Find the state of the phone of a call when the call was made."""
    phone = one.text("Phone")
    calls = past_calls.list_earlier(
        one,
        known.earlier,
        lambda other: (
            is_same_list(one, other) and (other.action in OF_A_LIST or other.text("Phone") == phone)
        ),
    )
    return _fold(one, calls)


def _fold(one: PastCall, calls: Iterable[PastCall]) -> ListedPhone:
    ordered = sorted(calls, key=lambda call: call.entry.seq)
    standing = _UNKNOWN
    for done in past_calls.order(ordered, one.began):
        standing = _then(one, done, standing)
    return standing


def _then(one: PastCall, done: EarlierCall, standing: ListedPhone) -> ListedPhone:
    after = _after(done.call, standing)
    # A list whose name differs in its capitals may be this one, or another.
    if done.is_certain and done.call.text("List") == one.text("List"):
        return after
    if after == standing or _would_be_refused(done.call.action, standing):
        return standing
    there = standing.there if standing.there is after.there else None
    return replace(standing, there=there, dialed=None)


def _after(call: PastCall, standing: ListedPhone) -> ListedPhone:
    """Find the state of the phone once the call is done."""
    if call.action in OF_A_LIST or call.action is DeleteDialListPhone:
        return _ABSENT
    since = standing.since if standing.there else call.entry.seq
    if call.action is not AddDialListPhone:
        return ListedPhone(there=True, dialed=call.action is MarkDialListPhoneDialed, since=since)
    dialed = False if standing.there is False else standing.dialed
    return ListedPhone(there=True, dialed=dialed, since=since)


def _would_be_refused(action: type[Action], standing: ListedPhone) -> bool:
    """Tell whether the dialer must have refused: a mark needs a phone, a new list has none."""
    marks = action in (MarkDialListPhoneDialed, MarkDialListPhoneUndialed)
    return (marks and standing.there is False) or (
        action is CreateDialList and standing.there is True
    )
