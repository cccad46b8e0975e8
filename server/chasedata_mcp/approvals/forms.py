"""What a browser sends: a form, bounded, and the cookie that says whose it is."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

HOME: Final = "/approvals"
Form = Mapping[str, str]
_MOST: Final = 16_384
_FIELDS: Final = 20
_URLENCODED: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> Form | None:
    """The form that was posted, None where there is none or it is too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _URLENCODED:
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        return None


def cookie(request: Request) -> str | None:
    """The value of the page's cookie."""
    return request.cookies.get(_name(request))


def with_cookie(request: Request, response: Response, value: str) -> Response:
    """The answer with the page's cookie, which no script reads and no other site sends."""
    response.set_cookie(_name(request), value, path=HOME, httponly=True, samesite="strict")
    return response


def _name(request: Request) -> str:
    """One for each port, since a browser sends cookies to every port of a host."""
    return f"approvals-{request.url.port or 80}"
