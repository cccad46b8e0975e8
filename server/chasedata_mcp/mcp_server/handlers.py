"""The handlers of whatever a client asks beside the lists: all that a call needs is imported."""

from functools import partial

from chasedata_mcp.mcp_server.batch_resources import BatchResources
from chasedata_mcp.mcp_server.batch_tools import BATCH_TOOLS
from chasedata_mcp.mcp_server.callers import CallerOf
from chasedata_mcp.mcp_server.completions import Completions
from chasedata_mcp.mcp_server.history_tools import HISTORY_TOOLS
from chasedata_mcp.mcp_server.job_tools import make_job_tools
from chasedata_mcp.mcp_server.prompts import Prompts
from chasedata_mcp.mcp_server.resources import Resources
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.tool_call import ToolCall
from chasedata_mcp.mcp_server.tool_groups import ToolGroup, ToolGroups
from chasedata_mcp.mcp_server.tools import Tools
from chasedata_mcp.pipeline.pipeline import Pipeline


class Handlers:
    """The handlers of one pipeline, for the callers of one transport."""

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        make_call = partial(ToolCall, pipeline, caller_of, server_context)
        beside = ToolGroups(pipeline, make_call, _list_groups(server_context))
        batches = BatchResources(beside)
        prompts = Prompts(pipeline.policy.offer, frozenset(server_context.countries))
        self.tools = Tools(pipeline, make_call, beside)
        self.resources = Resources(pipeline, server_context, beside, batches)
        self.completions = Completions(prompts, pipeline, server_context, beside, batches)


def _list_groups(server_context: ServerContext) -> list[ToolGroup]:
    """List the groups for which there is what they need, in the order of their tools."""
    kept = [] if server_context.ledger is None else [make_job_tools(), HISTORY_TOOLS]
    return [*kept, *([] if server_context.batches is None else [BATCH_TOOLS])]
