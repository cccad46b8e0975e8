"""`chasedata-mcp approvals`: the page where open questions are answered, on this machine only."""

from dataclasses import dataclass
from functools import partial
from socket import socket
from typing import Annotated

import anyio
import typer
from rich.text import Text

from chasedata_mcp.app import composition as compose
from chasedata_mcp.cli.approve import ACCOUNT, CONFIG, SANDBOX, STATE_DIR
from chasedata_mcp.cli.calling import user
from chasedata_mcp.cli.local_ledgers import Office, Record, office
from chasedata_mcp.cli.open_questions import open_in, show_out_of_band
from chasedata_mcp.cli.screen import NAME, err
from chasedata_mcp.cli.usage_errors import UsageError
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.sandbox import ACCID
from chasedata_mcp.web.sockets import address_of, listen

EXAMPLES = (f"{NAME} approvals", f"{NAME} approvals --port 8770 --sandbox")
PORT = 8766
_GRACE_SECONDS = 2
_NO_RECORD = (
    "no server has kept a record here yet; start your assistant first, or say --sandbox, or where "
    "the server keeps it (--state-dir, --config)"
)


def approvals(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.")
    ] = PORT,
    sandbox: SANDBOX = False,
    account: ACCOUNT = None,
    state_dir: STATE_DIR = None,
    config: CONFIG = None,
) -> None:
    """Serve the page where you answer what assistants ask: approve, decline, allow more at once.

    It needs no setting: it shows what waits in the record that servers on this machine keep. Only
    this machine can open it, and only with the code that this terminal shows. Servers on the same
    record send people here, as long as it runs.
    """
    at = office(config, state_dir)
    page = anyio.run(shown, at, account.lower() if account else None, sandbox)
    with listen(port) as bound:
        anyio.run(partial(serve_page, at, page, bound))


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose questions the page shows, and where they are kept."""

    record: Record
    account: str


async def shown(at: Office, account: str | None, sandbox: bool) -> Shown:  # noqa: FBT001 - as anyio hands it over
    """What the page shows: what the settings or the options mean, else the one that there is.

    Where that leaves several, live comes before the sandbox, and what waits before what doesn't.

    Raises:
        UsageError: There is none, or it is unclear which is meant.
    """
    meant = "sandbox" if sandbox else at.meant
    if meant == at.meant and at.own is not None and account in {None, at.own.account}:
        return Shown(at.own, at.account.accid)
    found = [one for record in at.of(meant) for one in await _accounts(record, account)]
    live = [one for one in found if one.record.environment == "live"]
    waiting = [one for one in live or found if await _waits(at, one)]
    match (live or found), waiting:
        case ([one], _) | (_, [one]):
            await _show_what_waits_out_of_band(at, one)
            return one
        case [], _ if meant == "sandbox":
            return Shown(at.users_sandbox, ACCID)
        case [], _:
            raise UsageError(_NO_RECORD)
        case several, _ if live:
            names = ", ".join(dict.fromkeys(one.account for one in several))
            raise UsageError(f"there are records of several accounts here; say --account: {names}")
        case several, _:
            return (waiting or several)[0]


async def _accounts(record: Record, account: str | None) -> list[Shown]:
    async with record.opened() as ledger:
        return [Shown(record, one) for one in await ledger.accounts() if account in {None, one}]


async def _waits(at: Office, one: Shown) -> bool:
    return bool(await open_in(at, one.record, one.account))


async def _show_what_waits_out_of_band(at: Office, page: Shown) -> None:
    others = [one for one in at.records if one.environment != page.record.environment]
    found = [one for record in others for one in await open_in(at, record)]
    show_out_of_band(found, err(), "approvals")


async def serve_page(at: Office, page: Shown, listening: socket) -> None:
    """Serve the page of an account on a socket, and make it known as long.

    Raises:
        SettingsError: It can't be made known in the state directory.
    """
    from chasedata_mcp.approvals.page_address import announce  # noqa: PLC0415 - heavy: the page
    from chasedata_mcp.approvals_page.app import approvals_app  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals_page.sessions import Sessions  # noqa: PLC0415 - as above
    from chasedata_mcp.web.loopback import OriginPolicy  # noqa: PLC0415 - as above
    from chasedata_mcp.web.server import (  # noqa: PLC0415 - as above
        serve,
        server_for,
    )

    address = address_of(listening)
    _say(f"{NAME} shows what waits for a yes at {address}/approvals")
    load_policy(at.settings)  # one that can't be understood stops the start
    async with page.record.opened() as ledger:
        answers = at.answers(ledger, page.record, page.account)
        oversight = at.oversight(ledger, page.record, page.account)
        origins = OriginPolicy.on_loopback(listening.getsockname()[1])
        sessions = Sessions(compose.now, show_code)
        app = approvals_app(answers, oversight, sessions, origins, by=f"{user()}/page")
        try:
            with announce(page.record.known_at(at.settings), answers.account, address):
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
