"""Calls to undo, one of each action that can be undone, with the calls that undo it."""

from dataclasses import dataclass
from typing import Any

from _support.conversations import Person, accepted

NUMBER = "6025550121"
LISTED = "2125550104"
NEW: dict[str, object] = {"agent": "James", "list_name": "Spring"}
ON_NEW: dict[str, object] = {**NEW, "phone": "9545550101"}
OFF: dict[str, object] = {"playlist": "Solar-Main", "filter_name": "Florida-Only"}
ON: dict[str, object] = {"playlist": "Solar-Main", "filter_name": "New-Leads"}
FREE: dict[str, object] = {"playlist": "Solar-Main", "filter_name": "Web-Leads"}
PAIR: dict[str, object] = {"skill": "Sales", "source": "9545550190"}
LEAD: dict[str, object] = {"search_field": "client_id", "identifier": "WEB-1001"}
Call = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Row:
    """A call to undo: the calls before it, the forms that undo it, and the words a person types."""

    call: Call
    sent: tuple[dict[str, str], ...]
    before: tuple[Call, ...] = ()
    typed: str | bool | None = None
    says: str = ""
    typed_again: str | bool | None = None
    """The words to type to undo the undo."""

    @property
    def title(self) -> str:
        return self.call[0]


def _dnc(action: str, number: str) -> dict[str, str]:
    return {"Action": action, "Number": number}


def _list(action: str, phone: str = "") -> dict[str, str]:
    form = {"Action": action, "Agent": "James", "List": "Spring"}
    return {**form, "Phone": phone} if phone else form


def _filter(action: str, name: str) -> dict[str, str]:
    return {"Action": action, "Playlist": "Solar-Main", "Filter": name}


ADDED: Call = ("add_dial_list_phone", ON_NEW)
CREATED: Call = ("create_dial_list", NEW)
PHONE = "9545550101"

ROWS = (
    Row(
        ("insert_dnc", {"number": NUMBER}),
        (_dnc("DeleteDnc", NUMBER),),
        typed="602-555-0121",
        says="stay marked",
    ),
    Row(
        ("delete_dnc", {"number": LISTED}),
        (_dnc("InsertDnc", LISTED),),
        typed=True,
        says="is marked, and stays so",
        typed_again="212-555-0104",
    ),
    Row(CREATED, (_list("DeleteList"),), typed="Spring", says="can't be known"),
    Row(
        ("delete_dial_list", NEW),
        (_list("CreateList"), _list("AddPhone", PHONE), _list("PhoneDialed", PHONE)),
        (CREATED, ADDED, ("mark_dial_list_phone_dialed", ON_NEW)),
        says="1 phone that the ledger knows of; what anybody else put on it",
        typed_again="Spring",
    ),
    Row(ADDED, (_list("DeletePhone", PHONE),), (CREATED,)),
    Row(
        ("delete_dial_list_phone", ON_NEW),
        (_list("AddPhone", PHONE),),
        (CREATED, ADDED),
        says="at the end of the list",
    ),
    Row(
        ("mark_dial_list_phone_dialed", ON_NEW),
        (_list("PhoneUnDialed", PHONE),),
        (CREATED, ADDED),
    ),
    Row(
        ("mark_dial_list_phone_undialed", ON_NEW),
        (_list("PhoneDialed", PHONE),),
        (CREATED, ADDED, ("mark_dial_list_phone_dialed", ON_NEW)),
    ),
    Row(
        ("enable_playlist_filter", OFF),
        (_filter("DisableFilter", "Florida-Only"),),
        typed=True,
        says="reload_playlist",
    ),
    Row(
        ("disable_playlist_filter", ON),
        (_filter("EnableFilter", "New-Leads"),),
        typed=True,
        says="reload_playlist",
    ),
    Row(
        ("assign_playlist_filter", FREE),
        (_filter("RemoveFilter", "Web-Leads"),),
        typed=True,
        says="reload_playlist",
        typed_again=True,
    ),
    Row(
        ("remove_playlist_filter", ON),
        (_filter("AssignFilter", "New-Leads"), _filter("EnableFilter", "New-Leads")),
        (("disable_playlist_filter", ON), ("enable_playlist_filter", ON)),
        says="reload_playlist",
    ),
    Row(
        ("update_skill_priority", {**PAIR, "priority": 3}),
        ({"Action": "UpdatePriority", "Skill": "Sales", "Source": "9545550190"},),
        (("update_skill_priority", {**PAIR, "priority": 2}),),
        says="reload_skills",
    ),
    Row(
        ("update_lead", {**LEAD, "city": "Tampa", "notes": "Hello"}),
        ({"SearchField": "LeadId", "Identifier": "1001", "City": "Miami"},),
    ),
)


def person(typed: str | bool | None) -> Person:  # noqa: FBT001 - what is ticked or typed
    return Person(accepted({"confirm": typed}))


def compared(state: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Take from a state what no undo brings back, and the times of its rows."""
    kept: dict[str, Any] = dict(state)
    kept["dnc"] = {row["number"] for row in state["dnc"]}
    kept["leads"] = [{**row, "dnc": None} for row in state["leads"]]
    kept["playlists"] = [{**row, "leads_to_dial": None} for row in state["playlists"]]
    for table in ("playlist_filters", "dial_list_phones"):
        kept[table] = sorted(state[table], key=str)
    return kept


def contains(forms: list[dict[str, str]], wanted: tuple[dict[str, str], ...]) -> bool:
    pairs = zip(forms, wanted, strict=True)
    return all(form | want == form for form, want in pairs)
