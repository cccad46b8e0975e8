"""The rules that read facts, on both sides of each edge."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest

from _support.clock import START
from _support.examples import EXAMPLES, PHONE, READS
from _support.pipeline import an_action
from _support.tables import each
from chasedata_mcp.fields.assurance_level import AssuranceLevel
from chasedata_mcp.ledger import Reading
from chasedata_mcp.policy.calling_window import About, CallingWindow
from chasedata_mcp.policy.decision import RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import NO_FACTS, Facts, TargetLead
from chasedata_mcp.policy.hours_table import load_shipped_table
from chasedata_mcp.policy.models import (
    CallFrequency,
    ConfirmLevel,
    DoNotCall,
    RequiredAssurance,
    ToolRule,
)
from chasedata_mcp.policy.presets import UNATTENDED
from chasedata_mcp.policy.rules.contact_times import HoursRule
from chasedata_mcp.redaction import Redactor
from chasedata_mcp.tools.impact import Impact
from chasedata_mcp.tools.registry import CATALOGUE, TOOLSETS

DIGITS = "9545550101"
TEXT: Mapping[str, object] = {
    "from_number": "3055550100",
    "to_number": PHONE,
    "message": "Hello",
}


def asks(
    policy: Policy, tool: str, given: Mapping[str, object], facts: Facts = NO_FACTS
) -> set[str]:
    """The rules that ask."""
    action = an_action(tool, given)
    return {ask.rule for ask in policy.evaluate(action, facts).asked_by}


def refuses(
    policy: Policy, tool: str, given: Mapping[str, object], facts: Facts = NO_FACTS
) -> set[str]:
    """The rules that refuse."""
    try:
        policy.evaluate(an_action(tool, given), facts)
    except RefusedError as error:
        return {refusal.rule for refusal in error.rules}
    return set()


def of_tool(tool: str, says: ToolRule) -> Policy:
    return Policy(tools={tool: says})


@each("tool", EXAMPLES)
def test_a_tool_that_is_off_is_neither_offered_nor_carried_out(tool: str) -> None:
    policy = of_tool(tool, "off")
    assert not policy.offers(CATALOGUE[tool])
    assert refuses(policy, tool, EXAMPLES[tool]) == {"tools"}
    others = [other for other in EXAMPLES if other != tool]
    assert all(policy.offers(CATALOGUE[other]) for other in others)


@each("tool", EXAMPLES)
def test_a_tool_that_is_on_is_offered_without_its_toolset_but_not_past_read_only(tool: str) -> None:
    action = CATALOGUE[tool]
    others = frozenset(TOOLSETS) - {action.toolset}
    assert not Policy(toolsets=others).offers(action)
    assert Policy(toolsets=others, tools={tool: "on"}).offers(action)
    is_read_only = Policy(read_only=True, toolsets=others, tools={tool: "on"})
    assert is_read_only.offers(action) is (tool in READS)


@each("tool", EXAMPLES)
def test_a_tool_that_is_refused_is_offered_and_refused_each_time(tool: str) -> None:
    policy = of_tool(tool, "refuse")
    assert policy.offers(CATALOGUE[tool])
    assert refuses(policy, tool, EXAMPLES[tool]) == {"tools"}


@each("tool", EXAMPLES)
def test_a_tool_that_asks_asks_each_time_and_no_other_does(tool: str) -> None:
    policy = of_tool(tool, "ask")
    for other, given in EXAMPLES.items():
        assert ("tools" in asks(policy, other, given)) is (other == tool)


def test_an_ask_for_a_tool_takes_no_grant() -> None:
    decision = of_tool("send_sms", "ask").evaluate(
        an_action("send_sms", TEXT), Facts(local_time=START)
    )
    assert decision.offers == ()
    assert decision.question is not None


@each("tool", EXAMPLES)
def test_while_everything_is_stopped_only_reads_go(tool: str) -> None:
    refused = refuses(Policy(), tool, EXAMPLES[tool], Facts(frozen="somebody stopped it."))
    passes = tool in READS or an_action(tool, EXAMPLES[tool]).only_protects
    assert refused == (set() if passes else {"frozen"})


@pytest.mark.parametrize(
    ("length", "asked"), [(160, False), (161, False), (459, False), (460, True)]
)
def test_a_text_of_more_than_three_parts_asks(length: int, asked: bool) -> None:  # noqa: FBT001 - a table
    found = asks(Policy(ask_over_parts=3), "send_sms", {**TEXT, "message": "x" * length})
    assert found == ({"parts"} if asked else set())


def test_one_emoji_makes_more_parts_of_a_text() -> None:
    long = "x" * 200
    policy = Policy(ask_over_parts=2)
    assert asks(policy, "send_sms", {**TEXT, "message": long}) == set()
    assert asks(policy, "send_sms", {**TEXT, "message": f"{long} \N{WAVING HAND SIGN}"}) == {
        "parts"
    }
    assert asks(Policy(), "send_sms", {**TEXT, "message": "x" * 1600}) == set()


@pytest.mark.parametrize(
    ("target_lead", "asked"),
    [
        (TargetLead(1, frozenset({DIGITS}), frozenset({DIGITS}), frozenset({DIGITS})), False),
        (TargetLead(1, frozenset({DIGITS}), frozenset({DIGITS})), True),
        (TargetLead(1, frozenset({"3055550110"}), frozenset({"3055550110"})), True),
        # A phone in some other field of the lead's, which anybody may have written.
        (TargetLead(1, frozenset({DIGITS, "3055550110"}), frozenset({"3055550110"})), True),
        (TargetLead(None), True),
        (TargetLead(0), True),
    ],
)
def test_a_text_under_a_lead_goes_to_its_number_or_asks(
    target_lead: TargetLead,
    asked: bool,  # noqa: FBT001 - a table
) -> None:
    policy, facts = Policy(), Facts(target_lead=target_lead)
    filed = {**TEXT, "lead_id": "1001"}
    assert asks(policy, "send_sms", filed, facts) == ({"lead_number"} if asked else set())
    assert asks(policy, "send_sms", TEXT, facts) == set()


@pytest.mark.parametrize(("seconds", "asked"), [(0, True), (600, True), (600.001, False)])
def test_after_reading_asks_up_to_its_last_moment(seconds: float, asked: bool) -> None:  # noqa: FBT001 - a table
    policy = Policy(after_reading=timedelta(minutes=10))
    facts = Facts(
        now=START + timedelta(seconds=seconds), readings=(Reading(START, ("lead 1005",)),)
    )
    assert asks(policy, "send_sms", TEXT, facts) == ({"after_reading"} if asked else set())
    assert asks(Policy(), "send_sms", TEXT, facts) == set()


LEAD: Mapping[str, object] = {"search_field": "lead_id", "identifier": "1001"}
CARD, SSN = "4111 1111 1111 1111", "219-09-9999"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("update_lead", {**LEAD, "custom_fields": {"Card Number": "x"}}),
        ("update_lead", {**LEAD, "other_fields": {"SSN": "x"}}),
        ("update_lead", {**LEAD, "clear_fields": ["adv_SSN"]}),
        ("update_lead", {**LEAD, "notes": f"paid with {CARD}"}),
        ("send_sms", {**TEXT, "message": f"Is {SSN} your number?"}),
        ("insert_lead", {**EXAMPLES["insert_lead"], "client_id": SSN}),
        ("disposition_lead", {"lead_id": "1001", "disposition": f"SALE {CARD}"}),
    ],
)
def test_what_is_hidden_is_not_written(tool: str, given: Mapping[str, object]) -> None:
    redact = Policy(redactor=Redactor())
    assert refuses(redact, tool, given) == {"hidden"}
    assert refuses(Policy(redactor=Redactor(), writes_hidden=True), tool, given) == set()
    assert refuses(Policy(), tool, given) == set()
    with pytest.raises(RefusedError) as caught:
        redact.evaluate(an_action(tool, given))
    assert CARD not in caught.value.message
    assert SSN not in caught.value.message


@pytest.mark.parametrize("tool", ["search_lead", "update_lead"])
def test_what_a_lead_is_found_by_is_not_written(tool: str) -> None:
    found_by = {"search_field": "client_id", "identifier": "4111111111111111"}
    given = found_by if tool == "search_lead" else {**found_by, "city": "Miami"}
    assert refuses(Policy(redactor=Redactor()), tool, given) == set()


def of_hours(row: CallingWindow) -> Policy:
    """A policy whose table has this row and no other state's."""
    return Policy(hours=HoursRule(replace(load_shipped_table(), by_state={row.place: (row,)})))


def test_every_part_of_a_policy_shows_in_its_fingerprint() -> None:
    [utah] = load_shipped_table().by_state["UT"]
    assert utah.holidays is not None
    one_more = {**utah.holidays.days, date(2027, 6, 1): "Another Day"}
    policies = [
        Policy(),
        Policy(ConfirmLevel.WRITES),
        Policy(read_only=True),
        Policy(toolsets=frozenset({"dnc"})),
        of_tool("send_sms", "ask"),
        of_tool("send_sms", "refuse"),
        Policy(ask_over_parts=2),
        Policy(after_reading=timedelta(minutes=1)),
        Policy(redactor=Redactor()),
        Policy(redactor=Redactor(("x",))),
        Policy(writes_hidden=True),
        Policy(do_not_call=DoNotCall(stopping_dispositions=("ATTY",))),
        Policy(do_not_call=DoNotCall(unreadable="refuse")),
        Policy(hours=HoursRule(load_shipped_table())),
        Policy(hours=HoursRule(load_shipped_table(), "ask")),
        Policy(hours=HoursRule(load_shipped_table(), in_sandbox=True)),
        Policy(hours=HoursRule(replace(load_shipped_table(), by_state={}))),
        Policy(hours=HoursRule(replace(load_shipped_table(), canada=None))),
        of_hours(utah),
        of_hours(replace(utah, ends=date(2027, 1, 1))),
        of_hours(replace(utah, about=About.TEXTS)),
        of_hours(replace(utah, holidays=None)),
        of_hours(replace(utah, holidays=replace(utah.holidays, days=one_more))),
        Policy(frequency=CallFrequency()),
        Policy(frequency=CallFrequency(calls_in_24_hours=2)),
        Policy(caps=UNATTENDED.caps),
        Policy(yes=RequiredAssurance(write=AssuranceLevel.MACHINE)),
        Policy(yes=RequiredAssurance(outward=AssuranceLevel.MACHINE)),
    ]
    changed = {
        part.name
        for part in fields(Policy)
        for policy in policies
        if getattr(policy, part.name) != getattr(Policy(), part.name)
    }
    # It is the same policy, for another purpose.
    assert {part.name for part in fields(Policy)} - changed == {"purpose"}
    assert len({policy.fingerprint for policy in policies}) == len(policies)
    assert Policy().fingerprint == Policy().fingerprint


def test_all_reasons_make_one_question_and_the_strictest_answer() -> None:
    policy = Policy(ConfirmLevel.WRITES, tools={"delete_dnc": "ask"})
    decision = policy.evaluate(
        an_action("delete_dnc", {"number": PHONE}), Facts(known=("Three leads bear it.",))
    )
    assert [ask.rule for ask in decision.asked_by] == ["tools", "confirm", "do_not_call"]
    assert decision.question is not None
    assert decision.question.typed is not None
    assert decision.question.typed.expected == DIGITS
    assert decision.question.text.endswith("Three leads bear it.")
    assert decision.known == ("Three leads bear it.",)


def test_every_refusal_is_told() -> None:
    facts = Facts(frozen="it was stopped.", suppressed=frozenset({DIGITS}))
    policy = of_tool("send_sms", "refuse")
    assert refuses(policy, "send_sms", TEXT, facts) == {"tools", "frozen", "suppressed"}


@each("tool", EXAMPLES)
def test_no_call_but_a_destructive_one_asks_where_nothing_is_known(tool: str) -> None:
    destructive = CATALOGUE[tool].declared_impact is Impact.DESTRUCTIVE
    assert bool(asks(Policy(), tool, EXAMPLES[tool])) is destructive
