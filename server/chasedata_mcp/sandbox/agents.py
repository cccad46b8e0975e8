"""Agents: their states, and the one that a parameter names."""

from typing import Final

from chasedata_mcp.sandbox.operations import Operation, OperationError

WAITING: Final = "waiting"
PAUSED: Final = "paused"
WRAP_UP: Final = "wrap up"
TALKING: Final = "talking"


def require_agent(operation: Operation, parameter: str) -> str:
    """Give the agent that a parameter names, whose spelling is case-sensitive, or refuse."""
    name = operation.text(parameter)
    if operation.db.execute("SELECT 1 FROM agents WHERE name = ?", (name,)).fetchone() is None:
        raise OperationError("Agent was not found.", "unknown_agent", name)  # our own text
    return name
