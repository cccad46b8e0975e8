"""The protocol versions that are agreed to: those that are served whole."""

from typing import Final, cast

from mcp.server.context import CallNext, HandlerResult

from chasedata_mcp.mcp_server.callers import Context

# Batches came with 2025-03-26 and went with 2025-06-18 (the changelogs of the specification).
_WITH_BATCHES: Final = "2025-03-26"
_INSTEAD: Final = "2024-11-05"


async def without_batches(ctx: Context, call_next: CallNext) -> HandlerResult:
    """Agree to 2024-11-05 with a client that asks for 2025-03-26.

    That version alone obliges a server to take batches, which the SDK takes on no transport. Its
    clients speak the version before it too, and few of them a later one, so the latest, which the
    specification suggests, would end the connection.
    """
    params = cast("dict[str, object] | None", ctx.params)
    if ctx.method == "initialize" and params and params.get("protocolVersion") == _WITH_BATCHES:
        # In place: the SDK reads these params again when it takes down what was agreed to.
        params["protocolVersion"] = _INSTEAD
    return await call_next(ctx)
