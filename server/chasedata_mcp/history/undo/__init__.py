"""The planners of an undo, one a family of tools: the calls that undo an entry of the ledger.

Pure: they are given the entries and the lead as it reads now, and send nothing. Each step goes
through the pipeline like any other call.
"""

from chasedata_mcp.history.undo.leads import find_lead_to_read
from chasedata_mcp.history.undo.models import NotUndoable, UndoFacts, UndoPlan, UndoStep, UndoSteps
from chasedata_mcp.history.undo.planner import plan_undo

__all__ = [
    "NotUndoable",
    "UndoFacts",
    "UndoPlan",
    "UndoStep",
    "UndoSteps",
    "find_lead_to_read",
    "plan_undo",
]
