"""A dialer whose leads read as a test says, and what becomes of a call over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from _support.dialer import done
from _support.pipeline import CALLER, AssembledPipeline
from _support.sandbox import SandboxPipeline
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.tools.answer_types import Answer, Lead, LeadsRead
from chasedata_mcp.tools.request import Request

Fields = Mapping[str, str]


@dataclass
class Reading:
    """A dialer that finds these leads, or whose search fails, and does everything else."""

    leads: tuple[Fields, ...] | None
    posted: list[str] = field(default_factory=list[str])

    async def post(self, request: Request) -> Answer:
        if request.form.get("Action") != "SearchLead":
            self.posted.append(request.form.get("Action", request.script))
            return done(request)
        if self.leads is None:
            raise CallError(Code.NO_ANSWER, "No answer.", hint="-", read=True)
        return LeadsRead(
            tuple(Lead(str(n), dict(fields)) for n, fields in enumerate(self.leads, 1001))
        )


def over(live: SandboxPipeline, *leads: Fields) -> AssembledPipeline:
    return live.over(dialer=Reading(leads))


async def outcome(pipeline: Pipeline, tool: str, given: Mapping[str, object]) -> str:
    """What becomes of a call: done, or the rules that refuse or ask."""
    try:
        admitted = await pipeline.admit(pipeline.read(tool, given), CALLER)
    except RefusedError as error:
        return ",".join(rule.rule for rule in error.rules)
    if isinstance(admitted, Cleared):
        return (await pipeline.send(admitted)).outcome
    return ",".join(ask.rule for ask in admitted.calls[0].asked_by)
