"""Leads: the people a campaign calls."""

from chasedata_mcp.tools.leads.disposition import DispositionLead
from chasedata_mcp.tools.leads.insert import InsertLead
from chasedata_mcp.tools.leads.search import SearchLead
from chasedata_mcp.tools.leads.update import UpdateLead

__all__ = ["DispositionLead", "InsertLead", "SearchLead", "UpdateLead"]
