"""Calls to make: one of every tool, and those that always ask, with the right answer."""

from collections.abc import Mapping
from dataclasses import dataclass

Arguments = Mapping[str, object]

PHONE = "(954) 555-0101"
LEAD: Arguments = {"campaign": "Renewals", "primary_phone": PHONE}
LIST: Arguments = {"agent": "jdoe", "list_name": "Spring"}

EXAMPLES: Mapping[str, Arguments] = {
    "insert_lead": {**LEAD, "import_only": True},
    "update_lead": {"search_field": "lead_id", "identifier": "1001", "city": "Miami"},
    "search_lead": {"search_field": "phone", "identifier": PHONE},
    "disposition_lead": {"lead_id": "1001", "disposition": "SALE"},
    "insert_dnc": {"number": PHONE},
    "delete_dnc": {"number": PHONE},
    "send_sms": {"from_number": "305-555-0100", "to_number": PHONE, "message": "Hello"},
    "available_inbound_agents": {"did": "305-555-0100"},
    "conference_call": {"agent": "jdoe", "phone": PHONE},
    "create_dial_list": LIST,
    "delete_dial_list": LIST,
    "add_dial_list_phone": {**LIST, "phone": PHONE},
    "delete_dial_list_phone": {**LIST, "phone": PHONE},
    "mark_dial_list_phone_dialed": {**LIST, "phone": PHONE},
    "mark_dial_list_phone_undialed": {**LIST, "phone": PHONE},
    "enable_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "disable_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "assign_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "remove_playlist_filter": {"playlist": "Main", "filter_name": "Florida"},
    "reload_playlist": {"playlist": "Main"},
    "update_skill_priority": {"skill": "Billing", "source": "3055550100", "priority": 1},
    "reload_skills": {},
}
"""A call of every tool."""
IN_TURN = (*[tool for tool in EXAMPLES if tool != "insert_dnc"], "insert_dnc")
"""The tools in an order in which each example is let through: the last keeps the number out."""
READS = ("search_lead", "available_inbound_agents")
OUTWARD = ("send_sms", "conference_call", "reload_playlist", "reload_skills")
"""The tools that are always outward; insert_lead is where it dials."""
DESTRUCTIVE = ("delete_dnc", "delete_dial_list")
WRITES = tuple(tool for tool in EXAMPLES if tool not in READS + OUTWARD + DESTRUCTIVE)


@dataclass(frozen=True)
class Guarded:
    """A call that always asks, the right answer, and the form that is then posted."""

    tool: str
    arguments: Arguments
    right: Mapping[str, str | bool]
    form: Mapping[str, str]


DELETE_DNC = Guarded(
    "delete_dnc",
    {"number": PHONE},
    {"confirm": "954 555 0101"},
    {"Action": "DeleteDnc", "Number": "9545550101"},
)
DELETE_LIST = Guarded(
    "delete_dial_list",
    LIST,
    {"confirm": "Spring"},
    {"Action": "DeleteList", "Agent": "jdoe", "List": "Spring"},
)
_DIALED = {"Campaign": "Renewals", "PrimaryPhone": "9545550101", "ImportOnly": "0", "timezone": "1"}
PAST_DNC = Guarded(
    "insert_lead",
    {**LEAD, "import_only": False, "dial_non_callables": True},
    {"confirm": "+1 954 555 0101"},
    {**_DIALED, "DialNonCallables": "1"},
)
PAST_DUPLICATES = Guarded(
    "insert_lead",
    {**LEAD, "import_only": False, "allow_dialing_duplicates": True},
    {"confirm": True},
    {**_DIALED, "AllowDialingDups": "1"},
)
GUARDED = (DELETE_DNC, DELETE_LIST, PAST_DNC, PAST_DUPLICATES)
TYPED = (DELETE_DNC, DELETE_LIST, PAST_DNC)


def title(value: object) -> str:
    """Name a test after the flags of a guarded call."""
    return "-".join(value.form) if isinstance(value, Guarded) else str(value)
