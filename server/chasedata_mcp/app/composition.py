"""From settings to a pipeline: a dialer, a policy, a ledger and an account."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from chasedata_mcp.app.dialer import Line, Names, OpenedLate, line
from chasedata_mcp.app.exposed_files import require_own_state
from chasedata_mcp.app.name_directory import open_directory
from chasedata_mcp.app.state import ledger_of
from chasedata_mcp.approvals.grants import GrantRedaction
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.dialer.endpoint import Endpoint
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.files.text import read_text
from chasedata_mcp.ledger import Ledger, LedgerUnwritableError, read_uptime
from chasedata_mcp.pipeline.errors import not_configured
from chasedata_mcp.pipeline.executor import Dialer, Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.recorder import Keeping, Recorder
from chasedata_mcp.policy import loader as policies
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.hours_table import HoursTable, load_shipped_table, parse_table
from chasedata_mcp.policy.models import HiddenData, PolicyTerms
from chasedata_mcp.policy.rules.contact_times import HoursRule
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.redaction import DEFAULT_PATTERNS, DEFAULT_REDACTOR, IDENTITY_PATTERNS, Redactor
from chasedata_mcp.settings import IN_MEMORY, Settings
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.request import Request

if TYPE_CHECKING:
    from chasedata_mcp.dialer.client import Observe
    from chasedata_mcp.dialer.harmless_posts import HarmlessPosts
    from chasedata_mcp.ledger.store import Store


def steady_clock() -> Callable[[], datetime]:
    """Make a clock that goes on by what passes, however the machine's is set."""
    began, uptime = now(), read_uptime()
    return lambda: began + timedelta(seconds=read_uptime() - uptime)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open pipeline, the names that its dialer knows (a sandbox only) and its ledger."""

    pipeline: Pipeline
    names: Callable[[], Awaitable[Names]]
    ledger: Ledger | None = None
    post_harmlessly: "Callable[[], Awaitable[HarmlessPosts]] | None" = None
    """Makes what posts the requests of a probe that are no tool's calls, if there is a dialer."""


@asynccontextmanager
async def opened(settings: Settings, observe: "Observe | None" = None) -> AsyncGenerator[Opened]:
    """Open the pipeline that the settings describe, and close its connections at the end.

    `observe` takes each request to the dialer with the reply as it came.

    Raises:
        SettingsError: The settings can't be used, or others could have changed the state.
    """
    found = line(settings)
    if found.account.environment == "none":
        yield Opened(pipeline_of(settings, found, NoDialer(), Ledger(no_store)), _no_names)
        return
    dialer = OpenedLate(settings, found, observe)
    require_own_state(settings)
    if settings.sandbox_file not in {None, IN_MEMORY}:
        dialer.sandbox()
    names = open_directory(settings, found.account, dialer.names, now)
    async with aclosing(dialer), ledger_of(settings, found.account.environment) as ledger:
        with closing(names):
            pipeline = pipeline_of(settings, found, dialer, ledger, names=names)
            yield Opened(pipeline, dialer.names, ledger, dialer.post_harmlessly)


def now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


def pipeline_of(  # noqa: PLR0913 - what it is made of
    settings: Settings,
    line: Line,
    dialer: Dialer,
    ledger: Ledger,
    clock: Callable[[], datetime] = now,
    *,
    names: NameDirectory | None = None,
) -> Pipeline:
    """Make the pipeline that the settings describe, to this dialer and with this ledger.

    Without `names` it knows none, not even those of the names file.
    """
    account, terms = line.account, policies.load_policy(settings).terms
    policy = _policy(terms, line)
    keeping = _keeping(settings, line, policy)
    recorder = Recorder(ledger, account, clock, keeping)
    return Pipeline(
        policy,
        recorder,
        Executor(dialer, recorder, read_back=settings.read_back),
        FactGatherer(
            recorder,
            suppression_of(terms, ledger, account.accid),
            reading_counts_for=policy.after_reading,
        ),
        ApprovalService(ledger, account.accid, clock, keeping.out.grant),
        countries=frozenset(settings.countries),
        names=names,
    )


class NoDialer:
    """The dialer where none is configured: it posts nothing."""

    async def post(self, request: Request) -> Answer:
        """Refuse to post.

        Raises:
            CallError: `not_configured`, always.
        """
        del request
        raise not_configured()


def grant_redaction(settings: Settings) -> GrantRedaction:
    """Make the form in which a grant is put on record.

    Raises:
        SettingsError: As for `line`.
    """
    found, terms = line(settings), policies.load_policy(settings).terms
    return _keeping(settings, found, _policy(terms, found)).out.grant


def keeps_number_out(settings: Settings, number: str) -> bool:
    """Tell whether the number of a request not to be called stays out of the record.

    Raises:
        SettingsError: As for `line`.
    """
    found, terms = line(settings), policies.load_policy(settings).terms
    request = InsertDnc.read({"number": number}, ValidationContext(now()))
    return (
        not _keeping(settings, found, _policy(terms, found)).out.of_call(request).numbers(request)
    )


def no_store() -> "Store":
    """Refuse to open a store: without a dialer no call gets as far as to be recorded."""
    raise LedgerUnwritableError("No dialer is configured, so nothing is recorded.")


def _policy(terms: PolicyTerms, line: Line) -> Policy:
    return policy_in_force(terms, line.target.token if line.target else None)


def _keeping(settings: Settings, line: Line, policy: Policy) -> Keeping:
    return Keeping(
        settings.hidden_fields,
        timedelta(minutes=settings.twin_minutes),
        ledger_key(line.target),
        policy.redactor or DEFAULT_REDACTOR,
    )


def ledger_key(target: Endpoint | None) -> bytes:
    """The key of the ledger's hashes, which whoever has the ledger doesn't have: of the token."""
    token = "" if target is None else target.token
    return hashlib.sha256(f"chasedata-mcp ledger{token}".encode()).digest()


_SHORTEST_SECRET = 10
"""One that is shorter may well stand in a text by chance; the vendor's have 36 characters."""


async def _no_names() -> Names:
    return {}


def policy_in_force(terms: PolicyTerms, token: str | None = None) -> Policy:
    """The policy that these terms make; the dialer's token is hidden whatever they say."""
    secrets = () if token is None or len(token) < _SHORTEST_SECRET else (token,)
    hours = terms.calling_hours
    return Policy(
        terms.confirm,
        terms.read_only,
        frozenset(terms.toolsets),
        tools=terms.tools,
        do_not_call=terms.do_not_call,
        hours=HoursRule(_table(hours.windows), hours.outside, hours.in_sandbox),
        frequency=terms.frequency,
        caps=terms.caps,
        ask_over_parts=terms.texts.ask_over_parts,
        after_reading=timedelta(minutes=terms.after_reading.minutes),
        yes=terms.yes,
        redactor=Redactor(_hidden_names(terms.hidden), terms.hidden.values, secrets),
        writes_hidden=terms.hidden.writable,
    )


def _hidden_names(hidden: HiddenData) -> tuple[str, ...]:
    names = DEFAULT_PATTERNS if hidden.fields is None else hidden.fields
    return (*names, *IDENTITY_PATTERNS) if hidden.identity else names


def load_policy(settings: Settings) -> Policy:
    """The policy that the settings and the policy file describe.

    Raises:
        SettingsError: The policy file can't be read or isn't understood.
    """
    return policy_in_force(policies.load_policy(settings).terms)


def _table(windows: str | None) -> HoursTable:
    return load_shipped_table() if windows is None else parse_table(read_text(Path(windows)))


def suppression_of(terms: PolicyTerms, ledger: Ledger, account: str) -> SuppressionFile:
    """The user's own suppression file; one without a path where the policy names none."""
    path, largest_shrink = terms.do_not_call.suppression_file, terms.do_not_call.largest_shrink
    return SuppressionFile(
        None if path is None else Path(path).expanduser(),
        counts=ledger.dnc_registry.file_counts(account),
        largest_shrink=largest_shrink,
    )
