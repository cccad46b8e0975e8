"""A sandbox behind a live account's pipeline with a policy, a ledger on disk and a clock."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import pytest

from _support.clock import Clock
from _support.kept import Posts
from _support.pipeline import AssembledPipeline, Parts, yes_to
from chasedata_mcp.app.composition import policy_in_force
from chasedata_mcp.approvals.grants import build_grant
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.dialer import Client, Endpoint
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger import (
    ApprovalAnswer,
    AssuranceLevel,
    Entry,
    Ledger,
    Scope,
    open_ledger,
)
from chasedata_mcp.pipeline.pipeline import CallBatch, Cleared, PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Keeping
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.models import PolicyTerms
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.sandbox import ACCID, TOKEN
from chasedata_mcp.sandbox.app import create_app
from chasedata_mcp.sandbox.dialer import SandboxDialer
from chasedata_mcp.sandbox.embedded import BASE_URL, SandboxTransport
from chasedata_mcp.tools.answer_types import Answer
from chasedata_mcp.tools.request import Request
from chasedata_mcp.tools.results import Account, Environment, Result

CALLER = "maria/an assistant"
NOON = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
"""A Monday, noon in Miami and New York."""
PHONE, SECOND, OWN = "9545550123", "3055550110", "9545550195"
TEXT: Mapping[str, object] = {"from_number": OWN, "to_number": PHONE, "message": "Hello there"}
DIALED: Mapping[str, object] = {"campaign": "Solar", "primary_phone": PHONE, "import_only": False}
Row = dict[str, Any]


class Counting:
    """Hands calls on to a dialer and keeps their forms."""

    def __init__(self, beyond: Posts) -> None:
        self._beyond = beyond
        self.forms: list[dict[str, str]] = []

    async def post(self, request: Request) -> Answer:
        self.forms.append(dict(request.form))
        return await self._beyond.post(request)

    @property
    def writes(self) -> list[dict[str, str]]:
        """What was posted that may change something."""
        reads = {"SearchLead", "AvailableInboundAgents"}
        return [form for form in self.forms if form.get("Action") not in reads]


@dataclass
class Policed:
    """A pipeline under a policy, over a sandbox that stands for a live dialer, and its ledger."""

    sandbox: SandboxDialer
    dialer: Counting
    ledger: Ledger
    place: Path
    clock: Clock
    terms: PolicyTerms = UNATTENDED
    environment: Environment = "live"
    read_back: bool = True
    duplicates_within: timedelta = timedelta(0)
    suppression: Path | None = None
    account: Account = field(init=False)
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        self.account = Account(self.environment, ACCID, "dialer.example.com")
        self.pipeline = self.over(self.ledger)

    def over(self, ledger: Ledger, dialer: Posts | None = None) -> Pipeline:
        """A pipeline of the same parts, as of another process."""
        policy = policy_in_force(self.terms)
        file = None if self.suppression is None else SuppressionFile(self.suppression)
        return AssembledPipeline(
            Parts(
                account=self.account,
                dialer=dialer or self.dialer,
                clock=self.clock,
                ledger=ledger,
                policy=policy,
                keeping=Keeping(duplicates_within=self.duplicates_within),
                suppression=file,
                read_back=self.read_back,
            )
        )

    @asynccontextmanager
    async def another_process(self) -> AsyncGenerator[Pipeline]:
        """A pipeline on the same store, opened anew."""
        async with open_ledger(self.place, self._store, clock=self.clock) as ledger:
            yield self.over(ledger)

    @property
    def _store(self) -> Any:  # noqa: ANN401 - "live" or "sandbox"
        return self.environment

    async def call(
        self, tool: str, pipeline: Pipeline | None = None, /, **arguments: object
    ) -> Result:
        """Carry a call out that isn't asked about."""
        pipeline = pipeline or self.pipeline
        cleared = await pipeline.admit(pipeline.read(tool, arguments), CALLER)
        assert isinstance(cleared, Cleared), cleared
        return await pipeline.send(cleared)

    async def pending(
        self, tool: str, pipeline: Pipeline | None = None, /, **arguments: object
    ) -> PendingApproval:
        """A call that waits for a person."""
        pipeline = pipeline or self.pipeline
        pending = await pipeline.admit(pipeline.read(tool, arguments), CALLER)
        assert isinstance(pending, PendingApproval), pending
        return pending

    async def rules_that_ask(self, tool: str, **arguments: object) -> set[str]:
        """The rules that ask about a call."""
        pending = await self.pending(tool, **arguments)
        return {ask.rule for ask in pending.calls[0].asked_by}

    async def with_a_yes(
        self, tool: str, pipeline: Pipeline | None = None, /, **arguments: object
    ) -> Result:
        """Carry a call out with a person's yes."""
        pipeline = pipeline or self.pipeline
        pending = await self.pending(tool, pipeline, **arguments)
        reply = Reply(yes_to(pending.approval.question))
        action = pipeline.read(tool, arguments)
        return await pipeline.send(
            await pipeline.redeem(action, CALLER, pending.approval.id, reply)
        )

    async def refused_by(
        self, tool: str, pipeline: Pipeline | None = None, /, **arguments: object
    ) -> set[str]:
        """The rules that refuse a call."""
        pipeline, before = pipeline or self.pipeline, len(self.dialer.writes)
        with pytest.raises(RefusedError) as caught:
            await pipeline.admit(pipeline.read(tool, arguments), CALLER)
        assert caught.value.code is Code.NOT_ALLOWED
        assert len(self.dialer.writes) == before
        return {refusal.rule for refusal in caught.value.rules}

    async def failure(
        self, tool: str, pipeline: Pipeline | None = None, /, **arguments: object
    ) -> CallError:
        """How a call fails."""
        try:
            await self.call(tool, pipeline, **arguments)
        except CallError as error:
            return error
        raise AssertionError("it was done")

    async def failure_of_all(self, wanted: CallBatch) -> CallError:
        """How calls that are wanted together fail."""
        try:
            await self.pipeline.admit(wanted, CALLER)
        except CallError as error:
            return error
        raise AssertionError("they were let through")

    async def suppress(self, number: str) -> None:
        """Put a number on the do-not-call list by the pipeline, so that it is remembered."""
        await self.call("insert_dnc", number=number)

    async def allow(self, scope: Scope, sureness: AssuranceLevel = AssuranceLevel.CLIENT) -> str:
        """Have a person say yes beforehand; the grant's id."""
        yes = ApprovalAnswer.yes("on a page", "maria", self.clock(), sureness)
        grant = build_grant(scope, self.account.accid, CALLER, yes)
        await self.ledger.grants.give(grant)
        return grant.id

    def rows(self, table: str, **like: object) -> list[Row]:
        """What the sandbox holds."""
        rows: list[Row] = self.sandbox.state()[table]
        return [row for row in rows if all(row[key] == value for key, value in like.items())]

    async def entries(self) -> list[Entry]:
        """All that is kept, the oldest first."""
        return list(reversed((await self.ledger.history(limit=500)).entries))


@asynccontextmanager
async def policed(
    place: Path,
    terms: PolicyTerms = UNATTENDED,
    **parts: Any,  # noqa: ANN401 - any part
) -> AsyncGenerator[Policed]:
    """A new sandbox, and a live account's pipeline to it under these terms."""
    clock = Clock()
    clock.time = NOON
    environment: Any = parts.get("environment", "live")
    with closing(SandboxDialer(now=clock)) as sandbox:
        tls = SSLContext(PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than a test
        target = Endpoint(BASE_URL, TOKEN, ACCID, {})
        client = Client(target, transport=SandboxTransport(create_app(sandbox)), tls=tls)
        async with client, open_ledger(place, environment, clock=clock) as ledger:
            yield Policed(sandbox, Counting(client), ledger, place, clock, terms, **parts)


def terms(**changes: object) -> PolicyTerms:
    """The unattended preset with some of its terms changed, as a policy file would."""
    return PolicyTerms.model_validate({**UNATTENDED.model_dump(), **changes})


def caps(**changes: tuple[int, int] | str) -> dict[str, object]:
    """All caps off but for these: so many go unasked, and so many at all, in an hour and a day."""
    off: dict[str, object] = dict.fromkeys(UNATTENDED.caps.model_dump(), "off")
    named: dict[str, object] = {}
    for name, steps in changes.items():
        reaching = steps if isinstance(steps, str) else [most + 1 for most in steps]
        named[name] = steps if isinstance(steps, str) else {"hour": reaching, "day": reaching}
    return {"caps": {**off, **named}}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)
