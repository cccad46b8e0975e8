"""The results of an evaluation: of one call, of a group with its one question, of a preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from chasedata_mcp.errors import CallError
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Json, Offer
from chasedata_mcp.ledger.questions import Question, together
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.call import Call
from chasedata_mcp.policy.decision import Decision, Refuse
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.tools.argument_details import list_details

_HOW_SURE = {sureness: place for place, sureness in enumerate(AssuranceLevel)}


@dataclass(frozen=True, slots=True)
class EvaluatedCall:
    """A call with its facts, the policy's decision, and what it uses up of the limits."""

    call: Call
    decision: Decision
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """The evaluation of a call that isn't made: its facts, its refusals or the decision."""

    facts: Facts
    refused: tuple[Refuse, ...]
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class EvaluatedGroup:
    """Calls that were evaluated together, with the one question for all of them."""

    calls: tuple[Call, ...]
    caller: str
    question: Question | None
    shown: tuple[Mapping[str, Json], ...]
    """For each call that which a person may see beside the question; nothing without one."""
    known: tuple[str, ...]
    """Sentences that a yes depends on."""
    needs: AssuranceLevel
    offers: tuple[Offer, ...]
    refused: Mapping[int, CallError] = field(default_factory=dict[int, CallError])
    """The calls that were left out, by their place, and why."""

    @classmethod
    def of(
        cls,
        evaluated: Sequence[EvaluatedCall],
        caller: str,
        takes_back: str,
        shown: Callable[[Call], Mapping[str, Json]],
    ) -> Self:
        """Put all questions as one; the surest yes that any of them needs is needed for all.

        `takes_back` is what they take back, as `entry 7k2m`, and empty where they don't. `shown` is
        what may be kept of a call for a person to see beside the question.
        """
        decisions = [one.decision for one in evaluated]
        asked = together([one.question for one in decisions if one.question is not None])
        if asked is not None and takes_back:
            asked = replace(asked, text=f"{asked.text} This takes back {takes_back}.")
        if asked is not None:
            asked = _with_unasked(asked, evaluated)
        sentences = tuple(" ".join(known.split()) for one in decisions for known in one.known)
        alone = decisions[0].offers if len(decisions) == 1 and not takes_back else ()
        if asked is not None and not alone:
            asked = replace(asked, offers=())
        needs = max(
            [one.needs for one in decisions],
            key=_HOW_SURE.__getitem__,
            default=AssuranceLevel.CLIENT,
        )
        calls = tuple(one.call for one in evaluated)
        beside = tuple(shown(call) for call in calls) if asked is not None else ()
        return cls(calls, caller, asked, beside, sentences, needs, alone)


def _with_unasked(asked: Question, evaluated: Sequence[EvaluatedCall]) -> Question:
    """Add to a question the calls that its yes is for, though none of their rules asks."""
    actions = [one.call.action for one in evaluated if one.decision.question is None]
    if not actions:
        return asked
    said, whole = list[str](), list[str]()
    for action in actions:
        sentence = f"With it: {action.build_question()}"
        said.append(sentence)
        details = list_details(action)
        whole += [sentence, *(one.line for one in details if not one.is_said(sentence))]
    kept = asked.details if asked.kept is None else asked.kept
    # Of these calls the ledger keeps the sentence alone: an argument may have to be kept out of it.
    return replace(asked, details=(*asked.details, *whole), kept=(*kept, *said))
