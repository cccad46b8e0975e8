"""The MCP server: the SDK's low-level one, with everything that it serves."""

import secrets
from datetime import timedelta

from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from chasedata_mcp import __version__
from chasedata_mcp.approvals.lifetimes import LIFE_OUT_OF_BAND
from chasedata_mcp.ledger import read_principal
from chasedata_mcp.mcp_server.callers import CallerOf
from chasedata_mcp.mcp_server.completions import Completions
from chasedata_mcp.mcp_server.history_tools import HistoryTools
from chasedata_mcp.mcp_server.instructions import instructions
from chasedata_mcp.mcp_server.prompts import Prompts
from chasedata_mcp.mcp_server.protocol_versions import without_batches
from chasedata_mcp.mcp_server.resources import FIXED_MS, Resources
from chasedata_mcp.mcp_server.server_context import ServerContext
from chasedata_mcp.mcp_server.tools import Tools
from chasedata_mcp.pipeline.pipeline import Pipeline

NAME = "chasedata-mcp"
# The state outlives the approval, so that a late yes is answered by us, and says why.
_STATE_LIFE = LIFE_OUT_OF_BAND + timedelta(hours=1)
# The start's settings decide the lists; short, since the next start may have others.
_FIXED = CacheHint(ttl_ms=FIXED_MS, scope="private")
_DEFAULT_CONTEXT = ServerContext()


def build(
    pipeline: Pipeline, caller_of: CallerOf, server_context: ServerContext = _DEFAULT_CONTEXT
) -> Server[dict[str, object]]:
    """Make the server of one pipeline, for the callers of one transport.

    Args:
        pipeline: The way to the dialer.
        caller_of: Names the caller.
        server_context: The installation; `server_context_of` makes it from the settings.
    """
    history = HistoryTools(pipeline, caller_of, server_context)
    tools = Tools(pipeline, caller_of, history, server_context.out_of_band)
    prompts = Prompts(pipeline.policy, frozenset(server_context.countries))
    resources = Resources(pipeline, server_context, history)
    server: Server[dict[str, object]] = Server(
        NAME,
        version=__version__,
        title="ChaseData (DialedIn) dialer",
        instructions=instructions(
            pipeline.account, pipeline.policy.offer, history=history.can_be_read
        ),
        cache_hints={
            "tools/list": _FIXED,
            "prompts/list": _FIXED,
            "resources/list": _FIXED,
            "resources/templates/list": _FIXED,
        },
        on_list_tools=tools.list.listed,
        on_call_tool=tools.called,
        on_list_prompts=prompts.listed,
        on_get_prompt=prompts.got,
        on_list_resources=resources.listed,
        on_list_resource_templates=resources.templates_listed,
        on_read_resource=resources.read,
        on_completion=Completions(prompts, pipeline.policy, server_context, history).completed,
    )
    server.middleware += [without_batches, _boundary(caller_of), tools.list.fill]
    return server


def _boundary(caller_of: CallerOf) -> RequestStateBoundary:
    """Make the seal of the state that a question's second round brings back.

    The key is the process's own: a question doesn't outlive the process that asked it.
    """
    return RequestStateBoundary(
        RequestStateSecurity(
            keys=[secrets.token_bytes(32)],
            ttl=_STATE_LIFE.total_seconds(),
            bind_principal=lambda context: read_principal(caller_of(context)),
        ),
        default_audience=NAME,
    )
