"""The jobs as a model sees them: tools that are made of several calls. They send nothing."""

from types import MappingProxyType

from chasedata_mcp.tools.jobs.dialing_jobs import (
    ChangePlaylist,
    ChangeRouting,
    FillDialList,
    RoutingChange,
)
from chasedata_mcp.tools.jobs.job_tool import JobTool
from chasedata_mcp.tools.jobs.lead_jobs import AddNote, CallLeadNow, StopContact, UpsertLead
from chasedata_mcp.tools.jobs.reports import CheckContact, FindNames, Status, Summary

__all__ = [
    "JOBS",
    "AddNote",
    "CallLeadNow",
    "ChangePlaylist",
    "ChangeRouting",
    "CheckContact",
    "FillDialList",
    "FindNames",
    "JobTool",
    "RoutingChange",
    "Status",
    "StopContact",
    "Summary",
    "UpsertLead",
]
_JOBS: tuple[type[JobTool], ...] = (
    CheckContact,
    FindNames,
    StopContact,
    AddNote,
    UpsertLead,
    CallLeadNow,
    FillDialList,
    ChangePlaylist,
    ChangeRouting,
    Status,
    Summary,
)
JOBS = MappingProxyType({job.name: job for job in _JOBS})
"""The tools of the toolset `jobs`, in the order in which they are listed."""
