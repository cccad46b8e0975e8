"""The sandbox's rule for the guard on loopback: this machine's programs and its own page.

A sandbox on a port is within reach of every page that a browser on the machine has open. A page of
another site that rebinds its name to loopback is known by its `Host`; one that posts a form or
loads an address is known by `Sec-Fetch-Site`, or in an old browser by `Origin`.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from chasedata_mcp.sandbox.plain_text import TEXT_HEADERS
from chasedata_mcp.web.loopback import GuardRefusal, OriginPolicy

WRONG_HOST: Final = GuardRefusal(
    403, "The sandbox answers to 127.0.0.1, localhost and [::1] only.", TEXT_HEADERS
)
FOREIGN_SITE: Final = GuardRefusal(
    403,
    "The sandbox takes no request from another site. Type its address to open it.",
    TEXT_HEADERS,
)
FOREIGN_ORIGIN: Final = GuardRefusal(
    403, "The sandbox takes no request from another origin.", TEXT_HEADERS
)
# `none` is an address that somebody typed (W3C Fetch Metadata, Sec-Fetch-Site).
_OWN_SITES: Final[tuple[list[str], ...]] = ([], ["same-origin"], ["none"])


def refusal(scope: Scope) -> GuardRefusal | None:
    """Refuse a request that another site may have made a browser send, None where it may pass."""
    headers = Headers(scope=scope)
    # The same app is on a port and in process, so it takes its names with any port.
    hosts = headers.getlist("host")
    policy = OriginPolicy.on_any_port(hosts[0]) if len(hosts) == 1 else None
    if policy is None:
        return WRONG_HOST
    if headers.getlist("sec-fetch-site") not in _OWN_SITES:
        return FOREIGN_SITE
    if policy.has_foreign_origin(headers) and not _is_own_form_without_origin(headers):
        return FOREIGN_ORIGIN
    return None


def _is_own_form_without_origin(headers: Headers) -> bool:
    """Tell whether the browser vouches for a form that was posted with the origin `null`.

    A page without a referrer posts its forms so (Fetch, "append a request Origin header").
    """
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    return (sites, origins) == (["same-origin"], ["null"])
