"""Who may talk to the sandbox: programs on this machine and its own page, no other web page.

A sandbox on a port is within reach of every page that a browser on the machine has open. A page of
another site that rebinds its name to loopback is known by its `Host`; one that posts a form or
loads an address is known by `Sec-Fetch-Site`, or in an old browser by `Origin`.
"""

import re
from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from chasedata_mcp.sandbox.http import send_text

_LOOPBACK: Final = re.compile(rb"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?")
_OWN_SITES: Final = (b"same-origin", b"none")


class OwnMachineOnly:
    """Middleware that answers 403 to whatever another site may have made a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http" and (why := foreign(scope["headers"])):
            await send_text(send, 403, why)
        else:
            await self._app(scope, receive, send)


def foreign(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Say why a request is not to be answered, or nothing where it is."""
    sent = dict(headers)
    host, origin, site = sent.get(b"host", b""), sent.get(b"origin"), sent.get(b"sec-fetch-site")
    if not _LOOPBACK.fullmatch(host.lower()):
        return "The sandbox answers to 127.0.0.1, localhost and [::1] only."
    if site is not None and site not in _OWN_SITES:
        return "The sandbox takes no request from another site. Type its address to open it."
    # A page without a referrer posts its forms with the origin `null`; then only the browser's own
    # word on the site can vouch for it.
    vouched = site == b"same-origin" and origin == b"null"
    if origin is not None and not vouched and origin.lower() != b"http://" + host.lower():
        return "The sandbox takes no request from another origin."
    return ""
