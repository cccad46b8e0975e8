"""Which phones a call bears, and the lead that it names."""

from dataclasses import dataclass
from functools import cache

from chasedata_mcp.fields.field_names import CUSTOM_PREFIX
from chasedata_mcp.fields.phones_in_text import (
    find_numbers,
    find_only_phone,
    find_phones,
    find_possible_numbers,
    is_phone_field,
    is_prose,
)
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.policy.facts import TargetLead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot
from chasedata_mcp.tools.leads import SearchLead, UpdateLead
from chasedata_mcp.tools.results import Lead

_OF_NOBODY = frozenset({"From", "DID", "CallId", "Source", "Message"})
"""Arguments by wire name that hold the account's own numbers, or prose: nobody is reached by it."""
_NOTES = frozenset({"Notes", "CallbackNotes"})
"""Prose in any lead; no further field may be called so."""
_TEN = 10
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ContactNumbers:
    """The phones of a call, but for prose and the account's own.

    `numbers` are phones, `possible` all that its digits may be one of, and `written` those of the
    possible ones that it writes into the account's own fields of a lead that exists.
    """

    numbers: frozenset[str] = _NONE
    possible: frozenset[str] = _NONE
    written: frozenset[str] = _NONE


def phones_of(action: Action) -> ContactNumbers:
    """The phones that a call holds, in whatever field."""
    nobodys, updates = _of_nobody(type(action)), isinstance(action, UpdateLead)
    numbers = possible = written = _NONE
    for name, text in action.sent_form.items():
        if len(text) < _TEN or name in nobodys or _is_prose(name, text):
            continue
        found = find_possible_numbers(text)
        if found:
            numbers |= find_numbers(text)
            possible |= found
            if updates and name.lower().startswith(CUSTOM_PREFIX):
                written |= found
    return ContactNumbers(numbers, possible, written)


@cache
def _of_nobody(kind: type[Action]) -> frozenset[str]:
    """The arguments that nobody is reached by; a lead's further field may have such a name too."""
    declared = {info.serialization_alias or "" for info in kind.model_fields.values()}
    return _OF_NOBODY & declared


def _is_prose(name: str, text: str) -> bool:
    return name in _NOTES or is_prose(name, text)


def leads_of(seen: LeadSnapshot) -> tuple[Lead, ...]:
    """A reading as a search would have found it."""
    fields = {name: text for name, text in seen.fields.items() if text is not None}
    return (Lead(seen.lead_id, fields),)


def target_lead_of(found: tuple[Lead, ...] | None, named: SearchLead) -> TargetLead:
    """Whom the leads make callable that a search found; `named` is that search.

    The key that it searched by is one thing known of a lead, and never all: a lead that is found by
    one of its phones may have another.
    """
    sought = named.sought_phone
    key = frozenset({sought} if sought else ())
    if found is None or not all(lead.fields and _answers(lead, named) for lead in found):
        return TargetLead(None, key, key, key)
    fields = [field for lead in found for field in lead.fields.items() if len(field[1]) >= _TEN]
    seen = [LeadSnapshot(lead.lead_id, lead.fields) for lead in found]
    only = seen[0] if len(seen) == 1 else None
    of_phones = [text for name, text in fields if is_phone_field(name)]
    unread = any(text.endswith(CUT) and not _is_prose(name, text) for name, text in fields)
    return TargetLead(
        leads=len(found),
        numbers=key.union(
            *[find_possible_numbers(t) for name, t in fields if not _is_prose(name, t)]
        ),
        phones=key.union(*[find_phones(text) or find_numbers(text) for text in of_phones]),
        alone=key.union(filter(None, map(find_only_phone, of_phones))),
        states=frozenset([(lead.find_value("State") or "").strip() for lead in seen]),
        campaign=(only and only.find_value("Campaign")) or None,
        client_id=(only and only.find_value("ClientId")) or None,
        is_without_phone=unread or not all(_has_a_phone(lead, key) for lead in seen),
    )


def _answers(lead: Lead, named: SearchLead) -> bool:
    """Whether a lead is one that was searched for, as far as it shows the key."""
    match named.search_field:
        case "lead_id":
            return lead.lead_id.lstrip("0") == named.identifier.lstrip("0")
        case "client_id":
            shown = LeadSnapshot(lead.lead_id, lead.fields).find_value("ClientId")
            wanted = named.identifier.strip().casefold()
            return shown is None or shown.strip().casefold() == wanted
        case "phone":
            return any(
                named.identifier in find_possible_numbers(text) for text in lead.fields.values()
            )


def _has_a_phone(lead: LeadSnapshot, key: frozenset[str]) -> bool:
    """Whether the phone that a lead is called by can be read.

    A field `Phone` stands for it where no other does, unless it only repeats what the lead was
    searched by. A further phone never does.
    """
    main = lead.find_value("PrimaryPhone")
    if main is not None:
        return bool(find_numbers(main))
    return bool(find_numbers(lead.find_value("Phone") or "") - key)
