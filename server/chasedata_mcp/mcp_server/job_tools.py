"""The jobs over MCP, by the services of `jobs`."""

from functools import partial

from mcp_types import InputRequiredResult

from chasedata_mcp.jobs.account_status import read_status
from chasedata_mcp.jobs.activity_summary import summarize_activity
from chasedata_mcp.jobs.contact_check import ContactChecker
from chasedata_mcp.jobs.job_service import JobCall
from chasedata_mcp.jobs.name_search import find_names
from chasedata_mcp.jobs.outcome import build_job_result
from chasedata_mcp.jobs.plan import JobContext, Turns
from chasedata_mcp.jobs.present import render_job
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import Handler, ToolGroup
from chasedata_mcp.tools.base import Tool
from chasedata_mcp.tools.jobs import JOBS, CheckContact, FindNames, JobTool, Status, Summary
from chasedata_mcp.tools.results import Result


async def _check_contact(wanted: CheckContact, call: ToolCall) -> Result:
    return await ContactChecker(call.pipeline, call.ledger).check(wanted, call.caller)


async def _find_names(wanted: FindNames, call: ToolCall) -> Result:
    return await find_names(call.pipeline, wanted)


async def _status(_: Status, call: ToolCall) -> Result:
    return await read_status(call.pipeline, call.ledger, call.caller, own=call.own)


async def _summary(wanted: Summary, call: ToolCall) -> Result:
    return await summarize_activity(call.pipeline, call.ledger, wanted, call.caller, own=call.own)


async def _do_steps(turns: Turns, wanted: JobTool, call: ToolCall) -> Result | InputRequiredResult:
    job = JobCall(JobContext(call.pipeline, call.ledger, call.caller, turns), wanted)
    plan = await job.plan()
    if not plan.group.actions:
        return build_job_result(call.pipeline.account, plan, ())
    return await call.once_cleared(job.admit, job.redeem, job.execute)


def make_job_tools() -> ToolGroup:
    """Make the group of one server's jobs, which take turns at what they change."""
    reads: dict[type[Tool], Handler] = {
        CheckContact: _check_contact,
        FindNames: _find_names,
        Status: _status,
        Summary: _summary,
    }
    do_steps = partial(_do_steps, Turns())
    return ToolGroup(
        handlers={job: reads.get(job, do_steps) for job in JOBS.values()}, render=render_job
    )
