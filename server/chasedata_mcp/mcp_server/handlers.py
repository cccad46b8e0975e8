"""The handlers of whatever a client asks beside the lists: all that a call needs is imported."""

from chasedata_mcp.mcp_server.batch_resources import BatchResources
from chasedata_mcp.mcp_server.batch_tools import BatchTools
from chasedata_mcp.mcp_server.callers import CallerOf
from chasedata_mcp.mcp_server.completions import Completions
from chasedata_mcp.mcp_server.history_tools import HistoryTools
from chasedata_mcp.mcp_server.job_tools import JobTools
from chasedata_mcp.mcp_server.prompts import Prompts
from chasedata_mcp.mcp_server.resources import Resources
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.tool_groups import ToolGroups
from chasedata_mcp.mcp_server.tools import Tools
from chasedata_mcp.pipeline.pipeline import Pipeline


class Handlers:
    """The handlers of one pipeline, for the callers of one transport."""

    def __init__(
        self, pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext
    ) -> None:
        history = HistoryTools(pipeline, caller_of, server_context)
        jobs = JobTools(pipeline, caller_of, server_context)
        batches = BatchTools(pipeline, caller_of, server_context)
        beside, resources = ToolGroups([jobs, history, batches]), BatchResources(batches)
        prompts = Prompts(pipeline.policy.offer, frozenset(server_context.countries))
        self.tools = Tools(pipeline, caller_of, beside, server_context.out_of_band)
        self.resources = Resources(pipeline, server_context, history, beside, resources)
        self.completions = Completions(prompts, pipeline, server_context, beside, resources)
