"""Texts: from a number that the account owns, kept and sent to nobody."""

from chasedata_mcp.sandbox.agents import require_agent
from chasedata_mcp.sandbox.operations import Order, Refused, ten_digits
from chasedata_mcp.sandbox.search import require_lead

_SEND = """
INSERT INTO texts (from_number, to_number, message, agent, lead_id, sent_at)
VALUES (?, ?, ?, ?, ?, ?)"""


def send_sms(order: Order) -> None:
    """Keep a text as sent. An agent or a lead that is named must be there.

    The do-not-call list has no say here: what the vendor does then is unknown.
    """
    owned = order.text("From")
    known = "SELECT 1 FROM own_numbers WHERE number = ?"
    if order.db.execute(known, (owned,)).fetchone() is None:
        raise Refused("From should be a number of the account.")  # the project's own text
    to = ten_digits(order, "To")
    agent = require_agent(order, "Agent") if "Agent" in order.sent else ""
    lead_id = require_lead(order) if "LeadId" in order.sent else None
    text = (owned, to, order.text("Message"), agent, lead_id, order.stamp())
    order.db.execute(_SEND, text)
