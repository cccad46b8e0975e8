"""The policy in force: every rule judges, the strictest wins, all reasons make one question."""

from collections.abc import Sequence
from dataclasses import dataclass

from chasedata_mcp.action import Action
from chasedata_mcp.actions import TOOLSETS
from chasedata_mcp.errors import CallError, Code
from chasedata_mcp.guards import rules
from chasedata_mcp.guards.levels import Level
from chasedata_mcp.guards.questions import Question, plain
from chasedata_mcp.guards.verdicts import Ask, Refuse, Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a call that isn't refused: the rules that ask, and their one question."""

    asked_by: tuple[Ask, ...]
    question: Question | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings allow, and what they ask about."""

    level: Level = Level.DESTRUCTIVE
    read_only: bool = False
    toolsets: frozenset[str] = frozenset(TOOLSETS)

    def offers(self, action: rules.Offer) -> bool:
        """Whether the tool is listed at all."""
        return not self.refusals(action)

    def refuse_the_tool(self, action: rules.Offer) -> None:
        """Refuse a tool that isn't offered.

        Raises:
            CallError: `not_allowed`, naming the setting.
        """
        _refuse(self._of_the_tool(action))

    def refusals(self, action: rules.Offer) -> tuple[Refuse, ...]:
        """The rules that refuse a tool, with their reasons."""
        verdicts = self._of_the_tool(action)
        return tuple(verdict for verdict in verdicts if isinstance(verdict, Refuse))

    def judge(self, action: Action, also: Sequence[Ask] = ()) -> Judgement:
        """Judge a call, by what it brings about and by what is known of it beside (`also`).

        Raises:
            CallError: `not_allowed`, naming every rule that refuses.
        """
        verdicts = [
            *self._of_the_tool(type(action)),
            rules.level(action, self.level),
            *rules.protections(action.consequences()),
            *also,
        ]
        _refuse(verdicts)
        asked_by = tuple(verdict for verdict in verdicts if isinstance(verdict, Ask))
        return Judgement(asked_by, _one_question(action, asked_by, also) if asked_by else None)

    def _of_the_tool(self, action: rules.Offer) -> list[Verdict]:
        return [
            rules.reads_only(action, read_only=self.read_only),
            rules.in_a_toolset(action, self.toolsets),
        ]


def _refuse(verdicts: list[Verdict]) -> None:
    refusals = [verdict for verdict in verdicts if isinstance(verdict, Refuse)]
    if refusals:
        message = " ".join(refusal.reason for refusal in refusals)
        raise CallError(Code.NOT_ALLOWED, message, hint=refusals[0].hint)


def _one_question(action: Action, asked_by: tuple[Ask, ...], also: Sequence[Ask]) -> Question:
    """The strictest form wins: what has to be typed before what has to be ticked."""
    typed = next((ask.typed for ask in asked_by if ask.typed), None)
    text = " ".join([*(ask.reason for ask in also), action.question()])
    return Question(plain(text), typed)
