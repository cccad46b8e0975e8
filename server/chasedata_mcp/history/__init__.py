"""What was done, shown, taken back and stopped: tools beside the catalogue, over the ledger."""

from types import MappingProxyType

from chasedata_mcp.history.freezing import Freeze
from chasedata_mcp.history.listing import ListHistory
from chasedata_mcp.history.tool import HistoryTool
from chasedata_mcp.history.undo import Undo

_TOOLS: tuple[type[HistoryTool], ...] = (ListHistory, Undo, Freeze)
HISTORY = MappingProxyType({tool.name: tool for tool in _TOOLS})
"""The tools of the toolsets `history` and `safety`, in the order in which they are listed."""
