"""The way back from an entry of the ledger: the calls that take it back, or why there is none.

Pure: it is given what the ledger knows and how a lead reads now, and sends nothing. Each step goes
the pipeline like any other call.
"""

from chasedata_mcp.history.undo.leads import lead_to_read
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.planner import plan_undo

__all__ = [
    "NotUndoable",
    "UndoFacts",
    "UndoPlan",
    "UndoStep",
    "UndoSteps",
    "lead_to_read",
    "plan_undo",
]
