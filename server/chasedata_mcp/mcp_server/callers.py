"""The caller of a request: the principal of the transport, and the client's name for itself."""

from collections.abc import Callable
from typing import Any

from mcp.server.context import ServerRequestContext

Context = ServerRequestContext[Any, Any]
CallerOf = Callable[[Context], str]


def caller_of(principal: str) -> CallerOf:
    """Name callers by a principal (the machine's user, an HTTP key's name) and their client.

    Never by the session, which the newer era doesn't have.
    """

    def caller(context: Context) -> str:
        # The client names itself: that tells callers of one principal apart, and proves nothing.
        info = context.session.client_params
        return f"{principal}/{info.client_info.name if info else 'unnamed client'}"

    return caller
