"""The MCP tools: listing them, and calling one through the pipeline with an approval if needed."""

from difflib import get_close_matches
from functools import partial

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
)

from chasedata_mcp.app.out_of_band import OutOfBand
from chasedata_mcp.errors import UnknownToolError
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.elicitation import Elicitation
from chasedata_mcp.mcp_server.history_tools import call_tool_result
from chasedata_mcp.mcp_server.tool_groups import ToolGroups
from chasedata_mcp.pipeline.pipeline import Cleared, Pipeline
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result


class Tools:
    """The tools of one pipeline, for the callers of one transport."""

    def __init__(
        self,
        pipeline: Pipeline,
        caller_of: CallerOf,
        beside: ToolGroups,
        out_of_band: OutOfBand | None,
    ) -> None:
        self._pipeline = pipeline
        self._caller_of = caller_of
        self._beside = beside
        self._out_of_band = out_of_band
        actions = (name for name, action in CATALOGUE.items() if pipeline.policy.offers(action))
        self._offered = [*actions, *beside.offered]

    async def called(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            MCPError: There is no tool of this name.
        """
        try:
            if (group := self._beside.find(params.name)) is not None:
                return await group.answer(context, params)
            result = await self._result(context, params)
            return result if isinstance(result, InputRequiredResult) else call_tool_result(result)
        except UnknownToolError as error:
            message = self._with_the_nearest(str(error), params.name)
            # MCP, tools, error handling: an unknown tool is a protocol error (-32602), while a
            # refusal is a result that the model reads.
            raise MCPError(code=INVALID_PARAMS, message=message) from None
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how it stands
            return call_tool_result(self._pipeline.build_failure(error))

    def _with_the_nearest(self, message: str, name: str) -> str:
        """Give the message, or one with the nearest name of a tool on offer, if one is near."""
        asked = name.lower().replace("-", "_")
        near = get_close_matches(asked, self._offered, n=1, cutoff=0.6)
        return f"there is no tool of this name; did you mean {near[0]}?" if near else message

    async def _result(
        self, context: Context, params: CallToolRequestParams
    ) -> Result | InputRequiredResult:
        cleared = await self._cleared(context, params)
        if isinstance(cleared, InputRequiredResult):
            return cleared
        return await self._pipeline.send(cleared)

    async def _cleared(
        self, context: Context, params: CallToolRequestParams
    ) -> Cleared | InputRequiredResult:
        caller = self._caller_of(context)
        action = self._pipeline.read(params.name, params.arguments or {}, caller)
        elicitation = Elicitation.of(
            self._pipeline,
            context,
            self._caller_of,
            self._out_of_band,
            admit=partial(self._pipeline.admit, action, caller),
            redeem=partial(self._pipeline.redeem, action, caller),
        )
        return await elicitation.cleared(params)
