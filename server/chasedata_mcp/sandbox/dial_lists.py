"""Agents' dial lists: made, filled, marked and removed, and never read back on the wire.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.agents import require_agent
from chasedata_mcp.sandbox.operations import Operation, OperationError, digits

_FIND_LIST = "SELECT 1 FROM dial_lists WHERE agent = ? AND name = ?"


def create_list(operation: Operation) -> None:
    """Make an empty list whose name the agent hasn't used."""
    agent, name = require_agent(operation, "Agent"), operation.text("List")
    if operation.db.execute(_FIND_LIST, (agent, name)).fetchone() is not None:
        raise OperationError("Agent Dial List Name should be unique.", "list_exists", name)
    operation.db.execute("INSERT INTO dial_lists VALUES (?, ?)", (agent, name))


def delete_list(operation: Operation) -> None:
    """Remove a list with everything on it."""
    operation.db.execute(
        "DELETE FROM dial_lists WHERE agent = ? AND name = ?", _require_list(operation)
    )


def add_phone(operation: Operation) -> None:
    """Put a number on a list, undialed; one that is on it already stays as it is."""
    phone = operation.text("Phone")
    if phone != digits(phone):
        raise OperationError("Phone should have only digits.")
    row = (*_require_list(operation), phone)
    operation.db.execute("INSERT OR IGNORE INTO dial_list_phones VALUES (?, ?, ?, 0)", row)


def delete_phone(operation: Operation) -> None:
    """Take a number off a list."""
    _change_phone(
        operation,
        "DELETE FROM dial_list_phones WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def phone_dialed(operation: Operation) -> None:
    """Mark a number as dialed; no lead and no call history changes."""
    _change_phone(
        operation,
        "UPDATE dial_list_phones SET dialed = 1"
        " WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def phone_undialed(operation: Operation) -> None:
    """Mark a number as not dialed; no lead and no call history changes."""
    _change_phone(
        operation,
        "UPDATE dial_list_phones SET dialed = 0"
        " WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def _require_list(operation: Operation) -> tuple[str, str]:
    agent, name = require_agent(operation, "Agent"), operation.text("List")
    if operation.db.execute(_FIND_LIST, (agent, name)).fetchone() is None:
        raise OperationError("Agent Dial List was not found.", "unknown_list", name)
    return agent, name


def _change_phone(operation: Operation, change: str) -> None:
    agent, name = _require_list(operation)
    row = {"agent": agent, "list": name, "phone": operation.text("Phone")}
    if not operation.db.execute(change, row).rowcount:
        raise OperationError("Phone was not found in the Agent Dial List.")
