"""The page's style and scripts, which are the same for everybody."""

from http import HTTPStatus
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

# A list, so that no name in an address can lead out of the folder.
_FILES: Final = {
    "approvals.css": "text/css",
    "approvals.js": "text/javascript",
    "sign_in.js": "text/javascript",
}


async def asset(request: Request) -> Response:
    """Give a file, one of those that there are."""
    name = str(request.path_params["name"])
    if name not in _FILES:
        return PlainTextResponse("There is no such file.\n", HTTPStatus.NOT_FOUND)
    file = files("chasedata_mcp.approvals_page").joinpath("static", name)
    return Response(file.read_bytes(), media_type=_FILES[name])
