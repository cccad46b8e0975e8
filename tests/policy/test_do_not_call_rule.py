"""The do-not-call rule by its facts alone: what is refused, why, and the one way past it."""

from collections.abc import Mapping

import pytest

from _support.examples import EXAMPLES
from _support.pipeline import an_action
from chasedata_mcp.policy.decision import ALLOWED, Refuse, RefusedError
from chasedata_mcp.policy.evaluator import Policy
from chasedata_mcp.policy.facts import NO_FACTS, Facts, TargetLead
from chasedata_mcp.policy.rules.do_not_call import (
    check_do_not_call,
    find_overridden_numbers,
    has_unread_phones,
    refuse_suppressed_meanwhile,
)

DIGITS = "9545550101"
KEPT_OUT = frozenset({DIGITS})
TEXT = EXAMPLES["send_sms"]


def refuses(tool: str, given: Mapping[str, object], facts: Facts = NO_FACTS) -> set[str]:
    """The rules that refuse."""
    try:
        Policy().evaluate(an_action(tool, given), facts)
    except RefusedError as error:
        return {refusal.rule for refusal in error.rules}
    return set()


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (Facts(suppressed=KEPT_OUT), "is on this server's do-not-call list"),
        (Facts(in_file=KEPT_OUT), "is in the suppression file"),
        (Facts(registry_problem="The registry is gone."), "The registry is gone."),
    ],
)
def test_nobody_who_must_not_be_called_is_reached_nor_anybody_while_that_is_unknown(
    facts: Facts, says: str
) -> None:
    assert refuses("send_sms", TEXT) == set()
    refusal = check_do_not_call(an_action("send_sms", TEXT), facts)
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "suppressed"
    assert says in refusal.reason
    assert refusal.hint


def test_each_place_that_has_the_number_is_named_with_its_way_out_and_no_other() -> None:
    text = an_action("send_sms", TEXT)
    for facts, ways in [
        (Facts(suppressed=KEPT_OUT), {"off that list"}),
        (Facts(in_file=KEPT_OUT), {"out of the suppression file"}),
        (
            Facts(suppressed=KEPT_OUT, in_file=KEPT_OUT),
            {"off that list", "out of the suppression file"},
        ),
    ]:
        refusal = check_do_not_call(text, facts)
        assert isinstance(refusal, Refuse)
        both = {"off that list", "out of the suppression file"}
        assert {way for way in both if way in refusal.hint} == ways
        assert "Don't look for another way" in refusal.hint


def test_what_reaches_nobody_is_refused_only_where_it_writes_a_number_that_is_kept_out() -> None:
    given = {"search_field": "lead_id", "identifier": "1001", "city": "Miami"}
    other = frozenset({"3055550110"})
    for facts, refused in [
        (Facts(suppressed=KEPT_OUT, written=KEPT_OUT), True),
        (Facts(in_file=KEPT_OUT, written=KEPT_OUT), True),
        (Facts(suppressed=KEPT_OUT, written=other), False),
        (Facts(written=other), False),
        (Facts(suppressed=KEPT_OUT), False),
        (Facts(registry_problem="It is gone.", written=other), True),
        (Facts(registry_problem="It is gone."), False),
    ]:
        found = refuses("update_lead", given, facts)
        assert found == ({"suppressed"} if refused else set())


@pytest.mark.parametrize("made", [{"dial_non_callables": False}, {"import_only": True}])
def test_an_insert_passes_the_list_only_where_it_dials_now_and_says_so(
    made: Mapping[str, object],
) -> None:
    past = {**EXAMPLES["insert_lead"], "import_only": False, "dial_non_callables": True}
    assert find_overridden_numbers(an_action("insert_lead", past)) == {DIGITS}
    changed = {**past, **made}
    assert find_overridden_numbers(an_action("insert_lead", changed)) == frozenset()
    facts = Facts(suppressed=KEPT_OUT)
    assert refuses("insert_lead", changed, facts) == {"suppressed"}
    assert refuses("insert_lead", past, facts) == set()


def test_a_lead_whose_phones_are_unread_is_made_callable_only_where_nobody_is_suppressed() -> None:
    disposition = an_action("disposition_lead", EXAMPLES["disposition_lead"])
    unread = TargetLead(None)
    refusal = check_do_not_call(disposition, Facts(target_lead=unread, has_suppressed=True))
    assert isinstance(refusal, Refuse)
    assert refusal.rule == "suppressed"
    assert "could be read" in refusal.reason
    assert "a person looks at the lead" in refusal.hint
    for facts in (
        Facts(target_lead=unread),
        Facts(target_lead=TargetLead(1), has_suppressed=True),
        Facts(has_suppressed=True),
    ):
        assert check_do_not_call(disposition, facts) == ALLOWED


def test_a_call_that_names_its_lead_needs_its_phones_read_again_and_another_does_not() -> None:
    disposition = an_action("disposition_lead", EXAMPLES["disposition_lead"])
    for facts in (Facts(), Facts(target_lead=TargetLead(None))):
        assert has_unread_phones(disposition, facts)
        assert not has_unread_phones(an_action("send_sms", TEXT), facts)
    assert not has_unread_phones(disposition, Facts(target_lead=TargetLead(1)))
    meanwhile = refuse_suppressed_meanwhile()
    assert (meanwhile.rule, "Call it again" in meanwhile.hint) == ("suppressed", True)
    assert "on its way" in meanwhile.reason
