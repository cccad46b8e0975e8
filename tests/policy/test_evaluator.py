"""The evaluator: the tools on offer, the refusals, and one question for all reasons."""

import pytest

from _support.examples import (
    DESTRUCTIVE,
    EXAMPLES,
    GUARDED,
    LEAD,
    LIST,
    PHONE,
    READS,
    TYPED,
    Guarded,
)
from _support.pipeline import an_action
from _support.tables import each
from chasedata_mcp.errors import CallError, Changed, Code, Outcome, Retry
from chasedata_mcp.ledger import AssuranceLevel
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.models import EVERY_TOOLSET, ConfirmLevel, RequiredAssurance
from chasedata_mcp.tools.history import Freeze, ListHistory, Undo
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS


def offered(policy: Policy) -> list[str]:
    return [name for name, action in CATALOGUE.items() if policy.offers(action)]


def test_everything_is_offered_by_default() -> None:
    assert offered(Policy()) == list(CATALOGUE)


def test_read_only_offers_the_reads() -> None:
    assert offered(Policy(read_only=True)) == list(READS)


@pytest.mark.parametrize("toolset", TOOLSETS)
def test_a_toolset_offers_its_own_tools(toolset: str) -> None:
    policy = Policy(toolsets=frozenset({toolset}))
    assert {CATALOGUE[name].toolset for name in offered(policy)} == {toolset}


def test_a_tool_beside_the_catalogue_is_permitted_unless_it_is_hidden_or_always_refused() -> None:
    every = frozenset(EVERY_TOOLSET)
    assert Policy(toolsets=every).offer.permits(ListHistory)
    assert Policy(toolsets=every, tools={"undo": "refuse"}).offer.permits(ListHistory)
    assert Policy(toolsets=every, tools={"undo": "ask"}).offer.permits(Undo)
    assert not Policy(toolsets=every, tools={"list_history": "refuse"}).offer.permits(ListHistory)
    # It asks nobody, so that a rule that asks refuses it.
    assert not Policy(toolsets=every, tools={"list_history": "ask"}).offer.permits(ListHistory)
    assert not Policy(toolsets=every, tools={"list_history": "off"}).offer.permits(ListHistory)
    assert not Policy(toolsets=every, read_only=True).offer.permits(Undo)


def test_a_call_of_a_tool_beside_the_catalogue_is_refused_by_the_rule_for_its_name_alone() -> None:
    Policy(tools={"undo": "refuse"}).refuse_by_name(Freeze)
    Policy(tools={"undo": "ask"}).refuse_by_name(Undo)
    for tools in ({"freeze": "refuse"}, {"freeze": "ask"}):
        with pytest.raises(CallError) as caught:
            Policy(tools=tools).refuse_by_name(Freeze)  # type: ignore[arg-type]  # rules
        assert "freeze" in caught.value.message


def test_a_read_that_the_policy_asks_about_needs_no_surer_yes_than_one_through_the_client() -> None:
    code = AssuranceLevel.SECOND_FACTOR
    surest = RequiredAssurance(destructive=code, outward=code, write=code)
    policy = Policy(tools={"search_lead": "ask"}, yes=surest)
    decision = policy.evaluate(an_action("search_lead", EXAMPLES["search_lead"]))
    assert decision.needs is AssuranceLevel.CLIENT


def test_a_grant_needs_the_surest_yes_that_a_call_under_it_may_need() -> None:
    machine, code = AssuranceLevel.MACHINE, AssuranceLevel.SECOND_FACTOR
    text, lead = CATALOGUE["send_sms"], CATALOGUE["update_lead"]
    for yes, of_a_text, of_a_lead in [
        (RequiredAssurance(outward=code), code, AssuranceLevel.CLIENT),
        (RequiredAssurance(outward=machine, write=code), code, code),
        (RequiredAssurance(outward=code, write=machine), code, machine),
        (RequiredAssurance(destructive=code), AssuranceLevel.CLIENT, AssuranceLevel.CLIENT),
    ]:
        policy = Policy(yes=yes)
        assert policy.required_assurance_of_grant(text) is of_a_text
        assert policy.required_assurance_of_grant(lead) is of_a_lead


def test_the_level_hides_nothing() -> None:
    assert offered(Policy(ConfirmLevel.WRITES)) == list(CATALOGUE)


@each("tool", EXAMPLES)
def test_what_is_not_offered_is_refused_and_what_is_offered_is_not(tool: str) -> None:
    action = CATALOGUE[tool]
    for policy in (Policy(read_only=True), Policy(toolsets=frozenset({"leads"}))):
        if policy.offers(action):
            policy.refuse_tool(action)
        else:
            with pytest.raises(CallError) as caught:
                policy.refuse_tool(action)
            assert caught.value.code is Code.NOT_ALLOWED


def test_every_reason_to_refuse_is_kept() -> None:
    policy = Policy(read_only=True, toolsets=frozenset({"leads"}))
    with pytest.raises(CallError) as caught:
        policy.evaluate(an_action("delete_dnc", {"number": PHONE}))
    assert "CHASEDATA_READ_ONLY" in caught.value.message
    assert "CHASEDATA_TOOLSETS" in caught.value.message
    standing = caught.value.info
    assert (standing.outcome, standing.changed, standing.retry) == (
        Outcome.REFUSED,
        Changed.NO,
        Retry.NEVER,
    )


def test_a_refusal_wins_over_a_question() -> None:
    with pytest.raises(CallError):
        Policy(read_only=True).evaluate(an_action("delete_dial_list", LIST))


@each("tool", [tool for tool in EXAMPLES if tool not in DESTRUCTIVE])
def test_the_lowest_level_asks_about_nothing_else(tool: str) -> None:
    assert Policy().evaluate(an_action(tool, EXAMPLES[tool])).question is None


@each("level", ConfirmLevel)
@each("guarded", GUARDED)
def test_every_level_asks_about_the_guarded_calls(guarded: Guarded, level: ConfirmLevel) -> None:
    question = Policy(level).evaluate(an_action(guarded.tool, guarded.arguments)).question
    assert question is not None
    assert (question.typed is not None) is (guarded in TYPED)
    assert question.is_yes(guarded.right)


@each("tool", [tool for tool in EXAMPLES if tool not in READS])
def test_at_the_level_of_writes_every_write_has_a_question_in_words(tool: str) -> None:
    question = Policy(ConfirmLevel.WRITES).evaluate(an_action(tool, EXAMPLES[tool])).question
    assert question is not None
    assert question.text.rstrip('."”').count("?") >= 1
    assert (question.typed is not None) is (tool in DESTRUCTIVE)


@pytest.mark.parametrize("tool", READS)
def test_a_read_is_not_asked_about_at_any_level(tool: str) -> None:
    for level in ConfirmLevel:
        assert Policy(level).evaluate(an_action(tool, EXAMPLES[tool])).question is None


@pytest.mark.parametrize(
    ("flags", "asks", "typed"),
    [
        ({"import_only": False}, False, False),
        ({"import_only": False, "dial_non_callables": True}, True, True),
        ({"import_only": False, "allow_dialing_duplicates": True}, True, False),
        (
            {
                "import_only": False,
                "dial_non_callables": True,
                "allow_dialing_duplicates": True,
            },
            True,
            True,
        ),
        ({"import_only": False, "check_timezone": False}, True, False),
        ({"import_only": False, "check_timezone": True}, False, False),
        ({"import_only": True, "check_timezone": False}, False, False),
        ({"import_only": False, "dial_non_callables": False}, False, False),
        ({"import_only": False, "allow_dialing_duplicates": False}, False, False),
        ({"import_only": True, "dial_non_callables": True}, False, False),
        ({"import_only": True, "allow_dialing_duplicates": True}, False, False),
    ],
)
def test_an_insert_asks_where_it_dials_past_a_protection(
    flags: dict[str, bool], *, asks: bool, typed: bool
) -> None:
    question = Policy().evaluate(an_action("insert_lead", {**LEAD, **flags})).question
    assert (question is not None) is asks
    assert (question is not None and question.typed is not None) is typed


def test_several_reasons_make_one_question_in_the_strictest_form() -> None:
    flags = {"import_only": False, "dial_non_callables": True, "allow_dialing_duplicates": True}
    decision = Policy(ConfirmLevel.OUTWARD).evaluate(an_action("insert_lead", {**LEAD, **flags}))
    assert {ask.rule for ask in decision.asked_by} == {"confirm", "do_not_call"}
    assert decision.question is not None
    assert decision.question.typed is not None
    assert "do-not-call list and the duplicate check" in decision.question.text


def test_the_question_about_a_stored_lead_says_what_is_passed_over() -> None:
    call = {**LEAD, "import_only": True, "dial_non_callables": True}
    question = Policy(ConfirmLevel.WRITES).evaluate(an_action("insert_lead", call)).question
    assert question is not None
    assert "do-not-call list" in question.text
    assert question.typed is not None
