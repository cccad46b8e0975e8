"""Every question, read aloud: `questions.txt` has all of them, for whoever changes a word.

Write it anew with `python tests/policy/test_questions_aloud.py`, and read what changed.
"""

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chasedata_mcp.fields.context import ValidationContext
from chasedata_mcp.ledger import Reading
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts, TargetLead
from chasedata_mcp.policy.models import CallFrequency, Cap, Caps, CapSteps, ConfirmLevel
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.registry import CATALOGUE

sys.path.insert(0, str(Path(__file__).parents[1]))  # for who writes the file anew

from _support.clock import START
from _support.examples import EXAMPLES, LEAD, PAST_DNC, PAST_DUPLICATES
from _support.sandbox import EVERY_CAP

HERE = Path(__file__).with_name("questions.txt")
INTAKE = ValidationContext(START, frozenset({"US"}))
NUMBER = "9545550101"
MORE = [
    ("insert_lead", {**LEAD, "import_only": False}),
    ("insert_lead", PAST_DNC.arguments),
    ("insert_lead", PAST_DUPLICATES.arguments),
    ("send_sms", {**EXAMPLES["send_sms"], "message": "Are you in? " * 20}),
    ("send_sms", {**EXAMPLES["send_sms"], "lead_id": "1001"}),
]
CALLS = [*EXAMPLES.items(), *MORE]
FEW = CapSteps(ask=1, stop=900)
POLICY = Policy(
    ConfirmLevel.WRITES,
    caps=Caps.model_validate(
        dict.fromkeys(EVERY_CAP, Cap(hour=FEW, day=CapSteps(ask=900, stop=900)))
    ),
    frequency=CallFrequency(over="ask"),
    ask_over_parts=1,
    after_reading=timedelta(minutes=10),
)


def evaluated() -> Iterator[tuple[Action, str, list[str]]]:
    """Yield each call with its question where every rule that can ask asks, and the reasons."""
    for tool, given in CALLS:
        action = CATALOGUE[tool].read(given, INTAKE)
        initial = POLICY.evaluate_arguments(action)
        facts = Facts(
            now=START,
            numbers=frozenset({NUMBER}),
            target_lead=TargetLead(1, phones=frozenset({"3055550199"})),
            counts={
                limit.name: 7
                for limit in (*initial.frequency.asks, *initial.usage.asks)
                if limit.at_most < 7
            },
            readings=(Reading(START, ("lead 1005",)),),
        )
        decision = POLICY.evaluate(action, facts, initial=initial)
        if decision.question is not None:
            reasons = [ask.reason for ask in decision.asked_by]
            yield action, decision.question.text, reasons


def read_aloud() -> str:
    """List all questions, each with every reason beside it."""
    questions = [
        "\n".join([f"{action.name}", f"  {text}", *(f"    - {reason}" for reason in reasons)])
        for action, text, reasons in evaluated()
    ]
    return "\n\n".join(questions) + "\n"


def test_all_questions_read_as_they_were_read_before() -> None:
    assert read_aloud() == HERE.read_text("utf-8")


@pytest.mark.parametrize(
    ("action", "text", "reasons"),
    [pytest.param(*one, id=f"{at}-{one[0].name}") for at, one in enumerate(evaluated())],
)
def test_a_question_begins_with_the_action_and_says_nothing_twice(
    action: Action, text: str, reasons: list[str]
) -> None:
    first = action.build_question()
    assert text.startswith(first)
    assert re.match(r"[A-Z][^.!]*(“.*”)?[^.!]*\?( |$)", first)
    sentences = re.split(r"(?<=[.?]) ", text.replace(first, "", 1))
    assert len(set(sentences)) == len(sentences)
    assert len(set(reasons)) == len(reasons)
    for word in ("bear", "consent_id", "import_only", "None"):
        assert word not in text.split()


if __name__ == "__main__":
    HERE.write_text(read_aloud(), "utf-8")
