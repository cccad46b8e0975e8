"""The policy in force: every rule judges, the strictest wins, all reasons make one question."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

from chasedata_mcp.approvals.assurance import AssuranceLevel
from chasedata_mcp.approvals.grants import Grant, Offer, granted, offers
from chasedata_mcp.approvals.questions import Question, plain
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.ledger.usage import Limit, Unit
from chasedata_mcp.policy.calling_hours import calls_allowed
from chasedata_mcp.policy.caps import CapLimits, UsageLimits, limits_of, often, units, usage_limits
from chasedata_mcp.policy.decision import ALLOWED, Ask, Refuse, Verdict
from chasedata_mcp.policy.facts import NOTHING, Facts
from chasedata_mcp.policy.hours_table import rows_as_markdown
from chasedata_mcp.policy.levels import ConfirmLevel
from chasedata_mcp.policy.models import CallFrequency, Caps, RequiredAssurance, ToolRule
from chasedata_mcp.policy.rules import access as rules
from chasedata_mcp.policy.rules import contact as reach
from chasedata_mcp.redaction import Redactor
from chasedata_mcp.tools.base import Action, Impact
from chasedata_mcp.tools.registry import TOOLSETS

_ANY_YES = RequiredAssurance()


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a call that isn't refused.

    The rules that ask, their one question (None where nobody has to be asked), the grant that
    answered it, how sure a yes must be, and the facts that it depends on.
    """

    asked_by: tuple[Ask, ...]
    question: Question | None
    grant: Grant | None = None
    needs: AssuranceLevel = AssuranceLevel.CLIENT
    known: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class InitialEvaluation:
    """What the policy makes of a call before anything else is known.

    What it uses up of the caps, how often its numbers may be called, and the verdicts that nothing
    else can change.
    """

    bound: UsageLimits
    often: tuple[Limit, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def limits(self) -> tuple[Limit, ...]:
        """All that the ledger counts for it."""
        return (*self.often, *self.bound.asks, *self.bound.stops)


@dataclass(frozen=True)
class Policy:
    """What the settings and the policy file allow, and what they ask about.

    What is None is off: nothing is asked or refused for it.
    """

    level: ConfirmLevel = ConfirmLevel.DESTRUCTIVE
    read_only: bool = False
    toolsets: frozenset[str] = frozenset(TOOLSETS)
    tools: Mapping[str, ToolRule] = field(default_factory=dict[str, ToolRule])
    hours: reach.HoursRule | None = None
    frequency: CallFrequency | None = None
    caps: Caps | None = None
    ask_over_parts: int | None = None
    after_reading: timedelta = timedelta(0)
    yes: RequiredAssurance = _ANY_YES
    redactor: Redactor | None = None
    """What a model sees nothing of."""
    writes_hidden: bool = False
    """Whether it may write what it doesn't see."""
    takes_back: bool = False
    """Whether it judges the calls by which an entry is taken back."""

    @cached_property
    def fingerprint(self) -> str:
        """What differs for two policies that may judge a call differently."""
        parts = [
            self.level,
            self.read_only,
            sorted(self.toolsets),
            sorted(self.tools.items()),
            self.hours and [self.hours.outside, self.hours.in_sandbox],
            self.hours and rows_as_markdown(self.hours.table),
            *(part and part.model_dump(mode="json") for part in (self.frequency, self.caps)),
            self.ask_over_parts,
            self.after_reading.total_seconds(),
            self.yes.model_dump(mode="json"),
            [repr(self.redactor), self.writes_hidden],
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def mark(self) -> str:
        """So much of the fingerprint as tells a policy from any other that an account had."""
        return self.fingerprint[:12]

    def offers(self, action: rules.ToolOffer) -> bool:
        """Whether the tool is listed at all."""
        return not self.refusals(action)

    def refuse_the_tool(self, action: rules.ToolOffer) -> None:
        """Refuse a tool that isn't offered.

        Raises:
            CallError: `not_allowed`, naming the setting.
        """
        _refuse(self._of_the_tool(action))

    def refuse_every_call(self, tool: rules.ToolOffer) -> None:
        """Refuse a call of a tool beside the catalogue, where every one of it is.

        Raises:
            RefusedError: `not_allowed`, naming the rule.
        """
        _refuse([rules.single(tool.name, self.tools)])

    def lets(self, tool: rules.ToolOffer) -> bool:
        """Whether a tool beside the catalogue is on offer, and not every call of it refused."""
        return self.offers(tool) and not isinstance(rules.single(tool.name, self.tools), Refuse)

    @cached_property
    def of_taking_back(self) -> "Policy":
        """The policy for the calls by which an entry is taken back."""
        return replace(self, takes_back=True)

    def refusals(self, action: rules.ToolOffer) -> tuple[Refuse, ...]:
        """The rules that refuse a tool, with their reasons."""
        verdicts = self._of_the_tool(action)
        return tuple(verdict for verdict in verdicts if isinstance(verdict, Refuse))

    @cached_property
    def _limits(self) -> Mapping[str, CapLimits]:
        return {} if self.caps is None else limits_of(self.caps)

    def initial(self, action: Action) -> InitialEvaluation:
        """What is made of a call, by itself."""
        used = units(action)
        verdicts = (
            rules.single(action.name, self.tools),
            rules.single(rules.UNDO, self.tools) if self.takes_back else ALLOWED,
            rules.writes_hidden(action, None if self.writes_hidden else self.redactor),
        )
        return InitialEvaluation(
            usage_limits(used, self._limits), self._often(action, used), verdicts
        )

    def _often(self, action: Action, used: tuple[Unit, ...]) -> tuple[Limit, ...]:
        """How often the numbers of a call may be called."""
        if self.frequency is None or self.frequency.over == "off":
            return ()
        general = self.frequency.calls_in_24_hours
        state = reach.state_of(action)
        return often(used, lambda number: self._calls(number, state, general))

    def _calls(self, number: str, state: str | None, general: int) -> int:
        if self.hours is None:
            return general
        return calls_allowed(self.hours.table, number, state, general)

    def refuse_the_call(
        self, action: Action, facts: Facts, initial: InitialEvaluation | None = None
    ) -> None:
        """Refuse what is refused whatever else is found out.

        Raises:
            RefusedError: `not_allowed`, naming every rule that refuses.
        """
        _refuse(self._that_may_refuse(action, facts, initial or self.initial(action)))

    def refused(
        self, action: Action, facts: Facts, initial: InitialEvaluation
    ) -> tuple[Refuse, ...]:
        """The rules that refuse a call, with their reasons."""
        verdicts = self._of_the_call(action, facts, initial)
        return tuple(verdict for verdict in verdicts if isinstance(verdict, Refuse))

    def evaluate(
        self,
        action: Action,
        facts: Facts = NOTHING,
        also: Sequence[Verdict] = (),
        initial: InitialEvaluation | None = None,
    ) -> Decision:
        """Judge a call, by what it brings about and by what is known of it beside.

        Raises:
            RefusedError: `not_allowed`, naming every rule that refuses.
        """
        of_the_call = self._of_the_call(action, facts, initial or self.initial(action))
        verdicts = [*self._of_the_tool(type(action)), *of_the_call, *also]
        _refuse(verdicts)
        asked_by = tuple(verdict for verdict in verdicts if isinstance(verdict, Ask))
        known = (*facts.known, *(ask.reason for ask in asked_by if ask.fact))
        if not asked_by:
            return Decision((), None, known=known)
        needs = self.needs(action.impact)
        grantable = all(ask.grantable for ask in asked_by)
        grant = (
            granted(action, facts.numbers, facts.grants, needs, facts.filed) if grantable else None
        )
        if grant is not None:
            return Decision(asked_by, None, grant, known=known)
        here = facts.offers_at if grantable else None
        offered = () if here is None else offers(action, here, facts.filed)
        question = _one_question(action, asked_by, facts, offered)
        return Decision(asked_by, question, None, needs, known, offered)

    def needs(self, impact: Impact) -> AssuranceLevel:
        """How sure a yes to a call of this effect has to be."""
        match impact:
            case Impact.READ:
                return AssuranceLevel.CLIENT
            case Impact.WRITE:
                return self.yes.write
            case Impact.OUTWARD:
                return self.yes.outward
            case Impact.DESTRUCTIVE:
                return self.yes.destructive

    def needs_beforehand(self, tool: rules.ToolOffer) -> AssuranceLevel:
        """The surest yes that a call of a tool may need which a grant can answer."""
        its_own = self.needs(tool.declared_impact)
        # What is said to reach people needn't: an import, for one.
        return max(its_own, self.yes.write, key=list(AssuranceLevel).index)

    def _of_the_tool(self, action: rules.ToolOffer) -> list[Verdict]:
        return [
            rules.reads_only(action, read_only=self.read_only),
            rules.in_a_toolset(action, self.toolsets, self.tools),
        ]

    def _of_the_call(
        self, action: Action, facts: Facts, initial: InitialEvaluation
    ) -> list[Verdict]:
        return [
            *self._that_may_refuse(action, facts, initial),
            *self._that_ask(action, facts, initial),
        ]

    def _that_may_refuse(
        self, action: Action, facts: Facts, initial: InitialEvaluation
    ) -> list[Verdict]:
        over = self.frequency.over if self.frequency else "off"
        return [
            rules.writes_stopped(action, facts.frozen),
            *initial.verdicts,
            reach.suppressed(action, facts),
            *reach.in_hours(action, facts, self.hours),
            *reach.often(facts, initial.often, over),
        ]

    def _that_ask(self, action: Action, facts: Facts, initial: InitialEvaluation) -> list[Verdict]:
        """What the rules say that never refuse."""
        return [
            rules.level(action, self.level),
            *rules.protections(action.effects),
            *reach.many(facts, initial.bound),
            reach.long_text(action, self.ask_over_parts),
            reach.filed_under(action, facts),
            reach.after_reading(action, facts, self.after_reading),
        ]


class RefusedError(CallError):
    """Rules that refuse a call, each with its reason."""

    def __init__(self, refusals: Sequence[Refuse]) -> None:
        message = " ".join(refusal.reason for refusal in refusals)
        super().__init__(Code.NOT_ALLOWED, message, hint=refusals[0].hint)
        self.rules = tuple(refusals)


def _refuse(verdicts: Sequence[Verdict]) -> None:
    refusals = [verdict for verdict in verdicts if isinstance(verdict, Refuse)]
    if refusals:
        raise RefusedError(refusals)


def _one_question(
    action: Action, asked_by: tuple[Ask, ...], facts: Facts, offered: tuple[Offer, ...]
) -> Question:
    """What is to be done, why it is asked, what is known; the strictest form of an answer wins."""
    typed = next((ask.typed for ask in asked_by if ask.typed), None)
    reasons = [ask.reason for ask in asked_by if not ask.plain]
    text = " ".join([action.build_question(), *reasons, *facts.known])
    return Question(plain(text), typed, tuple((offer.id, plain(offer.text)) for offer in offered))
