"""Listing the prompts, and writing one out: texts that lead a model through the tools in order."""

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
from chasedata_mcp.mcp_server.prompt_catalogue import PROMPTS
from chasedata_mcp.mcp_server.prompt_template import PromptParameter, PromptStep, PromptTemplate
from chasedata_mcp.policy.tool_offer import ToolOffer
from chasedata_mcp.tools.published import load_published

_END = (
    "Say what the result of each call says, no more. If one is refused or its outcome is unknown, "
    "tell me and follow its hint; don't look for a way round."
)


class Prompts:
    """The prompts whose tools the policy offers."""

    def __init__(self, offer: ToolOffer, countries: frozenset[str]) -> None:
        self._countries = countries
        published = load_published().values()
        self._offered = {tool.name for tool in published if offer.offers(tool)}
        self._templates = {
            template.name: template for template in PROMPTS if template.needs <= self._offered
        }
        self._listed = ListPromptsResult(
            prompts=[_prompt(template) for template in self._templates.values()]
        )

    @property
    def names(self) -> list[str]:
        """The prompts on offer."""
        return list(self._templates)

    async def listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """List the prompts on offer, always in the same order."""
        return self._listed

    async def got(self, _context: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """Write out a prompt.

        Raises:
            MCPError: There is no such prompt, or its arguments don't fit; no value is quoted.
        """
        text = self.text(params.name, params.arguments or {})
        return GetPromptResult(
            description=self.template(params.name).description,
            messages=[PromptMessage(role="user", content=TextContent(type="text", text=text))],
        )

    def text(self, name: str, arguments: Mapping[str, str]) -> str:
        """Write the text of a prompt.

        Raises:
            MCPError: There is no such prompt, or its arguments don't fit; no value is quoted.
        """
        template = self.template(name)
        return "\n".join(self._lines(template, self._read(template, arguments)))

    def template(self, name: str) -> PromptTemplate:
        """Find the template of a prompt.

        Raises:
            MCPError: There is none of this name.
        """
        if name not in self._templates:
            raise _refused("there is no prompt of this name; list the prompts")
        return self._templates[name]

    def _read(self, template: PromptTemplate, arguments: Mapping[str, str]) -> dict[str, str]:
        """Read the values; a field of a host's form that was left empty was not given."""
        filled = {name: text for name, text in arguments.items() if text.strip()}
        problems = [*_unknown(template, arguments), *_missing(template, filled)]
        given: dict[str, str] = {}
        for parameter in template.parameters:
            if parameter.name in filled:
                try:
                    given[parameter.name] = parameter.read(filled[parameter.name], self._countries)
                except PydanticCustomError as error:
                    problems.append(f"`{parameter.name}` {error.message()}")
        if problems:
            raise _refused("; ".join(problems))
        return given

    def _lines(self, template: PromptTemplate, given: Mapping[str, str]) -> Iterator[str]:
        yield f"{template.description}."
        yield from (f"- {name}: {_quoted(value)}" for name, value in given.items())
        missing = [parameter for parameter in template.parameters if parameter.name not in given]
        if missing:
            yield "Not known yet; ask me where it matters, and don't guess:"
            yield from (f"- {parameter.name}: {parameter.description}" for parameter in missing)
        yield "Then, in this order:"
        steps = filter(self._is_on_offer, template.steps)
        yield from (f"{number}. {step.text}" for number, step in enumerate(steps, 1))
        yield _END

    def _is_on_offer(self, step: PromptStep) -> bool:
        return step.unless not in self._offered and step.tool in {"", *self._offered}


def _prompt(template: PromptTemplate) -> Prompt:
    return Prompt(
        name=template.name,
        title=template.title,
        description=f"{template.description}.",
        arguments=[
            PromptArgument(
                name=parameter.name, description=parameter.description, required=parameter.required
            )
            for parameter in template.parameters
        ],
    )


def _unknown(template: PromptTemplate, arguments: Mapping[str, str]) -> list[str]:
    known = [parameter.name for parameter in template.parameters]
    if set(arguments) <= set(known):
        return []
    return [f"there is an argument that this prompt doesn't have; it has {_listed(known)}"]


def _missing(template: PromptTemplate, given: Mapping[str, str]) -> list[str]:
    missing: list[PromptParameter] = [
        f for f in template.parameters if f.required and f.name not in given
    ]
    return [f"`{parameter.name}` is required ({parameter.description})" for parameter in missing]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _quoted(value: str) -> str:
    """Put a value between quotes that nothing in it can close."""
    return json.dumps(value, ensure_ascii=False)


def _refused(problem: str) -> MCPError:
    # MCP, prompts, error handling: -32602 for an unknown name and for a missing argument.
    return MCPError(code=INVALID_PARAMS, message=problem)
