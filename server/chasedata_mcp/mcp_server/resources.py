"""The resources: the guide, the status, the last calls, and each tool as the policy has it."""

import json
from functools import cache, partial
from importlib.resources import files
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextResourceContents,
)

from chasedata_mcp import __version__
from chasedata_mcp.approvals.lifetimes import LIFE, LIFE_OUT_OF_BAND
from chasedata_mcp.mcp_server.approval_requirements import approval_requirement
from chasedata_mcp.mcp_server.batch_resources import BatchResources
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.history_tools import HISTORY_TOOLS, list_entries
from chasedata_mcp.mcp_server.resource_list import FIXED_MS, JSON, MARKDOWN, TOOL
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.tool_groups import ToolGroups
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.settings.scripts import Script
from chasedata_mcp.settings.wire.facts import is_inferred
from chasedata_mcp.settings.wire.loader import load_shipped_profile
from chasedata_mcp.tools.history import ListHistory
from chasedata_mcp.tools.marks import Marks
from chasedata_mcp.tools.published import PublishedTool
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS
from chasedata_mcp.tools.schema import build_entry, describe_asking


class Resources:
    """The resources of one server."""

    def __init__(
        self,
        pipeline: Pipeline,
        server_context: ServerContext,
        beside: ToolGroups,
        batches: BatchResources,
    ) -> None:
        self._pipeline = pipeline
        self._batches = batches
        self._server_context = server_context
        self._beside = beside

    async def read(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """Read a resource.

        Raises:
            MCPError: There is none at this address.
        """
        match params.uri:
            case "chasedata://guide":
                return _fixed(params.uri, guide(), MARKDOWN)
            case "chasedata://status":
                status = _json(await self._status())
                return ReadResourceResult(contents=[_text(params.uri, status, JSON)])
            case "chasedata://history" if self._beside.permits(ListHistory):
                last = _json(await self._last(context))
                return ReadResourceResult(contents=[_text(params.uri, last, JSON)])
            case uri if (tool := self._tool(uri)) is not None:
                return _fixed(uri, _json(tool), JSON)
            case uri if (found := await self._batches.read(context, uri)) is not None:
                return ReadResourceResult(contents=[_text(uri, _json(found), JSON)])
            case uri:
                # In both eras the code that the SDK's own server gives.
                message = "there is no resource at this address; list the resources"
                raise MCPError(code=INVALID_PARAMS, message=message, data={"uri": uri})

    async def _last(self, context: Context) -> dict[str, Any]:
        """Read the newest entries that the caller may see, or why they can't be read."""
        newest = partial(list_entries, ListHistory())
        return HISTORY_TOOLS.render(await self._beside.look(context, ListHistory, newest)).fields

    async def _status(self) -> dict[str, Any]:
        account, policy = self._pipeline.account, self._pipeline.policy
        status = {
            "server": {"name": "chasedata-mcp", "version": __version__},
            "environment": account.environment,
            "account": account.accid,
            "host": account.host,
            "policy": {
                "confirm": policy.level,
                "read_only": policy.read_only,
                "asks_after_reading_seconds": policy.after_reading.total_seconds(),
            },
            "toolsets": [
                *(name for name in TOOLSETS if name in policy.toolsets),
                *dict.fromkeys(tool.toolset for tool in self._beside.offered.values()),
            ],
            "scripts": {script.value: self._script(script) for script in Script},
            "limits": self._limits(),
        }
        if account.environment != "sandbox":
            return status
        known = await self._server_context.known()
        # A name is text from outside: marked, so that no model takes it for an instruction.
        marks = Marks(_json(known))
        names = marks.wrap(known)
        return {**status, "names": names, "note": marks.meaning}

    def _script(self, script: Script) -> dict[str, Any]:
        name = self._server_context.load_profile().scripts[script]
        shipped = load_shipped_profile().scripts[script]
        inferred = is_inferred(script) and name == shipped
        return {"name": name, "inferred": inferred, "setting": script.setting}

    def _limits(self) -> dict[str, Any]:
        server_context = self._server_context
        return {
            "search_seconds": server_context.search_seconds,
            "write_seconds": server_context.write_seconds,
            "calls_in_flight": server_context.in_flight,
            "reads_in_flight_beside": server_context.reads_in_flight,
            "countries_that_may_be_called": list(server_context.countries),
            "confirmation_seconds": LIFE.total_seconds(),
            "confirmation_seconds_elsewhere": LIFE_OUT_OF_BAND.total_seconds(),
        }

    def _approval_requirement(self, beside: PublishedTool) -> str:
        """Say when a call of a tool beside the catalogue asks a person."""
        if self._pipeline.policy.tools.get(beside.name) == "ask":
            return "Always: a person must say yes."
        return f"{describe_asking(beside).capitalize()}."

    def _tool(self, uri: str) -> dict[str, Any] | None:
        """Describe a tool that is offered; one that is hidden isn't there."""
        name = uri.removeprefix(TOOL.removesuffix("{name}"))
        if name == uri:
            return None
        if (beside := self._beside.offered.get(name)) is not None:
            return {
                "tool": beside.entry,
                "toolset": beside.toolset,
                "effect": beside.declared_impact,
                "asks_a_person": self._approval_requirement(beside),
            }
        action = CATALOGUE.get(name)
        if action is None or not self._pipeline.policy.offers(action):
            return None
        return {
            "tool": build_entry(action),
            "toolset": action.toolset,
            "effect": action.declared_impact,
            "asks_a_person": approval_requirement(action, self._pipeline.policy.offer),
            "script": self._script(action.script),
        }


@cache
def guide() -> str:
    """Read the guide, as markdown."""
    return files("chasedata_mcp.mcp_server").joinpath("guide.md").read_text(encoding="utf-8")


def _fixed(uri: str, text: str, mime_type: str) -> ReadResourceResult:
    """Give a result that stays the same as long as the server runs."""
    return ReadResourceResult(
        contents=[_text(uri, text, mime_type)], ttl_ms=FIXED_MS, cache_scope="private"
    )


def _text(uri: str, text: str, mime_type: str) -> TextResourceContents:
    return TextResourceContents(uri=uri, text=text, mime_type=mime_type)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
