"""Completions for a prompt's argument or a resource's address that a person types."""

from collections.abc import Mapping
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    PromptReference,
)

from chasedata_mcp.batches.account_page import PARTS
from chasedata_mcp.mcp_server.batch_resources import BatchResources
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.prompts import Prompts
from chasedata_mcp.mcp_server.resource_list import ACCOUNT, BATCH, TOOL
from chasedata_mcp.mcp_server.server_context import Known, ServerContext
from chasedata_mcp.mcp_server.tool_groups import ToolGroups
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.names.kinds import NameKind
from chasedata_mcp.tools.names.store import NameSource
from chasedata_mcp.tools.registry import CATALOGUE

USUAL_DISPOSITIONS: Final = (
    "AGENTSPCB",
    "ANS. MACHINE",
    "CALL BACK",
    "CALL DROPPED",
    "DO NOT CALL",
    "FTC DNC",
    "LEFT MESSAGE",
    "NOT INTERESTED",
    "SALE",
    "SKIP",
    "UNAVAILABLE",
    "WRONG NUMBER",
)
"""The dispositions that accounts usually have (source: wire.md); an account adds its own."""
# MCP, completion: at most 100 values in one answer.
_MOST = 100


class Completions:
    """The completions of one server: the account's names, usual dispositions, tools."""

    def __init__(
        self,
        prompts: Prompts,
        pipeline: Pipeline,
        server_context: ServerContext,
        beside: ToolGroups,
        batches: BatchResources,
    ) -> None:
        self._prompts = prompts
        self._batches = batches
        offered = [name for name, action in CATALOGUE.items() if pipeline.policy.offers(action)]
        self._tools = [*offered, *beside.offered]
        self._server_context = server_context
        self._names = pipeline.names

    async def completed(self, context: Context, params: CompleteRequestParams) -> CompleteResult:
        """Complete a value; nothing where nothing is known.

        Raises:
            MCPError: There is no such prompt, resource template or argument.
        """
        candidates = await self._candidates(context, params)
        found = matching(candidates, params.argument.value)
        return CompleteResult(
            completion=Completion(
                values=found[:_MOST], total=len(found), has_more=len(found) > _MOST
            )
        )

    async def _candidates(
        self, context: Context, params: CompleteRequestParams
    ) -> Mapping[str, str]:
        if isinstance(params.ref, PromptReference):
            return await self._of_a_prompt(params.ref.name, params.argument.name)
        match params.ref.uri, params.argument.name:
            case (template, "name") if template == TOOL:
                return dict.fromkeys(self._tools, "")
            case (template, "batch_id") if template in {BATCH, ACCOUNT}:
                return await self._batches.list_ids(context)
            case (template, "part") if template == ACCOUNT:
                return dict.fromkeys(PARTS, "")
            case (template, "after") if template == ACCOUNT:
                return {"0": "the first page"}
            case _:
                raise _refused("there is no resource template with this argument")

    async def _of_a_prompt(self, prompt: str, argument: str) -> Mapping[str, str]:
        parameters = {
            parameter.name: parameter for parameter in self._prompts.template(prompt).parameters
        }
        if argument not in parameters:
            raise _refused("this prompt has no such argument")
        kind = parameters[argument].names
        if not kind:
            return {}
        own = await self._own(NameKind(kind))
        # The user's own first, and what they call a name before what the sandbox does.
        known = {**own, **await self._dialers(kind), **own}
        return known or dict.fromkeys(USUAL_DISPOSITIONS if kind == "dispositions" else (), "")

    async def _own(self, kind: NameKind) -> dict[str, str]:
        """Give the names that are listed or were learned, each with its aliases."""
        return {
            one.name: " ".join(one.aliases)
            for one in await self._names.list_names(kind)
            if one.sources != (NameSource.SANDBOX,)
        }

    async def _dialers(self, kind: str) -> dict[str, str]:
        return _labelled((await self._server_context.known()).get(kind))


def matching(candidates: Mapping[str, str], typed: str) -> list[str]:
    """Give the candidates that begin with the typed text, then those that contain it.

    It is looked for in name and label. Case makes no difference.
    """
    sought = typed.strip().casefold()
    begin = [name for name in candidates if name.casefold().startswith(sought)]
    have = [
        name
        for name, label in candidates.items()
        if name not in begin and (sought in name.casefold() or sought in label.casefold())
    ]
    return begin + have


def _labelled(known: Known | None) -> dict[str, str]:
    """Give names, each with its label if it has one."""
    match known:
        case list():
            return dict.fromkeys(known, "")
        case dict():
            return {name: label if isinstance(label, str) else "" for name, label in known.items()}
        case _:
            return {}


def _refused(problem: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=problem)
