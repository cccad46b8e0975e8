"""The MCP server's rule for the guard on loopback: Host, Origin and the bearer key, in that order.

The MCP specification asks for both checks (Streamable HTTP, security warning: validate `Origin`,
bind to localhost); the host is checked too, since a page whose name is rebound to loopback sends an
`Origin` only with some requests.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final, Self

from starlette.datastructures import Headers
from starlette.types import Scope

from chasedata_mcp.web.loopback import GuardRefusal, OriginPolicy

OPEN_PATH: Final = "/healthz"
"""Needs no key and minds no origin: it tells nothing but that the server runs."""
SHORTEST_KEY: Final = 16

WRONG_HOST: Final = GuardRefusal(421, "This server answers to its own host and port only.\n")
FOREIGN_ORIGIN: Final = GuardRefusal(403, "Pages of other origins may not call this server.\n")
# RFC 6750 section 3: without a key the challenge names the scheme and no error.
NO_KEY: Final = GuardRefusal(401, "A key is needed.\n", {"www-authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """The key that clients send, and the origins that they may come from.

    `key` is None only where somebody asked for that.
    """

    origins: OriginPolicy
    key: str | None = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if self.key is not None and len(self.key) < SHORTEST_KEY:
            message = f"a key has at least {SHORTEST_KEY} characters"
            raise ValueError(message)

    @classmethod
    def on_loopback(cls, port: int, key: str | None) -> Self:
        """Make the rule of a server on a port of this machine."""
        return cls(OriginPolicy.on_loopback(port), key)

    def refusal(self, scope: Scope) -> GuardRefusal | None:
        """Refuse a request that may not come in, None where it may."""
        headers = Headers(scope=scope)
        if not self.origins.is_own_host(headers):
            return WRONG_HOST
        if scope["path"] == OPEN_PATH:
            return None
        if self.origins.has_foreign_origin(headers):
            return FOREIGN_ORIGIN
        return None if self.key is None or _has_key(headers, self.key) else NO_KEY


def _has_key(headers: Headers, key: str) -> bool:
    """Tell whether the key was sent, once; an address never bears it (RFC 6750 section 5.3)."""
    sent = headers.getlist("authorization")
    scheme, _, given = (sent[0] if len(sent) == 1 else "").partition(" ")
    right = hmac.compare_digest(given.strip(" ").encode("latin-1"), key.encode())
    return scheme.lower() == "bearer" and right
