"""Agents: who they are, what they are doing, and who could take a call."""

from typing import Final

from chasedata_mcp.sandbox.operations import Order, Refused

WAITING: Final = "waiting"
PAUSED: Final = "paused"
WRAP_UP: Final = "wrap up"
TALKING: Final = "talking"


def require_agent(order: Order, parameter: str) -> str:
    """Give the agent that a parameter names, whose spelling is case-sensitive, or refuse."""
    name = order.text(parameter)
    if order.db.execute("SELECT 1 FROM agents WHERE name = ?", (name,)).fetchone() is None:
        raise Refused("Agent was not found.")  # the project's own text
    return name
