"""Listing the tools, and calling one: the road, a question where it is held, a result."""

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

from chasedata_mcp import wording
from chasedata_mcp.actions import CATALOGUE
from chasedata_mcp.dispatch import Cleared, Road, UnknownToolError
from chasedata_mcp.mcp_server import asking
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.publish import entry
from chasedata_mcp.results import Result


class Tools:
    """The tools of one road, for the callers of one transport."""

    def __init__(self, road: Road, caller_of: CallerOf) -> None:
        self._road = road
        self._caller_of = caller_of
        offered = [action for action in CATALOGUE.values() if road.policy.offers(action)]
        self._listed = ListToolsResult(
            tools=[Tool.model_validate(entry(action)) for action in offered]
        )

    async def listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        """The tools on offer, in a fixed order; the settings at the start decide, nothing else."""
        return self._listed

    async def called(
        self, context: Context, params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            MCPError: There is no tool of this name.
        """
        try:
            cleared = await self._cleared(context, params)
            if isinstance(cleared, InputRequiredResult):
                return cleared
            return _shown(await self._road.send(cleared))
        except UnknownToolError as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller learns how it stands
            return _shown(self._road.told(error))

    async def _cleared(
        self, context: Context, params: CallToolRequestParams
    ) -> Cleared | InputRequiredResult:
        action = self._road.read(params.name, params.arguments or {})
        caller = self._caller_of(context)
        if params.request_state is not None:
            reply = asking.reply_of(params)
            return await self._road.redeem(action, caller, params.request_state, reply)
        held = await self._road.admit(action, caller)
        if isinstance(held, Cleared):
            return held
        asking.refuse_unless_askable(context)
        if asking.is_modern(context):
            return asking.second_round(held)
        reply = await asking.within_the_call(context, held, self._road.now())
        return await self._road.redeem(action, caller, held.consent_id, reply)


def _shown(result: Result) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=wording.text(result))],
        structured_content=result.model_dump(mode="json", exclude_none=True),
        is_error=result.code is not None,
    )
