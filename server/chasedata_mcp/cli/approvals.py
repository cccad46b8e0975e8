"""`chasedata-mcp approvals`: the page where open questions are answered, on this machine only."""

from functools import partial
from socket import socket
from typing import Annotated

import anyio
import typer
from rich.text import Text

from chasedata_mcp import compose, dialers, settings
from chasedata_mcp.cli.calling import user
from chasedata_mcp.cli.ledgers import SANDBOX_HELP, environment_of
from chasedata_mcp.cli.screen import NAME, err
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.ledger import Environment
from chasedata_mcp.ledgers import directory, ledger_directory, ledger_of
from chasedata_mcp.policies import policy_of
from chasedata_mcp.settings import Settings
from chasedata_mcp.web.sockets import address_of, listen

EXAMPLES = (f"{NAME} approvals", f"{NAME} approvals --port 8770 --sandbox")
PORT = 8766
_GRACE_SECONDS = 2


def approvals(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")
    ] = PORT,
    sandbox: Annotated[bool, typer.Option("--sandbox", help=SANDBOX_HELP)] = False,
) -> None:
    """Serve the page where you answer what assistants ask: approve, decline, allow more at once.

    Only this machine can open it, and only with the code that this terminal shows. Servers on the
    same record send people here, as long as it runs.
    """
    found = settings.load(sandbox=True) if sandbox else settings.load()
    environment = environment_of(found)

    with listen(port) as bound:
        anyio.run(partial(serve_page, found, environment, bound))


async def serve_page(found: Settings, environment: Environment, listening: socket) -> None:
    """Serve the page of the settings' account on a socket, and make it known as long.

    Raises:
        SettingsError: It can't be made known in the state directory.
    """
    from chasedata_mcp.approvals.address import announce  # noqa: PLC0415 - heavy: the page
    from chasedata_mcp.approvals.app import approvals_app  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals.desk import Desk  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals.door import Door  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals.policy_lines import policy_shown  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals.second_factor import SecondFactor  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals.sessions import Reception  # noqa: PLC0415 - as above
    from chasedata_mcp.web.server import serve, server_for  # noqa: PLC0415 - as above

    place, address = ledger_directory(found), address_of(listening)
    _say(f"{NAME} shows what waits for a yes at {address}/approvals")
    async with ledger_of(found, environment) as ledger:
        policy_of(found)  # one that can't be understood stops the start
        account, factor = dialers.line(found).account, SecondFactor(directory(found))
        policy, told = partial(policy_shown, found), compose.telling(found)
        desk = Desk(ledger, account, compose.now, factor, policy, told)
        door = Door.on_loopback(listening.getsockname()[1])
        app = approvals_app(desk, Reception(compose.now, show_code), door, by=f"{user()}/page")
        try:
            with announce(place, account, address):
                server = server_for(app, grace_seconds=_GRACE_SECONDS)
                await serve(server, listening, lambda: _say("Ctrl-C ends it."))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"the state directory can't be used ({reason})") from None


def show_code(code: str) -> None:
    """Show a code to sign in with, on standard error."""
    _say(f"To sign in, once: {code}")


def _say(line: str) -> None:
    err().print(Text(line), soft_wrap=True)
