"""The check of a row before it is run: its arguments, and the rules that these can break."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chasedata_mcp.batches.models import LeftOut
from chasedata_mcp.errors import CallError
from chasedata_mcp.pipeline.cleared import require_covered
from chasedata_mcp.pipeline.pipeline import Pipeline
from chasedata_mcp.pipeline.shared_facts import SharedFacts
from chasedata_mcp.policy.decision import Refuse
from chasedata_mcp.policy.rules.do_not_call import MARKS_UNREAD
from chasedata_mcp.tools.arguments import UNFIT
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.dial_lists import AddDialListPhone
from chasedata_mcp.tools.dnc import InsertDnc
from chasedata_mcp.tools.leads import DispositionLead, InsertLead, SearchLead, UpdateLead
from chasedata_mcp.tools.registry import find_action

_KNOWN_BY_ARGUMENTS: Final = (InsertLead, InsertDnc, AddDialListPhone)
"""The actions that the rules can decide about without a look at a lead."""
_KINDS: Final = {
    "suppressed": LeftOut.SUPPRESSED,
    "calling_hours": LeftOut.OUT_OF_HOURS,
}
"""The kinds of what a rule refuses, by the rule's name; the others are not allowed."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """The finding of a check: the kind and the sentence of what is wrong, or what the row is about.

    `keys` say what the row is about, so that another about the same is seen. `arguments` are what
    is to be run, with names in the place of aliases: the yes is to these. `meanings` say which.
    `reaches` is true where it reaches somebody, or has them called later.
    """

    left_out: LeftOut | None = None
    reason: str = ""
    keys: tuple[str, ...] = ()
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    meanings: tuple[str, ...] = ()
    reaches: bool = False


class RowChecker:
    """A checker of rows of one tool, by the policy and by facts that hold for all of them."""

    def __init__(self, pipeline: Pipeline, tool: str, facts: SharedFacts) -> None:
        self._policy = pipeline.policy
        self.tool = find_action(tool)
        self._context = pipeline.validation_context()
        self._names = pipeline.names
        self._facts = facts
        self.stopping = self._context.stopping
        """The account's own dispositions that stop calls, folded."""

    def check(self, arguments: Mapping[str, object]) -> RowCheck:
        """Check a row by its arguments."""
        try:
            meant = self._names.resolve(self.tool, arguments)
            action = self.tool.read(meant.arguments, self._context)
            self._names.refuse_unlisted(action)
        except CallError as error:
            return RowCheck(LeftOut.INVALID, error.message.removeprefix(UNFIT).strip())
        refusal = self._find_refusal(action)
        if refusal is not None:
            return RowCheck(_KINDS.get(refusal.rule, LeftOut.NOT_ALLOWED), refusal.reason)
        try:
            require_covered(self._policy.find_plain_asks(action), None)
        except CallError as error:
            return RowCheck(LeftOut.NOT_ALLOWED, f"{error.message} {error.hint or ''}".strip())
        return RowCheck(
            keys=_list_keys(action),
            arguments=meant.arguments,
            meanings=meant.meanings,
            reaches=bool(action.contacts),
        )

    def _find_refusal(self, action: Action) -> Refuse | None:
        """Find the first rule that refuses a row whatever else is looked up about it."""
        initial = self._policy.evaluate_arguments(action, self._facts.now)
        if not isinstance(action, _KNOWN_BY_ARGUMENTS):
            return next((one for one in initial.verdicts if isinstance(one, Refuse)), None)
        refusals = self._policy.find_call_refusals(action, self._facts.of(action), initial)
        # A mark that could not be read is read when the row is run.
        return next((one for one in refusals if one.rule != MARKS_UNREAD), None)


def _list_keys(action: Action) -> tuple[str, ...]:
    """List what a row is about: a second one about the same would do it twice."""
    if action.only_protects:
        # A request to stop is about itself alone: no other row about its lead is in its way.
        return ("\0".join(["stop", *action.sent_form.values()]),)
    match action:
        case InsertLead():
            where = f"{action.campaign}\0{action.subcampaign or ''}"
            ids = (f"id\0{action.client_id}",) if action.client_id else ()
            return (f"phone\0{action.primary_phone}\0{where}", *ids)
        case UpdateLead():
            return (f"{action.search_field}\0{action.identifier}",)
        case SearchLead():
            where = f"{action.campaign or ''}\0{action.subcampaign or ''}"
            return (f"{action.search_field}\0{action.identifier}\0{where}",)
        case DispositionLead():
            # Of two dispositions nobody knows which one the dialer would get last.
            return (action.lead_id,)
        case _:
            return ("\0".join(action.sent_form.values()),)
