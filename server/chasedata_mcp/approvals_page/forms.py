"""What a browser sends, a form and a cookie for one path, and the addresses that it is led to."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

HOME: Final = "/approvals"
SESSIONS: Final = f"{HOME}/s"
SIGN_IN: Final = f"{HOME}/sign-in"
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The id of a question."""
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
    """The value of the page's cookie: the first of its name, which is for the longest path.

    Another port can set one of the same name for a shorter path; browsers send that one later.
    """
    wanted = _name(request)
    for one in request.headers.get("cookie", "").split(";"):
        name, _, value = one.strip().partition("=")
        if name == wanted:
            return value
    return None


def with_cookie(
    request: Request, response: Response, value: str, path: str, seconds: int | None = None
) -> Response:
    """The answer with the page's cookie, which no script reads and no other site sends.

    It lasts as long as the browser runs, or so many seconds.
    """
    response.set_cookie(_name(request), value, seconds, path=path, httponly=True, samesite="strict")
    return response


def without_cookie(request: Request, response: Response) -> Response:
    """The answer that takes the cookie of the request's own path away."""
    response.delete_cookie(_name(request), path=request.url.path)
    return response


def by_its_number(request: Request) -> str | None:
    """The same address with the number that the server listens at, for one with a name."""
    server: tuple[str, int] = request.scope["server"]
    if request.url.hostname != "localhost" or server[0] == "localhost":
        return None
    return str(request.url.replace(hostname=f"[{server[0]}]" if ":" in server[0] else server[0]))


async def to_home(_: Request) -> Response:
    """Lead to the page's own address."""
    return RedirectResponse(HOME, HTTPStatus.SEE_OTHER)


def own_home(request: Request) -> str:
    """The address of all that is a session's own."""
    return f"{SESSIONS}/{request.path_params['place']}"


def page_of(request: Request, form: Form) -> str:
    """The page that a form was on: that of one question, or of all."""
    question, home = form.get("question", ""), own_home(request)
    return f"{home}/q/{question}" if ID.fullmatch(question) else home


def _name(request: Request) -> str:
    """One for each port, since a browser sends cookies to every port of a host."""
    return f"approvals-{request.url.port or 80}"
