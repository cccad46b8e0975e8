"""The jobs as a model sees them: tools that are made of several calls. They send nothing."""

from types import MappingProxyType

from chasedata_mcp.tools.jobs.job_tool import JobTool
from chasedata_mcp.tools.jobs.reports import CheckContact, FindNames, Status, Summary

_JOBS: tuple[type[JobTool], ...] = (CheckContact, FindNames, Status, Summary)
__all__ = ["JOBS", "CheckContact", "FindNames", "JobTool", "Status", "Summary"]
JOBS = MappingProxyType({job.name: job for job in _JOBS})
"""The tools of the toolset `jobs`, in the order in which they are listed."""
