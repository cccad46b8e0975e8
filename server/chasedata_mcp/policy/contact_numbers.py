"""The phones that stand in the arguments of a call, in whatever field and notation."""

from dataclasses import dataclass
from functools import cache

from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.fields.phones_in_text import find_numbers, find_possible_numbers, is_prose
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.leads import UpdateLead

_REACHES_NOBODY = frozenset({"From", "DID", "CallId", "Source", "Message"})
"""Arguments by wire name that hold the account's own numbers, or prose."""
_NOTES = frozenset({"Notes", "CallbackNotes"})
"""Prose in any lead; no further field may have such a name."""
_PHONE_LENGTH = 10
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContactNumbers:
    """The phones of a call, but for prose and the account's own.

    `numbers` are phones, `possible` all that its digits may be one of, and `written` the possible
    ones that it writes into the account's own fields of an existing lead.
    """

    numbers: frozenset[str] = _NONE
    possible: frozenset[str] = _NONE
    written: frozenset[str] = _NONE


def find_contact_numbers(action: Action) -> ContactNumbers:
    """Find the phones that a call holds, in whatever field."""
    skipped, is_update = _fields_without_contacts(type(action)), isinstance(action, UpdateLead)
    numbers = possible = written = _NONE
    for name, text in action.sent_form.items():
        if len(text) < _PHONE_LENGTH or name in skipped or is_prose_field(name, text):
            continue
        # Suppressed numbers are compared with any ten digits in a row, caps and grants with one
        # number a run: each errs to the side that asks or refuses (docs/design.md).
        found = find_possible_numbers(text)
        if found:
            numbers |= find_numbers(text)
            possible |= found
            if is_update and name.lower().startswith(CUSTOM_PREFIX):
                written |= found
    return ContactNumbers(numbers, possible, written)


@cache
def _fields_without_contacts(kind: type[Action]) -> frozenset[str]:
    # Only declared arguments: a lead's further field may be called "Source" and hold a phone.
    declared = {info.serialization_alias or "" for info in kind.model_fields.values()}
    return _REACHES_NOBODY & declared


def is_prose_field(name: str, text: str) -> bool:
    """Tell whether a field holds prose, in which digits are no phone to be called."""
    return name in _NOTES or is_prose(name, text)
