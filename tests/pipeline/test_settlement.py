"""A read settles a call whose answer never came truly, or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from _support.entries import entry_of
from _support.examples import EXAMPLES
from _support.pipeline import an_action
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.sanitize import CUT
from chasedata_mcp.pipeline.settlement import (
    GRACE,
    LONGEST,
    Settlement,
    Unresolved,
    has_others,
    may_arrive,
    settle,
    settling_read,
)
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.base import Action
from chasedata_mcp.tools.lead_snapshot import LeadCount, LeadSnapshot, Lookup, Seal, hash_text

PHONE = "9545550123"
INSERT: dict[str, object] = {"campaign": "Solar", "primary_phone": PHONE, "import_only": True}
WITH_ID = {**INSERT, "client_id": "CRM-7", "first_name": "Noor"}
LEAD = {"ClientId": "CRM-7", "PrimaryPhone": PHONE, "Campaign": "Solar", "FirstName": "Noor"}


def seal(whole: str) -> str:
    return f"sealed {whole}"


def found(*leads: dict[str, str]) -> LeadsRead:
    return LeadsRead(tuple(Lead(str(1001 + n), lead) for n, lead in enumerate(leads)))


def told(  # noqa: PLR0913 - what there is to tell by
    action: Action,
    before: Lookup | None,
    answer: LeadsRead | None,
    *,
    late: bool = False,
    others: bool = False,
    key: Seal | None = None,
) -> Outcome | str:
    match settle(action, before, answer, may_arrive=late, others=others, seal=key):
        case Settlement(outcome, how):
            assert how
            return outcome
        case Unresolved(reason):
            return reason


def test_an_insert_is_looked_up_by_its_client_id_else_by_phone_in_every_campaign() -> None:
    by_id = settling_read(an_action("insert_lead", WITH_ID))
    assert by_id is not None
    assert by_id.build_form() == {
        "Action": "SearchLead",
        "SearchField": "ClientId",
        "Identifier": "CRM-7",
        "Detailed": "1",
    }
    by_phone = settling_read(an_action("insert_lead", INSERT))
    assert by_phone is not None
    assert by_phone.build_form() == {
        "Action": "SearchLead",
        "SearchField": "Phone",
        "Identifier": PHONE,
        "Detailed": "1",
    }


def test_an_update_is_looked_up_by_the_lead_that_was_read_before() -> None:
    action = an_action("update_lead", EXAMPLES["update_lead"])
    search = settling_read(action, LeadSnapshot("1001"))
    assert search is not None
    assert (search.search_field, search.identifier) == ("lead_id", "1001")
    assert settling_read(action, LeadCount(2)) is None
    assert settling_read(action) is None
    assert settling_read(action, LeadSnapshot("A-1")) is None


def test_for_whatever_else_there_is_no_read() -> None:
    callback = {"agent": "Maria", "at": "2026-08-23T14:20"}
    booked = an_action(
        "update_lead", {"search_field": "lead_id", "identifier": "1001", "callback": callback}
    )
    assert settling_read(booked, LeadSnapshot("1001")) is None
    text = an_action("send_sms", EXAMPLES["send_sms"])
    assert settling_read(text) is None
    assert told(text, None, found()) == "Nothing in this API can tell."


def test_an_insert_by_client_id_is_done_where_the_lead_is_there_as_sent_and_was_not_before() -> (
    None
):
    action = an_action("insert_lead", WITH_ID)
    assert told(action, LeadCount(0), found(LEAD)) is Outcome.DONE
    assert "before" in str(told(action, None, found(LEAD)))
    assert "before" in str(told(action, LeadCount(1), found(LEAD)))
    assert "before" in str(told(action, LeadCount(0), found({**LEAD, "FirstName": "Ruth"})))
    assert "before" in str(told(action, LeadCount(0), found({})))


def test_a_lead_that_is_in_another_campaign_now_does_not_prove_that_nothing_was_done() -> None:
    action = an_action("insert_lead", INSERT)
    assert "before" in str(told(action, LeadCount(0), found({**LEAD, "Campaign": "Medicare"})))


def test_an_insert_by_phone_is_done_only_where_the_lead_was_not_there_before() -> None:
    action = an_action("insert_lead", INSERT)
    assert "before" in str(told(action, None, found(LEAD)))
    assert told(action, LeadCount(0), found(LEAD)) is Outcome.DONE
    assert "before" in str(told(action, LeadSnapshot("1001"), found(LEAD)))
    assert told(action, LeadSnapshot("1001"), found(LEAD, LEAD)) is Outcome.DONE
    assert told(action, LeadCount(2), found(LEAD, LEAD, LEAD)) is Outcome.DONE


def test_whether_a_lead_was_dialed_is_said_not_to_be_known() -> None:
    action = an_action("insert_lead", {**WITH_ID, "import_only": False})
    settled = settle(action, LeadCount(0), found(LEAD), may_arrive=True)
    assert isinstance(settled, Settlement)
    assert "dialed" in settled.how


def test_a_lead_that_is_missing_proves_something_only_after_a_while() -> None:
    action = an_action("insert_lead", WITH_ID)
    assert "may still arrive" in str(told(action, None, found(), late=True))
    assert told(action, None, found()) is Outcome.REFUSED


def test_a_call_may_arrive_for_two_minutes_after_it_was_given_up() -> None:
    entry = entry_of(an_action("insert_lead", WITH_ID), 5, Outcome.UNKNOWN)
    over = entry.endings[-1].at
    early, late = over + GRACE - timedelta(seconds=1), over + GRACE
    assert may_arrive(entry, early, early)
    assert not may_arrive(entry, late, late)
    # By the clock that says less, should one of the two have been set.
    assert may_arrive(entry, early, late)
    assert may_arrive(entry, late, early)


def test_a_call_of_which_nothing_came_on_record_may_arrive_for_as_long_as_any_can_take() -> None:
    entry = replace(entry_of(an_action("insert_lead", WITH_ID), 5, Outcome.UNKNOWN), endings=())
    sent = entry.intent.at
    early, late = sent + LONGEST - timedelta(seconds=1), sent + LONGEST
    assert may_arrive(entry, early, late)
    assert may_arrive(entry, late, early)
    assert not may_arrive(entry, late, late)


def test_an_answer_that_can_not_be_read_and_other_calls_to_the_lead_settle_nothing() -> None:
    action = an_action("insert_lead", WITH_ID)
    assert "can't be read" in str(told(action, None, None))
    assert "Other calls" in str(told(action, None, found(LEAD), others=True))
    assert "Other calls" in str(told(action, None, found(), others=True))


def update(**fields: object) -> Action:
    return an_action("update_lead", {"search_field": "lead_id", "identifier": "1001", **fields})


def test_an_update_is_done_where_the_lead_reads_so_and_did_not_before() -> None:
    before = LeadSnapshot("1001", {"City": "Miami", "Notes": ""})
    action = update(city="Tampa", notes="x")
    assert told(action, before, found({"City": "Tampa", "Notes": ""})) is Outcome.DONE
    assert told(action, before, found({"City": "Miami", "Notes": ""})) is Outcome.REFUSED
    assert "may still" in str(told(action, before, found({"City": "Miami"}), late=True))
    assert "neither" in str(told(action, before, found({"City": "Naples", "Notes": "y"})))


def test_a_field_that_was_cut_is_compared_by_its_hash_where_the_key_is_at_hand() -> None:
    former, long = "x" * 6000 + "y", "x" * 6000
    shown = f"{long[:50]} {CUT}"
    action = update(notes=long)
    cut, same = (
        Lead("1001", {"Notes": shown}, hashes={"Notes": seal(hash_text(whole))})
        for whole in (long, former)
    )
    before = LeadSnapshot("1001", same.fields, hashes=same.hashes)
    assert told(action, before, LeadsRead((cut,)), key=seal) is Outcome.DONE
    assert told(action, before, LeadsRead((same,)), key=seal) is Outcome.REFUSED
    assert "too long" in str(told(action, before, LeadsRead((cut,))))
    insert = an_action("insert_lead", {**WITH_ID, "notes": long})
    mine = replace(cut, fields={**LEAD, **cut.fields})
    assert told(insert, LeadCount(0), LeadsRead((mine,)), key=seal) is Outcome.DONE
    others = replace(mine, hashes=before.hashes)
    assert "before" in str(told(insert, LeadCount(0), LeadsRead((others,)), key=seal))


def test_an_insert_is_known_by_its_client_id_alone_and_by_no_other_field_alone() -> None:
    action = an_action("insert_lead", WITH_ID)
    assert told(action, LeadCount(0), found({"ClientId": "CRM-7"})) is Outcome.DONE
    assert "before" in str(told(action, LeadCount(0), found({"FirstName": "Noor"})))


def test_a_field_that_is_not_shown_keeps_no_other_from_telling() -> None:
    before = LeadSnapshot("1001", {"City": "Miami", "State": "FL"})
    action = update(first_name="Noor", city="Tampa", state="GA")
    now = {"City": "Tampa", "State": "FL"}
    settled = settle(action, before, found(now), may_arrive=False)
    assert isinstance(settled, Settlement)
    assert settled.how == "Some fields of the lead read as sent, and read otherwise before."


@pytest.mark.parametrize("before", [None, LeadCount(2), LeadSnapshot("1002", {"City": "Miami"})])
def test_an_update_of_a_lead_that_was_not_read_before_is_not_settled(
    before: Lookup | None,
) -> None:
    assert "lead" in str(told(update(city="Tampa"), before, found({"City": "Tampa"})))


def test_fields_that_would_read_the_same_either_way_tell_nothing() -> None:
    before = LeadSnapshot("1001", {"City": "Tampa", "adv_Card": None, "Fax2": "SALE"})
    same = found({"City": "Tampa", "adv_Card": "4242", "Fax2": "SALE"})
    assert "No field" in str(told(update(city="Tampa"), before, same))
    assert "No field" in str(told(update(custom_fields={"Card": "1"}), before, same))
    assert "No field" in str(told(update(other_fields={"Fax": "1"}), before, same))
    # Another name than the lead's own, which is dropped without a word.
    tile = {"adv_Roof__Type": "Tile"}
    other_name = update(custom_fields={"roof type": "Slate"})
    assert "neither" in str(told(other_name, LeadSnapshot("1001", tile), found(tile)))
    # Shown by the search, but perhaps none of those that an update writes.
    assert "neither" in str(told(update(other_fields={"Fax2": "SKIP"}), before, same))


def test_other_writes_to_the_same_lead_count_for_an_insert_whenever_they_were() -> None:
    entry = entry_of(an_action("insert_lead", WITH_ID), 5, Outcome.UNKNOWN)
    other = an_action(
        "update_lead", {"search_field": "phone", "identifier": PHONE, "city": "Tampa"}
    )
    assert has_others(entry, [entry, entry_of(other, 2)])
    assert has_others(entry, [entry_of(other, 9, Outcome.UNKNOWN)])
    assert not has_others(entry, [entry, entry_of(other, 2, Outcome.REFUSED)])
    text = an_action(
        "send_sms", {"from_number": "3055550100", "to_number": PHONE, "message": "Hello"}
    )
    assert not has_others(entry, [entry_of(text, 9)])


def test_for_an_update_only_those_count_that_were_not_over_when_it_began() -> None:
    action = update(city="Tampa")
    entry = entry_of(action, 5, Outcome.UNKNOWN)
    assert not has_others(entry, [entry_of(action, 2)])
    assert has_others(entry, [entry_of(action, 9)])
    assert has_others(entry, [entry_of(action, 2, Outcome.UNKNOWN)])
    late = entry.intent.at + timedelta(seconds=1)
    assert has_others(entry, [entry_of(action, 2, ended=late)])


def test_an_update_that_may_have_moved_the_new_lead_counts_though_it_names_no_key_of_it() -> None:
    entry = entry_of(an_action("insert_lead", INSERT), 5, Outcome.UNKNOWN)
    moved, renamed = update(campaign="Billing"), update(city="Tampa")
    assert has_others(entry, [entry_of(moved, 9)])
    assert not has_others(entry, [entry_of(moved, 2), entry_of(renamed, 9)])
