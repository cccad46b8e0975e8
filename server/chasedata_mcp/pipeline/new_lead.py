"""The lead of an insert: looked up after it, or named where the dialer has such a lead already.

InjectLead answers with no id (docs/wire.md). A search by the client id, else by the phone, finds
the new lead among those that weren't there before.
"""

from collections.abc import Mapping, Sequence

from chasedata_mcp.fields.phones_in_text import find_possible_numbers
from chasedata_mcp.pipeline.read_back import FieldRead, read_back, sentences
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    Seal,
    build_lookup,
    select_written,
)
from chasedata_mcp.tools.leads import InsertLead
from chasedata_mcp.tools.results import InsertResult, Result, UpdatedField

_MOST_NAMED = 5
"""The most leads that are named where the dialer has the phone already."""
_NAMED_BY = ("FirstName", "LastName", "Campaign")
_LOOK = "search_lead with detailed true shows it."


def find_new_lead(
    action: InsertLead, before: Lookup | None, found: Sequence[Lead]
) -> LeadSnapshot | LeadCount:
    """Find the new lead among those that a search finds now, or how many it may be.

    Args:
        action: The insert.
        before: How many such leads there were before it, and their ids; None where nobody looked.
        found: The leads that the same search finds after it.
    """
    known = before.ids if isinstance(before, LeadCount) else frozenset[str]()
    new = [lead for lead in found if lead.lead_id not in known and _is_of(action, lead)]
    match build_lookup(tuple(new)):
        case LeadSnapshot(lead_id, fields, altered, hashes):
            names = {name.lower() for name in select_written(action.build_form())}
            sent = {name: text for name, text in fields.items() if name.lower() in names}
            kept = {name: one for name, one in hashes.items() if name in sent}
            return LeadSnapshot(lead_id, sent, altered.intersection(sent), kept)
        case LeadCount() as count:
            return count


def _is_of(action: InsertLead, lead: Lead) -> bool:
    """Tell whether a lead shows the insert's phone, or no phone at all."""
    shown = LeadSnapshot(lead.lead_id, lead.fields).find_value("PrimaryPhone")
    return not shown or action.primary_phone in find_possible_numbers(shown)


def read_back_insert(
    action: InsertLead, new: LeadSnapshot, seal: Seal | None
) -> tuple[FieldRead, ...]:
    """Compare every field that an insert gave with how the new lead reads."""
    empty = dict.fromkeys(new.fields, "")
    return read_back(action, LeadSnapshot(new.lead_id, dict(empty)), new, seal)


def add_new_lead(result: Result, new: LeadSnapshot, fields: Sequence[FieldRead]) -> Result:
    """Add the new lead to the result, and the fields that didn't take."""
    took, warnings = sentences(fields)
    # An id of digits alone can say nothing else; another stands between marks.
    named = f" It is lead {new.lead_id}." if new.lead_id.isdecimal() else ""
    others = [
        UpdatedField(name=one.name, fate=one.fate.value, new=one.new)
        for one in fields
        if one.fate != "took"
    ]
    inserted = InsertResult(**dict(result), lead_id=new.lead_id, fields=others or None)
    return inserted.model_copy(
        update={
            "message": f"{result.message}{named} {took}",
            "warnings": [*result.warnings, *warnings],
        }
    )


def explain_unread(action: InsertLead, found: LeadCount | None) -> str:
    """Explain why a lead that was inserted isn't named."""
    by = "client id" if action.client_id else "phone"
    match found:
        case None:
            why = "The search for the new lead can't be read"
        case LeadCount(0):
            why = f"A search by {by} doesn't find the new lead yet"
        case LeadCount(count):
            why = f"A search by {by} finds {count} leads that may be the new one"
    return (
        f"{why}, so its id and which fields took are unknown. The insert is done all the same: "
        f"don't send it again; {_LOOK}"
    )


def list_duplicates(
    action: InsertLead, found: Sequence[Lead]
) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """List the leads that stand in an insert's way: those of its campaign, else all of the phone.

    Each with its id and the fields that name it.
    """
    leads = [(lead, LeadSnapshot(lead.lead_id, lead.fields)) for lead in found]
    own = [one for one in leads if _is_in(action.campaign, one[1])]
    return tuple(
        (lead.lead_id, {name: text for name in _NAMED_BY if (text := read.find_value(name))})
        for lead, read in (own or leads)[:_MOST_NAMED]
    )


def _is_in(campaign: str, lead: LeadSnapshot) -> bool:
    shown = lead.find_value("Campaign")
    return shown is not None and shown.strip().casefold() == campaign.strip().casefold()


def name_duplicates(message: str, duplicates: Sequence[tuple[str, Mapping[str, str]]]) -> str:
    """Add the ids of the leads to the message of an insert that they stand in the way of."""
    ids = [lead_id for lead_id, _ in duplicates if lead_id.isdecimal()]
    if not ids:
        return message
    return (
        f"{message} It is lead {ids[0]}."
        if len(ids) == 1
        else f"{message} Leads {', '.join(ids)} have it."
    )
