"""The rules that may refuse a call decide anew once anything was found since they last did."""

from dataclasses import replace

import pytest

from _support.pipeline import an_action
from _support.sandbox import PHONE, TEXT
from chasedata_mcp.policy.decision import FirstLook, Refuse, RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import NO_FACTS, Facts
from chasedata_mcp.policy.hours_table import keep_federal, load_shipped_table

POLICY = Policy()
ACTION = an_action("send_sms", TEXT)
INITIAL = POLICY.evaluate_arguments(ACTION)
REFUSED = FirstLook(NO_FACTS, INITIAL, (Refuse("a rule", "It was refused.", "Leave it."),))


def refusals(facts: Facts, looked: FirstLook) -> list[str]:
    try:
        POLICY.evaluate(ACTION, facts, initial=POLICY.evaluate_arguments(ACTION), looked=looked)
    except RefusedError as error:
        return [one.rule for one in error.rules]
    return []


def test_what_the_first_look_said_stands_while_nothing_else_was_found() -> None:
    with pytest.raises(RefusedError, match=r"It was refused\."):
        POLICY.evaluate(ACTION, NO_FACTS, initial=INITIAL, looked=REFUSED)


def test_other_facts_or_arguments_are_looked_at_anew() -> None:
    looked = POLICY.refuse_call(ACTION, NO_FACTS, INITIAL)
    suppressed = replace(NO_FACTS, suppressed=frozenset({PHONE}), has_suppressed=True)
    assert refusals(suppressed, looked) == ["suppressed"]
    # The arguments were evaluated anew, as they are once a lead has moved a callback.
    assert refusals(NO_FACTS, REFUSED) == []


def test_the_federal_row_alone_is_one_table() -> None:
    table = load_shipped_table()
    assert keep_federal(table) is keep_federal(table)
    assert keep_federal(table).rows == (table.federal,)
