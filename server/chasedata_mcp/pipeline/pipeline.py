"""The one way to the dialer: arguments become a call, it is evaluated, and once cleared sent."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from chasedata_mcp.approvals.models import ApprovalRequest, Reply
from chasedata_mcp.approvals.service import ApprovalService
from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.ledger import ApprovalState, ApprovalSummary
from chasedata_mcp.pipeline.call import Call, CallGroup
from chasedata_mcp.pipeline.call_names import CallNames
from chasedata_mcp.pipeline.cleared import ApprovedRow, Clearances, Cleared, require_covered
from chasedata_mcp.pipeline.early_suppression import EarlySuppression
from chasedata_mcp.pipeline.errors import fault, not_configured
from chasedata_mcp.pipeline.evaluated import EvaluatedGroup, Preview
from chasedata_mcp.pipeline.evaluation import Evaluator
from chasedata_mcp.pipeline.executor import Executor
from chasedata_mcp.pipeline.facts import FactGatherer
from chasedata_mcp.pipeline.group_evaluation import GroupEvaluator
from chasedata_mcp.pipeline.pending_approval import (
    AskedAgainError,
    PendingApproval,
    build_approval_request,
    mark_answered,
    recording_refusals,
)
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.pipeline.result_redaction import redact_result
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.tools.account import NO_ACCOUNT
from chasedata_mcp.tools.answer_types import LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.free_text import find_free_text
from chasedata_mcp.tools.leads import SearchLead
from chasedata_mcp.tools.names.directory import NameDirectory
from chasedata_mcp.tools.names.names_file import NamesFile
from chasedata_mcp.tools.registry import find_action
from chasedata_mcp.tools.results import Result, build_failure

__all__ = [
    "ApprovedRow",
    "AskedAgainError",
    "CallGroup",
    "Cleared",
    "PendingApproval",
    "Pipeline",
    "Reply",
]


class Pipeline:
    """The way of a call from its arguments to its result; there is no second one to the dialer.

    Args:
        policy: The policy in force.
        recorder: What records the calls, for whose account, by which clock.
        executor: What sends a cleared call.
        facts: What gathers the facts that rules read.
        approvals: What asks persons, and uses their answers up.
        countries: ISO codes of the countries whose numbers may be called.
        names: The account's names; by default there are none.
    """

    def __init__(  # noqa: PLR0913 - its parts, each with a room of its own
        self,
        policy: Policy,
        recorder: Recorder,
        executor: Executor,
        facts: FactGatherer,
        approvals: ApprovalService,
        *,
        countries: frozenset[str] = frozenset({"US", "CA"}),
        names: NameDirectory | None = None,
    ) -> None:
        self.account = recorder.account
        self.policy = policy
        self.now = recorder.clock
        self.redact_key = recorder.redact_key
        self.approvals = approvals
        self.countries = countries
        self.names = names or NameDirectory(NamesFile(None, recorder.account.accid))
        self._names = CallNames(self.names, recorder.keeps_out)
        self._recorder = recorder
        self._executor = executor
        self.facts = facts
        self.early_suppression = EarlySuppression(recorder)
        self.is_sending = executor.is_at_work
        self._evaluator = Evaluator(recorder, executor, facts)
        self._groups = GroupEvaluator(self._evaluator, recorder)
        self._clearances = Clearances()

    def validation_context(self) -> ValidationContext:
        """Make what arguments are validated with: the time, and whose numbers may be called."""
        return ValidationContext(self.now(), self.countries, self.policy.stopping)

    def read(
        self,
        tool: str,
        given: Mapping[str, object],
        caller: str | None = None,
        *,
        resolves: bool = True,
    ) -> Action:
        """Make a call's action of its arguments; with a caller, a tool's refusal is on record.

        Aliases become names here, before anything is decided by them. What was resolved once, a
        row of a batch or an entry of the ledger, holds names: with `resolves` false they stay.

        Raises:
            UnknownToolError: There is no tool of this name.
            CallError: `not_configured`, `not_allowed` or `invalid_arguments`.
        """
        action = find_action(tool)
        if self.account == NO_ACCOUNT:
            raise not_configured()
        read = partial(
            self._names.read, action, given, self.validation_context(), resolves=resolves
        )
        try:
            self.policy.refuse_tool(action)
        except CallError as error:
            # Arguments that don't fit are no call, and leave nothing to put on record.
            with suppress(CallError):
                if caller is not None:
                    refused_by = self.policy.find_tool_refusals(action)
                    call = Call(read(), caller, refused_by=refused_by, policy=self.policy.mark)
                    self.refused([call], error)
            raise
        return read()

    async def admit(
        self, wanted: Action | CallGroup, caller: str, *, out_of_band: bool = False
    ) -> Cleared | PendingApproval:
        """Evaluate calls that are wanted together: all are cleared, or one question holds them all.

        A yes that was given on the terminal or the page clears them, once. With `out_of_band`, that
        is where the question is put.

        Raises:
            CallError: `not_allowed`.
        """
        evaluated = await self._groups.evaluate(self.policy, wanted, caller)
        if evaluated.question is None:
            return self._clearances.issue(evaluated.calls, evaluated.refused)
        with recording_refusals(evaluated.calls, self.refused):
            approval = await self.approvals.spend_or_ask(
                self._request(evaluated), out_of_band=out_of_band
            )
        if approval.state is ApprovalState.SPENT:
            answered = mark_answered(evaluated.calls, approval)
            return self._clearances.issue(answered, evaluated.refused)
        return PendingApproval(evaluated.calls, approval)

    async def admit_row(self, action: Action, caller: str, row: ApprovedRow) -> Cleared:
        """Evaluate a row of a batch that a person approved: their yes answers what would ask.

        Raises:
            CallError: `not_allowed`, or `needs_confirmation` where there is more to ask about it;
                `not_reached` or `refused_by_dialer` where its number could not be looked up.
        """
        call = Call(action, caller, policy=self.policy.mark, approval=row.approval)
        call = replace(call, row=row.id, row_entry=row.entry)
        lookups = self._evaluator.lookups()
        evaluated = await self._groups.evaluate_one(self.policy, call, lookups)
        try:
            require_covered(evaluated.call.asked_by, lookups.failure)
        except CallError as error:
            raise self.refused([evaluated.call], error) from None
        return self._clearances.issue((evaluated.call,))

    async def admit_undo(
        self, wanted: CallGroup, caller: str, approval: ApprovalSummary
    ) -> Cleared:
        """Evaluate the calls that undo a row of a batch whose undo a person approved.

        Raises:
            CallError: `not_allowed`, or `needs_confirmation` where there is more to ask about them.
        """
        evaluated = await self._groups.evaluate(self.policy, wanted, caller)
        calls = tuple([replace(call, approval=approval) for call in evaluated.calls])
        try:
            require_covered([ask for call in calls for ask in call.asked_by], None)
        except CallError as error:
            raise self.refused(calls, error) from None
        return self._clearances.issue(calls)

    async def redeem(
        self, wanted: Action | CallGroup, caller: str, approval_id: str, reply: Reply | None
    ) -> Cleared:
        """Clear calls by a person's answer: the right one, in time, for these calls, once.

        Without a reply, the answer is the one that was given on the terminal or the page.

        Raises:
            CallError: `declined`, `needs_confirmation`, or `not_allowed` where the policy has
                turned against a call meanwhile; `AskedAgainError` where what the yes depends on has
                changed.
        """
        try:
            evaluated = await self._groups.evaluate(self.policy, wanted, caller)
        except RefusedError:
            # A yes to what is refused, as in a freeze, is no yes to it once that is over.
            await self.approvals.withdraw(approval_id, caller)
            raise
        with recording_refusals(evaluated.calls, self.refused):
            approval = await self.approvals.redeem(self._request(evaluated), approval_id, reply)
        answered = mark_answered(evaluated.calls, approval)
        return self._clearances.issue(answered, evaluated.refused)

    def _request(self, evaluated: EvaluatedGroup) -> ApprovalRequest:
        return build_approval_request(evaluated, self.account, self.policy, self._recorder.seal)

    async def send(self, cleared: Cleared) -> Result:
        """Send the next of the cleared calls.

        Raises:
            CallError: It isn't done, or its outcome is unknown.
            TypeError: This pipeline didn't clear them, or all of them were sent.
        """
        call = self._clearances.take_next(cleared)
        unknown = await self._names.list_unknown(call)
        try:
            result = await self._executor.execute(call)
        except CallError as error:
            await self._note_reading(call, self.redact(build_failure(self.account, error)))
            self._names.advise(error, unknown)
            raise
        shown = self.redact(await self._names.finish(call.action, result, unknown))
        await self._note_reading(call, shown)
        return shown

    def skip(self, cleared: Cleared) -> None:
        """Leave out the next of the cleared calls: it is never sent."""
        self._clearances.take_next(cleared)

    async def _note_reading(self, call: Call, shown: Result) -> None:
        """Note, for every process, that a caller is about to see what others wrote."""
        reads = call.action.hints.read_only
        if sources := find_free_text(call.keep_shown(shown), reads=reads):
            self.has_read(call.caller, sources)
            if reads:
                await self._recorder.flush()

    def has_read(self, caller: str, sources: tuple[str, ...]) -> None:
        """Note that a caller has been shown free text, and whose: `lead 1005`, `the history`."""
        self.facts.has_read(caller, sources)

    async def search(self, search: SearchLead) -> LeadsRead | None:
        """Search for this server's own use; None where the answer can't be read."""
        return await self._executor.search(search)

    async def preview(self, action: Action, caller: str) -> Preview:
        """Evaluate a call that isn't made: nothing is sent that changes anything, or recorded.

        Raises:
            CallError: `not_allowed`; what has to be known can't be read.
        """
        return await self._evaluator.preview(self.policy, Call(action, caller))

    def refused(self, calls: Sequence[Call], error: CallError) -> CallError:
        """Record a refusal, and give it back to be raised."""
        for call in calls:
            self._recorder.note_refusal(call, build_failure(self.account, error))
        return error

    async def written(self) -> None:
        """Wait until the refusals are on disk, for whoever answers their questions out of band."""
        await self._recorder.flush()

    def build_failure(self, error: Exception) -> Result:
        """Make a result of a failure; a fault of our own is logged, without its text."""
        known = error if isinstance(error, CallError) else fault(error)
        return self.redact(build_failure(self.account, known))

    def redact(self, result: Result) -> Result:
        """Redact a result for a model."""
        return (
            result if self.policy.redactor is None else redact_result(result, self.policy.redactor)
        )
