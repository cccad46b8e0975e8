"""The outcome of each field of an update, and the comparison of stored readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from _support.pipeline import an_action
from chasedata_mcp.pipeline.read_back import Fate, FieldRead, read_back, sentences, unread
from chasedata_mcp.pipeline.record_redaction import RecordRedactor
from chasedata_mcp.tools.answer_types import Lead
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    build_lookup,
    is_same_text,
    lookup_from_json,
    lookup_to_json,
    select_written,
    withhold,
)
from chasedata_mcp.tools.leads import UpdateLead


def update(**fields: object) -> UpdateLead:
    action = an_action("update_lead", {"search_field": "lead_id", "identifier": "1001", **fields})
    assert isinstance(action, UpdateLead)
    return action


def fate(before: dict[str, str], after: dict[str, str], **fields: object) -> FieldRead:
    (field,) = read_back(update(**fields), LeadSnapshot("", before), LeadSnapshot("", after))
    return field


def test_a_field_that_reads_as_sent_took() -> None:
    assert fate({"City": "Miami"}, {"City": "Tampa"}, city="Tampa") == FieldRead(
        "City", Fate.TOOK, "Miami", "Tampa"
    )


@pytest.mark.parametrize(
    ("fields", "reads"),
    [
        ({"city": "Tampa"}, {"CITY": " Tampa "}),
        ({"state": "fl"}, {"State": "fl"}),
        ({"notes": "a\nb"}, {"Notes": "a\r\nb"}),
        ({"notes": "hi\ufe0f"}, {"Notes": "hi"}),
        ({"primary_phone": "9545550101"}, {"PrimaryPhone": "+1 (954) 555-0101"}),
        ({"other_fields": {"SecondaryPhone": "954 555 0101"}}, {"SecondaryPhone": "9545550101"}),
        ({"clear_fields": ["city"]}, {"City": ""}),
    ],
)
def test_names_and_ways_of_writing_make_no_difference(
    fields: dict[str, object], reads: dict[str, str]
) -> None:
    assert fate({}, reads, **fields).fate is Fate.TOOK


def test_a_field_that_the_lead_lacks_or_that_kept_its_value_was_dropped() -> None:
    assert fate({}, {}, city="Tampa").fate is Fate.DROPPED
    assert fate({}, {}, clear_fields=["city"]).fate is Fate.DROPPED
    assert fate({"City": "Miami"}, {"City": "Miami"}, city="Tampa").fate is Fate.DROPPED
    assert fate({"City": "Miami"}, {}, city="Tampa").fate is Fate.DROPPED


def test_a_field_that_was_cleared_and_is_not_shown_any_more_took() -> None:
    assert fate({"City": "Miami"}, {}, clear_fields=["city"]).fate is Fate.TOOK


def test_a_field_that_reads_otherwise_was_changed() -> None:
    assert fate({"City": "Miami"}, {"City": "TAM"}, city="Tampa").fate is Fate.CHANGED
    assert fate({}, {"City": "TAM"}, city="Tampa").fate is Fate.CHANGED


def test_what_finds_the_lead_and_the_callback_are_no_fields() -> None:
    action = update(city="Tampa", callback={"agent": "Maria", "at": "2026-08-23T14:20"})
    assert [field.name for field in read_back(action, LeadSnapshot(""), LeadSnapshot(""))] == [
        "City"
    ]


def test_the_sentences_name_fields_and_no_values() -> None:
    action = update(city="Tampa", notes="x", state="FL")
    fields = read_back(
        action,
        LeadSnapshot("", {"City": "evil", "State": "GA"}),
        LeadSnapshot("", {"City": "Tampa", "State": "XX", "Notes": ""}),
    )
    message, warnings = sentences(fields)
    assert message == "Read back: 1 of 3 fields took."
    assert [w for w in warnings if "evil" in w or "XX" in w] == []
    assert warnings == ("Read back otherwise than sent: State and Notes.",)


def test_dropped_fields_are_named_in_a_warning() -> None:
    _, warnings = sentences(
        read_back(update(other_fields={"Fax": "1"}), LeadSnapshot(""), LeadSnapshot(""))
    )
    (warning,) = warnings
    assert warning.startswith("The dialer dropped Fax without a word: the lead doesn't have")


def test_what_took_is_told_in_a_sentence() -> None:
    none, both = LeadSnapshot(""), LeadSnapshot("", {"City": "Tampa", "State": "FL"})
    assert sentences(read_back(update(city="Tampa"), none, both))[0] == "Read back: the field took."
    two = read_back(update(city="Tampa", state="FL"), none, both)
    assert sentences(two) == ("Read back: both fields took.", ())
    assert sentences(())[0] == "A callback can't be read back."


def test_an_update_that_can_not_be_read_back_says_why() -> None:
    assert "no lead" in unread(LeadCount(0))
    assert "3 leads match" in unread(LeadCount(3))
    assert "unknown" in unread(None)


FIELDS = st.dictionaries(st.text(min_size=1), st.one_of(st.text(), st.none()))


@given(st.builds(LeadSnapshot, st.text(), FIELDS, st.frozensets(st.text())))
def test_a_reading_comes_back_as_it_was_kept(read: LeadSnapshot) -> None:
    assert lookup_from_json(lookup_to_json(read)) == read


@pytest.mark.parametrize("kept", [None, [], {"lead_id": 1, "fields": {}}, {"leads": "3"}, "x"])
def test_what_is_no_reading_reads_as_none(kept: object) -> None:
    assert lookup_from_json(kept) is None


def test_one_lead_is_a_reading_and_any_other_count_is_only_that() -> None:
    lead = Lead("1001", {"City": "Miami"})
    assert build_lookup((lead,), ["City"]) == LeadSnapshot(
        "1001", {"City": "Miami"}, frozenset({"City"})
    )
    assert build_lookup((lead, Lead("1002"))) == LeadCount(2)
    assert lookup_from_json(lookup_to_json(LeadCount(2))) == LeadCount(2)


def test_hidden_fields_are_withheld_whatever_their_capitals() -> None:
    out = RecordRedactor(["ADV_PLAN"]).keeps_out
    assert withhold({"City": "Miami", "adv_Plan": "4242"}, out) == {
        "City": "Miami",
        "adv_Plan": None,
    }
    assert lookup_to_json(LeadSnapshot("1", {"adv_Plan": "4242"}), out) == {
        "lead_id": "1",
        "fields": {"adv_Plan": None},
    }


def test_what_steers_the_dialer_is_not_written_to_the_lead() -> None:
    insert = an_action(
        "insert_lead",
        {
            "campaign": "Solar",
            "primary_phone": "9545550101",
            "import_only": False,
            "allow_dialing_duplicates": True,
            "dial_non_callables": True,
            "duplicates_check": "none",
        },
    )
    assert set(select_written(insert.build_form())) == {"Campaign", "PrimaryPhone"}


def test_two_texts_without_digits_are_not_one_phone() -> None:
    assert not is_same_text("PrimaryPhone", "none", "unknown")
    assert not is_same_text("City", "954 555", "954555")
