"""Jobs over a dialer with a fault at one of its writes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import SandboxPipeline
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.jobs.job_service import JobCall
from chasedata_mcp.jobs.outcome import build_job_result
from chasedata_mcp.jobs.plan import JobContext
from chasedata_mcp.pipeline.executor import Dialer
from chasedata_mcp.pipeline.pipeline import Cleared
from chasedata_mcp.tools.answer_types import Answer, Expects
from chasedata_mcp.tools.jobs import JOBS
from chasedata_mcp.tools.jobs.job_results import JobResult
from chasedata_mcp.tools.request import Request

Fault = Callable[["FaultyDialer", Request], Awaitable[Answer]]


def a_fault(code: Code) -> CallError:
    return CallError(code, "A fault of the test's.", hint="Look.")


@dataclass
class FaultyDialer:
    """A dialer whose write of a number has a fault; it keeps the forms of all writes."""

    beyond: Dialer
    fault: Fault
    at: int
    writes: list[dict[str, str]] = field(default_factory=list)

    async def post(self, request: Request) -> Answer:
        if request.expects is not Expects.DONE:
            return await self.beyond.post(request)
        self.writes.append(dict(request.form))
        if len(self.writes) == self.at:
            return await self.fault(self, request)
        return await self.beyond.post(request)


async def not_sent(_: FaultyDialer, __: Request) -> Answer:
    raise a_fault(Code.NOT_REACHED)


async def no_answer(dialer: FaultyDialer, request: Request) -> Answer:
    await dialer.beyond.post(request)
    raise a_fault(Code.NO_ANSWER)


async def status_500(_: FaultyDialer, __: Request) -> Answer:
    raise a_fault(Code.NO_ANSWER)


async def garbage(dialer: FaultyDialer, request: Request) -> Answer:
    await dialer.beyond.post(request)
    raise a_fault(Code.NOT_UNDERSTOOD)


async def refused(_: FaultyDialer, __: Request) -> Answer:
    raise a_fault(Code.REFUSED_BY_DIALER)


async def breaks(_: FaultyDialer, __: Request) -> Answer:
    raise RuntimeError("a fault of ours")


FAULTS = (not_sent, no_answer, status_500, garbage, refused, breaks)


async def nothing(_: SandboxPipeline) -> None:
    pass


@dataclass(frozen=True)
class Case:
    """A job, how many writes it makes, and what it needs beforehand."""

    job: str
    given: dict[str, Any]
    writes: int
    before: Callable[[SandboxPipeline], Awaitable[None]] = nothing


async def run(pipeline: AssembledPipeline, case: Case) -> JobResult:
    """Do a job about which nobody is asked."""
    wanted = JOBS[case.job].read(case.given, pipeline.validation_context())
    job = JobCall(JobContext(pipeline, pipeline.ledger, CALLER), wanted)
    plan = await job.plan()
    if not plan.group.actions:
        return build_job_result(pipeline.account, plan, ())
    cleared = await job.admit()
    assert isinstance(cleared, Cleared), cleared
    return await job.execute(cleared)
