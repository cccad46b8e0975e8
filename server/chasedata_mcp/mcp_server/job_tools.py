"""The jobs over MCP: listed and called like other tools, by the services of `jobs`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import CallToolRequestParams, CallToolResult, InputRequiredResult, TextContent

from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.jobs.account_status import read_status
from chasedata_mcp.jobs.activity_summary import summarize_activity
from chasedata_mcp.jobs.contact_check import ContactChecker
from chasedata_mcp.jobs.job_service import JobCall
from chasedata_mcp.jobs.name_search import find_names
from chasedata_mcp.jobs.outcome import build_job_result
from chasedata_mcp.jobs.plan import JobContext, Turns
from chasedata_mcp.jobs.present import render_job
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.pipeline.errors import not_configured
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.jobs import JOBS, CheckContact, FindNames, JobTool, Status, Summary
from chasedata_mcp.tools.results import Result


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One call of a job: its caller and arguments, and the services that it may use."""

    caller: str
    context: Context
    params: CallToolRequestParams
    pipeline: Pipeline
    ledger: Ledger
    caller_of: CallerOf
    out_of_band: OutOfBand | None
    own: bool
    """True where the caller sees only what its own principal did."""
    turns: Turns


async def _check_contact(wanted: CheckContact, call: JobRequest) -> Result:
    return await ContactChecker(call.pipeline, call.ledger).check(wanted, call.caller)


async def _find_names(wanted: FindNames, call: JobRequest) -> Result:
    return await find_names(call.pipeline, wanted)


async def _status(_: Status, call: JobRequest) -> Result:
    return await read_status(call.pipeline, call.ledger, call.caller, own=call.own)


async def _summary(wanted: Summary, call: JobRequest) -> Result:
    return await summarize_activity(call.pipeline, call.ledger, wanted, call.caller, own=call.own)


async def _do_steps(wanted: JobTool, call: JobRequest) -> Result | InputRequiredResult:
    job = JobCall(JobContext(call.pipeline, call.ledger, call.caller, call.turns), wanted)
    plan = await job.plan()
    if not plan.group.actions:
        return build_job_result(call.pipeline.account, plan, ())
    elicitation = Elicitation.of(
        call.pipeline,
        call.context,
        call.caller_of,
        call.out_of_band,
        admit=job.admit,
        redeem=job.redeem,
    )
    cleared = await elicitation.cleared(call.params)
    if isinstance(cleared, InputRequiredResult):
        return cleared
    return await job.execute(cleared)


Handler = Callable[[Any, JobRequest], Awaitable[Result | InputRequiredResult]]
_READS: Mapping[type[JobTool], Handler] = {
    CheckContact: _check_contact,
    FindNames: _find_names,
    Status: _status,
    Summary: _summary,
}


class JobTools:
    """The jobs of one pipeline, for the callers of one transport; none without a ledger."""

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        self._pipeline = pipeline
        self._caller_of = caller_of
        self._server_context = server_context
        self._turns = Turns()
        self._known = {} if server_context.ledger is None else dict(JOBS)

    @property
    def offered(self) -> Mapping[str, type[JobTool]]:
        """The jobs on offer, by name."""
        offers = self._pipeline.policy.offers
        return {name: job for name, job in self._known.items() if offers(job)}

    def has(self, name: str) -> bool:
        """Tell whether there is a job of this name here, on offer or not."""
        return name in self._known

    async def answer(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Do a job, and write its result as the protocol has it.

        Raises:
            CallError: `not_allowed`, `invalid_arguments`, or whatever ended the job.
        """
        result = await self._do(context, params)
        if isinstance(result, InputRequiredResult):
            return result
        return _write(self._pipeline.redact(result))

    async def _do(
        self, context: Context, params: CallToolRequestParams
    ) -> Result | InputRequiredResult:
        job, ledger = self._known[params.name], self._server_context.ledger
        if self._pipeline.account == NO_ACCOUNT:
            raise not_configured()
        assert ledger is not None  # noqa: S101 - without one no job is known
        self._pipeline.policy.refuse_tool(job)
        self._pipeline.policy.refuse_by_name(job)
        wanted = job.read(params.arguments or {}, self._pipeline.validation_context())
        call = JobRequest(
            self._caller_of(context),
            context,
            params,
            self._pipeline,
            ledger,
            self._caller_of,
            self._server_context.out_of_band,
            own=not self._server_context.history_of_all,
            turns=self._turns,
        )
        return await _READS.get(job, _do_steps)(wanted, call)


def _write(result: Result) -> CallToolResult:
    both = render_job(result)
    return CallToolResult(
        content=[TextContent(type="text", text=both.text)],
        structured_content=both.fields,
        is_error=result.code is not None,
    )
