"""A pipeline to a sandbox that stands for a live dialer, under the terms of a policy.

Its ledger is in memory unless a directory is given, for tests that open its files.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

from httpx import AsyncBaseTransport

from _support.clock import START, Clock
from _support.dialer import ForwardingDialer
from _support.faults import Wire
from _support.ledger import LedgerInMemory, read_files
from _support.pipeline import DESTRUCTIVE, AssembledPipeline, Parts, a_suppression_file
from _support.spelling import respelled, spelling
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.ledger import Ledger, Scope, open_ledger
from chasedata_mcp.ledger.store import Store
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import Caps, PolicyTerms
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.sandbox.faults import Body, Fault, Faults, parse_faults
from chasedata_mcp.tools.account import Account, Environment

EVERY_CAP = tuple(name for name in Caps.model_fields if name != "at_stop")
NOON = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
"""A Monday, noon in Miami and New York."""
PHONE, SECOND, OWN = "9545550123", "3055550110", "9545550195"
TEXT: Mapping[str, object] = {"from_number": OWN, "to_number": PHONE, "message": "Hello there"}
DIALED: Mapping[str, object] = {"campaign": "Solar", "primary_phone": PHONE, "import_only": False}
Row = dict[str, Any]


@dataclass(frozen=True)
class Behind:
    """The dialer behind a pipeline and the way to it; `place` has the ledger's files, if any."""

    dialer: ForwardingDialer
    sandbox: SandboxDialer
    wire: Wire
    faults: Faults
    place: Path | None


class SandboxPipeline(AssembledPipeline):
    """A pipeline to a sandbox whose state is in reach."""

    def __init__(self, parts: Parts, behind: Behind) -> None:
        super().__init__(parts)
        self.behind = behind
        self.dialer = behind.dialer
        self.sandbox = behind.sandbox
        self.wire = behind.wire

    def set_faults(self, text: str) -> None:
        """Have something go wrong at the sandbox from now on."""
        self.behind.faults.add([_respell(fault) for fault in parse_faults(text)])

    def on_disk(self) -> bytes:
        """Read every byte of the ledger's files."""
        assert self.behind.place is not None
        return read_files(self.behind.place)

    @asynccontextmanager
    async def another_process(self) -> AsyncGenerator[AssembledPipeline]:
        """Open the same store once more, for a pipeline of the same parts."""
        async with await self.another_ledger() as ledger:
            yield self.over(ledger=ledger)

    async def another_ledger(self) -> Ledger:
        """Make a ledger on the same store, as another process has it."""
        if isinstance(self.ledger, LedgerInMemory):
            return await self.ledger.of_another_process()
        assert self.behind.place is not None
        return open_ledger(self.behind.place, _store_of(self.account), clock=self.clock)

    def state(self) -> dict[str, list[Row]]:
        """Read every table of the sandbox."""
        return self.sandbox.state()

    def rows(self, table: str, **like: object) -> list[Row]:
        """List what the sandbox holds."""
        rows = self.state()[table]
        return [row for row in rows if all(row[key] == value for key, value in like.items())]

    def row(self, table: str, **like: object) -> Row:
        """Get the one row that is like this."""
        (row,) = self.rows(table, **like)
        return row


@asynccontextmanager
async def a_sandbox_pipeline(  # noqa: PLR0913 - what a test may want to be different
    policy: Policy | PolicyTerms = UNATTENDED,
    *,
    environment: Environment = "live",
    ledger: Path | Callable[[], Store] | None = None,
    read_back: bool = True,
    duplicates_within: timedelta = timedelta(0),
    keeping: Keeping | None = None,
    suppression: Path | None = None,
    start: datetime = NOON,
) -> AsyncGenerator[SandboxPipeline]:
    """Assemble a pipeline to a new sandbox; `environment` is the one that it stands for.

    The ledger's files are in the directory that is given, or its store is opened as is said.
    """
    host = "dialer.example.com" if environment == "live" else ""
    clock, account, faults = Clock(start), Account(environment, ACCID, host), Faults()
    match ledger:
        case None:
            kept: Ledger = LedgerInMemory(clock, _store_of(account))
        case Path():
            kept = open_ledger(ledger, _store_of(account), clock=clock)
        case opening:
            kept = Ledger(opening)
    with closing(SandboxDialer(now=clock, profile=spelling())) as sandbox:
        wire = Wire(SandboxTransport(create_app(sandbox, faults=faults)))
        async with a_client_over(wire) as client, kept:
            dialer = ForwardingDialer(client)
            parts = Parts(
                account=account,
                dialer=dialer,
                clock=clock,
                ledger=kept,
                policy=policy if isinstance(policy, Policy) else policy_in_force(policy),
                keeping=keeping or Keeping(duplicates_within=duplicates_within),
                suppression=a_suppression_file(suppression, kept, account),
                read_back=read_back,
            )
            place = ledger if isinstance(ledger, Path) else None
            yield SandboxPipeline(parts, Behind(dialer, sandbox, wire, faults, place))


def a_recorded_pipeline(
    ledger: Path | Callable[[], Store],
    policy: Policy = DESTRUCTIVE,
    *,
    keeping: Keeping | None = None,
    read_back: bool = True,
) -> AbstractAsyncContextManager[SandboxPipeline]:
    """Assemble a sandbox's own pipeline, as a server has it whose ledger is in a directory."""
    return a_sandbox_pipeline(
        policy,
        environment="sandbox",
        ledger=ledger,
        keeping=keeping or Keeping(),
        read_back=read_back,
        start=START,
    )


def a_client_over(transport: AsyncBaseTransport) -> Client:
    """Make the client whose requests go over a transport, to the sandbox's address."""
    tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
    target = Endpoint(BASE_URL, TOKEN, ACCID, {}, load_profile=spelling)
    return Client(target, transport=transport, tls=tls)


def terms(**changes: object) -> PolicyTerms:
    """Change terms of the unattended preset, as a policy file does."""
    return PolicyTerms.model_validate({**UNATTENDED.model_dump(), **changes})


def caps(**changes: tuple[int, int] | str) -> dict[str, object]:
    """Set caps, all others off: so many go unasked, and so many at all, in an hour and a day."""
    off: dict[str, object] = dict.fromkeys(EVERY_CAP, "off")
    named: dict[str, object] = {}
    for name, steps in changes.items():
        reaching = steps if isinstance(steps, str) else [most + 1 for most in steps]
        named[name] = steps if isinstance(steps, str) else {"hour": reaching, "day": reaching}
    return {"caps": {**off, **named}}


ATTENDED = terms(confirm="outward", frequency={"texts_in_24_hours": "off"})
"""The unattended preset, but for a question about whatever goes out, and any number of texts."""

ANY_MARKS = terms(do_not_call={"unreadable": "allow"})
"""The unattended preset, but that whose marks can't be read is reached unasked."""
OVER = NOON + timedelta(hours=3)
TEXTS = Scope(("send_sms",), (PHONE, SECOND), None, 3, OVER)
"""Three texts to two numbers, until `OVER`."""
DANA: Mapping[str, object] = {
    "from_number": OWN,
    "to_number": "9545550101",
    "message": "Hi",
    "lead_id": "1001",
}
"""A text to a lead of the sandbox."""


def dialed(campaign: str, number: str = PHONE) -> dict[str, object]:
    """Give the arguments of an insert_lead that is dialed."""
    return {
        "campaign": campaign,
        "primary_phone": number,
        "import_only": False,
        "duplicates_check": "none",
    }


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def _respell(fault: Fault) -> Fault:
    """Write a body that a fault makes in the words of this run of the tests."""
    match fault.effect:
        case Body(text, after):
            return replace(fault, effect=Body(respelled(text), after))
        case _:
            return fault


def _store_of(account: Account) -> Any:  # noqa: ANN401 - "live" or "sandbox"
    return account.environment
