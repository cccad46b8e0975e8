"""The search for leads, and the disposition of the lead that an agent has open."""

import json
import sqlite3
from typing import Final

from chasedata_mcp.sandbox.lead_fields import COLUMNS, wire_name
from chasedata_mcp.sandbox.operations import LeadsFound, MatchedLead, Operation, OperationError

# The identifier is matched as it was sent: `(954) 555-0101` doesn't find `9545550101`. An empty
# campaign is all of them.
_FIND: Final = {
    "ClientId": """
        SELECT * FROM leads WHERE ClientId = :identifier
        AND (:campaign = '' OR Campaign = :campaign)
        AND (:subcampaign = '' OR Subcampaign = :subcampaign) ORDER BY id""",
    "LeadId": """
        SELECT * FROM leads WHERE id = :identifier
        AND (:campaign = '' OR Campaign = :campaign)
        AND (:subcampaign = '' OR Subcampaign = :subcampaign) ORDER BY id""",
    "Phone": """
        SELECT * FROM leads WHERE PrimaryPhone = :identifier
        AND (:campaign = '' OR Campaign = :campaign)
        AND (:subcampaign = '' OR Subcampaign = :subcampaign) ORDER BY id""",
}
DO_NOT_CALL: Final = "DO NOT CALL"
# SQLite's integers have 64 bits; a longer number would be compared as a float.
_MAX_ID_DIGITS: Final = 18


def search_lead(operation: Operation) -> LeadsFound:
    """Answer with every lead that matches: its id alone, or all its fields with `Detailed=1`."""
    found = find_leads(
        operation, campaign=operation.text("Campaign"), subcampaign=operation.text("Subcampaign")
    )
    if operation.flag("Detailed"):
        return LeadsFound([_detailed(operation.db, lead) for lead in found])
    return LeadsFound([MatchedLead(lead["id"]) for lead in found])


def find_leads(operation: Operation, *, campaign: str, subcampaign: str) -> list[sqlite3.Row]:
    """Find leads by `SearchField` and `Identifier`, oldest first."""
    field, identifier = operation.text("SearchField"), operation.text("Identifier")
    if field not in _FIND:
        raise OperationError(
            "SearchField should be ClientId, LeadId or Phone."
        )  # the project's own text
    if field == "LeadId" and not _is_lead_id(identifier):
        return []
    wanted = {"identifier": identifier, "campaign": campaign, "subcampaign": subcampaign}
    return operation.db.execute(_FIND[field], wanted).fetchall()


def disposition_lead(operation: Operation) -> None:
    """Set the disposition of a lead that an agent has open; its `CallStatus` is another write.

    The refusals' texts are the project's own.
    """
    lead_id, name = operation.text("LeadId"), operation.text("Disposition")
    require_lead(operation)
    if (
        operation.db.execute("SELECT 1 FROM dispositions WHERE name = ?", (name,)).fetchone()
        is None
    ):
        raise OperationError("Disposition was not found.")
    if (
        operation.db.execute("SELECT 1 FROM agents WHERE open_lead = ?", (lead_id,)).fetchone()
        is None
    ):
        raise OperationError("Lead is not opened by an agent.")
    operation.db.execute("UPDATE leads SET disposition = ? WHERE id = ?", (name, lead_id))


def require_lead(operation: Operation) -> str:
    """Give the `LeadId` that was sent, or refuse one that isn't there."""
    lead_id = operation.text("LeadId")
    known = "SELECT 1 FROM leads WHERE id = ?"
    if not _is_lead_id(lead_id) or operation.db.execute(known, (lead_id,)).fetchone() is None:
        raise OperationError("Lead was not found.", "unknown_lead")  # the project's own text
    return lead_id


def _is_lead_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_DIGITS


def _detailed(db: sqlite3.Connection, lead: sqlite3.Row) -> MatchedLead:
    """Give a lead as `Detailed=1` does: text throughout, with the custom fields of its campaign.

    That custom fields come back under their wire names, and that a lead which the do-not-call list
    marked reads as its disposition, is the project's own guess.
    """
    row = db.execute("SELECT custom_fields FROM campaigns WHERE name = ?", (lead["Campaign"],))
    custom = json.loads(lead["custom"])
    fields = (
        {name: lead[name] for name in COLUMNS}
        | {"Disposition": DO_NOT_CALL if lead["dnc"] else lead["disposition"]}
        | {wire_name(field): custom.get(field, "") for field in json.loads(row.fetchone()[0])}
    )
    return MatchedLead(str(lead["id"]), fields)
