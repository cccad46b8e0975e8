"""The page's addresses: those that anybody may open, and those of one session."""

import re
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chasedata_mcp.approvals_page.csrf import Form

HOME: Final = "/approvals"
SESSIONS: Final = f"{HOME}/s"
SIGN_IN: Final = f"{HOME}/sign-in"
SEE_OTHER: Final = HTTPStatus.SEE_OTHER
ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The id of a question."""


def numeric_address(request: Request) -> str | None:
    """Give the same address with the number that the server listens at, for one with a name.

    `localhost` may lead to ::1 too, where another program can have the same port (RFC 8252
    section 8.3 advises against the name for the same reason).
    """
    server: tuple[str, int] = request.scope["server"]
    if request.url.hostname != "localhost" or server[0] == "localhost":
        return None
    return str(request.url.replace(hostname=f"[{server[0]}]" if ":" in server[0] else server[0]))


async def to_home(_: Request) -> Response:
    """Lead to the page's own address."""
    return RedirectResponse(HOME, SEE_OTHER)


def session_home(request: Request) -> str:
    """Give the address of all that belongs to the request's session."""
    return f"{SESSIONS}/{request.path_params['place']}"


def page_of(request: Request, form: Form) -> str:
    """Give the page that a form was on: that of one question, or of all."""
    question, home = form.get("question", ""), session_home(request)
    return f"{home}/q/{question}" if ID.fullmatch(question) else home
