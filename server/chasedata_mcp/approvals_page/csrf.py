"""Protection against cross-site request forgery (CSRF): same-origin requests, tokens in forms.

Any page that a browser on this machine has open can make it send a form here. So a request has to
come from a page of ours by the browser's own word, and each form bears a token that is made for the
cookie of whoever it was shown to.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from chasedata_mcp.web.loopback import GuardRefusal, OriginPolicy

RESPONSE_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # The address has a secret part, which must not go to a page that is linked to.
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
WRONG_HOST: Final = GuardRefusal(421, "This page answers to its own host and port only.\n")
FOREIGN: Final = GuardRefusal(403, "This page takes no request from another origin.\n")
Form = Mapping[str, str]
_READS: Final = ("GET", "HEAD")
_LONGEST: Final = 16_384
_MOST_FIELDS: Final = 20
_URLENCODED: Final = "application/x-www-form-urlencoded"


class SameOrigin:
    """The page's rule for the guard on loopback: requests of its own pages, and opened links."""

    def __init__(self, origins: OriginPolicy) -> None:
        self._origins = origins

    def refusal(self, scope: Scope) -> GuardRefusal | None:
        """Refuse a request that may not come in, None where it may."""
        headers = Headers(scope=scope)
        if not self._origins.is_own_host(headers):
            return WRONG_HOST
        reads = scope["method"] in _READS
        allowed = self._may_read(headers) if reads else self._may_write(headers)
        return None if allowed else FOREIGN

    def _may_write(self, headers: Headers) -> bool:
        """Tell whether the browser says that the request comes from a page of ours."""
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if sites not in ([], ["same-origin"]):
            return False
        # A page without a referrer posts its forms with the origin `null` (RFC 6454 section 7.3).
        if sites and origins in ([], ["null"]):
            return True
        return self._origins.is_own_origin(headers)

    def _may_read(self, headers: Headers) -> bool:
        """Tell whether it is a page of ours that reads, or somebody who opens a link."""
        if self._origins.has_foreign_origin(headers):
            return False
        if headers.getlist("sec-fetch-site") in ([], ["same-origin"], ["none"]):
            return True
        dest = headers.getlist("sec-fetch-dest")
        return headers.getlist("sec-fetch-mode") == ["navigate"] and dest == ["document"]


class FormTokens:
    """The tokens of forms, each for one cookie; they hold as long as this process runs."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, cookie: str) -> str:
        """Make the token of a form that is shown to the holder of a cookie."""
        return hmac.new(self._key, cookie.encode(), hashlib.sha256).hexdigest()

    def is_valid(self, cookie: str, token: str) -> bool:
        """Tell whether a form was made for the holder of this cookie."""
        return hmac.compare_digest(self.token(cookie).encode(), token.encode())


async def read_form(request: Request) -> Form | None:
    """Read the form that was posted, None where there is none or it is too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _URLENCODED:
        return None
    body = b""
    # Read by hand: starlette's form() has no bound on a body of this type.
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return None
