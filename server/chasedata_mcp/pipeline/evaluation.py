"""Judging: what is known of a call is gathered, and the policy's rules read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from chasedata_mcp.ledger import Json, Offer, Reservation
from chasedata_mcp.ledger.approval_models import AssuranceLevel
from chasedata_mcp.ledger.questions import Question, together
from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.pipeline.executor import Executor
from chasedata_mcp.pipeline.facts import FactGatherer, Sought, listed
from chasedata_mcp.pipeline.read_back import overwritten_unseen
from chasedata_mcp.policy.caps import FREQUENCY, UsageLimits
from chasedata_mcp.policy.decision import (
    Ask,
    Decision,
    InitialEvaluation,
    Refuse,
    RefusedError,
    Verdict,
)
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.rules import do_not_call, usage_caps
from chasedata_mcp.policy.target_lead import describe_target_lead, leads_of_snapshot
from chasedata_mcp.tools import dial_lists, dnc, leads, playlists, skills, sms
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.effects import ReleasesNumber, SuppressesNumber
from chasedata_mcp.tools.lead_snapshot import LeadSnapshot, Lookup

_HOW_SURE = {sureness: place for place, sureness in enumerate(AssuranceLevel)}


@dataclass(frozen=True, slots=True)
class EvaluatedCall:
    """A call with what is known of it, what the policy made of it, and what it uses up."""

    call: Call
    decision: Decision
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a call: by what is known, refused or judged."""

    facts: Facts
    refused: tuple[Refuse, ...]
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class EvaluatedBatch:
    """Calls that were judged together, with the one question for all of them."""

    calls: tuple[Call, ...]
    caller: str
    question: Question | None
    shown: tuple[Mapping[str, Json], ...]
    """For each call that which a person may see beside the question; nothing without one."""
    known: tuple[str, ...]
    """Sentences that a yes depends on."""
    needs: AssuranceLevel
    offers: tuple[Offer, ...]

    @classmethod
    def of(
        cls,
        evaluated: Sequence[EvaluatedCall],
        caller: str,
        undoes: str | None,
        shown: Callable[[Call], Mapping[str, Json]],
    ) -> Self:
        """Put all questions as one; the surest yes that any of them needs is needed for all.

        `shown` is what may be kept of a call for a person to see beside the question.
        """
        decisions = [one.decision for one in evaluated]
        asked = together([one.question for one in decisions if one.question is not None])
        if asked is not None and undoes is not None:
            asked = replace(asked, text=f"{asked.text} This takes back entry {undoes}.")
        sentences = tuple(" ".join(known.split()) for one in decisions for known in one.known)
        alone = decisions[0].offers if len(decisions) == 1 and undoes is None else ()
        if asked is not None and not alone:
            asked = replace(asked, offers=())
        needs = max([one.needs for one in decisions], key=_HOW_SURE.__getitem__)
        calls = tuple(one.call for one in evaluated)
        beside = tuple(shown(call) for call in calls) if asked is not None else ()
        return cls(calls, caller, asked, beside, sentences, needs, alone)


class Evaluator:
    """Judges calls by a policy; gathers what its rules read, and nothing that they don't."""

    def __init__(self, executor: Executor | None, facts: FactGatherer) -> None:
        self._executor = executor
        self._facts = facts

    async def evaluate(
        self,
        policy: Policy,
        call: Call,
        supposes: Sequence[str] = (),
        ahead: Sequence[Unit] = (),
    ) -> EvaluatedCall:
        """Judge a call; `ahead` is what those use up that are sent before it.

        Raises:
            RefusedError: Rules refuse it.
            CallError: `not_allowed`; what has to be known can't be read.
        """
        policy.refuse_tool(type(call.action))
        asks: list[Verdict] = [Ask("supposes", sentence, fact=True) for sentence in supposes]
        if call.action.impact is Impact.READ:
            decision = policy.evaluate(call.action, self._facts.of_a_read(), asks)
            return EvaluatedCall(replace(call, asked_by=decision.asked_by), decision)
        return await self._evaluate_write(policy, call, asks, ahead)

    async def preview(self, policy: Policy, call: Call) -> Preview:
        """What would become of a call; nothing is kept of it, and nothing stops.

        Raises:
            CallError: `not_allowed`; what has to be known can't be read.
        """
        asks: list[Verdict] = []
        initial, facts = policy.evaluate_arguments(call.action), self._facts.of_a_read()
        if call.action.impact is not Impact.READ:
            facts, _ = await self._gathered(policy, call, initial, asks, thrifty=False)
        refused = (
            *policy.find_tool_refusals(type(call.action)),
            *policy.find_call_refusals(call.action, facts, initial),
        )
        refused = (*refused, *(found for found in asks if isinstance(found, Refuse)))
        passed = usage_caps.find_stopping_cap(facts, initial.usage)
        if passed is not None:
            refused = (*refused, usage_caps.refuse_at_cap(passed))
        decision = None if refused else policy.evaluate(call.action, facts, asks, initial)
        return Preview(facts, refused, decision)

    async def _evaluate_write(
        self, policy: Policy, call: Call, asks: list[Verdict], ahead: Sequence[Unit]
    ) -> EvaluatedCall:
        action, initial = call.action, policy.evaluate_arguments(call.action)
        facts, before = await self._gathered(policy, call, initial, asks, ahead)
        decision = policy.evaluate(action, facts, asks, initial)
        await self._stop_where_passed(facts, initial.usage)
        evaluated = replace(
            call,
            before=before,
            asked_by=decision.asked_by,
            granted=decision.grant.id if decision.grant else None,
            reserve=_reserve(action, initial, decision, facts),
            told=(listed(facts.staged),) if facts.staged else (),
        )
        return EvaluatedCall(evaluated, decision, initial.usage.units)

    async def _gathered(  # noqa: PLR0913 - what is known comes from everywhere
        self,
        policy: Policy,
        call: Call,
        initial: InitialEvaluation,
        asks: list[Verdict],
        ahead: Sequence[Unit] = (),
        *,
        thrifty: bool = True,
    ) -> tuple[Facts, Lookup | None]:
        """What is known of a write, and how its lead reads; `asks` gets what asks by itself."""
        action = call.action
        like = self._executor.duplicate_query(action) if self._executor else None
        sought = Sought((*initial.usage.units, *ahead), initial.limits, like)
        facts = await self._facts.facts(action, call.caller, sought)
        search = lead_to_know(policy, action, facts)
        if thrifty and (search is not None or self._looks(action)):
            # A call that is refused anyway leaves no trace there.
            policy.refuse_call(action, facts, initial)
        before = None
        if self._executor is not None:
            before, found = await self._executor.look(
                action, may_have_duplicate=facts.may_have_duplicate
            )
            asks += found
            hidden = None if policy.writes_hidden else policy.redactor
            asks += overwritten_unseen(action, before, hidden)
        facts = await self._with_target_lead(action, facts, before, search)
        return await self._with_what_matters(action, facts), before

    def _looks(self, action: Action) -> bool:
        """Whether the dialer is asked how things are before it is asked to change them."""
        reads_back = self._executor is not None and self._executor.reads_back
        kinds = leads.InsertLead | leads.UpdateLead | dnc.DeleteDnc
        return reads_back and isinstance(action, kinds)

    async def _stop_where_passed(self, facts: Facts, bound: UsageLimits) -> None:
        passed = usage_caps.find_stopping_cap(facts, bound)
        if passed is not None:
            await self._facts.trip(passed)
            raise RefusedError([usage_caps.refuse_at_cap(passed)])

    async def _with_target_lead(
        self,
        action: Action,
        facts: Facts,
        before: Lookup | None,
        search: leads.SearchLead | None,
    ) -> Facts:
        """The facts with those of the lead that a call names; `search` is for who needs it."""
        named = lead_named(action)
        if named is not None and isinstance(before, LeadSnapshot):
            return await self._facts.also(
                facts, describe_target_lead(leads_of_snapshot(before), named)
            )
        if search is None:
            return facts
        found = None if self._executor is None else await self._executor.search(search)
        leads_found = None if found is None else found.leads
        return await self._facts.also(facts, describe_target_lead(leads_found, search))

    async def _with_what_matters(self, action: Action, facts: Facts) -> Facts:
        """The facts with what a yes depends on, and with what a reload makes live."""
        match action:
            case playlists.ReloadPlaylist() | skills.ReloadSkills():
                staged = await self._facts.staged(action)
                live = f"It makes live, by this server's record: {listed(staged)}."
                return replace(facts, staged=staged, known=(live,) if staged else ())
            case sms.SendSms():
                filed = await self._facts.filed(action, facts)
                return facts if filed is None else replace(facts, filed=filed)
            case dial_lists.DeleteDialList():
                count = await self._facts.on_list(action)
                if count is None:
                    return facts
                return replace(facts, known=(_put_on(count),))
            case dnc.DeleteDnc():
                listed_here = action.number in facts.suppressed | facts.in_file
                target_leads = await self._target_leads_of(action)
                return replace(facts, known=(_asked_for(listed_here), *target_leads))
            case _:
                return facts

    async def _target_leads_of(self, action: dnc.DeleteDnc) -> tuple[str, ...]:
        if self._executor is None or not self._executor.reads_back:
            return ()
        search = leads.SearchLead(search_field="phone", identifier=action.number)
        found = await self._executor.search(search)
        if found is None:
            return ("How many leads have this number could not be read.",)
        leads_have = "lead has" if len(found.leads) < 2 else "leads have"  # noqa: PLR2004 - as below
        return (f"{len(found.leads) or 'No'} {leads_have} this number.",)


def _asked_for(is_listed: bool) -> str:  # noqa: FBT001 - the one thing that it depends on
    """Who is called again, as far as this server knows that they are on the list."""
    somebody = "somebody asked not to be called there"
    told = somebody.capitalize() if is_listed else f"If it is on the list, {somebody}"
    return f"{told}; calling without their new consent can cost $500 to $1,500 a call."


def _put_on(count: int) -> str:
    """How many phones the record knows on a list."""
    phones = "phone is" if count < 2 else "phones are"  # noqa: PLR2004 - a plural
    return f"{count or 'No'} {phones} on it, by this server's record."


def lead_to_know(policy: Policy, action: Action, facts: Facts) -> leads.SearchLead | None:
    """The search for the lead that a call names, where who bears it decides anything."""
    match action:
        case sms.SendSms():
            matters = policy.ask_over_parts is not None or facts.has_suppressed
        case leads.DispositionLead():
            matters = facts.has_suppressed and bool(action.contacts)
        case leads.UpdateLead():
            matters = _its_lead_matters(policy, action, facts)
        case _:
            matters = False
    return lead_named(action) if matters else None


def lead_named(action: Action) -> leads.SearchLead | None:
    """The search for the lead that a call names, None where it names none."""
    match action:
        case sms.SendSms(lead_id=str(lead_id)) | leads.DispositionLead(lead_id=lead_id):
            return _by_id(lead_id)
        case leads.UpdateLead():
            return leads.SearchLead(
                search_field=action.search_field, identifier=action.identifier, detailed=True
            )
        case _:
            return None


def _its_lead_matters(policy: Policy, action: leads.UpdateLead, facts: Facts) -> bool:
    """Whether an update may make its lead callable, or calls it back at some hour."""
    in_hours = policy.hours is not None and policy.hours.applies(facts)
    called_back = action.callback_at is not None and in_hours
    return bool(action.contacts) and (facts.has_suppressed or called_back)


def _by_id(lead_id: str) -> leads.SearchLead:
    return leads.SearchLead(search_field="lead_id", identifier=lead_id, detailed=True)


def _reaches(action: Action, facts: Facts) -> frozenset[str]:
    """The numbers that nobody may have suppressed by the time that the call is sent."""
    if not action.contacts:
        return facts.written
    lead = facts.target_lead.numbers if facts.target_lead else ()
    return facts.possible.union(lead) - do_not_call.find_overridden_numbers(action)


def _reserve(
    action: Action, initial: InitialEvaluation, decision: Decision, facts: Facts
) -> Reservation:
    """What the intent's own transaction holds against the limits, so that none slips by."""
    asked = {ask.rule for ask in decision.asked_by}
    limits: list[Limit] = [
        *([] if FREQUENCY in asked else initial.frequency),
        *([] if "caps" in asked else initial.usage.asks),
        *initial.usage.stops,
    ]
    suppresses = [one.number for one in action.effects if isinstance(one, SuppressesNumber)]
    unsuppresses = [one.number for one in action.effects if isinstance(one, ReleasesNumber)]
    grant = decision.grant.id if decision.grant else None
    return Reservation(
        initial.usage.units,
        tuple(limits),
        grant,
        tuple(suppresses),
        tuple(unsuppresses),
        tuple(sorted(_reaches(action, facts))),
        unread=do_not_call.has_unread_phones(action, facts),
    )


def rules_alone(call: Call) -> Mapping[str, Json]:
    """What is kept of a call where nothing of its own may be."""
    return {"asked_by": [{"rule": ask.rule} for ask in call.asked_by]}
