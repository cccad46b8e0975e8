"""One call of a job: planned, asked about once, and done step by step."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from anyio import CancelScope

from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.jobs.contact_stop import are_all_sent, list_requests, plan_stop
from chasedata_mcp.jobs.lead_note import plan_note
from chasedata_mcp.jobs.lead_store import plan_call, plan_upsert
from chasedata_mcp.jobs.list_fill import plan_list_fill
from chasedata_mcp.jobs.live_changes import plan_playlist, plan_routing
from chasedata_mcp.jobs.outcome import build_job_result
from chasedata_mcp.jobs.plan import JobContext, JobPlan, StepReport
from chasedata_mcp.jobs.runner import run_steps
from chasedata_mcp.jobs.stop_confirmation import find_confirmation
from chasedata_mcp.pipeline.early_suppression import EarlyRequest
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval
from chasedata_mcp.tools.jobs import (
    AddNote,
    CallLeadNow,
    ChangePlaylist,
    ChangeRouting,
    FillDialList,
    JobTool,
    StopContact,
    UpsertLead,
)
from chasedata_mcp.tools.jobs.job_results import JobResult

_UNRECORDED: Final = (
    "What came of suppressing the numbers could not be put on record; the history shows it as "
    "unknown. They are suppressed here."
)


class JobCall:
    """One call of a job that changes something, for one caller."""

    def __init__(self, context: JobContext, wanted: JobTool) -> None:
        self._context = context
        self._pipeline = context.pipeline
        self._wanted = wanted
        self._plan: JobPlan | None = None

    async def plan(self) -> JobPlan:
        """Plan the job as things stand now.

        Raises:
            CallError: It can't be done; nothing was sent.
        """
        plan = await _plan(self._context, self._wanted)
        name = self._wanted.name
        if self._pipeline.policy.tools.get(name) == "ask":
            asks = (f"The policy asks before every {name}.", *plan.supposes)
            plan = replace(plan, supposes=asks)
        self._plan = plan
        return plan

    async def admit(self, *, out_of_band: bool = False) -> Cleared | PendingApproval:
        """Have all steps evaluated and asked about by one question."""
        plan, caller = await self._planned(), self._context.caller
        step = await self._pipeline.admit(plan.group, caller, out_of_band=out_of_band)
        if isinstance(step, PendingApproval) and (
            entry := await self._suppress(plan, step.approval.id)
        ):
            # Whoever asked not to be called is not called while a person is asked.
            await self._pipeline.early_suppression.end(entry, is_sent=False)
        return step

    async def redeem(self, approval_id: str, reply: Reply | None) -> Cleared:
        """Clear the steps by a person's answer, None for one that was given out of band.

        Raises:
            CallError: As for `plan`, where something changed while the person was asked; and as for
                a call with a pending approval.
        """
        # A yes is for the state that was shown, so the plan is made anew; a bare no needs none.
        plan = await self._planned()
        if reply is None or reply.content is not None:
            plan = await self.plan()
        return await self._pipeline.redeem(plan.group, self._context.caller, approval_id, reply)

    async def execute(self, cleared: Cleared) -> JobResult:
        """Send the steps, each on its condition, and tell what became of all of them.

        Raises:
            CallError: What a step depends on changed since it was cleared; nothing was sent.
        """
        plan = await self._planned()
        if plan.guard is None:
            return await self._send(plan, cleared)
        # Two that looked at once would both find it unchanged, and the second lose the first's.
        async with self._context.turns.of(plan.guarded):
            if (changed := await plan.guard(cleared)) is not None:
                raise self._pipeline.refused(cleared.calls, changed)
            return await self._send(plan, cleared)

    async def _send(self, plan: JobPlan, cleared: Cleared) -> JobResult:
        entry = await self._suppress(plan)
        reports: Sequence[StepReport] = ()
        is_recorded = True
        try:
            reports = await run_steps(self._pipeline, plan, cleared)
        finally:
            if entry is not None:
                with CancelScope(shield=True):
                    is_sent = bool(reports) and are_all_sent(reports)
                    end = self._pipeline.early_suppression.end
                    is_recorded = await end(entry, is_sent=is_sent)
        result = build_job_result(self._pipeline.account, plan, reports)
        if is_recorded:
            return result
        return result.model_copy(update={"warnings": [*result.warnings, _UNRECORDED]})

    async def _planned(self) -> JobPlan:
        return self._plan or await self.plan()

    async def _suppress(self, plan: JobPlan, approval: str | None = None) -> str | None:
        """Suppress all numbers of a request to stop before the first of its calls is sent."""
        requests = list_requests(plan) if isinstance(self._wanted, StopContact) else []
        if not requests:
            return None
        early = EarlyRequest(requests, f"{plan.id}.0", find_confirmation(plan), approval)
        return await self._pipeline.early_suppression.suppress(early, self._context.caller)


async def _plan(context: JobContext, wanted: JobTool) -> JobPlan:  # noqa: PLR0911 - one for each job
    match wanted:
        case StopContact():
            return await plan_stop(context, wanted)
        case AddNote():
            return await plan_note(context, wanted)
        case UpsertLead():
            return await plan_upsert(context, wanted)
        case CallLeadNow():
            return await plan_call(context, wanted)
        case FillDialList():
            return plan_list_fill(context, wanted)
        case ChangePlaylist():
            return plan_playlist(context, wanted)
        case ChangeRouting():
            return plan_routing(context, wanted)
        case _:
            message = f"{wanted.name} has no plan"
            raise TypeError(message)
