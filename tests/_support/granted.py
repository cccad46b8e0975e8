"""Grants to judge by: what they cover, and whether a call goes through under one."""

from datetime import timedelta

from _support.policed import CALLER, NOON, OWN, PHONE, SECOND, Policed, terms
from chasedata_mcp.ledger import Scope
from chasedata_mcp.pipeline.pipeline import Cleared

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


async def goes(desk: Policed, tool: str, **arguments: object) -> bool:
    """Whether a call goes through unasked."""
    admitted = await desk.pipeline.admit(desk.pipeline.read(tool, arguments), CALLER)
    if isinstance(admitted, Cleared):
        await desk.pipeline.send(admitted)
    return isinstance(admitted, Cleared)
