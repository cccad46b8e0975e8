"""The everyday jobs as prompts: texts that lead a model through the right tools in order."""

import json
from collections.abc import Iterator, Mapping

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from pydantic_core import PydanticCustomError

from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.prompt import Fact, Job
from chasedata_mcp.mcp_server.prompt_texts import JOBS
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.registry import CATALOGUE

_END = (
    "Say what the result of each call says, no more. If one is refused or its outcome is unknown, "
    "tell me and follow its hint; don't look for a way round."
)


class Prompts:
    """The jobs that the policy leaves possible."""

    def __init__(self, policy: Policy, countries: frozenset[str]) -> None:
        self._countries = countries
        self._offered = {name for name, action in CATALOGUE.items() if policy.offers(action)}
        self._jobs = {job.name: job for job in JOBS if job.needs <= self._offered}
        self._listed = ListPromptsResult(prompts=[_prompt(job) for job in self._jobs.values()])

    @property
    def names(self) -> list[str]:
        """The prompts on offer."""
        return list(self._jobs)

    async def listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """The prompts on offer, always in the same order."""
        return self._listed

    async def got(self, _context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """Write out a prompt.

        Raises:
            MCPError: There is no such prompt, or its arguments don't fit; no value is quoted.
        """
        text = self.text(params.name, params.arguments or {})
        return GetPromptResult(
            description=self.job(params.name).description,
            messages=[PromptMessage(role="user", content=TextContent(type="text", text=text))],
        )

    def text(self, name: str, arguments: Mapping[str, str]) -> str:
        """The text of a prompt.

        Raises:
            MCPError: There is no such prompt, or its arguments don't fit; no value is quoted.
        """
        job = self.job(name)
        return "\n".join(self._lines(job, self._read(job, arguments)))

    def job(self, name: str) -> Job:
        """The job of a prompt.

        Raises:
            MCPError: There is none of this name.
        """
        if name not in self._jobs:
            raise _refused("there is no prompt of this name; list the prompts")
        return self._jobs[name]

    def _read(self, job: Job, arguments: Mapping[str, str]) -> dict[str, str]:
        """What was given, tidied; a field of a host's form that was left empty was not given."""
        filled = {name: text for name, text in arguments.items() if text.strip()}
        problems = [*_unknown(job, arguments), *_missing(job, filled)]
        given: dict[str, str] = {}
        for fact in job.facts:
            if fact.name in filled:
                try:
                    given[fact.name] = fact.read(filled[fact.name], self._countries)
                except PydanticCustomError as error:
                    problems.append(f"`{fact.name}` {error.message()}")
        if problems:
            raise _refused("; ".join(problems))
        return given

    def _lines(self, job: Job, given: Mapping[str, str]) -> Iterator[str]:
        yield f"{job.description}."
        yield from (f"- {name}: {_quoted(value)}" for name, value in given.items())
        missing = [fact for fact in job.facts if fact.name not in given]
        if missing:
            yield "Not known yet; ask me where it matters, and don't guess:"
            yield from (f"- {fact.name}: {fact.description}" for fact in missing)
        yield "Then, in this order:"
        steps = [step for step in job.steps if not step.tool or step.tool in self._offered]
        yield from (f"{number}. {step.text}" for number, step in enumerate(steps, 1))
        yield _END


def _prompt(job: Job) -> Prompt:
    return Prompt(
        name=job.name,
        title=job.title,
        description=f"{job.description}.",
        arguments=[
            PromptArgument(name=fact.name, description=fact.description, required=fact.required)
            for fact in job.facts
        ],
    )


def _unknown(job: Job, arguments: Mapping[str, str]) -> list[str]:
    known = [fact.name for fact in job.facts]
    if set(arguments) <= set(known):
        return []
    return [f"there is an argument that this prompt doesn't have; it has {_listed(known)}"]


def _missing(job: Job, given: Mapping[str, str]) -> list[str]:
    missing: list[Fact] = [f for f in job.facts if f.required and f.name not in given]
    return [f"`{fact.name}` is required ({fact.description})" for fact in missing]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _quoted(value: str) -> str:
    """Between quotes that nothing in the value can close."""
    return json.dumps(value, ensure_ascii=False)


def _refused(problem: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=problem)
