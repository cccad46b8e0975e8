"""Allow, ask or refuse: the verdict of a rule, and the decision that all verdicts make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.fields.format import replace_controls
from chasedata_mcp.ledger.approval_models import Grant, Offer
from chasedata_mcp.ledger.questions import Question, Typed
from chasedata_mcp.ledger.usage import Limit
from chasedata_mcp.policy.caps import UsageLimits
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.frequency import FrequencyLimits
from chasedata_mcp.tools.base import Action


@dataclass(frozen=True, slots=True)
class Allow:
    """A rule that has no objection."""


ALLOWED: Final = Allow()
"""The one instance that rules give."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A rule for which a person must say yes first.

    Attributes:
        rule: Its name, as the ledger has it.
        reason: A sentence for the question.
        typed: The text that the person must type, None for a plain yes.
        grantable: A grant, given beforehand to several calls, answers it too.
        by_number: Only a grant that names the number answers it.
        plain: The question itself makes the reason clear, so it isn't repeated there.
        fact: The yes depends on the reason: where it is another one by the time of the yes, the
            person is asked again.
    """

    rule: str
    reason: str
    typed: Typed | None = None
    grantable: bool = False
    by_number: bool = False
    plain: bool = False
    fact: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """A rule that refuses; `reason` is a sentence that names the setting or the rule.

    `listing` is what the dialer holds that the caller has to choose from, in others' words.
    `is_of_person` is true where it is about whom the call would reach, whatever the next one does.
    """

    rule: str
    reason: str
    hint: str
    listing: str | None = None
    is_of_person: bool = False


Verdict = Allow | Ask | Refuse


@dataclass(frozen=True, slots=True)
class InitialEvaluation:
    """The evaluation of a call by its arguments alone, before any fact is looked up.

    Attributes:
        usage: The usage that the call adds to the caps, with their limits.
        frequency: The limits on calls and texts to each of its people.
        verdicts: The verdicts that no fact can change.
    """

    usage: UsageLimits
    frequency: FrequencyLimits
    verdicts: tuple[Verdict, ...]

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Everything that the ledger counts for the call."""
        frequency = self.frequency
        return (*frequency.asks, *frequency.refuses, *self.usage.asks, *self.usage.stops)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The look at a call by the rules that may refuse it, before its lead was looked up."""

    facts: Facts
    initial: InitialEvaluation
    verdicts: tuple[Verdict, ...]

    def holds_for(self, facts: Facts, initial: InitialEvaluation) -> bool:
        """Tell whether nothing was found since by which its rules decide."""
        return facts is self.facts and initial is self.initial


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for a call that no rule refuses.

    Attributes:
        asked_by: The rules that ask.
        question: Their one question, None where nobody has to be asked.
        grant: The grant that answered it.
        needs: The assurance level that a yes must have.
        known: The facts that a yes depends on, in sentences.
        offers: The grants that the question offers.
    """

    asked_by: tuple[Ask, ...]
    question: Question | None
    grant: Grant | None = None
    needs: AssuranceLevel = AssuranceLevel.CLIENT
    known: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


class RefusedError(CallError):
    """The refusal of a call, with every rule that refuses it."""

    def __init__(self, refusals: Sequence[Refuse]) -> None:
        message = " ".join(refusal.reason for refusal in refusals)
        # All reasons, but one hint: the order of the rules decides which.
        listing = next((one.listing for one in refusals if one.listing), None)
        super().__init__(Code.NOT_ALLOWED, message, hint=refusals[0].hint, dialer_said=listing)
        self.rules = tuple(refusals)


def refuse_any(verdicts: Sequence[Verdict]) -> None:
    """Raise the refusals among the verdicts, if there are any.

    Raises:
        RefusedError: `not_allowed`, naming every rule that refuses.
    """
    refusals = pick_refusals(verdicts)
    if refusals:
        raise RefusedError(refusals)


def pick_refusals(verdicts: Sequence[Verdict]) -> tuple[Refuse, ...]:
    """Pick the refusals from the verdicts."""
    return tuple([verdict for verdict in verdicts if isinstance(verdict, Refuse)])


def build_question(
    action: Action, asked_by: tuple[Ask, ...], facts: Facts, offered: tuple[Offer, ...]
) -> Question:
    """Put the call, the reasons and the facts as one question.

    Where a rule wants something typed, the whole question does.
    """
    typed = next((ask.typed for ask in asked_by if ask.typed), None)
    reasons = [ask.reason for ask in asked_by if not ask.plain]
    text = " ".join([action.build_question(), *reasons, *facts.known])
    return Question(
        replace_controls(text),
        typed,
        tuple((offer.id, replace_controls(offer.text)) for offer in offered),
    )
