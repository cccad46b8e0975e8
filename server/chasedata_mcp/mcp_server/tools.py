"""The MCP tools: calling one through the pipeline, with an approval if needed."""

from difflib import get_close_matches
from functools import partial

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
)

from chasedata_mcp.errors import UnknownToolError
from chasedata_mcp.mcp_server.callers import Context
from chasedata_mcp.mcp_server.tool_call import MakeCall, ToolCall
from chasedata_mcp.mcp_server.tool_groups import ToolGroups, write_result
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result


class Tools:
    """The tools of one pipeline, for the callers of one transport."""

    def __init__(self, pipeline: Pipeline, make_call: MakeCall, beside: ToolGroups) -> None:
        self._pipeline, self._make_call, self._beside = pipeline, make_call, beside
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
            if self._beside.has(params.name):
                return await self._beside.answer(context, params)
            result = await _call_action(self._make_call(context, params))
            return result if isinstance(result, InputRequiredResult) else write_result(result)
        except UnknownToolError as error:
            message = self._with_the_nearest(str(error), params.name)
            # MCP, tools, error handling: an unknown tool is a protocol error (-32602), while a
            # refusal is a result that the model reads.
            raise MCPError(code=INVALID_PARAMS, message=message) from None
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how it stands
            return write_result(self._pipeline.build_failure(error))

    def _with_the_nearest(self, message: str, name: str) -> str:
        """Give the message, or one with the nearest name of a tool on offer, if one is near."""
        asked = name.lower().replace("-", "_")
        near = get_close_matches(asked, self._offered, n=1, cutoff=0.6)
        return f"there is no tool of this name; did you mean {near[0]}?" if near else message


async def _call_action(call: ToolCall) -> Result | InputRequiredResult:
    pipeline, params = call.pipeline, call.params
    action = pipeline.read(params.name, params.arguments or {}, call.caller)
    return await call.once_cleared(
        partial(pipeline.admit, action, call.caller),
        partial(pipeline.redeem, action, call.caller),
        pipeline.send,
    )
