"""From settings to a road: which dialer, policy and account. Heavy imports wait for a call."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from chasedata_mcp import policies
from chasedata_mcp.carrying import Dialer
from chasedata_mcp.client.target import Target
from chasedata_mcp.consenting import ConsentsInLedger, GrantsInLedger
from chasedata_mcp.dispatch import Road
from chasedata_mcp.errors import SettingsError
from chasedata_mcp.guards.consents import ConsentsInMemory
from chasedata_mcp.guards.hours import Table, own_table, read_table
from chasedata_mcp.guards.policy import Policy
from chasedata_mcp.guards.reach import Hours
from chasedata_mcp.guards.terms import Terms
from chasedata_mcp.knowing import Knowing
from chasedata_mcp.ledger import Ledger
from chasedata_mcp.ledgers import ledger_of
from chasedata_mcp.recording import Keeping, Recorder
from chasedata_mcp.request import Request
from chasedata_mcp.results import NO_ACCOUNT, Account, Answer
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.settings import Settings
from chasedata_mcp.suppression import Suppression
from chasedata_mcp.veil import DEFAULT_PATTERNS, DEFAULT_VEIL, Veil

if TYPE_CHECKING:
    import httpx

    from chasedata_mcp.client import Client
    from chasedata_mcp.sandbox.dialer import Dialer as Sandbox

Names = Mapping[str, object]
_EMBEDDED = "http://localhost/HttpImport/"


@dataclass(frozen=True, slots=True)
class Line:
    """Which dialer is reached, and how it is named to callers."""

    account: Account
    target: Target | None


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
    if not target.on_loopback:
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


def _target(settings: Settings, base_url: str, token: str, accid: str) -> Target:
    try:
        return Target(
            base_url=base_url,
            token=token,
            accid=accid,
            scripts=settings.scripts,
            read_only=policies.policy_of(settings).terms.read_only,
        )
    except ValueError as error:
        raise SettingsError(f"CHASEDATA_BASE_URL or a script's name: {error}") from None


class OpenedLate:
    """A dialer whose client, and sandbox, are made at the first call: starting stays fast."""

    def __init__(self, settings: Settings, line: Line) -> None:
        assert line.target is not None  # noqa: S101 - a line without a target has no dialer
        self._settings = settings
        self._target = line.target
        self._on_a_port = line.account.environment == "sandbox" and not settings.sandbox
        self._sandbox: Sandbox | None = None
        self._client: Client | None = None

    async def post(self, request: Request) -> Answer:
        """Post a request, opening the client if it is the first."""
        if self._client is None:
            self._client = _client(self._settings, self._target, self._embedded())
        return await self._client.post(request)

    async def names(self) -> Names:
        """The names that a sandbox knows; a live dialer has no way to tell its own."""
        if self._on_a_port:
            return await _names_on_a_port(self._target)
        sandbox = self._embedded()
        return {} if sandbox is None else dict(sandbox.names())

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            await self._client.aclose()
        if self._sandbox is not None:
            self._sandbox.close()

    def _embedded(self) -> "Sandbox | None":
        if self._settings.sandbox and self._sandbox is None:
            self._sandbox = _sandbox(self._settings)
        return self._sandbox


def _client(settings: Settings, target: Target, dialer: "Sandbox | None") -> "Client":
    from chasedata_mcp.client import Client, Limits  # noqa: PLC0415 - heavy, and not for the start

    limits = Limits(
        read_seconds=settings.search_seconds,
        write_seconds=settings.write_seconds,
        in_flight=settings.in_flight,
    )
    transport = _embedded(settings, dialer) if dialer else None
    return Client(target, limits, transport=transport, trust_env=settings.trust_env)


def _sandbox(settings: Settings) -> "Sandbox":
    from chasedata_mcp.sandbox.dialer import Dialer  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.store import IN_MEMORY  # noqa: PLC0415 - as above

    return Dialer(settings.sandbox_file or IN_MEMORY)


def _embedded(settings: Settings, dialer: "Sandbox") -> "httpx.AsyncBaseTransport":
    from chasedata_mcp.sandbox.app import create_scripts  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.embedded import SandboxTransport  # noqa: PLC0415 - as above
    from chasedata_mcp.sandbox.faults import Faults, parse_faults  # noqa: PLC0415 - as above

    return SandboxTransport(
        create_scripts(dialer, faults=Faults(parse_faults(settings.sandbox_faults)))
    )


async def _names_on_a_port(target: Target) -> Names:
    """Ask a sandbox on a port which names it knows; the question bears no token."""
    import httpx  # noqa: PLC0415 - as above

    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as pool:
            answer = await pool.get(urljoin(target.base_url, "/sandbox/names.json"))
            return dict(answer.json()) if answer.is_success else {}
    except (httpx.HTTPError, ValueError, TypeError):
        return {}


@dataclass(frozen=True, slots=True)
class Opened:
    """A road that is open, the names that its dialer knows (only a sandbox tells), its ledger."""

    road: Road
    names: Callable[[], Awaitable[Names]]
    ledger: Ledger | None = None


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Opened]:
    """Open the road that the settings describe, and close its connections at the end.

    Raises:
        SettingsError: The settings can't be used.
    """
    found = line(settings)
    if found.account.environment == "none":
        yield Opened(road_of(settings, found, None, None), _no_names)
        return
    dialer = OpenedLate(settings, found)
    async with aclosing(dialer), ledger_of(settings, found.account.environment) as ledger:
        yield Opened(road_of(settings, found, dialer, ledger), dialer.names, ledger)


def now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


def road_of(
    settings: Settings,
    line: Line,
    dialer: Dialer | None,
    ledger: Ledger | None,
    clock: Callable[[], datetime] = now,
) -> Road:
    """The road of these settings to a dialer; without one, every call is refused."""
    account, terms = line.account, policies.policy_of(settings).terms
    twin_within = timedelta(minutes=settings.twin_minutes)
    policy = policy_in_force(terms)
    keeping = Keeping(
        settings.hidden_fields,
        twin_within,
        ledger_key(line.target),
        policy.veil or DEFAULT_VEIL,
    )
    record = None if ledger is None else Recorder(ledger, account, clock, keeping)
    return Road(
        account,
        dialer,
        policy,
        ConsentsInMemory() if ledger is None else ConsentsInLedger(ledger, account.accid),
        countries=frozenset(settings.countries),
        clock=clock,
        record=record,
        knowing=Knowing(
            account,
            clock,
            ledger,
            suppression_of(terms),
            reading_counts_for=policy.after_reading,
            keyed=str if record is None else record.keyed,
        ),
        grants=None if ledger is None else GrantsInLedger(ledger, account.accid),
        read_back=settings.read_back,
    )


def ledger_key(target: Target | None) -> bytes:
    """The key of the ledger's hashes, which whoever has the ledger doesn't have: of the token."""
    token = "" if target is None else target.token
    return hashlib.sha256(f"chasedata-mcp ledger{token}".encode()).digest()


async def _no_names() -> Names:
    return {}


def policy_in_force(terms: Terms) -> Policy:
    """The policy that these terms make."""
    hours = terms.calling_hours
    shown = terms.hidden
    return Policy(
        terms.confirm,
        terms.read_only,
        frozenset(terms.toolsets),
        tools=terms.tools,
        hours=Hours(_table(hours.windows), hours.outside, hours.in_sandbox),
        frequency=terms.frequency,
        caps=terms.caps,
        ask_over_parts=terms.texts.ask_over_parts,
        after_reading=timedelta(minutes=terms.after_reading.minutes),
        yes=terms.yes,
        veil=Veil(DEFAULT_PATTERNS if shown.fields is None else shown.fields, shown.values),
        writes_hidden=shown.writable,
    )


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings and the policy file describe.

    Raises:
        SettingsError: The policy file can't be read or isn't understood.
    """
    return policy_in_force(policies.policy_of(settings).terms)


def _table(windows: str | None) -> Table:
    return own_table() if windows is None else read_table(Path(windows).read_text(encoding="utf-8"))


def suppression_of(terms: Terms) -> Suppression | None:
    """The user's own suppression file, if the policy names one."""
    path = terms.do_not_call.suppression_file
    return None if path is None else Suppression(Path(path).expanduser())
