"""The fields of a lead: its columns, its campaign's custom fields, and the limits of both."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Final

from chasedata_mcp.sandbox.operations import OperationError, digits
from chasedata_mcp.sandbox.transcript import (
    CUSTOM_PREFIX,
    CUSTOM_SPACE,
    LEAD_FIELDS,
    OTHER_LEAD_FIELDS,
)

COLUMNS: Final[Mapping[str, int | None]] = {**LEAD_FIELDS, **OTHER_LEAD_FIELDS}
"""Every plain field of a lead and its greatest length."""


STORE = """
INSERT INTO leads (
    id, ClientId, FirstName, LastName, Address, City, State, ZipCode, PrimaryPhone, Rep, CallStatus,
    Campaign, Notes, Subcampaign, Email, Company, SecondaryPhone, custom, phone_digits, dnc,
    inserted_at
) VALUES (
    :id, :ClientId, :FirstName, :LastName, :Address, :City, :State, :ZipCode, :PrimaryPhone, :Rep,
    :CallStatus, :Campaign, :Notes, :Subcampaign, :Email, :Company, :SecondaryPhone, :custom,
    :phone_digits, :dnc, :inserted_at
)"""
"""Store a lead; without an id it is given the next.

The id is the cursor's `lastrowid`: Python 3.12.1 and 3.13.0 can't run a statement with `RETURNING`
for many rows, as the seed does.
"""


def wire_name(custom_field: str) -> str:
    """Spell a custom field as it goes on the wire: `Card Last4` is `adv_Card__Last4`."""
    return CUSTOM_PREFIX + custom_field.replace(" ", CUSTOM_SPACE)


def custom_fields(db: sqlite3.Connection, campaign: str) -> tuple[str, ...]:
    """Name the custom fields of a campaign, with their spaces and without the prefix."""
    row = db.execute("SELECT custom_fields FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    return tuple(json.loads(row["custom_fields"]))


def write_fields(db: sqlite3.Connection, lead: dict[str, str], sent: Mapping[str, str]) -> None:
    """Write the fields that were sent into a lead whose campaign is set.

    An empty value empties the field, and a field that the lead doesn't have is ignored. A value
    that is too long is refused, as SQL Server refuses it, and not cut: a sandbox that cuts would
    hide the mistake. That choice and the refusals' texts are the project's own.
    """
    for name, longest in COLUMNS.items():
        if name in sent:
            lead[name] = _within(longest, sent[name])
    custom = json.loads(lead["custom"])
    for field in custom_fields(db, lead["Campaign"]):
        if (name := wire_name(field)) in sent:
            custom[field] = sent[name]
    lead["custom"] = json.dumps(custom)
    lead["phone_digits"] = digits(lead["PrimaryPhone"])
    if not lead["phone_digits"]:
        raise OperationError("PrimaryPhone should be a phone number.")


def require_campaign(db: sqlite3.Connection, campaign: str, subcampaign: str) -> None:
    """Refuse an unknown campaign, or a subcampaign that it doesn't have."""
    row = db.execute("SELECT subcampaigns FROM campaigns WHERE name = ?", (campaign,)).fetchone()
    # Both texts are the project's own.
    if row is None:
        raise OperationError("Campaign was not found.", "unknown_campaign", campaign)
    if subcampaign and subcampaign not in json.loads(row["subcampaigns"]):
        raise OperationError("Subcampaign was not found in the campaign.")


def _within(longest: int | None, value: str) -> str:
    if longest is not None and len(value) > longest:
        raise OperationError("String or binary data would be truncated.")
    return value
