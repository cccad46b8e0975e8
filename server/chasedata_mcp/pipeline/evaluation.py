"""The evaluation of a call: its facts are gathered, and the policy's rules read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chasedata_mcp.ledger.usage import CALLED, Unit
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.call_reservation import build_reservation
from chasedata_mcp.pipeline.callback_time import place_callback
from chasedata_mcp.pipeline.evaluated import EvaluatedCall, Preview
from chasedata_mcp.pipeline.executor import Executor, reading_of
from chasedata_mcp.pipeline.facts import FactGatherer, Sought
from chasedata_mcp.pipeline.lead_reader import LeadReader
from chasedata_mcp.pipeline.lead_search import (
    LeadLookups,
    find_needed_searches,
    list_lead_numbers,
    named_lead_search,
)
from chasedata_mcp.pipeline.question_details import add_details, keep_details, refuse_several
from chasedata_mcp.pipeline.question_facts import add_question_facts
from chasedata_mcp.pipeline.read_back import overwritten_unseen
from chasedata_mcp.pipeline.recorder import Recorder
from chasedata_mcp.pipeline.staged_changes import join_changes
from chasedata_mcp.policy.caps import UsageLimits, list_usage
from chasedata_mcp.policy.decision import (
    Ask,
    Decision,
    FirstLook,
    InitialEvaluation,
    Refuse,
    RefusedError,
    Verdict,
)
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules import do_not_call, usage_caps
from chasedata_mcp.tools import dnc, leads
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.lead_snapshot import LeadCount, LeadSnapshot, Lookup
from chasedata_mcp.tools.sms import SendSms

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class _EvaluatedWrite:
    """A write under evaluation: what its arguments alone decide, and what asks beside the rules.

    `ahead` is what the calls use up that are sent before it, `looked` what was found of it before
    its lead was looked up.
    """

    policy: Policy
    call: Call
    initial: InitialEvaluation
    lookups: LeadLookups
    asks: list[Verdict] = field(default_factory=list[Verdict])
    ahead: Sequence[Unit] = ()
    looked: FirstLook | None = None

    @property
    def reader(self) -> LeadReader:
        """The reader of the leads on which it depends."""
        return LeadReader(self.policy, self.call.action, self.lookups)

    @property
    def confirms(self) -> SendSms | None:
        """The call as the text that confirms a request to stop; None where it isn't that text."""
        action = self.call.action
        if not (self.call.confirms and isinstance(action, SendSms)):
            return None
        return action if self.policy.is_confirmation(action) else None

    def sought(self, recorder: Recorder) -> Sought:
        """Say what is to be looked up in the ledger."""
        units = (*self.initial.usage.units, *self.ahead)
        return Sought(units, self.initial.limits, recorder.duplicate_query(units))

    def decide(self, facts: Facts) -> Decision:
        """Have the policy decide by the facts.

        Raises:
            RefusedError: Rules refuse it.
        """
        return self.policy.evaluate(self.call.action, facts, self.asks, self.initial, self.looked)

    def with_lead(self, action: Action, facts: Facts) -> "_EvaluatedWrite":
        """Make this evaluation one of an action whose lead was read."""
        initial = self.policy.evaluate_arguments(action, facts.now, facts.target_lead)
        return replace(self, call=replace(self.call, action=action), initial=initial)


class Evaluator:
    """The evaluator of calls by a policy: it gathers the facts that the rules read, and no more."""

    def __init__(self, recorder: Recorder, executor: Executor, facts: FactGatherer) -> None:
        self._recorder = recorder
        self._executor = executor
        self._facts = facts

    async def evaluate(
        self,
        policy: Policy,
        call: Call,
        supposes: Sequence[str] = (),
        ahead: Sequence[Unit] = (),
        lookups: LeadLookups | None = None,
    ) -> EvaluatedCall:
        """Evaluate a call; `ahead` is what those use up that are sent before it.

        Calls that are evaluated together share their `lookups`.

        Raises:
            RefusedError: Rules refuse it.
            CallError: `not_allowed`; facts that a rule needs can't be read.
        """
        policy.refuse_tool(type(call.action))
        asks: list[Verdict] = [Ask("supposes", sentence, fact=True) for sentence in supposes]
        if call.action.impact is Impact.READ:
            decision = policy.evaluate(call.action, self._facts.of_a_read(), asks)
            call, decision = add_details(call, decision, None, policy.redactor)
            asked = replace(call, asked_by=decision.asked_by) if decision.asked_by else call
            return EvaluatedCall(asked, decision)
        lookups = lookups or self.lookups()
        return await self._evaluate_write(self._begin(policy, call, lookups, asks, ahead))

    def lookups(self) -> LeadLookups:
        """Make the look-ups of leads for calls that are evaluated together."""
        return LeadLookups(self._executor.find)

    async def preview(self, policy: Policy, call: Call) -> Preview:
        """Evaluate a call that isn't made: nothing is recorded of it, and no cap freezes anything.

        Raises:
            CallError: `not_allowed`; facts that a rule needs can't be read.
        """
        write = self._begin(policy, call, self.lookups(), [])
        facts = self._facts.of_a_read()
        if call.action.impact is not Impact.READ:
            write, facts, _ = await self._gather(write, stops_early=False)
        refused = [
            *policy.find_tool_refusals(type(call.action)),
            *policy.find_call_refusals(write.call.action, facts, write.initial),
            *(found for found in write.asks if isinstance(found, Refuse)),
        ]
        passed = usage_caps.find_freezing_cap(facts, write.initial.usage)
        if passed is not None:
            refused.append(usage_caps.refuse_at_cap(passed, facts.counts[passed.name], None))
        decision = None if refused else write.decide(facts)
        return Preview(facts, tuple(refused), decision)

    def _begin(
        self,
        policy: Policy,
        call: Call,
        lookups: LeadLookups,
        asks: list[Verdict],
        ahead: Sequence[Unit] = (),
    ) -> _EvaluatedWrite:
        """Begin an evaluation, by the time that it is now: a callback may have become due."""
        now = self._recorder.clock()
        action = place_callback(call.action, None, now)
        initial = policy.evaluate_arguments(action, now)
        placed = call if action is call.action else replace(call, action=action)
        return _EvaluatedWrite(policy, placed, initial, lookups, asks, ahead)

    async def _evaluate_write(self, write: _EvaluatedWrite) -> EvaluatedCall:
        write, facts, before = await self._gather(write)
        initial = write.initial
        call, decision = await self._add_details(write, write.decide(facts), before)
        await self._stop_where_passed(facts, initial.usage)
        evaluated = replace(
            call,
            before=before,
            asked_by=decision.asked_by,
            granted=decision.grant.id if decision.grant else None,
            reserve=build_reservation(call.action, initial, decision, facts, write.confirms),
            made_live=(join_changes(facts.staged),) if facts.staged else (),
            suppression=await write.reader.describe_suppression(facts, self._recorder.hides_field),
            lead_numbers=list_lead_numbers(
                call.action, facts.target_lead, before, write.lookups, self._recorder.hides_field
            ),
        )
        return EvaluatedCall(evaluated, decision, initial.usage.units)

    async def _gather(
        self, write: _EvaluatedWrite, *, stops_early: bool = True
    ) -> tuple[_EvaluatedWrite, Facts, Lookup | None]:
        """Gather the facts of a write, with its callback by its lead's clock, and how that reads.

        With `stops_early`, a call that is refused anyway isn't looked up: it leaves no trace there.
        """
        policy, action = write.policy, write.call.action
        facts = await self._facts.facts(action, write.call.caller, write.sought(self._recorder))
        if write.confirms is not None:
            facts = await self._facts.without_own_request(facts, write.confirms, write.call.caller)
        searches = find_needed_searches(policy, action, facts)
        if stops_early and (searches or self._looks(write.call)):
            write = replace(write, looked=policy.refuse_call(action, facts, write.initial))
        if number_leads := await write.reader.read_number_leads(searches):
            facts = replace(facts, number_leads=number_leads)
        before = await self._executor.look(write.call, write.lookups)
        hidden = None if policy.writes_hidden else policy.redactor
        write.asks.extend(overwritten_unseen(action, before, hidden))
        target_lead = await write.reader.read_target_lead(before, searches.lead)
        if target_lead is not None:
            facts = await self._facts.also(facts, target_lead)
        write.asks.extend(await self._several_leads(write, facts, before))
        write, facts = await self._place(write, facts)
        write.asks.extend(await self._find_duplicate(write, facts))
        reader = write.reader if self._executor.reads_back else None
        facts = await add_question_facts(facts, write.call.action, self._facts, reader)
        return write, facts, before

    async def _several_leads(
        self, write: _EvaluatedWrite, facts: Facts, before: Lookup | None
    ) -> list[Refuse]:
        """Refuse an update of which nobody can say what lead it changes."""
        action, lead = write.call.action, facts.target_lead
        count = before.leads if isinstance(before, LeadCount) else lead and lead.leads
        # A request to stop counts for each of them, and always passes.
        if not isinstance(action, leads.UpdateLead) or do_not_call.suppresses_lead(action):
            return []
        named = named_lead_search(action) if (count or 0) >= _SEVERAL else None
        found = None if named is None else await write.lookups.find(named)
        if found is None:
            return []
        what = action.search_field.replace("_", " ")
        return [refuse_several(found, what, write.policy.redactor, self._recorder.hides_field)]

    async def _add_details(
        self, write: _EvaluatedWrite, decision: Decision, before: Lookup | None
    ) -> tuple[Call, Decision]:
        """Add to a call and its question what a person sees: every argument, old and new."""
        named = named_lead_search(write.call.action)
        if before is None and named is not None and write.lookups.has(named):
            before = reading_of(await write.lookups.find(named))
        read = before if isinstance(before, LeadSnapshot) else None
        call, decision = add_details(write.call, decision, read, write.policy.redactor)
        if decision.question is None:
            return call, decision
        kept = self._recorder.redact_details(call)
        return call, replace(decision, question=keep_details(decision.question, call, kept))

    async def _place(self, write: _EvaluatedWrite, facts: Facts) -> tuple[_EvaluatedWrite, Facts]:
        """Place a callback by the clock of its lead, and count anew what its lead uses up."""
        action = place_callback(write.call.action, facts.target_lead, facts.now)
        lead, used = facts.target_lead, write.initial.usage.units
        # The state of a lead that is called may have a figure of its own for calls in 24 hours.
        rings = any(unit.cap == CALLED for unit in used)
        if action is write.call.action and (
            lead is None or (not rings and list_usage(action, lead) == used)
        ):
            return write, facts
        placed = write.with_lead(action, facts)
        found = await self._facts.facts(action, write.call.caller, placed.sought(self._recorder))
        return placed, replace(
            facts,
            counts=found.counts,
            opens=found.opens,
            closed=found.closed,
            readings=found.readings,
            may_have_duplicate=found.may_have_duplicate,
        )

    async def _find_duplicate(self, write: _EvaluatedWrite, facts: Facts) -> list[Ask]:
        if not facts.may_have_duplicate:
            return []
        units = write.initial.usage.units
        found = await self._recorder.duplicate(write.call.action, units)
        return [] if found is None else [found]

    def _looks(self, call: Call) -> bool:
        """Tell whether the dialer is asked how things are before it is asked to change them."""
        of_list = self._executor.reads_back and isinstance(call.action, dnc.DeleteDnc)
        return of_list or self._executor.looks(call)

    async def _stop_where_passed(self, facts: Facts, bound: UsageLimits) -> None:
        passed = usage_caps.find_freezing_cap(facts, bound)
        if passed is not None:
            await self._facts.trip(passed)
            raise RefusedError([usage_caps.refuse_at_cap(passed, facts.counts[passed.name], None)])
