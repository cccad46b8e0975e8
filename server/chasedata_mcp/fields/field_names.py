"""Names of lead fields on the wire: those of the catalogue, and those that a caller may add."""

import re
from collections.abc import Collection, Iterable, Mapping

LEAD_FIELDS: Mapping[str, str] = {
    "client_id": "ClientId",
    "first_name": "FirstName",
    "last_name": "LastName",
    "address": "Address",
    "city": "City",
    "state": "State",
    "zip_code": "ZipCode",
    "rep": "Rep",
    "call_status": "CallStatus",
    "notes": "Notes",
    "campaign": "Campaign",
    "subcampaign": "Subcampaign",
    "primary_phone": "PrimaryPhone",
}
"""The lead fields with an argument of their own: argument to wire name (source: tools.md)."""

CONTROL_PARAMETERS = (
    "Campaign",
    "PrimaryPhone",
    "Subcampaign",
    "timezone",
    "AllowDialingDups",
    "DialNonCallables",
    "DuplicatesCheck",
    "ImportOnly",
    "SearchField",
    "Identifier",
    "CallbackAgent",
    "CallbackDate",
    "CallbackNotes",
)
"""The parameters that steer how the scripts treat a lead (source: the vendor's description)."""

VENDORS_CONTROLS = (
    *("GroupId", "Group", "Id", "LeadExists", "Method", "Function", "Command", "Cmd", "Operation"),
    *("DialNow", "Dial", "HotLead", "Hot", "Queue", "Key", "ApiKey", "Password", "Mode", "Format"),
)
"""Further parameters that the vendor's own programs send or answer with, or that may be such."""

RESERVED = frozenset(
    name.lower()
    for name in (
        *LEAD_FIELDS.values(),
        *CONTROL_PARAMETERS,
        *VENDORS_CONTROLS,
        *("token", "accid", "Action"),
    )
)
"""Wire names, in lower case, that no further field may have; those of every tool are beside it."""

CUSTOM_PREFIX = "adv_"

# The vendor's language turns dots, spaces and brackets of a name into underscores (tools.md).
_WIRE_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,99}")


def build_custom_name(name: str) -> str:
    """Build the wire name of a custom field: `Date of Birth` is `adv_Date__of__Birth`.

    Raises ValueError, with a sentence that doesn't hold the name.
    """
    bare = name.strip(" ")
    # A name that bears the prefix already is given no second one (tools.md).
    if bare.lower().startswith(CUSTOM_PREFIX):
        bare = bare[len(CUSTOM_PREFIX) :]
    if not bare:
        raise ValueError("has a field without a name")
    return _check_wire_name(CUSTOM_PREFIX + bare.replace(" ", "__"))


def check_other_name(name: str) -> str:
    """Return the wire name of a further field: its name in the database, unchanged.

    Raises ValueError, with a sentence that doesn't hold the name.
    """
    if not name:
        raise ValueError("has a field without a name")
    return _check_wire_name(name)


def refuse_reserved(wire_names: Iterable[str], controls: Collection[str] = ()) -> None:
    """Raise ValueError for a name with a meaning of its own, and for one that is there twice.

    `controls` are the wire names of the tools. The dialer's database doesn't tell capitals from
    small letters, so neither does this; nor does an underscore make another control of one.
    """
    seen: set[str] = set()
    reserved = RESERVED.union(map(str.lower, controls))
    for name in (wire_name.lower() for wire_name in wire_names):
        if name in reserved or name.replace("_", "") in reserved:
            raise ValueError(
                "has a reserved name, which has an argument of its own or steers the dialer"
            )
        if name in seen:
            raise ValueError("has the same field twice; capitals make no difference")
        seen.add(name)


def _check_wire_name(name: str) -> str:
    if not _WIRE_NAME.fullmatch(name):
        raise ValueError(
            "has a field whose name can't be sent: a name is a letter and then letters, digits and "
            "underscores, at most 100 in all"
        )
    return name
