"""Jobs that only read: one person, the account as it stands, what was done."""

from chasedata_mcp.fields.moments import Since, Until
from chasedata_mcp.fields.phone import AnyPhone
from chasedata_mcp.fields.text import Line100
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.jobs.job_results import (
    ContactResult,
    KindOfName,
    NamesResult,
    StatusResult,
)
from chasedata_mcp.tools.jobs.job_tool import JobTool
from chasedata_mcp.tools.results import Result


class CheckContact(
    JobTool,
    title="Check whether somebody may be called",
    impact=Impact.READ,
    idempotent=True,
    result=ContactResult,
):
    """Tells whether a number may be called or texted now, and why not: hours, DNC, limits.

    Also how often it was reached through here and its leads. Changes nothing.
    """

    phone: AnyPhone


class Status(
    JobTool,
    title="Show how the account stands",
    impact=Impact.READ,
    idempotent=True,
    result=StatusResult,
):
    """Tells how this account stands: frozen, caps used, what waits for a yes, unknown outcomes."""


class FindNames(
    JobTool, title="Find an exact name", impact=Impact.READ, idempotent=True, result=NamesResult
):
    """Finds the exact names of agents, campaigns and such by a part, an alias or a misspelling."""

    text: Line100 | None = None
    kind: KindOfName | None = None


class Summary(
    JobTool, title="Sum up what was done", impact=Impact.READ, idempotent=True, result=Result
):
    """Sums up what was done through here: calls by tool and outcome, people reached, refusals."""

    since: Since | None = None
    """ISO 8601; else the last 24 hours."""
    until: Until | None = None
