"""The page as an ASGI app: on a port of its own, or beside another one under `/approvals`."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

from chasedata_mcp.approvals_page.desk import Desk
from chasedata_mcp.approvals_page.handlers import Page
from chasedata_mcp.approvals_page.sessions import Sessions
from chasedata_mcp.web.loopback import Guarded, OriginPolicy


def approvals_app(desk: Desk, reception: Sessions, door: OriginPolicy, *, by: str) -> Starlette:
    """Make the app that serves everything under `/approvals`, and sends `/` there.

    It checks hosts and origins itself, and asks for its own code: what is beside it on the same
    port hands it every request for `/approvals` and `/approvals/...` as it is.

    Args:
        desk: What is shown and done.
        reception: Who is signed in; it shows its codes on the terminal.
        door: Which hosts and origins are the page's own.
        by: The name that answers are recorded under: this machine's user.
    """
    routes = Page(desk, reception, by).routes()
    return Starlette(routes=routes, middleware=[Middleware(Guarded, door)])
