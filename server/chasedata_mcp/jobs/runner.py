"""The steps of a job, sent one by one; what was done is known however it ends."""

import logging
from typing import Final

from anyio import get_cancelled_exc_class

from chasedata_mcp.errors import CallError, Code, Outcome
from chasedata_mcp.jobs.plan import JobPlan, PlannedStep, StepReport, When
from chasedata_mcp.pipeline.errors import fault
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline

_LOG = logging.getLogger("chasedata_mcp.jobs")
_FAILING: Final = frozenset(
    {*(Code.NOT_REACHED, Code.NO_ANSWER, Code.NOT_UNDERSTOOD), Code.REFUSED_BY_DIALER, Code.FAILED}
)
_MOST_FAILURES: Final = 3
"""So many failures one after another are of no single step: the rest isn't sent."""


async def run_steps(pipeline: Pipeline, plan: JobPlan, cleared: Cleared) -> list[StepReport]:
    """Send the steps of a plan that were cleared, each on its condition, and report on all."""
    reports: list[StepReport] = []
    place = failures = 0
    for step in plan.steps:
        if step.action is None:
            reports.append(StepReport(step, "refused", error=step.error))
            continue
        refusal, place = cleared.refused.get(place), place + 1
        if refusal is not None:
            reports.append(StepReport(step, "refused", error=refusal))
            continue
        if failures == _MOST_FAILURES or not _is_due(step.when, reports):
            pipeline.skip(cleared)
            reports.append(StepReport(step, "not_sent"))
            continue
        reports.append(await _send(pipeline, plan, cleared, step, reports))
        error = reports[-1].error
        failures = failures + 1 if error is not None and error.code in _FAILING else 0
    return reports


def _is_due(when: When, reports: list[StepReport]) -> bool:
    match when:
        case When.ALWAYS:
            return True
        case When.WHILE_DONE:
            return all(report.is_done for report in reports)
        case When.ON_DUPLICATE:
            return bool(reports) and reports[-1].is_duplicate


async def _send(
    pipeline: Pipeline,
    plan: JobPlan,
    cleared: Cleared,
    step: PlannedStep,
    before: list[StepReport],
) -> StepReport:
    try:
        result = await pipeline.send(cleared)
    except get_cancelled_exc_class():
        done = sum(report.is_done for report in before)
        _LOG.warning("job %s was cancelled; %s of its steps were done", plan.id, done)
        raise
    except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how far the job came
        known = error if isinstance(error, CallError) else fault(error)
        is_unknown = known.info.outcome is Outcome.UNKNOWN
        return StepReport(step, "unknown" if is_unknown else "refused", error=known)
    return StepReport(step, "done", result)
