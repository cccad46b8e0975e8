"""Inserts and updates of leads: fields, duplicates in all four modes, queue and callback."""

from typing import Final

from chasedata_mcp.sandbox.callbacks import book_callback
from chasedata_mcp.sandbox.dnc import is_on_dnc
from chasedata_mcp.sandbox.hot_queue import queue_lead
from chasedata_mcp.sandbox.lead_fields import COLUMNS, STORE, require_campaign, write_fields
from chasedata_mcp.sandbox.operations import Operation, OperationError, digits
from chasedata_mcp.sandbox.search import find_leads
from chasedata_mcp.sandbox.transcript import DUPLICATES_CHECKS

DUPLICATE: Final = "Duplicated phone number. Lead ignored."
"""The vendor's own sentence, which programs look for."""

_UPDATE = """
UPDATE leads SET
    ClientId = :ClientId, FirstName = :FirstName, LastName = :LastName, Address = :Address,
    City = :City, State = :State, ZipCode = :ZipCode, PrimaryPhone = :PrimaryPhone, Rep = :Rep,
    CallStatus = :CallStatus, Campaign = :Campaign, Notes = :Notes, Subcampaign = :Subcampaign,
    Email = :Email, Company = :Company, SecondaryPhone = :SecondaryPhone, custom = :custom,
    phone_digits = :phone_digits, dnc = dnc OR :dnc
WHERE id = :id"""

# By DuplicatesCheck. With 1 a duplicate is stored; whether it is dialed as well is judged within
# its campaign, which is the project's own reading.
_SAME_CAMPAIGN = "SELECT 1 FROM leads WHERE phone_digits = :digits AND Campaign = :campaign"
_FIND_DUPLICATE: Final = {
    "0": _SAME_CAMPAIGN,
    "1": _SAME_CAMPAIGN,
    "2": "SELECT 1 FROM leads WHERE phone_digits = :digits",
    "3": _SAME_CAMPAIGN + " AND Subcampaign = :subcampaign",
}


def insert_lead(operation: Operation) -> None:
    """Store a new lead and queue it for dialing, as far as the flags and its phone let it be."""
    require_campaign(operation.db, operation.text("Campaign"), operation.text("Subcampaign"))
    mode = operation.sent.get("DuplicatesCheck", "0")
    if mode not in DUPLICATES_CHECKS:
        raise OperationError("DuplicatesCheck should be 0, 1, 2 or 3.")  # the project's own text
    duplicate = _is_duplicate(operation, mode)
    allowed = operation.flag("AllowDialingDups")
    if duplicate and mode != "1" and not allowed:
        raise OperationError(DUPLICATE, "duplicate")
    lead = _blank_lead() | {"Campaign": operation.text("Campaign")}
    lead_id = _store_lead(operation, lead)
    if not operation.flag("ImportOnly"):
        queue_lead(operation, lead_id, lead["phone_digits"], duplicate=duplicate and not allowed)
    book_callback(operation, lead_id)


def update_lead(operation: Operation) -> None:
    """Write what was sent into a lead that is there; nothing is created and nothing is dialed.

    Where several leads match, the newest is the one: the vendor doesn't say, so that is the
    project's own choice, as are the refusals' texts.
    """
    # An update writes Campaign and Subcampaign, so here they don't narrow the search.
    found = find_leads(operation, campaign="", subcampaign="")
    if not found:
        raise OperationError("Lead was not found.", "unknown_lead")
    lead = dict(found[-1])
    _move_lead(operation, lead)
    write_fields(operation.db, lead, operation.sent)
    operation.db.execute(_UPDATE, lead | {"dnc": is_on_dnc(operation.db, lead["phone_digits"])})
    book_callback(operation, int(lead["id"]))


def _move_lead(operation: Operation, lead: dict[str, str]) -> None:
    """Put the lead into the campaign that was sent, where it keeps no foreign subcampaign."""
    if "Campaign" in operation.sent:
        require_campaign(operation.db, operation.text("Campaign"), "")
        if operation.text("Campaign") != lead["Campaign"]:
            lead["Subcampaign"] = ""
        lead["Campaign"] = operation.text("Campaign")
    if "Subcampaign" in operation.sent:
        require_campaign(operation.db, lead["Campaign"], operation.text("Subcampaign"))


def _store_lead(operation: Operation, lead: dict[str, str]) -> int:
    write_fields(operation.db, lead, operation.sent)
    marks = {
        "id": None,
        "dnc": is_on_dnc(operation.db, lead["phone_digits"]),
        "inserted_at": operation.stamp(),
    }
    lead_id = operation.db.execute(STORE, lead | marks).lastrowid
    assert lead_id is not None  # noqa: S101 - a row was stored
    return lead_id


def _is_duplicate(operation: Operation, mode: str) -> bool:
    wanted = {
        "digits": digits(operation.text("PrimaryPhone")),
        "campaign": operation.text("Campaign"),
        "subcampaign": operation.text("Subcampaign"),
    }
    return operation.db.execute(_FIND_DUPLICATE[mode], wanted).fetchone() is not None


def _blank_lead() -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"custom": "{}"}
