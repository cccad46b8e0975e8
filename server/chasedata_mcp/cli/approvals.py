"""`chasedata-mcp approvals`: the page where open questions are answered, on this machine only."""

from contextlib import closing
from dataclasses import dataclass
from socket import socket

import anyio

from chasedata_mcp.app import composition as compose
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.cli.command_errors import UsageError
from chasedata_mcp.cli.local_ledgers import (
    LedgerPlace,
    LocalLedgers,
    find_ledgers,
)
from chasedata_mcp.cli.open_questions import list_open, show_elsewhere
from chasedata_mcp.cli.options import AccountId, OnlySandbox, Port, SettingsFile, StateDirectory
from chasedata_mcp.cli.screen import NAME, err, print_line
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
    port: Port = PORT,
    sandbox: OnlySandbox = False,
    account: AccountId = None,
    state_dir: StateDirectory = None,
    config: SettingsFile = None,
) -> None:
    """Serve the page where you answer what assistants ask: approve, decline, allow more at once.

    It needs no setting: it shows what waits in the record that servers on this machine keep. Only
    this machine can open it, and only with the code that this terminal shows. Servers on the same
    record send people here, as long as it runs.
    """
    found = find_ledgers(config, state_dir)
    subject = anyio.run(choose_subject, found, account.lower() if account else None, sandbox)
    with listen(port) as bound:
        anyio.run(serve_page, found, subject, bound)


@dataclass(frozen=True, slots=True)
class PageSubject:
    """The account whose questions the page shows, and the place of its ledger."""

    place: LedgerPlace
    account: str


async def choose_subject(
    found: LocalLedgers,
    account: str | None,
    sandbox: bool,  # noqa: FBT001 - as anyio hands it over
) -> PageSubject:
    """Choose the account that the settings or the options mean, else the one that there is.

    Where that leaves several, live comes before the sandbox, and an account with an open question
    before one without.

    Raises:
        UsageError: There is none, or it is unclear which is meant.
    """
    wanted = "sandbox" if sandbox else found.environment
    if wanted == found.environment and found.own and account in {None, found.own.account}:
        return PageSubject(found.own, found.account.accid)
    subjects = [one for place in found.of(wanted) for one in await _list_subjects(place, account)]
    live = [one for one in subjects if one.place.environment == "live"]
    waiting = [one for one in live or subjects if await _has_questions(found, one)]
    match (live or subjects), waiting:
        case ([one], _) | (_, [one]):
            await _show_elsewhere(found, one)
            return one
        case [], _ if wanted == "sandbox":
            return PageSubject(found.users_sandbox, ACCID)
        case [], _:
            raise UsageError(_NO_RECORD)
        # Of several sandboxes any will do: what is approved there touches no dialer.
        case several, _ if live:
            names = ", ".join(dict.fromkeys(one.account for one in several))
            raise UsageError(f"there are records of several accounts here; say --account: {names}")
        case several, _:
            return (waiting or several)[0]


async def _list_subjects(place: LedgerPlace, account: str | None) -> list[PageSubject]:
    async with place.opened() as ledger:
        accounts = await ledger.accounts()
    return [PageSubject(place, one) for one in accounts if account in {None, one}]


async def _has_questions(found: LocalLedgers, one: PageSubject) -> bool:
    return bool(await list_open(found, one.place, one.account))


async def _show_elsewhere(found: LocalLedgers, page: PageSubject) -> None:
    others = [one for one in found.places if one.environment != page.place.environment]
    questions = [one for place in others for one in await list_open(found, place)]
    show_elsewhere(questions, err(), "approvals")


async def serve_page(found: LocalLedgers, page: PageSubject, listening: socket) -> None:
    """Serve the page of an account on a socket, and announce its address as long.

    Raises:
        SettingsError: It can't be made known in the state directory.
    """
    from chasedata_mcp.approvals.page_address import announce  # noqa: PLC0415 - heavy: the page
    from chasedata_mcp.approvals_page.app import approvals_app  # noqa: PLC0415 - as above
    from chasedata_mcp.approvals_page.sessions import Sessions  # noqa: PLC0415 - as above
    from chasedata_mcp.web.loopback import OriginPolicy  # noqa: PLC0415 - as above
    from chasedata_mcp.web.uvicorn_server import (  # noqa: PLC0415 - as above
        serve,
        server_for,
    )

    address = address_of(listening)
    _say(f"{NAME} shows what waits for a yes at {address}/approvals")
    load_policy(found.settings)  # one that can't be understood stops the start
    async with page.place.opened() as ledger:
        answers = found.answers(ledger, page.place, page.account)
        oversight = found.oversight(ledger, page.place, page.account)
        origins = OriginPolicy.on_loopback(listening.getsockname()[1])
        sessions = Sessions(compose.steady_clock(), show_code)
        app = approvals_app(answers, oversight, sessions, origins, by=f"{machine_user()}/page")
        try:
            with (
                closing(oversight.batches),
                announce(page.place.announced_at(found.settings), answers.account, address),
            ):
                server = server_for(app, grace_seconds=_GRACE_SECONDS)
                await serve(server, listening, lambda: _say("Ctrl-C ends it."))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"the state directory can't be used ({reason})") from None


def show_code(code: str) -> None:
    """Print a code to sign in with, on standard error."""
    _say(f"To sign in, once: {code}")


def _say(line: str) -> None:
    print_line(err(), line)
