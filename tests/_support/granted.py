"""Grants to judge by, and the calls that they cover."""

from datetime import timedelta

from _support.sandbox import NOON, OWN, PHONE, SECOND, terms
from chasedata_mcp.ledger import Scope

ATTENDED = terms(confirm="outward")
OVER = NOON + timedelta(hours=3)
TEXTS = Scope(("send_sms",), (PHONE, SECOND), None, 3, OVER)
DANA = {"from_number": OWN, "to_number": "9545550101", "message": "Hi", "lead_id": "1001"}


def dialed(campaign: str, number: str = PHONE) -> dict[str, object]:
    return {
        "campaign": campaign,
        "primary_phone": number,
        "import_only": False,
        "duplicates_check": "none",
    }
