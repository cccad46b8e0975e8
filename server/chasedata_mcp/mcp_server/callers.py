"""The caller of a request: a principal, and after a `/` the name that the client gives itself."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mcp.server.context import ServerRequestContext
from starlette.requests import Request

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.format import OWN_CLIENTS

Context = ServerRequestContext[Any, Any]
CallerOf = Callable[[Context], str]
_LONGEST_NAME = 100
"""The most characters of a client's name: every entry of its calls has it."""


def caller_of(principal: str) -> CallerOf:
    """Name callers by a principal (the machine's user, an HTTP key's name) and their client.

    Never by the session, which the newer era doesn't have.
    """
    return partial(_name, principal)


def caller_by_key(lets_in: Callable[[str], bool]) -> CallerOf:
    """Name callers over HTTP by the principal of the key that came with the request.

    Raises:
        CallError: `not_allowed`, where that key lets nobody in any more.
    """

    def caller(context: Context) -> str:
        request: Request | None = context.request
        # The guard puts the user there, and lets nobody else in.
        principal = "" if request is None else str(request.user.display_name)
        if not lets_in(principal):
            raise CallError(Code.NOT_ALLOWED, _REVOKED, hint=_NEW_KEY)
        return _name(principal, context)

    return caller


_REVOKED = "The key of this client was revoked. Nothing was sent."
_NEW_KEY = "Tell the person who runs this server; only they can make another key."


def _name(principal: str, context: Context) -> str:
    # The client names itself: that tells callers of one principal apart, and proves nothing.
    info = context.session.client_params
    name = info.client_info.name[:_LONGEST_NAME] if info else "unnamed client"
    # What a person reads at their own terminal steers nobody, so no client may pass for one.
    return f"{principal}/{f'{name} (client)' if name in OWN_CLIENTS else name}"
