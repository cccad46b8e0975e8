"""The vendor's scripts, actions, parameters and lengths, read from its description for the sandbox.

Transcribed from the description itself and not from the catalogue of tools, so that a mistake in
one of the two shows as a difference between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one action: those that it needs and those that it also takes.

    Every action also takes `token`, `accid` and `Action`, which are left out here.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


LEAD_FIELDS: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        "ClientId": 50,
        "FirstName": 100,
        "LastName": 100,
        "Address": 500,
        "City": 100,
        "State": 2,
        "ZipCode": 10,
        "PrimaryPhone": 50,
        "Rep": 50,
        "CallStatus": 50,
        "Campaign": 50,
        "Notes": None,
        "Subcampaign": 50,
    },
)
"""Lead fields and their greatest length; None is unlimited."""

OTHER_LEAD_FIELDS: Final[Mapping[str, int | None]] = MappingProxyType(
    {"Email": 100, "Company": 100, "SecondaryPhone": 50},
)
"""Further fields of the sandbox's own database. Their names are the project's own."""

CUSTOM_PREFIX: Final = "adv_"
CUSTOM_SPACE: Final = "__"

CALLBACK: Final = ("CallbackAgent", "CallbackDate", "CallbackNotes")
SEARCH_FIELDS: Final = ("ClientId", "LeadId", "Phone")
DUPLICATES_CHECKS: Final = ("0", "1", "2", "3")

INSERT = "InjectLead.php"
UPDATE = "UpdateLead.php"
LEADS = "LeadOperations.php"
TEXTS = "TextOperations.php"
CALLS = "CallOperations.php"
DIAL_LISTS = "AgentDialListOperations.php"
DIAL_LISTS_TOO = "DialListOperations.php"
PLAYLISTS = "PlaylistOperations.php"
SKILLS = "SkillListOperations.php"

FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "insert": INSERT,
        "update": UPDATE,
        "leads": LEADS,
        "texts": TEXTS,
        "calls": CALLS,
        "dial_lists": DIAL_LISTS,
        "playlists": PLAYLISTS,
        "skills": SKILLS,
    }
)
"""The families of scripts, as a wire profile calls them."""

_LISTED_PHONE = Parameters(("Agent", "List", "Phone"))
_DIAL_LISTS: Mapping[str, Parameters] = {
    "CreateList": Parameters(("Agent", "List")),
    "DeleteList": Parameters(("Agent", "List")),
    "AddPhone": _LISTED_PHONE,
    "DeletePhone": _LISTED_PHONE,
    "PhoneDialed": _LISTED_PHONE,
    "PhoneUnDialed": _LISTED_PHONE,
}
_FILTER = Parameters(("Playlist", "Filter"))

TRANSCRIPT: Final[Mapping[str, Mapping[str, Parameters]]] = MappingProxyType(
    {
        INSERT: {
            "": Parameters(
                ("Campaign", "PrimaryPhone"),
                (
                    "Subcampaign",
                    "timezone",
                    "AllowDialingDups",
                    "DialNonCallables",
                    "DuplicatesCheck",
                    "ImportOnly",
                    *CALLBACK,
                ),
            ),
        },
        UPDATE: {"": Parameters(("SearchField", "Identifier"), CALLBACK)},
        LEADS: {
            "DispositionLead": Parameters(("LeadId", "Disposition")),
            "SearchLead": Parameters(
                ("SearchField", "Identifier"),
                ("Detailed", "Campaign", "Subcampaign"),
            ),
            "InsertDnc": Parameters(("Number",)),
            "DeleteDnc": Parameters(("Number",)),
        },
        TEXTS: {"SendSms": Parameters(("From", "To", "Message"), ("Agent", "LeadId"))},
        CALLS: {
            "AvailableInboundAgents": Parameters(
                ("DID",),
                ("CallId", "CanBeOnCall", "CanBeOnBreak", "CanDoWrapUp"),
            ),
            "ConferenceCall": Parameters(("Agent", "Phone"), ("PrivateConference",)),
        },
        DIAL_LISTS: _DIAL_LISTS,
        DIAL_LISTS_TOO: _DIAL_LISTS,
        PLAYLISTS: {
            "EnableFilter": _FILTER,
            "DisableFilter": _FILTER,
            "Reload": Parameters(("Playlist",)),
            "AssignFilter": _FILTER,
            "RemoveFilter": _FILTER,
        },
        SKILLS: {
            "UpdatePriority": Parameters(("Skill", "Source"), ("Priority", "Delay", "Active")),
            "Reload": Parameters(),
        },
    },
)
"""Script to action to parameters; a script without actions has the one action `""`."""


def name_scripts(names: Mapping[str, str]) -> Mapping[str, str]:
    """Give the vendor's script for each name that a dialer's scripts have, by the family's name.

    Where the dial lists have one of the vendor's two likely names, they answer to the other, too.
    """
    scripts = {names[family]: script for family, script in FAMILIES.items()}
    if names["dial_lists"] in {DIAL_LISTS, DIAL_LISTS_TOO}:
        scripts |= {DIAL_LISTS: DIAL_LISTS, DIAL_LISTS_TOO: DIAL_LISTS_TOO}
    return scripts
