"""The MCP server: the SDK's low-level one, with everything that it serves.

It imports only what lists the tools: a client that asks for no more waits for no more.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from chasedata_mcp import __version__
from chasedata_mcp.approvals.lifetimes import LIFE_OUT_OF_BAND
from chasedata_mcp.mcp_server.callers import CallerOf, Context
from chasedata_mcp.mcp_server.instructions import instructions
from chasedata_mcp.mcp_server.late_answers import LateAnswers
from chasedata_mcp.mcp_server.protocol_versions import without_batches
from chasedata_mcp.mcp_server.resource_list import FIXED_MS, ResourceList
from chasedata_mcp.mcp_server.server_front import ServerFront
from chasedata_mcp.mcp_server.tool_list import ToolList

if TYPE_CHECKING:
    from chasedata_mcp.mcp_server.handlers import Handlers
    from chasedata_mcp.mcp_server.server_context import ServerContext
    from chasedata_mcp.pipeline.pipeline import Pipeline

NAME = "chasedata-mcp"
# The state outlives the approval, so that a late yes is answered by us, and says why.
_STATE_LIFE = LIFE_OUT_OF_BAND + timedelta(hours=1)
# The start's settings decide the lists; short, since the next start may have others.
_FIXED = CacheHint(ttl_ms=FIXED_MS, scope="private")
Opening: TypeAlias = "Callable[[], Awaitable[Handlers]]"
"""Gives what answers calls, which may have to be made first."""


def build(
    pipeline: "Pipeline", caller_of: CallerOf, server_context: "ServerContext | None" = None
) -> Server[dict[str, object]]:
    """Make the server of one pipeline, for the callers of one transport.

    Args:
        pipeline: The way to the dialer.
        caller_of: Names the caller.
        server_context: The installation; `server_context_of` makes it from the settings.
    """
    from chasedata_mcp.mcp_server.handlers import Handlers  # noqa: PLC0415 - all that calls need
    from chasedata_mcp.mcp_server.server_context import ServerContext  # noqa: PLC0415 - as above

    context = server_context or ServerContext()
    handlers = Handlers(pipeline, caller_of, context)

    async def opened() -> Handlers:
        return handlers

    front = ServerFront(
        pipeline.account,
        pipeline.policy.offer,
        frozenset(context.countries),
        has_ledger=context.ledger is not None,
        has_batches=context.load_batches is not None,
    )
    return build_late(front, caller_of, opened)


def build_late(
    front: ServerFront, caller_of: CallerOf, opened: Opening
) -> Server[dict[str, object]]:
    """Make a server that lists what is offered, and opens what answers calls with the first.

    Args:
        front: What clients are told before anything is called.
        caller_of: Names the caller.
        opened: Gives what answers calls.
    """
    tools = ToolList(front.offered)
    resources = ResourceList(has_history=front.shows_history, has_batches=front.shows_batches)
    answers = LateAnswers(front, opened)
    server: Server[dict[str, object]] = Server(
        NAME,
        version=__version__,
        title="ChaseData (DialedIn) dialer",
        instructions=instructions(
            front.account, front.offer, history=front.shows_history, batches=front.runs_batches
        ),
        cache_hints={
            "tools/list": _FIXED,
            "prompts/list": _FIXED,
            "resources/list": _FIXED,
            "resources/templates/list": _FIXED,
        },
        on_list_tools=tools.listed,
        on_call_tool=answers.call_tool,
        on_list_prompts=answers.list_prompts,
        on_get_prompt=answers.get_prompt,
        on_list_resources=resources.listed,
        on_list_resource_templates=resources.templates_listed,
        on_read_resource=answers.read_resource,
        on_completion=answers.complete,
    )
    server.middleware += [without_batches, _boundary(caller_of), tools.fill]
    return server


def _boundary(caller_of: CallerOf) -> RequestStateBoundary:
    """Make the seal of the state that a question's second round brings back.

    The key is the process's own: a question doesn't outlive the process that asked it.
    """

    def principal(context: Context) -> str:
        from chasedata_mcp.ledger import read_principal  # noqa: PLC0415 - of a call, as above

        return read_principal(caller_of(context))

    return RequestStateBoundary(
        RequestStateSecurity(
            keys=[secrets.token_bytes(32)],
            ttl=_STATE_LIFE.total_seconds(),
            bind_principal=principal,
        ),
        default_audience=NAME,
    )
