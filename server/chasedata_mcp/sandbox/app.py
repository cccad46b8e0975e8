"""The sandbox's HTTP interface: the vendor's scripts, and the page beside them."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.faults import Faults
from chasedata_mcp.sandbox.guard import refusal
from chasedata_mcp.sandbox.page import SandboxPage
from chasedata_mcp.sandbox.script_endpoint import ScriptEndpoint
from chasedata_mcp.web.loopback import LoopbackGuard


def create_scripts(dialer: SandboxDialer, *, faults: Faults | None = None) -> ASGIApp:
    """Make an app of the scripts alone, without the page: enough for a client in process.

    Args:
        dialer: The state and the rules, as for `create_app`.
        faults: The faults, as for `create_app`.
    """
    endpoint = ScriptEndpoint(dialer, Faults() if faults is None else faults)

    async def scripts(scope: Scope, receive: Receive, send: Send) -> None:
        script = scope["path"].removeprefix("/HttpImport/")
        await endpoint({**scope, "path_params": {"script": script}}, receive, send)

    return LoopbackGuard(scripts, refusal)


def create_app(dialer: SandboxDialer, *, faults: Faults | None = None) -> Starlette:
    """Make the app that answers as the dialer does.

    Args:
        dialer: The state and the rules. It may be shared with others in the same thread.
        faults: The faults to come; keep it to set more while the app runs.
    """
    faults = Faults() if faults is None else faults
    endpoint = ScriptEndpoint(dialer, faults)
    page = SandboxPage(dialer, faults, endpoint)
    return Starlette(
        routes=[Route("/HttpImport/{script}", endpoint), *page.routes()],
        middleware=[Middleware(LoopbackGuard, refusal)],
    )
