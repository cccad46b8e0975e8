"""The handlers of whatever a client asks beside the lists: what an action needs is imported."""

from functools import cached_property, partial
from typing import TYPE_CHECKING

from chasedata_mcp.mcp_server.callers import CallerOf
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import LateToolGroup, ToolGroup, ToolGroups
from chasedata_mcp.mcp_server.tools import Tools
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.tools.published import load_toolsets

if TYPE_CHECKING:
    from chasedata_mcp.mcp_server.completions import Completions
    from chasedata_mcp.mcp_server.resources import Resources


class Handlers:
    """The handlers of one pipeline, for the callers of one transport.

    What isn't an action of the dialer's API is imported when it is first asked for.
    """

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        self._pipeline, self._server_context = pipeline, server_context
        make_call = partial(ToolCall, pipeline, caller_of, server_context)
        self._beside = ToolGroups(pipeline, make_call, _list_groups(server_context))
        self.tools = Tools(pipeline, make_call, self._beside)

    @cached_property
    def resources(self) -> "Resources":
        """The resources."""
        from chasedata_mcp.mcp_server.batch_resources import (  # noqa: PLC0415 - as above
            BatchResources,
        )
        from chasedata_mcp.mcp_server.resources import Resources  # noqa: PLC0415 - as above

        batches = BatchResources(self._beside)
        return Resources(self._pipeline, self._server_context, self._beside, batches)

    @cached_property
    def completions(self) -> "Completions":
        """The completions."""
        from chasedata_mcp.mcp_server.batch_resources import (  # noqa: PLC0415 - as above
            BatchResources,
        )
        from chasedata_mcp.mcp_server.completions import Completions  # noqa: PLC0415 - as above
        from chasedata_mcp.mcp_server.prompts import Prompts  # noqa: PLC0415 - as above

        context, batches = self._server_context, BatchResources(self._beside)
        prompts = Prompts(self._pipeline.policy.offer, frozenset(context.countries))
        return Completions(prompts, self._pipeline, context, self._beside, batches)


def _list_groups(server_context: ServerContext) -> list[LateToolGroup]:
    """List the groups for which there is what they need, in the order of their tools."""
    groups: list[LateToolGroup] = []
    if server_context.ledger is not None:
        groups.append(LateToolGroup(load_toolsets("jobs"), _load_job_tools))
        groups.append(LateToolGroup(load_toolsets("history", "safety"), _load_history_tools))
    if server_context.load_batches is not None:
        groups.append(LateToolGroup(load_toolsets("batches"), _load_batch_tools))
    return groups


def _load_job_tools() -> ToolGroup:
    from chasedata_mcp.mcp_server.job_tools import make_job_tools  # noqa: PLC0415 - as above

    return make_job_tools()


def _load_history_tools() -> ToolGroup:
    from chasedata_mcp.mcp_server.history_tools import HISTORY_TOOLS  # noqa: PLC0415 - as above

    return HISTORY_TOOLS


def _load_batch_tools() -> ToolGroup:
    from chasedata_mcp.mcp_server.batch_tools import BATCH_TOOLS  # noqa: PLC0415 - as above

    return BATCH_TOOLS
