"""The one kit of the tests: a pipeline with its policy, dialer, ledger and clock.

`a_pipeline()` has a dialer that records. Its ledger is in memory and is closed with the test.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from _support.clock import START, Clock
from _support.dialer import ForwardingDialer, RecordingDialer
from _support.examples import Arguments
from _support.ledger import LedgerInMemory
from chasedata_mcp.app.composition import NoDialer, no_store
from chasedata_mcp.approvals.grants import build_grant
from chasedata_mcp.approvals.models import Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.ledger import ApprovalAnswer, AssuranceLevel, Entry, Ledger, Question, Scope
from chasedata_mcp.pipeline.executor import Dialer, Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.pipeline import Cleared, PendingApproval, Pipeline
from chasedata_mcp.pipeline.recorder import Keeping, Recorder
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.suppression_file import SuppressionFile
from chasedata_mcp.tools.account import NO_ACCOUNT, Account
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.registry import CATALOGUE
from chasedata_mcp.tools.results import Result

ACCOUNT = Account("live", "test", "dialer.example.com")
CALLER = "somebody/an assistant"
DESTRUCTIVE = Policy()
"""The policy where nothing is said: a person is asked about what can't be taken back."""
NO_DUPLICATES = Keeping(duplicates_within=timedelta(0))
"""A second call that is the same as the first raises no question."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that a pipeline is made of."""

    account: Account
    dialer: Dialer | None
    clock: Clock
    ledger: Ledger
    policy: Policy = DESTRUCTIVE
    keeping: Keeping = NO_DUPLICATES
    suppression: SuppressionFile | None = None
    read_back: bool = False
    names: NameDirectory | None = None


class AssembledPipeline(Pipeline):
    """A pipeline whose parts are in reach, and what a caller and a person do with one."""

    def __init__(self, parts: Parts) -> None:
        account, dialer, ledger = parts.account, parts.dialer, parts.ledger
        if dialer is None:
            account, dialer, ledger = NO_ACCOUNT, NoDialer(), Ledger(no_store)
        recorder = Recorder(ledger, account, parts.clock, parts.keeping)
        super().__init__(
            parts.policy,
            recorder,
            Executor(dialer, recorder, read_back=parts.read_back),
            FactGatherer(
                recorder,
                parts.suppression or a_suppression_file(None, ledger, account),
                reading_counts_for=parts.policy.after_reading,
            ),
            ApprovalService(ledger, account.accid, parts.clock),
            names=parts.names,
        )
        self.parts = parts
        self.ledger = parts.ledger
        self.clock = parts.clock

    def over(self, **other: Any) -> "AssembledPipeline":  # noqa: ANN401 - any part
        """Assemble another pipeline of the same parts, but for these."""
        return AssembledPipeline(replace(self.parts, **other))

    async def pending(
        self, tool: str, caller: str = CALLER, /, **arguments: object
    ) -> PendingApproval:
        """Make a call that has to wait for a person."""
        pending = await self.admit(self.read(tool, arguments), caller)
        assert isinstance(pending, PendingApproval), pending
        return pending

    async def call(self, tool: str, /, **arguments: object) -> Result:
        """Make a call that nobody has to be asked about."""
        cleared = await self.admit(self.read(tool, arguments), CALLER)
        assert isinstance(cleared, Cleared), cleared
        return await self.send(cleared)

    async def with_a_yes(self, tool: str, /, **arguments: object) -> Result:
        """Make a call that a person is asked about, who answers rightly."""
        pending = await self.pending(tool, **arguments)
        reply, action = Reply(yes_to(pending.approval.question)), self.read(tool, arguments)
        return await self.send(await self.redeem(action, CALLER, pending.approval.id, reply))

    async def asks(self, tool: str, /, **arguments: object) -> bool:
        """Make a call: true where a person is asked about it, and otherwise it is sent."""
        admitted = await self.admit(self.read(tool, arguments), CALLER)
        if isinstance(admitted, Cleared):
            await self.send(admitted)
        return isinstance(admitted, PendingApproval)

    async def run(self, tool: str, /, **arguments: object) -> Result:
        """Make a call that has to be done, with a right answer if a person is asked about it."""
        result = await self.run_as(CALLER, tool, **arguments)
        assert (result.outcome, result.environment) == ("done", self.account.environment)
        return result

    async def run_as(self, caller: str, tool: str, /, **arguments: object) -> Result:
        """Make a call of a caller, with a right answer if a person is asked about it."""
        return await execute(self, tool, arguments, caller)

    async def outcome(self, tool: str, /, **arguments: object) -> str:
        """Make a call; gives its outcome, or the rules that refuse it or ask about it."""
        try:
            admitted = await self.admit(self.read(tool, arguments), CALLER)
        except RefusedError as error:
            return ",".join(rule.rule for rule in error.rules)
        if isinstance(admitted, Cleared):
            return (await self.send(admitted)).outcome
        return ",".join(ask.rule for ask in admitted.calls[0].asked_by)

    async def rules_that_ask(self, tool: str, /, **arguments: object) -> set[str]:
        """List the rules that ask about a call."""
        pending = await self.pending(tool, **arguments)
        return {ask.rule for ask in pending.calls[0].asked_by}

    async def refused_by(self, tool: str, /, **arguments: object) -> set[str]:
        """List the rules that refuse a call, of which nothing is sent."""
        before = self._writes()
        with pytest.raises(RefusedError) as caught:
            await self.admit(self.read(tool, arguments), CALLER)
        assert caught.value.code is Code.NOT_ALLOWED
        assert self._writes() == before
        return {refusal.rule for refusal in caught.value.rules}

    async def failure(self, tool: str, /, **arguments: object) -> CallError:
        """Make a call that has to fail."""
        with pytest.raises(CallError) as caught:
            await self.call(tool, **arguments)
        return caught.value

    async def question(self, tool: str, /, **arguments: object) -> str:
        """Make a call that is asked about, and give the text of its question."""
        return (await self.pending(tool, **arguments)).approval.question.text

    async def suppress(self, number: str) -> None:
        """Put a number on the do-not-call list, so that the ledger keeps it out too."""
        await self.call("insert_dnc", number=number)

    async def grant(self, scope: Scope, assurance: AssuranceLevel = AssuranceLevel.CLIENT) -> str:
        """Have a person say yes to several calls beforehand; gives the grant's id."""
        yes = ApprovalAnswer.yes("on a page", "maria", self.clock(), assurance)
        grant = build_grant(scope, self.account.accid, CALLER, yes)
        await self.ledger.grants.give(grant)
        return grant.id

    async def entries(self) -> list[Entry]:
        """List all that is on record, the oldest first."""
        return list(reversed((await self.ledger.history(limit=500)).entries))

    async def entry(self, entry_id: str | None = None) -> Entry:
        """Get the entry of this id, or else the one entry there is."""
        if entry_id is None:
            (entry,) = await self.entries()
            return entry
        found = await self.ledger.entry(entry_id)
        assert found is not None
        return found

    async def newest(self) -> Entry:
        """Get the newest entry."""
        return (await self.ledger.history(limit=1)).entries[0]

    def _writes(self) -> list[dict[str, str]]:
        dialer = self.parts.dialer
        return list(dialer.writes) if isinstance(dialer, ForwardingDialer) else []


class RecordedPipeline(AssembledPipeline):
    """A pipeline to a dialer that records."""

    def __init__(self, parts: Parts, dialer: RecordingDialer) -> None:
        super().__init__(parts)
        self.dialer = dialer


def a_suppression_file(path: Path | None, ledger: Ledger, account: Account) -> SuppressionFile:
    """Make the suppression file of an account whose counts are beside a ledger."""
    counts = ledger.dnc_registry.file_counts(account.accid)
    return SuppressionFile(path, counts=counts)


def a_pipeline(
    policy: Policy = DESTRUCTIVE,
    *,
    account: Account = ACCOUNT,
    dialer: RecordingDialer | None = None,
    clock: Clock | None = None,
    ledger: Ledger | None = None,
) -> RecordedPipeline:
    """Assemble a live account's pipeline to a dialer that records."""
    dialer, clock = dialer or RecordingDialer(), clock or Clock()
    parts = Parts(
        account=account,
        dialer=dialer,
        clock=clock,
        ledger=ledger or LedgerInMemory(clock, "live"),
        policy=policy,
    )
    return RecordedPipeline(parts, dialer)


def an_action(tool: str, arguments: Arguments) -> Action:
    """Read a call's arguments, as at the start of a test's clock."""
    return CATALOGUE[tool].read(arguments, ValidationContext(START))


async def execute(
    pipeline: Pipeline, tool: str, arguments: Arguments, caller: str = CALLER
) -> Result:
    """Make a call over any pipeline, with a right answer if a person is asked about it."""
    action = pipeline.read(tool, arguments)
    cleared = await pipeline.admit(action, caller)
    if isinstance(cleared, PendingApproval):
        reply = Reply(yes_to(cleared.approval.question))
        cleared = await pipeline.redeem(action, caller, cleared.approval.id, reply)
    return await pipeline.send(cleared)


async def failure_of(call: Awaitable[object]) -> CallError:
    """Wait for what has to fail, and give its failure."""
    try:
        await call
    except CallError as error:
        return error
    raise AssertionError("it was done")


def yes_to(question: Question) -> dict[str, object]:
    """Fill a question's form in rightly."""
    return {"confirm": True if question.typed is None else question.typed.expected}
