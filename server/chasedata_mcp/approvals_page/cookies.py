"""The page's cookies: one for each port and path, which no script reads and no other site sends."""

from starlette.requests import Request
from starlette.responses import Response


def cookie(request: Request) -> str | None:
    """Give the value of the page's cookie: the first of its name, which is for the longest path.

    Another port can set one of the same name for a shorter path; browsers send that one later
    (RFC 6265 section 5.4).
    """
    wanted = _name(request)
    # Not starlette's own reading, which takes the last of a name.
    for one in request.headers.get("cookie", "").split(";"):
        name, _, value = one.strip().partition("=")
        if name == wanted:
            return value
    return None


def with_cookie(
    request: Request, response: Response, value: str, path: str, seconds: int | None = None
) -> Response:
    """Set the page's cookie for a path; it lasts so many seconds, or as long as the browser."""
    response.set_cookie(_name(request), value, seconds, path=path, httponly=True, samesite="strict")
    return response


def without_cookie(request: Request, response: Response) -> Response:
    """Take away the cookie of the request's own path."""
    response.delete_cookie(_name(request), path=request.url.path)
    return response


def _name(request: Request) -> str:
    # One for each port: browsers send cookies to every port of a host (RFC 6265 section 8.5).
    return f"approvals-{request.url.port or 80}"
