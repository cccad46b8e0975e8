"""A tool that puts no question can't be set to ask in a file, and asking it means no."""

from datetime import timedelta
from pathlib import Path

import pytest

from _support.clock import START
from _support.examples import EXAMPLES
from _support.pipeline import CALLER, an_action
from _support.tables import each
from _support.terminals import run_wide
from chasedata_mcp.approvals.grants import build_grant
from chasedata_mcp.ledger.approval_models import ApprovalAnswer, Scope
from chasedata_mcp.policy.decision import Allow, Ask, Refuse
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import Facts
from chasedata_mcp.policy.loader import PolicyFileError, load_policy
from chasedata_mcp.policy.models import EVERY_TOOL, ConfirmLevel, ToolRule
from chasedata_mcp.policy.rules import access
from chasedata_mcp.policy.tool_offer import NEVER_ASK
from chasedata_mcp.settings import load_settings

WHY = 'can\'t be "ask", since it puts no question to anybody; "off" or "refuse" can be'


def problems(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyFileError) as caught:
        load_policy(load_settings({"CHASEDATA_POLICY": str(file)}))
    return [str(problem) for problem in caught.value.problems]


def test_a_file_that_has_them_ask_stops_the_start_and_names_each(tmp_path: Path) -> None:
    text = '[tools]\nfreeze = "ask"\nlist_history = "ask"\nundo = "ask"\n'
    found = problems(tmp_path / "policy.toml", text)
    assert found == [f"tools.freeze: {WHY}", f"tools.list_history: {WHY}"]


def test_it_is_told_beside_what_else_is_wrong(tmp_path: Path) -> None:
    text = 'tools.freeze = "ask"\ndo_not_call.suppression_file = "numbers.txt"\n'
    found = problems(tmp_path / "policy.toml", text)
    assert len(found) == 2
    assert found[1] == f"tools.freeze: {WHY}"


def test_the_command_that_checks_a_file_says_it(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('tools.list_history = "ask"\n', encoding="utf-8")
    ended = run_wide("policy", "check", str(file))
    assert ended.code != 0
    assert "tools.list_history" in ended.out + ended.err


@pytest.mark.parametrize("word", ["on", "off", "refuse"])
@pytest.mark.parametrize("tool", sorted(NEVER_ASK))
def test_every_other_word_can_be_had(tmp_path: Path, tool: str, word: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(f'tools.{tool} = "{word}"\n', encoding="utf-8")
    assert load_policy(load_settings({"CHASEDATA_POLICY": str(file)})).terms.tools == {tool: word}


@each("tool", EVERY_TOOL)
def test_a_question_that_can_not_be_put_is_a_refusal(tool: str) -> None:
    evaluated = access.check_tool_rule(tool, {tool: "ask"})
    assert type(evaluated) is (Refuse if tool in NEVER_ASK else Ask)


def test_a_grant_for_the_calls_of_an_undo_is_none_for_the_undo() -> None:
    action = an_action("send_sms", EXAMPLES["send_sms"])
    numbers = ("9545550101",)
    scope = Scope((action.name,), numbers, None, 5, START + timedelta(hours=1))
    grant = build_grant(scope, "test", CALLER, ApprovalAnswer.no("", "", START))
    facts = Facts(START, numbers=frozenset(numbers), grants=(grant,))
    policy = Policy(ConfirmLevel.OUTWARD, tools={"undo": "ask"})
    assert policy.evaluate(action, facts).grant == grant
    taken_back = policy.for_undo.evaluate(action, facts)
    assert (taken_back.grant, taken_back.question is None) == (None, False)


@pytest.mark.parametrize(
    ("word", "kind"), [("ask", Ask), ("refuse", Refuse), ("on", Allow), (None, Allow)]
)
def test_the_word_for_undo_is_for_the_calls_that_take_back(
    word: ToolRule | None, kind: type[object]
) -> None:
    assert type(access.check_tool_rule("undo", {"undo": word} if word else {})) is kind
