"""The sandbox's HTTP interface: the vendor's scripts, and the page beside them."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from chasedata_mcp.sandbox.desk import Desk
from chasedata_mcp.sandbox.dialer import Dialer
from chasedata_mcp.sandbox.faults import Faults
from chasedata_mcp.sandbox.guard import OwnMachineOnly
from chasedata_mcp.sandbox.office import Office


def create_app(dialer: Dialer, *, faults: Faults | None = None) -> Starlette:
    """Make the app that answers as the dialer does.

    Args:
        dialer: The state and the rules. It may be shared with others in the same thread.
        faults: What is to go wrong; keep it to set more while the app runs.
    """
    faults = Faults() if faults is None else faults
    desk = Desk(dialer, faults)
    office = Office(dialer, faults, desk)
    return Starlette(
        routes=[Route("/HttpImport/{script}", desk), *office.routes()],
        middleware=[Middleware(OwnMachineOnly)],
    )
