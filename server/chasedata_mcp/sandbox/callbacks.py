"""Callbacks that an agent is to make, booked with an insert or an update."""

import re
from datetime import datetime

from chasedata_mcp.sandbox.agents import require_agent
from chasedata_mcp.sandbox.operations import Operation, OperationError
from chasedata_mcp.sandbox.transcript import CALLBACK

_FORM = re.compile(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}", re.ASCII)

_BOOK = """
INSERT INTO callbacks (lead_id, agent, at, notes) VALUES (?, ?, ?, ?)
ON CONFLICT (lead_id) DO UPDATE SET agent = excluded.agent, at = excluded.at, notes = excluded.notes
"""


def book_callback(operation: Operation, lead_id: int) -> None:
    """Book the callback that was sent, if any; a lead has one, which a later one replaces.

    The time is kept as it was sent, since it is in the time zone of the lead's phone. One callback
    a lead, and the refusals' texts, are the project's own.
    """
    if not any(name in operation.sent for name in CALLBACK):
        return
    agent, at = operation.text("CallbackAgent"), operation.text("CallbackDate")
    require_agent(operation, "CallbackAgent")
    if not _is_date(at):
        raise OperationError("CallbackDate should be a date in the format MM/dd/yyyy HH:mm:ss.")
    operation.db.execute(_BOOK, (lead_id, agent, at, operation.text("CallbackNotes")))


def _is_date(at: str) -> bool:
    if not _FORM.fullmatch(at):
        return False
    try:
        # Only a check that there is such a day and time, for which no zone is needed.
        datetime.strptime(at, "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return False
    return True
