"""Which dialer the settings mean, and how it is opened, late: heavy imports wait for a call."""

import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from chasedata_mcp.app.occupancy import occupied
from chasedata_mcp.app.state import is_users_sandbox, sandbox_file, sandbox_home
from chasedata_mcp.dialer.endpoint import Endpoint
from chasedata_mcp.errors import CallError, Code, SettingsError
from chasedata_mcp.policy import loader as policies
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import Settings
from chasedata_mcp.tools.account import NO_ACCOUNT, Account

if TYPE_CHECKING:
    import httpx

    from chasedata_mcp.dialer import Client
    from chasedata_mcp.dialer.client import Observe
    from chasedata_mcp.dialer.harmless_posts import HarmlessPosts
    from chasedata_mcp.sandbox.dialer import SandboxDialer as Sandbox
    from chasedata_mcp.tools.answer_types import Answer
    from chasedata_mcp.tools.request import Request

Names = Mapping[str, object]
_EMBEDDED = "http://localhost/HttpImport/"


@dataclass(frozen=True, slots=True)
class Line:
    """Which dialer is reached, and how it is named to callers."""

    account: Account
    target: Endpoint | None


def line(settings: Settings) -> Line:
    """Find which dialer the settings mean.

    Raises:
        SettingsError: The base address or a script's name can't be used, the token can't be read,
            or the sandbox's own credentials are set for an address that isn't this machine's.
    """
    if settings.sandbox:
        _refuse_unknown_faults(settings.sandbox_faults)
        return Line(Account("sandbox", ACCID), _target(settings, _EMBEDDED, TOKEN, ACCID))
    if settings.accid is None:
        return Line(NO_ACCOUNT, None)
    target = _target(settings, settings.base_url, settings.read_token(), settings.accid)
    # A host's name in either case is one host: one account, with one memory and one freeze.
    host, accid = urlsplit(target.base_url).netloc.lower(), target.accid.lower()
    if (target.token, target.accid) != (TOKEN, ACCID):
        return Line(Account("live", accid, host), target)
    if not target.is_on_loopback:
        raise SettingsError(
            "CHASEDATA_TOKEN and CHASEDATA_ACCID are the sandbox's own, and CHASEDATA_BASE_URL is "
            "not an address of this machine; the sandbox is reached on loopback only"
        )
    return Line(Account("sandbox", target.accid, host), target)


def _refuse_unknown_faults(faults: str) -> None:
    if not faults:
        return
    from chasedata_mcp.sandbox.faults import parse_faults  # noqa: PLC0415 - seldom needed

    try:
        parse_faults(faults)
    except ValueError as error:
        raise SettingsError(f"CHASEDATA_SANDBOX_FAULTS: {error}") from None


def _target(settings: Settings, base_url: str, token: str, accid: str) -> Endpoint:
    try:
        return Endpoint(
            base_url=base_url,
            token=token,
            accid=accid,
            scripts=settings.scripts,
            read_only=policies.load_policy(settings).terms.read_only,
            load_profile=settings.load_wire,
        )
    except ValueError as error:
        raise SettingsError(f"CHASEDATA_BASE_URL or a script's name: {error}") from None


class OpenedLate:
    """A dialer whose client, and sandbox, are made at the first call: starting stays fast."""

    def __init__(self, settings: Settings, line: Line, observe: "Observe | None" = None) -> None:
        assert line.target is not None  # noqa: S101 - a line without a target has no dialer
        self._settings = settings
        self._target = line.target
        self._observe = observe
        self._on_a_port = line.account.environment == "sandbox" and not settings.sandbox
        self._sandbox: Sandbox | None = None
        self._client: Client | None = None
        self._used = ExitStack()

    async def post(self, request: "Request") -> "Answer":
        """Post a request, opening the client if it is the first."""
        return await self._opened().post(request)

    async def post_harmlessly(self) -> "HarmlessPosts":
        """Make what posts the requests of a probe that are no tool's calls."""
        return self._opened().post_harmlessly()

    def _opened(self) -> "Client":
        if self._client is None:
            sandbox = self.sandbox()
            self._client = _client(self._settings, self._target, sandbox, self._observe)
        return self._client

    async def names(self) -> Names:
        """The names that a sandbox knows; a live dialer has no way to tell its own."""
        if self._on_a_port:
            return await _names_on_a_port(self._target)
        sandbox = self.sandbox()
        return {} if sandbox is None else dict(sandbox.names())

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            await self._client.aclose()
        if self._sandbox is not None:
            self._sandbox.close()
        self._used.close()

    def sandbox(self) -> "Sandbox | None":
        """The embedded sandbox, opened if it isn't yet; None where another dialer is meant.

        Raises:
            SettingsError: The file that is set can't be opened, or is none of a sandbox.
            CallError: The user's own can't be.
        """
        if self._settings.sandbox and self._sandbox is None:
            if is_users_sandbox(self._settings):
                self._used.enter_context(occupied(sandbox_home(self._settings)))
            self._sandbox = _sandbox(self._settings)
        return self._sandbox


def _client(
    settings: Settings, target: Endpoint, dialer: "Sandbox | None", observe: "Observe | None"
) -> "Client":
    with _without_command_line_of_httpx():
        from chasedata_mcp.dialer import (  # noqa: PLC0415 - heavy, and not for the start
            CallLimits,
            Client,
        )
    from chasedata_mcp.dialer.client import ignore_reply  # noqa: PLC0415 - as above

    limits = CallLimits(
        read_seconds=settings.search_seconds,
        write_seconds=settings.write_seconds,
        in_flight=settings.in_flight,
        reads_in_flight=settings.reads_in_flight,
    )
    transport = _embedded(settings, dialer) if dialer else None
    return Client(
        target,
        limits,
        transport=transport,
        trust_env=settings.trust_env,
        observe=observe or ignore_reply,
    )


@contextmanager
def _without_command_line_of_httpx() -> Generator[None]:
    """Leave out what httpx imports for its command line, which it does without where it must.

    With it come click, pygments and rich: 3 MB and 40 ms (2026-11-29).
    """
    name = "httpx._main"
    if name in sys.modules:
        yield
        return
    # None has the import fail, as if it wasn't installed (docs.python.org, "The module cache").
    sys.modules[name] = None  # type: ignore[assignment]  # pyright: ignore[reportArgumentType] - as there
    try:
        yield
    finally:
        del sys.modules[name]


def _sandbox(settings: Settings) -> "Sandbox":
    from chasedata_mcp.sandbox.dialer import SandboxDialer  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.store import IN_MEMORY  # noqa: PLC0415 - as above

    file = sandbox_file(settings)
    try:
        return SandboxDialer(IN_MEMORY if file is None else file, profile=settings.load_wire())
    except ValueError:
        if settings.sandbox_file is None:
            raise _no_sandbox() from None
        raise SettingsError(
            "CHASEDATA_SANDBOX_FILE names what can't be opened as the state of this version's "
            "sandbox; name another file, in a directory that there is"
        ) from None


def _no_sandbox() -> CallError:
    """The user's own sandbox can't be opened: its folder isn't there, or holds something else."""
    return CallError(
        Code.NOT_ALLOWED,
        "The sandbox's own folder can't be used: it can't be written, or what is in it is none of "
        "this version's sandbox. Nothing was sent.",
        hint="Tell the person who runs this server: `chasedata-mcp sandbox reset` starts the "
        "sandbox afresh, and CHASEDATA_STATE_DIR names another folder for it.",
    )


def _embedded(settings: Settings, dialer: "Sandbox") -> "httpx.AsyncBaseTransport":
    from chasedata_mcp.sandbox.app import create_scripts  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.embedded import SandboxTransport  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.faults import (  # noqa: PLC0415 - as above
        Faults,
        parse_faults,
    )

    return SandboxTransport(
        create_scripts(dialer, faults=Faults(parse_faults(settings.sandbox_faults)))
    )


async def _names_on_a_port(target: Endpoint) -> Names:
    """Ask a sandbox on a port which names it knows; the question bears no token."""
    import httpx  # noqa: PLC0415 - as above

    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as pool:
            answer = await pool.get(urljoin(target.base_url, "/sandbox/names.json"))
            return dict(answer.json()) if answer.is_success else {}
    except (httpx.HTTPError, ValueError, TypeError):
        return {}
