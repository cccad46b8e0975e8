"""The approvals page beside `/mcp`: on the same port, with its own guard and sign-in."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from chasedata_mcp.app.batches import find_batch_store
from chasedata_mcp.app.composition import Opened, grant_redaction, now, steady_clock
from chasedata_mcp.app.machine_user import machine_user
from chasedata_mcp.app.state import directory, is_passing, ledger_directory
from chasedata_mcp.approvals.page_address import announce
from chasedata_mcp.approvals.second_factor import SecondFactor
from chasedata_mcp.approvals_page.addresses import HOME
from chasedata_mcp.approvals_page.answer_service import AnswerService
from chasedata_mcp.approvals_page.app import approvals_app
from chasedata_mcp.approvals_page.batch_overview import BatchOverview
from chasedata_mcp.approvals_page.oversight import Oversight
from chasedata_mcp.approvals_page.policy_lines import policy_view
from chasedata_mcp.approvals_page.sessions import Sessions
from chasedata_mcp.batches.store import BatchStore
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.policy.loader import load_policy
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.account import Account
from chasedata_mcp.web.loopback import OriginPolicy

ShowCode = Callable[[str, str], None]
"""Shows a person, at an address of the page, a code to sign in with once."""


@dataclass(frozen=True, slots=True)
class MountedPage:
    """The page's app, its address without a path, `http://127.0.0.1:8765`, and its end."""

    app: ASGIApp
    address: str
    close: Callable[[], None]


def approvals_page_of(
    installation: Opened, settings: Settings, address: str, port: int, show: ShowCode
) -> MountedPage | None:
    """Make the page of what is served at an address; None where nothing can be asked about.

    Args:
        installation: The pipeline that is served, with its ledger.
        settings: Those of the server, with its policy.
        address: The address that is served, without a path.
        port: The port of that address.
        show: Shows a person the page's address and a code to sign in with.
    """
    if installation.ledger is None:
        return None
    policy = partial(policy_view, settings, load_policy(settings))
    factor = SecondFactor(directory(settings))
    account, ledger = installation.pipeline.account, installation.ledger
    answers = AnswerService(ledger, account, now, factor, grant_redaction(settings))
    batches = BatchOverview(partial(_find_store, settings, account), account)
    oversight = Oversight(ledger, account, now, policy, batches)
    by = f"{machine_user()}/page"
    sessions = Sessions(steady_clock(), partial(show, f"{address}{HOME}"))
    origins = OriginPolicy.on_loopback(port)
    app = approvals_app(answers, oversight, sessions, origins, by=by)
    return MountedPage(app, address, batches.close)


def _find_store(settings: Settings, account: Account) -> BatchStore | None:
    if account.environment == "none" or is_passing(settings):
        return None  # the batches of a sandbox in memory are in a folder of their server's alone
    return find_batch_store(settings.ledger or ledger_directory(settings), account.environment)


@contextmanager
def announced(
    page: MountedPage | None, installation: Opened, settings: Settings
) -> Generator[None]:
    """Let other servers on the same ledger know of a page, where they can see that ledger.

    Raises:
        SettingsError: The state directory can't be used.
    """
    account = installation.pipeline.account
    if page is None or account.environment == "none" or is_passing(settings):
        yield
        return
    with ExitStack() as known:
        try:
            known.enter_context(announce(ledger_directory(settings), account, page.address))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SettingsError(f"the state directory can't be used ({reason})") from None
        yield


class ApprovalsMount:
    """An ASGI app with the page in front of it, for the page's own paths alone."""

    def __init__(self, app: ASGIApp, page: MountedPage) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on to the app that its path is for."""
        # By whole segments: `/approvals-x` is not the page's.
        path = scope["path"] if scope["type"] == "http" else ""
        is_for_page = path == HOME or path.startswith(f"{HOME}/")
        await (self._page.app if is_for_page else self._app)(scope, receive, send)
