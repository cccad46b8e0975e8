"""The names of a call's arguments for people."""

from collections.abc import Mapping
from typing import Final

from chasedata_mcp.fields.escapes import name_unseen_in_line

_NAME: Final = 200
_LABELS: Final[Mapping[str, str]] = {
    "call_id": "Caller's number",
    "call_status": "Status",
    "can_be_on_break": "Agents on a break too",
    "can_be_on_call": "Agents on a call too",
    "can_do_wrap_up": "Agents in wrap-up too",
    "check_timezone": "Keep to local calling hours",
    "clear_fields": "Fields to empty",
    "client_id": "Client ID",
    "detailed": "All fields",
    "dial_non_callables": "Call though on the do-not-call list",
    "did": "Number dialed",
    "duplicates_check": "Look for duplicates",
    "filter_name": "Filter",
    "from_number": "From",
    "identifier": "Looked for",
    "import_only": "Only store it",
    "lead_id": "Lead ID",
    "list_name": "List",
    "number": "Phone number",
    "phone": "Phone number",
    "primary_phone": "Phone number",
    "private_conference": "Customer muted",
    "search_field": "Lead found by",
    "to_number": "To",
    "zip_code": "ZIP code",
}
_WITHIN: Final[Mapping[str, str]] = {
    "callback": "callback",
    "custom_fields": "custom field",
    "other_fields": "field",
}


def label(name: str) -> str:
    """Name an argument for people: `list_name` is “List”."""
    return name_unseen_in_line(_LABELS.get(name) or name.replace("_", " ").capitalize(), _NAME)


def label_within(name: str, key: str) -> str:
    """Name a part of an argument for people; it may be a field that somebody else named."""
    own = key.capitalize() if name == "callback" else key
    return name_unseen_in_line(f"{own} ({_WITHIN.get(name) or label(name).lower()})", _NAME)
