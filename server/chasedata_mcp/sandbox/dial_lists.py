"""Agents' dial lists: made, filled, marked and removed, and never read back on the wire.

All refusals' texts are the project's own.
"""

from chasedata_mcp.sandbox.agents import require_agent
from chasedata_mcp.sandbox.operations import Order, Refused, digits

_LISTED = "SELECT 1 FROM dial_lists WHERE agent = ? AND name = ?"


def create_list(order: Order) -> None:
    """Make an empty list whose name the agent hasn't used."""
    agent, name = require_agent(order, "Agent"), order.text("List")
    if order.db.execute(_LISTED, (agent, name)).fetchone() is not None:
        raise Refused("Agent Dial List Name should be unique.")
    order.db.execute("INSERT INTO dial_lists VALUES (?, ?)", (agent, name))


def delete_list(order: Order) -> None:
    """Remove a list with everything on it."""
    order.db.execute("DELETE FROM dial_lists WHERE agent = ? AND name = ?", _list(order))


def add_phone(order: Order) -> None:
    """Put a number on a list, undialed; one that is on it already stays as it is."""
    phone = order.text("Phone")
    if phone != digits(phone):
        raise Refused("Phone should have only digits.")
    row = (*_list(order), phone)
    order.db.execute("INSERT OR IGNORE INTO dial_list_phones VALUES (?, ?, ?, 0)", row)


def delete_phone(order: Order) -> None:
    """Take a number off a list."""
    _one(
        order,
        "DELETE FROM dial_list_phones WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def phone_dialed(order: Order) -> None:
    """Mark a number as dialed; no lead and no call history changes."""
    _one(
        order,
        "UPDATE dial_list_phones SET dialed = 1"
        " WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def phone_undialed(order: Order) -> None:
    """Mark a number as not dialed; no lead and no call history changes."""
    _one(
        order,
        "UPDATE dial_list_phones SET dialed = 0"
        " WHERE agent = :agent AND list = :list AND phone = :phone",
    )


def _list(order: Order) -> tuple[str, str]:
    agent, name = require_agent(order, "Agent"), order.text("List")
    if order.db.execute(_LISTED, (agent, name)).fetchone() is None:
        raise Refused("Agent Dial List was not found.")
    return agent, name


def _one(order: Order, change: str) -> None:
    agent, name = _list(order)
    wanted = {"agent": agent, "list": name, "phone": order.text("Phone")}
    if not order.db.execute(change, wanted).rowcount:
        raise Refused("Phone was not found in the Agent Dial List.")
