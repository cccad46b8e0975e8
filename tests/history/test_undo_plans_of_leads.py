"""The undo of an update restores the values read before it, and overwrites nothing else."""

from dataclasses import replace

import pytest

from _support.entries import DNC, entry_of, record, steps, why, with_after
from _support.examples import EXAMPLES
from _support.pipeline import an_action
from chasedata_mcp.history.undo import (
    NotUndoable,
    UndoFacts,
    UndoPlan,
    UndoSteps,
    find_lead_to_read,
    plan_undo,
)
from chasedata_mcp.ledger.models import Entry
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    Lookup,
    lookup_to_json,
    withhold,
)

BEFORE = LeadSnapshot("1001", {"City": "Miami", "Notes": "", "PrimaryPhone": "9545550101"})


def entry_form(entry: Entry) -> dict[str, str | None]:
    assert isinstance(entry.intent.form, dict)
    return dict(entry.intent.form)


def update(before: Lookup | None, after: Lookup | None = None, **fields: object) -> Entry:
    action = an_action(
        "update_lead", {"search_field": "phone", "identifier": "9545550101", **fields}
    )
    entry = entry_of(action, 1, before=before)
    return entry if after is None else with_after(entry, after)


def reads(**fields: str) -> LeadSnapshot:
    return LeadSnapshot("1001", {**BEFORE.fields, **fields})


def of_lead(entry: Entry, now: Lookup | None, *later: Entry) -> UndoPlan:
    return plan_undo(entry, UndoFacts(later=later, now=now))


def test_an_update_is_undone_with_the_values_that_were_read_before() -> None:
    left = reads(City="Tampa", Notes="x", Email="")
    before = LeadSnapshot(
        "1001", {**BEFORE.fields, "Email": "a@example.com", "adv_Roof__Type": "Tile"}
    )
    now = LeadSnapshot("1001", {**left.fields, "adv_Roof__Type": "Slate"})
    entry = update(
        before,
        now,
        city="Tampa",
        notes="x",
        clear_fields=["Email"],
        custom_fields={"Roof Type": "Slate"},
    )
    assert steps(of_lead(entry, now)) == [
        (
            "update_lead",
            {
                "search_field": "lead_id",
                "identifier": "1001",
                "city": "Miami",
                "custom_fields": {"adv_Roof__Type": "Tile"},
                "other_fields": {"Email": "a@example.com"},
                "clear_fields": ["notes"],
            },
        )
    ]


def test_the_lead_is_read_by_the_id_that_it_had() -> None:
    search = find_lead_to_read(update(BEFORE, city="Tampa"))
    assert search is not None
    assert (search.search_field, search.identifier, search.detailed) == ("lead_id", "1001", True)
    assert find_lead_to_read(update(LeadCount(2), city="Tampa")) is None
    assert find_lead_to_read(update(LeadSnapshot("A-1"), city="Tampa")) is None
    assert find_lead_to_read(record(("insert_dnc", DNC))[0]) is None


@pytest.mark.parametrize(
    ("before", "told"),
    [(None, "not read before"), (LeadCount(0), "No lead"), (LeadCount(2), "Several leads")],
)
def test_an_update_of_nobody_knows_which_lead_is_not_undone(
    before: Lookup | None, told: str
) -> None:
    assert told in why(of_lead(update(before, city="Tampa"), BEFORE))


@pytest.mark.parametrize("now", [None, LeadCount(0), LeadSnapshot("1002", {"City": "Tampa"})])
def test_a_lead_that_can_not_be_read_now_is_not_overwritten(now: Lookup | None) -> None:
    assert "can't be told" in why(of_lead(update(BEFORE, city="Tampa"), now))


def test_a_lead_that_reads_differently_is_not_overwritten() -> None:
    entry = update(BEFORE, reads(City="Tampa"), city="Tampa")
    assert "reads differently" in why(of_lead(entry, reads(City="Naples")))
    assert "reads differently" in why(of_lead(update(BEFORE, city="Tampa"), reads(City="Naples")))
    assert isinstance(of_lead(entry, reads(City="Tampa", Notes="new")), UndoSteps)


def test_without_a_reading_afterwards_what_was_sent_or_kept_is_taken_for_left() -> None:
    entry = update(BEFORE, city="Tampa", notes="x")
    way = of_lead(entry, reads(City="Tampa"))
    assert isinstance(way, UndoSteps)
    (step,) = way.steps
    assert step.arguments["city"] == "Miami"
    assert "notes" not in step.arguments


def test_a_lead_that_moved_gets_its_subcampaign_back() -> None:
    before = reads(Campaign="Solar", Subcampaign="Web")
    after = reads(Campaign="Billing", Subcampaign="")
    for left in (after, None):
        (step,) = steps(of_lead(update(before, left, campaign="Billing"), after))
        assert step[1]["campaign"] == "Solar"
        assert step[1]["subcampaign"] == "Web"
    named = update(before, after, campaign="Billing", subcampaign="Late")
    assert isinstance(of_lead(named, after), UndoSteps)


def test_fields_that_the_dialer_dropped_need_no_way_back() -> None:
    entry = update(BEFORE, BEFORE, city="Tampa", other_fields={"Fax": "1"})
    assert "reads as before" in why(of_lead(entry, BEFORE))


def test_a_field_whose_former_value_is_not_known_to_the_letter_is_not_guessed() -> None:
    now = reads(City="Tampa")
    cleaned = LeadSnapshot("1001", BEFORE.fields, frozenset({"City"}))
    long = reads(City="Miami… [cut]")
    unseen = LeadSnapshot("1001", {"Notes": ""})
    for before in (cleaned, long, unseen):
        assert "to the letter" in why(of_lead(update(before, now, city="Tampa"), now))


def test_a_former_value_that_is_kept_out_of_the_ledger_is_not_undone() -> None:
    now = reads(City="Tampa")
    withheld = LeadSnapshot("1001", {"City": None})
    assert "hidden_fields" in why(of_lead(update(withheld, now, city="Tampa"), now))


def test_a_field_that_is_kept_out_of_the_ledger_is_not_undone() -> None:
    entry = update(BEFORE, reads(City="Tampa"), city="Tampa")
    form = withhold(entry_form(entry), lambda name, _: name == "City")
    hidden = replace(entry, intent=replace(entry.intent, form=form))
    assert "hidden_fields" in why(of_lead(hidden, reads(City="Tampa")))


@pytest.mark.parametrize(
    "former",
    [
        {"PrimaryPhone": "(954) 555-0101"},
        {"PrimaryPhone": "5550101"},
        {"PrimaryPhone": "9545550101 "},
    ],
)
def test_a_former_value_that_can_not_be_written_as_it_was_is_not_written(
    former: dict[str, str],
) -> None:
    now = reads(PrimaryPhone="9545550102")
    entry = update(reads(**former), now, primary_phone="9545550102")
    assert "as it was" in why(of_lead(entry, now))


def test_what_an_update_leaves_behind_all_the_same_is_said() -> None:
    callback = {"agent": "Maria", "at": "2026-08-23T14:20"}
    now = reads(PrimaryPhone="9545550102")
    way = of_lead(update(BEFORE, now, primary_phone="9545550102", callback=callback), now)
    assert isinstance(way, UndoSteps)
    assert ["callback" in way.notes[0], "do-not-call" in way.notes[1]] == [True, True]
    assert "callback" in why(of_lead(update(BEFORE, BEFORE, callback=callback), BEFORE))
    nothing = of_lead(update(BEFORE, BEFORE, city="Miami", callback=callback), BEFORE)
    assert isinstance(nothing, NotUndoable)
    assert "callback" in nothing.instead


def test_a_later_update_of_the_same_lead_is_in_the_way_and_nothing_else_is() -> None:
    now = reads(City="Tampa")
    entry = update(BEFORE, now, city="Tampa")
    notes = an_action(
        "update_lead", {"search_field": "phone", "identifier": "9545550101", "notes": "x"}
    )

    def after(before: Lookup | None) -> Entry:
        return entry_of(notes, 2, before=before)

    assert "A later" in why(of_lead(entry, now, after(BEFORE)))
    assert "A later" in why(of_lead(entry, now, after(None)))
    assert isinstance(of_lead(entry, now, after(LeadSnapshot("1002", {}))), UndoSteps)
    disposed = entry_of(
        an_action("disposition_lead", {"lead_id": "1001", "disposition": "SALE"}), 3
    )
    inserted = entry_of(an_action("insert_lead", EXAMPLES["insert_lead"]), 4)
    assert isinstance(of_lead(entry, now, disposed, inserted), UndoSteps)


def test_the_countries_that_may_be_called_hold_for_a_way_back_too() -> None:
    bahamas = "2423225501"
    before, now = reads(PrimaryPhone=bahamas), reads(PrimaryPhone="9545550102")
    entry = update(before, now, primary_phone="9545550102")
    assert "as it was" in why(of_lead(entry, now))
    known = UndoFacts(now=now, countries=frozenset({"US", "BS"}))
    assert isinstance(plan_undo(entry, known), UndoSteps)


def test_a_reading_is_kept_and_read_again_as_it_was() -> None:
    assert lookup_to_json(BEFORE) == {"lead_id": "1001", "fields": dict(BEFORE.fields)}
