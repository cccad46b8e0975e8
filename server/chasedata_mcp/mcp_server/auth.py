"""The MCP server's rule for the guard on loopback: Host, Origin and the bearer key, in that order.

The key says who comes: its principal is kept with the request, and the SDK keeps a session to the
principal that opened it.

The MCP specification asks for both checks (Streamable HTTP, security warning: validate `Origin`,
bind to localhost); the host is checked too, since a page whose name is rebound to loopback sends an
`Origin` only with some requests.
"""

import hmac
import logging
from dataclasses import dataclass, field
from typing import Final, Self

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.types import Scope

from chasedata_mcp.mcp_server.http_keys import HttpKeys
from chasedata_mcp.web.loopback import GuardRefusal, OriginPolicy

OPEN_PATH: Final = "/healthz"
"""Needs no key and minds no origin: it tells nothing but that the server runs."""
SHORTEST_KEY: Final = 16
THE_KEY: Final = "key"
"""The principal of the one key that the settings or the start give."""
ANYBODY: Final = "no-key"
"""The principal of everybody, where no key is asked for."""
_LOG = logging.getLogger(__name__)

WRONG_HOST: Final = GuardRefusal(421, "This server answers to its own host and port only.\n")
FOREIGN_ORIGIN: Final = GuardRefusal(403, "Pages of other origins may not call this server.\n")
# RFC 6750 section 3: without a key the challenge names the scheme and no error.
NO_KEY: Final = GuardRefusal(401, "A key is needed.\n", {"www-authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """The keys that clients send, and the origins that they may come from.

    `key` is the one of the settings or of this run, `named` are those that `chasedata-mcp keys`
    makes. Without either everybody comes in, which somebody has to ask for.
    """

    origins: OriginPolicy
    key: str | None = field(repr=False)
    named: HttpKeys | None = None

    def __post_init__(self) -> None:
        """Refuse a key that could be guessed."""
        if self.key is not None and len(self.key) < SHORTEST_KEY:
            message = f"a key has at least {SHORTEST_KEY} characters"
            raise ValueError(message)

    @classmethod
    def on_loopback(cls, port: int, key: str | None, named: HttpKeys | None = None) -> Self:
        """Make the rule of a server on a port of this machine."""
        return cls(OriginPolicy.on_loopback(port), key, named)

    @property
    def lets_everybody_in(self) -> bool:
        """True where no key is asked for."""
        return self.key is None and self.named is None

    def refusal(self, scope: Scope) -> GuardRefusal | None:
        """Refuse a request that may not come in, None where it may; its scope says then by whom."""
        headers = Headers(scope=scope)
        if not self.origins.is_own_host(headers):
            return WRONG_HOST
        if scope["path"] == OPEN_PATH:
            return None
        if self.origins.has_foreign_origin(headers):
            return FOREIGN_ORIGIN
        principal = self._principal(headers)
        if principal is None:
            return NO_KEY
        # As Starlette's authentication does. The SDK compares it with whoever opened the session.
        scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=principal, scopes=[]))
        return None

    def lets_in(self, principal: str) -> bool:
        """Tell whether a principal that came in may still do so: its key may be revoked by now."""
        if principal == ANYBODY:
            return self.lets_everybody_in
        if principal == THE_KEY:
            return self.key is not None
        try:
            return self.named is not None and self.named.has(principal)
        except OSError as error:
            _LOG.warning("no named key lets anybody in: %s", error)
            return False

    def _principal(self, headers: Headers) -> str | None:
        if self.lets_everybody_in:
            return ANYBODY
        given = _sent_key(headers)
        if given is None:
            return None
        if self.key is not None and hmac.compare_digest(given.encode("latin-1"), self.key.encode()):
            return THE_KEY
        try:
            return None if self.named is None else self.named.principal_of(given)
        except OSError as error:
            _LOG.warning("no named key lets anybody in: %s", error)
            return None


def _sent_key(headers: Headers) -> str | None:
    """Read the key that was sent, once; an address never bears it (RFC 6750 section 5.3)."""
    sent = headers.getlist("authorization")
    scheme, _, given = (sent[0] if len(sent) == 1 else "").partition(" ")
    return given.strip(" ") if scheme.lower() == "bearer" else None
