"""The lead that a call names, with the phones at which it may be called."""

from collections.abc import Collection

from chasedata_mcp.fields.callable_fields import has_call_switch, is_marked_do_not_call
from chasedata_mcp.fields.dispositions import NO_FURTHER
from chasedata_mcp.fields.phones_in_text import (
    can_ring,
    find_numbers,
    find_only_phone,
    find_phones,
    find_possible_numbers,
    has_phone,
    is_phone_field,
)
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.policy.contact_numbers import is_prose_field
from chasedata_mcp.policy.facts import LeadMarks, TargetLead
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot
from chasedata_mcp.tools.leads import SearchLead

_PHONE_LENGTH = 10


def leads_of_snapshot(snapshot: LeadSnapshot) -> tuple[Lead, ...]:
    """Turn a snapshot into the leads that a search would have found."""
    fields = {name: text for name, text in snapshot.fields.items() if text is not None}
    return (Lead(snapshot.lead_id, fields),)


def describe_target_lead(
    found: tuple[Lead, ...] | None, search: SearchLead, stopping: Collection[str] = NO_FURTHER
) -> TargetLead:
    """Describe the leads that a search found, None where it failed.

    `stopping` are the account's own dispositions that mean do-not-call, folded.

    The key that it searched by is one fact of a lead, and never all: a lead that is found by one of
    its phones may have another.
    """
    sought = search.sought_phone
    key = frozenset({sought} if sought else ())
    is_marked = _is_any_marked(found, stopping)
    if found is None or not _are_those(found, search):
        return TargetLead(None, key, key, key, own_numbers=key, is_marked=is_marked)
    texts = [
        item for lead in found for item in lead.fields.items() if len(item[1]) >= _PHONE_LENGTH
    ]
    snapshots = [LeadSnapshot(lead.lead_id, lead.fields) for lead in found]
    only = snapshots[0] if len(snapshots) == 1 else None
    phone_texts = [text for name, text in texts if is_phone_field(name)]
    # A field that was cut may hold a further phone. Prose may too, but nobody dials from it.
    is_cut = any(text.endswith(CUT) and not is_prose_field(name, text) for name, text in texts)
    return TargetLead(
        leads=len(found),
        numbers=key.union(
            *[find_possible_numbers(t) for name, t in texts if not is_prose_field(name, t)]
        ),
        phones=key.union(*[find_phones(text) or find_numbers(text) for text in phone_texts]),
        sole_phones=key.union(filter(None, map(find_only_phone, phone_texts))),
        own_numbers=key.union(*map(_find_own_numbers, found)),
        is_marked=is_marked,
        shows_marks=_show_marks(found),
        states=frozenset([(lead.find_value("State") or "").strip() for lead in snapshots]),
        campaign=(only and only.find_value("Campaign")) or None,
        called_at=find_only_phone((only and only.find_value("PrimaryPhone")) or ""),
        client_id=(only and only.find_value("ClientId")) or None,
        is_without_phone=is_cut or not all(_has_phone(lead, key) for lead in snapshots),
    )


def find_own_numbers(found: tuple[Lead, ...], search: SearchLead) -> frozenset[str]:
    """Find the own phones of leads that a search found, as `describe_target_lead` has them."""
    key = frozenset({search.sought_phone} if search.sought_phone else ())
    return key.union(*map(_find_own_numbers, found)) if _are_those(found, search) else key


def read_marks(
    found: tuple[Lead, ...] | None, search: SearchLead, stopping: Collection[str] = NO_FURTHER
) -> LeadMarks:
    """Read the do-not-call marks of the leads that a search found, None where it failed."""
    # Mostly there is none, and what else a lead has needs not be read.
    if _is_any_marked(found, stopping):
        return describe_target_lead(found, search, stopping).marks
    is_whole = found is not None and _are_those(found, search)
    return LeadMarks(shows_marks=is_whole and _show_marks(found or ()))


def _is_any_marked(found: tuple[Lead, ...] | None, stopping: Collection[str]) -> bool:
    return any(is_marked_do_not_call(lead.fields, stopping) for lead in found or ())


def _show_marks(found: tuple[Lead, ...]) -> bool:
    return all(has_call_switch(lead.fields) for lead in found)


def _are_those(found: tuple[Lead, ...], search: SearchLead) -> bool:
    """Tell whether all leads were read, and are among those that were searched for."""
    return all(lead.fields and _matches(lead, search) for lead in found)


def _find_own_numbers(lead: Lead) -> frozenset[str]:
    """Find the phones of a lead, in whatever field but prose."""
    texts = [
        text
        for name, text in lead.fields.items()
        if len(text) >= _PHONE_LENGTH and has_phone(text) and not is_prose_field(name, text)
    ]
    return frozenset(filter(can_ring, frozenset[str]().union(*map(find_numbers, texts))))


def _matches(lead: Lead, search: SearchLead) -> bool:
    """Tell whether a lead is one that was searched for, as far as it shows the key.

    A dialer that answers with another lead must not lend it the phones of the one that was meant.
    """
    match search.search_field:
        case "lead_id":
            return lead.lead_id.lstrip("0") == search.identifier.lstrip("0")
        case "client_id":
            shown = LeadSnapshot(lead.lead_id, lead.fields).find_value("ClientId")
            wanted = search.identifier.strip().casefold()
            return shown is None or shown.strip().casefold() == wanted
        case "phone":
            return any(
                search.identifier in find_possible_numbers(text) for text in lead.fields.values()
            )


def _has_phone(lead: LeadSnapshot, key: frozenset[str]) -> bool:
    """Tell whether the phone by which a lead is called can be read.

    A field `Phone` stands for it where no other does, unless it only repeats the search key. A
    further phone never does.
    """
    main = lead.find_value("PrimaryPhone")
    if main is not None:
        return bool(find_numbers(main))
    return bool(find_numbers(lead.find_value("Phone") or "") - key)
