"""The result of a job, made of what became of its steps."""

from collections import Counter
from collections.abc import Iterator, Sequence

from chasedata_mcp.errors import CallError, Changed, FailureInfo, Outcome, Retry
from chasedata_mcp.fields.format import format_count
from chasedata_mcp.jobs.plan import JobPlan, StepReport, When
from chasedata_mcp.tools.account import Account
from chasedata_mcp.tools.jobs.job_results import JobResult, JobStep

_AGAIN = "Do the job again once that is mended: what is done already isn't done twice."
_PARTLY = FailureInfo(Outcome.UNKNOWN, Changed.UNKNOWN, Retry.AFTER_CHECK)


def build_job_result(account: Account, plan: JobPlan, reports: Sequence[StepReport]) -> JobResult:
    """Build the result of a job whose steps ended like this."""
    verdict = plan.judge(reports)
    done = [report for report in reports if report.is_done]
    result = JobResult(
        outcome=Outcome.DONE,
        environment=account.environment,
        account=account.accid,
        message=verdict.message,
        warnings=list(dict.fromkeys(_list_warnings(done))),
        job=plan.id,
        steps=_join_alike([_describe(one) for one in reports if _is_listed(plan, one)]) or None,
        left=list(plan.left) or None,
    )
    if verdict.is_done:
        return result
    # A duplicate is what the next step is for, and so the failure only where there is no other.
    errors = sorted(filter(_has_error, reports), key=lambda report: report.is_duplicate)
    failed = errors[0].error if errors else None
    if failed is None:
        message = f"job {plan.id} is said to have failed, and none of its steps did"
        raise ValueError(message)
    again = _AGAIN if plan.can_repeat else ""
    return _fail(result, failed, _how(failed, reports), _describe_changes(reports), again)


def _how(failed: CallError, reports: Sequence[StepReport]) -> FailureInfo:
    """Tell how a job failed: one that was done in part is neither done nor refused."""
    is_partial = any(report.outcome in {"done", "unknown"} for report in reports)
    return _PARTLY if is_partial else failed.info


def _describe_changes(reports: Sequence[StepReport]) -> str:
    outcomes = Counter(report.outcome for report in reports)
    if unknown := outcomes["unknown"]:
        return f"Whether {format_count(unknown, 'step was', 'steps were')} done is unknown."
    if done := outcomes["done"]:
        steps = format_count(done, "step was", "steps were")
        return f"{steps} done; what was refused or not sent changed nothing."
    return "Nothing was changed at the dialer."


def _fail(
    result: JobResult, failed: CallError, how: FailureInfo, what_changed: str, again: str
) -> JobResult:
    back = f"To take back what was done, undo {result.job}." if how is _PARTLY else ""
    return result.model_copy(
        update={
            "message": f"{result.message} {what_changed}",
            "outcome": how.outcome,
            "changed": how.changed,
            "retry": how.retry,
            "code": failed.code,
            "hint": " ".join(filter(None, [failed.hint, again, back])),
            "dialer_said": failed.dialer_said,
        }
    )


def _has_error(report: StepReport) -> bool:
    return report.error is not None


def _is_listed(plan: JobPlan, report: StepReport) -> bool:
    if report.outcome == "not_sent" and report.step.when is When.ON_DUPLICATE:
        return False
    return plan.lists_done or not report.is_done


def _describe(report: StepReport) -> JobStep:
    result, error = report.result, report.error
    return JobStep(
        step=report.step.tool,
        about=report.step.about,
        outcome=report.outcome,
        entry=(result.entry if result else None) or (error.entry if error else None),
        code=error.code if error else None,
        message=error.message if error else None,
        dialer_said=error.dialer_said if error and not report.is_duplicate else None,
    )


def _join_alike(steps: Sequence[JobStep]) -> list[JobStep]:
    """Join steps that ended alike, so that a hundred phones are no hundred lines."""
    joined: dict[str, JobStep] = {}
    for step in steps:
        # One that was sent has an entry of its own.
        key = step.model_dump_json(exclude={"about"})
        alike = joined.get(key)
        about = step.about if alike is None else f"{alike.about}, {step.about}"
        joined[key] = step.model_copy(update={"about": about})
    return list(joined.values())


def _list_warnings(done: Sequence[StepReport]) -> Iterator[str]:
    for report in done:
        yield from report.result.warnings if report.result else ()
