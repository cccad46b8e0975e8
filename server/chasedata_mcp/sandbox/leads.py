"""Inserting and updating leads: fields, duplicates in all four modes, and what follows."""

from typing import Final

from chasedata_mcp.sandbox.callbacks import book_callback
from chasedata_mcp.sandbox.dnc import is_on_dnc
from chasedata_mcp.sandbox.hot_queue import queue
from chasedata_mcp.sandbox.lead_fields import COLUMNS, STORE, place, take_fields
from chasedata_mcp.sandbox.operations import Order, Refused, digits
from chasedata_mcp.sandbox.search import find
from chasedata_mcp.sandbox.transcript import DUPLICATES_CHECKS

DUPLICATE: Final = "Duplicated phone number. Lead ignored."
"""The vendor's own sentence, which programs look for."""

_CHANGE = """
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
_TWINS: Final = {
    "0": _SAME_CAMPAIGN,
    "1": _SAME_CAMPAIGN,
    "2": "SELECT 1 FROM leads WHERE phone_digits = :digits",
    "3": _SAME_CAMPAIGN + " AND Subcampaign = :subcampaign",
}


def insert(order: Order) -> None:
    """Store a new lead and queue it for dialing, as far as the flags and its phone let it be."""
    place(order.db, order.text("Campaign"), order.text("Subcampaign"))
    mode = order.sent.get("DuplicatesCheck", "0")
    if mode not in DUPLICATES_CHECKS:
        raise Refused("DuplicatesCheck should be 0, 1, 2 or 3.")  # the project's own text
    twin = _has_twin(order, mode)
    allowed = order.flag("AllowDialingDups")
    if twin and mode != "1" and not allowed:
        raise Refused(DUPLICATE)
    lead = _blank() | {"Campaign": order.text("Campaign")}
    lead_id = _store(order, lead)
    if not order.flag("ImportOnly"):
        queue(order, lead_id, lead["phone_digits"], duplicate=twin and not allowed)
    book_callback(order, lead_id)


def update(order: Order) -> None:
    """Write what was sent into a lead that is there; nothing is created and nothing is dialed.

    Where several leads match, the newest is the one: the vendor doesn't say, so that is the
    project's own choice, as are the refusals' texts.
    """
    found = find(order, campaign="", subcampaign="")
    if not found:
        raise Refused("Lead was not found.")
    lead = dict(found[-1])
    _move(order, lead)
    take_fields(order.db, lead, order.sent)
    order.db.execute(_CHANGE, lead | {"dnc": is_on_dnc(order.db, lead["phone_digits"])})
    book_callback(order, int(lead["id"]))


def _move(order: Order, lead: dict[str, str]) -> None:
    """Put the lead into the campaign that was sent, where it keeps no foreign subcampaign."""
    if "Campaign" in order.sent:
        place(order.db, order.text("Campaign"), "")
        if order.text("Campaign") != lead["Campaign"]:
            lead["Subcampaign"] = ""
        lead["Campaign"] = order.text("Campaign")
    if "Subcampaign" in order.sent:
        place(order.db, lead["Campaign"], order.text("Subcampaign"))


def _store(order: Order, lead: dict[str, str]) -> int:
    take_fields(order.db, lead, order.sent)
    marks = {
        "id": None,
        "dnc": is_on_dnc(order.db, lead["phone_digits"]),
        "inserted_at": order.stamp(),
    }
    return int(order.db.execute(STORE, lead | marks).fetchone()["id"])


def _has_twin(order: Order, mode: str) -> bool:
    wanted = {
        "digits": digits(order.text("PrimaryPhone")),
        "campaign": order.text("Campaign"),
        "subcampaign": order.text("Subcampaign"),
    }
    return order.db.execute(_TWINS[mode], wanted).fetchone() is not None


def _blank() -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"custom": "{}"}
