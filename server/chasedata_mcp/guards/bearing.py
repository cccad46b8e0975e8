"""Which phones a call bears, and the lead that it names."""

from dataclasses import dataclass
from functools import cache

from chasedata_mcp.action import Action
from chasedata_mcp.actions.leads import UpdateLead
from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.fields.phones_within import (
    is_of_a_phone,
    is_prose,
    numbers_in,
    only_phone,
    phones_in,
    possible_in,
)
from chasedata_mcp.guards.facts import Bearer
from chasedata_mcp.readings import Seen
from chasedata_mcp.results import Lead

_OF_NOBODY = frozenset({"From", "DID", "CallId", "Source", "Message"})
"""Arguments by wire name that hold the account's own numbers, or prose: nobody is reached by it."""
_NOTES = frozenset({"Notes", "CallbackNotes"})
"""Prose in any lead; no further field may be called so."""
_TEN = 10
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Phones:
    """The phones of a call, but for prose and the account's own.

    `numbers` are phones, `possible` all that its digits may be one of, and `written` those of the
    possible ones that it writes into the account's own fields of a lead that exists.
    """

    numbers: frozenset[str] = _NONE
    possible: frozenset[str] = _NONE
    written: frozenset[str] = _NONE


def phones_of(action: Action) -> Phones:
    """The phones that a call holds, in whatever field."""
    nobodys, updates = _of_nobody(type(action)), isinstance(action, UpdateLead)
    numbers = possible = written = _NONE
    for name, text in action.sends.items():
        if len(text) < _TEN or name in nobodys or _is_prose(name, text):
            continue
        found = possible_in(text)
        if found:
            numbers |= numbers_in(text)
            possible |= found
            if updates and name.lower().startswith(CUSTOM_PREFIX):
                written |= found
    return Phones(numbers, possible, written)


@cache
def _of_nobody(kind: type[Action]) -> frozenset[str]:
    """The arguments that nobody is reached by; a lead's further field may have such a name too."""
    declared = {info.serialization_alias or "" for info in kind.model_fields.values()}
    return _OF_NOBODY & declared


def _is_prose(name: str, text: str) -> bool:
    return name in _NOTES or is_prose(name, text)


def leads_of(seen: Seen) -> tuple[Lead, ...]:
    """A reading as a search would have found it."""
    fields = {name: text for name, text in seen.fields.items() if text is not None}
    return (Lead(seen.lead_id, fields),)


def bearer_of(found: tuple[Lead, ...] | None, sought: str | None) -> Bearer:
    """Whom the leads that were found make callable; `sought` is the phone they are found by."""
    named = frozenset({sought} if sought else ())
    if found is None or not (sought or all(lead.fields for lead in found)):
        # Without its fields a lead's phone is that which it was found by, or nobody knows.
        return Bearer(1 if sought else None, named, named, named)
    fields = [field for lead in found for field in lead.fields.items() if len(field[1]) >= _TEN]
    seen = [Seen(lead.lead_id, lead.fields) for lead in found]
    only = seen[0] if len(seen) == 1 else None
    of_phones = [text for name, text in fields if is_of_a_phone(name)]
    return Bearer(
        leads=len(found),
        numbers=named.union(*[possible_in(t) for name, t in fields if not _is_prose(name, t)]),
        phones=named.union(*[phones_in(text) or numbers_in(text) for text in of_phones]),
        alone=named.union(filter(None, map(only_phone, of_phones))),
        states=frozenset([(lead.value("State") or "").strip() for lead in seen]),
        campaign=(only and only.value("Campaign")) or None,
        client_id=(only and only.value("ClientId")) or None,
        is_without_phone=not (sought or all(map(_has_a_phone, seen))),
    )


def _has_a_phone(lead: Seen) -> bool:
    """Whether the phone that a lead is called by can be read, or if it isn't named so, any."""
    main = lead.value("PrimaryPhone")
    if main is not None:
        return bool(numbers_in(main))
    named = [text for name, text in lead.fields.items() if text and is_of_a_phone(name)]
    return any(map(numbers_in, named))
