"""Leads: the people a campaign calls."""

from chasedata_mcp.actions.leads.disposition import DispositionLead
from chasedata_mcp.actions.leads.insert import InsertLead
from chasedata_mcp.actions.leads.search import SearchLead
from chasedata_mcp.actions.leads.update import UpdateLead

__all__ = ["DispositionLead", "InsertLead", "SearchLead", "UpdateLead"]
