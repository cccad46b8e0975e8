"""The evaluator: every rule decides, the strictest wins, and all reasons make one question."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property

from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.dispositions import fold_disposition
from chasedata_mcp.policy.caps import (
    CapLimits,
    build_cap_limits,
    count_as_row,
    find_usage_limits,
    list_usage,
)
from chasedata_mcp.policy.consent import find_consent
from chasedata_mcp.policy.decision import (
    ALLOWED,
    Ask,
    Decision,
    FirstLook,
    InitialEvaluation,
    Refuse,
    Verdict,
    pick_refusals,
    refuse_any,
)
from chasedata_mcp.policy.facts import NO_FACTS, Facts, TargetLead
from chasedata_mcp.policy.models import (
    CallFrequency,
    Caps,
    ConfirmLevel,
    DoNotCall,
    OnUnread,
    RequiredAssurance,
    ToolRule,
)
from chasedata_mcp.policy.rules import (
    access,
    contact_times,
    do_not_call,
    prompt_injection,
    protections,
    text_messages,
    usage_caps,
)
from chasedata_mcp.policy.tool_offer import OfferedTool, ToolOffer
from chasedata_mcp.redaction import Redactor
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import TOOLSETS
from chasedata_mcp.tools.sms import SendSms

_CLIENT_IS_ENOUGH = RequiredAssurance()


class Purpose(Enum):
    """The purposes of calls that a policy is asked about: most are for themselves."""

    CALL = auto()
    UNDO = auto()
    ROW = auto()


@dataclass(frozen=True)
class Policy:
    """The rules in force, as the settings and the policy file have them.

    A rule that is None is off: it neither asks nor refuses.
    """

    level: ConfirmLevel = ConfirmLevel.DESTRUCTIVE
    read_only: bool = False
    toolsets: frozenset[str] = frozenset(TOOLSETS)
    tools: Mapping[str, ToolRule] = field(default_factory=dict[str, ToolRule])
    do_not_call: DoNotCall | None = None
    hours: contact_times.HoursRule | None = None
    frequency: CallFrequency | None = None
    caps: Caps | None = None
    ask_over_parts: int | None = None
    after_reading: timedelta = timedelta(0)
    yes: RequiredAssurance = _CLIENT_IS_ENOUGH
    redactor: Redactor | None = None
    """The data that a model may not see."""
    writes_hidden: bool = False
    """True where a call may write data that the model may not see."""
    purpose: Purpose = Purpose.CALL
    """What the calls are for that it evaluates."""

    @cached_property
    def fingerprint(self) -> str:
        """A hash that differs for two policies that may decide differently on a call."""
        # Part of a call's digest: an approval under another policy doesn't hold for the call.
        parts = [
            self.level,
            self.read_only,
            sorted(self.toolsets),
            sorted(self.tools.items()),
            [sorted(self.stopping), self._unreadable, self.do_not_call is None],
            self.do_not_call and self.do_not_call.confirmation_text,
            self.do_not_call and self.do_not_call.confirmation_from,
            self.hours and [self.hours.outside, self.hours.in_sandbox],
            self.hours and repr(self.hours.table.rows),
            *(part and part.model_dump(mode="json") for part in (self.frequency, self.caps)),
            self.ask_over_parts,
            self.after_reading.total_seconds(),
            self.yes.model_dump(mode="json"),
            [repr(self.redactor), self.writes_hidden],
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @cached_property
    def stopping(self) -> frozenset[str]:
        """The account's own dispositions that mean do-not-call, folded."""
        own = self.do_not_call.stopping_dispositions if self.do_not_call else ()
        return frozenset(filter(None, map(fold_disposition, own)))

    def is_confirmation(self, text: SendSms) -> bool:
        """Tell whether a text is, word for word, the one that confirms a request to stop."""
        terms = self.do_not_call
        return terms is not None and text_messages.is_confirmation(text, terms)

    @property
    def mark(self) -> str:
        """The first 12 characters of the fingerprint: enough to tell policies apart."""
        return self.fingerprint[:12]

    @cached_property
    def offer(self) -> ToolOffer:
        """The terms that decide which tools are listed."""
        return ToolOffer(self.level, self.read_only, self.toolsets, self.tools)

    def offers(self, tool: OfferedTool) -> bool:
        """Tell whether the tool is listed at all."""
        return self.offer.offers(tool)

    def refuse_tool(self, tool: OfferedTool) -> None:
        """Refuse a tool that isn't offered.

        Raises:
            RefusedError: `not_allowed`, naming the setting.
        """
        refuse_any(self._tool_verdicts(tool))

    def refuse_by_name(self, tool: OfferedTool) -> None:
        """Refuse a call of a tool beside the catalogue where the policy refuses all of them.

        Raises:
            RefusedError: `not_allowed`, naming the rule.
        """
        refuse_any([access.check_tool_rule(tool.name, self.tools)])

    def find_tool_refusals(self, tool: OfferedTool) -> tuple[Refuse, ...]:
        """List the rules that refuse a tool, with their reasons."""
        return pick_refusals(self._tool_verdicts(tool))

    @cached_property
    def for_undo(self) -> "Policy":
        """The policy for the calls by which an entry is undone."""
        return replace(self, purpose=Purpose.UNDO)

    @cached_property
    def for_row(self) -> "Policy":
        """The policy for the rows of a batch that a person approved."""
        return replace(self, purpose=Purpose.ROW)

    @cached_property
    def _limits(self) -> Mapping[str, CapLimits]:
        return {} if self.caps is None else build_cap_limits(self.caps)

    def evaluate_arguments(
        self, action: Action, now: datetime | None = None, lead: TargetLead | None = None
    ) -> InitialEvaluation:
        """Evaluate a call by its arguments, by the time in UTC, and by its lead if it was read."""
        used, is_undo = list_usage(action, lead), self.purpose is Purpose.UNDO
        if self.purpose is Purpose.ROW:
            used = count_as_row(used, action.name)
        verdicts = (
            access.check_tool_rule(action.name, self.tools),
            access.check_tool_rule(access.UNDO, self.tools) if is_undo else ALLOWED,
            access.check_hidden_data(action, None if self.writes_hidden else self.redactor),
            do_not_call.check_contradiction(action),
        )
        frequency = contact_times.find_frequency_limits(
            action, used, now, lead, frequency=self.frequency, rule=self.hours
        )
        return InitialEvaluation(find_usage_limits(used, self._limits), frequency, verdicts)

    def refuse_call(self, action: Action, facts: Facts, initial: InitialEvaluation) -> FirstLook:
        """Refuse a call that stays refused whatever further facts are found; else give the look.

        Raises:
            RefusedError: `not_allowed`, naming every rule that refuses.
        """
        looked = self._look(action, facts, initial)
        refuse_any(looked.verdicts)
        return looked

    def find_call_refusals(
        self, action: Action, facts: Facts, initial: InitialEvaluation
    ) -> tuple[Refuse, ...]:
        """List the rules that refuse a call, with their reasons."""
        return pick_refusals(self._look(action, facts, initial).verdicts)

    def find_plain_asks(self, action: Action) -> tuple[Ask, ...]:
        """List what asks about a call for its effects alone, whatever else is known of it."""
        level = protections.check_confirm_level(action, self.level)
        verdicts = (level, *protections.check_protections(action.effects))
        return tuple([verdict for verdict in verdicts if isinstance(verdict, Ask)])

    def evaluate(
        self,
        action: Action,
        facts: Facts = NO_FACTS,
        also: Sequence[Verdict] = (),
        initial: InitialEvaluation | None = None,
        looked: FirstLook | None = None,
    ) -> Decision:
        """Evaluate a call by its effects and by the facts; `also` are verdicts of other rules.

        What `looked` found isn't looked for again where it still holds.

        Raises:
            RefusedError: `not_allowed`, naming every rule that refuses.
        """
        initial = initial or self.evaluate_arguments(action)
        if looked is None or not looked.holds_for(facts, initial):
            looked = self._look(action, facts, initial)
        asking = self._asking_verdicts(action, facts, initial)
        verdicts = [*self._tool_verdicts(type(action)), *looked.verdicts, *asking, *also]
        refuse_any(verdicts)
        asked_by = tuple(verdict for verdict in verdicts if isinstance(verdict, Ask))
        if not asked_by:
            return Decision((), None, known=facts.known)
        needs = self.required_assurance(action.impact)
        return find_consent(action, facts, asked_by, needs, initial.usage)

    def required_assurance(self, impact: Impact) -> AssuranceLevel:
        """Look up the assurance level that a yes to a call of this impact must have."""
        match impact:
            case Impact.READ:
                return AssuranceLevel.CLIENT
            case Impact.WRITE:
                return self.yes.write
            case Impact.OUTWARD:
                return self.yes.outward
            case Impact.DESTRUCTIVE:
                return self.yes.destructive

    def required_assurance_of_grant(self, tool: OfferedTool) -> AssuranceLevel:
        """Find the highest assurance level that a call of a tool may need which a grant answers."""
        declared = self.required_assurance(tool.declared_impact)
        # A call may be less than its tool declares: an insert that is an import only is a write.
        return max(declared, self.yes.write, key=list(AssuranceLevel).index)

    @property
    def _unreadable(self) -> OnUnread:
        return "allow" if self.do_not_call is None else self.do_not_call.unreadable

    def _tool_verdicts(self, tool: OfferedTool) -> list[Verdict]:
        return [
            access.check_read_only(tool, is_read_only=self.read_only),
            access.check_toolset(tool, self.toolsets, self.tools),
        ]

    def _look(self, action: Action, facts: Facts, initial: InitialEvaluation) -> FirstLook:
        """Apply the rules that may refuse."""
        verdicts = (
            # First the freeze: a caller gets the hint of the first rule that refuses.
            access.check_freeze(action, facts.frozen),
            *initial.verdicts,
            do_not_call.check_do_not_call(action, facts),
            do_not_call.check_unread_marks(action, facts, self._unreadable),
            *contact_times.check_calling_hours(action, facts, self.hours),
            *contact_times.check_frequency(facts, initial.frequency),
            *usage_caps.check_stops(facts, initial.usage),
        )
        return FirstLook(facts, initial, verdicts)

    def _asking_verdicts(
        self, action: Action, facts: Facts, initial: InitialEvaluation
    ) -> list[Verdict]:
        """Apply the rules that ask and never refuse."""
        return [
            *self.find_plain_asks(action),
            *usage_caps.check_caps(facts, initial.usage),
            text_messages.check_text_length(action, self.ask_over_parts),
            text_messages.check_lead_of_text(action, facts),
            prompt_injection.check_recent_reading(action, facts, self.after_reading),
        ]
