"""The list of resources: the guide, the status, the last calls, batches, and each tool in full."""

from typing import Final

from mcp_types import (
    Annotations,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    Resource,
    ResourceTemplate,
)

from chasedata_mcp.mcp_server.callers import Context

GUIDE: Final = "chasedata://guide"
STATUS: Final = "chasedata://status"
HISTORY: Final = "chasedata://history"
BATCHES: Final = "chasedata://batches"
BATCH: Final = f"{BATCHES}/{{batch_id}}"
ACCOUNT: Final = f"{BATCHES}/{{batch_id}}/{{part}}/{{after}}"
TOOL: Final = "chasedata://tools/{name}"
FIXED_MS: Final = 300_000
"""Milliseconds that a client may keep what only the start's settings decide."""
MARKDOWN, JSON = "text/markdown", "application/json"
_FOR_MODELS = Annotations(audience=["assistant"])

_RESOURCES = (
    Resource(
        uri=GUIDE,
        name="guide",
        title="How to work with this dialer",
        description="The words, what each outcome and code means, and what to do then.",
        mime_type=MARKDOWN,
        annotations=Annotations(audience=["user", "assistant"]),
    ),
    Resource(
        uri=STATUS,
        name="status",
        title="This server's status",
        description="Environment, account, policy, toolsets, scripts, limits; on the sandbox, the "
        "names that it knows.",
        mime_type=JSON,
        annotations=Annotations(audience=["user", "assistant"]),
    ),
)
_HISTORY = Resource(
    uri=HISTORY,
    name="history",
    title="The last calls",
    description="The last 20 entries of the ledger: what was asked, by whom, what came of it.",
    mime_type=JSON,
    annotations=Annotations(audience=["user", "assistant"]),
)
_BATCHES = Resource(
    uri=BATCHES,
    name="batches",
    title="The latest batches",
    description="The caller's latest batches: the state of each, and its rows by what became of "
    "them.",
    mime_type=JSON,
    annotations=Annotations(audience=["user", "assistant"]),
)
_OF_BATCHES = (
    ResourceTemplate(
        uri_template=BATCH,
        name="batch",
        title="A batch",
        description="How a batch stands, as show_batch tells it.",
        mime_type=JSON,
        annotations=_FOR_MODELS,
    ),
    ResourceTemplate(
        uri_template=ACCOUNT,
        name="account",
        title="A part of a batch's account",
        description="50 rows of its account: part done, failed or unprocessed, after 0 for the "
        "first page; `next` is the address of the next one.",
        mime_type=JSON,
        annotations=_FOR_MODELS,
    ),
)
_TEMPLATES = (
    ResourceTemplate(
        uri_template=TOOL,
        name="tool",
        title="A tool in full",
        description="A tool's entry, its effect, and when it asks a person here.",
        mime_type=JSON,
        annotations=_FOR_MODELS,
    ),
)


class ResourceList:
    """The resources of one server, as they are listed."""

    def __init__(self, *, has_history: bool, has_batches: bool) -> None:
        history, batches = [_HISTORY] * has_history, [_BATCHES] * has_batches
        self._listed = ListResourcesResult(resources=[*_RESOURCES, *history, *batches])
        self._templates = [*_TEMPLATES, *(_OF_BATCHES if has_batches else ())]

    async def listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """List the resources with an address of their own."""
        return self._listed

    async def templates_listed(
        self, _context: Context, _params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """List the resources whose address has a part to fill in."""
        return ListResourceTemplatesResult(resource_templates=self._templates)
