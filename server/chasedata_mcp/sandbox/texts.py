"""Texts from a number that the account owns: stored, and sent to nobody."""

from chasedata_mcp.sandbox.agents import require_agent
from chasedata_mcp.sandbox.operations import Operation, OperationError, ten_digits
from chasedata_mcp.sandbox.search import require_lead

_SEND = """
INSERT INTO texts (from_number, to_number, message, agent, lead_id, sent_at)
VALUES (?, ?, ?, ?, ?, ?)"""


def send_sms(operation: Operation) -> None:
    """Store a text as sent. An agent or a lead that is named must exist.

    The do-not-call list isn't consulted: the vendor doesn't say that it is.
    """
    owned = operation.text("From")
    known = "SELECT 1 FROM own_numbers WHERE number = ?"
    if operation.db.execute(known, (owned,)).fetchone() is None:
        raise OperationError("From should be a number of the account.")  # the project's own text
    to = ten_digits(operation, "To")
    agent = require_agent(operation, "Agent") if "Agent" in operation.sent else ""
    lead_id = require_lead(operation) if "LeadId" in operation.sent else None
    text = (owned, to, operation.text("Message"), agent, lead_id, operation.stamp())
    operation.db.execute(_SEND, text)
