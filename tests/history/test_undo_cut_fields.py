"""Fields that are too long to be read whole are compared by a hash of the whole, or not at all."""

from dataclasses import replace

import pytest

from _support.entries import entry_of, why, with_after
from _support.pipeline import an_action
from chasedata_mcp.errors import Outcome
from chasedata_mcp.fields.sanitize import cut
from chasedata_mcp.history.undo import UndoFacts, UndoPlan, UndoSteps, plan_undo
from chasedata_mcp.pipeline.read_back import Fate, overwritten_unseen, read_back, sentences
from chasedata_mcp.pipeline.settlement import Settlement, Unresolved, settle
from chasedata_mcp.policy.decision import Ask, Refuse
from chasedata_mcp.redaction import DEFAULT_REDACTOR
from chasedata_mcp.tools.answer_types import Lead, LeadsRead
from chasedata_mcp.tools.lead_snapshot import (
    LeadCount,
    LeadSnapshot,
    has_text,
    hash_text,
    is_unchanged,
    lookup_from_json,
    lookup_to_json,
    seal_leads,
)
from chasedata_mcp.tools.leads import InsertLead, UpdateLead

LIMIT = 5_000
LONG, LONGER, OTHER = "C" * 9_000, "C" * 9_000 + " plus", "D" * 9_000


def seal(text: str) -> str:
    return f"sealed {text}"


def lead(notes: str, *, hashed: bool = True) -> Lead:
    shown = cut(notes, LIMIT)
    wholes = {"Notes": seal(hash_text(notes))} if hashed and shown != notes else {}
    altered = frozenset({"Notes"} if shown != notes else ())
    return Lead("1001", {"Notes": shown, "City": "Miami"}, altered, wholes)


def reads(notes: str, *, hashed: bool = True) -> LeadSnapshot:
    one = lead(notes, hashed=hashed)
    return LeadSnapshot(one.lead_id, one.fields, one.altered, one.hashes)


def update(**fields: object) -> UpdateLead:
    action = an_action("update_lead", {"search_field": "lead_id", "identifier": "1001", **fields})
    assert isinstance(action, UpdateLead)
    return action


@pytest.mark.parametrize(
    ("old", "sent", "new", "fate"),
    [
        (LONG, LONGER, LONGER, Fate.TOOK),
        (LONG, LONGER, LONG, Fate.DROPPED),
        (LONG, LONGER, LONG + " x", Fate.CHANGED),
        (LONG, "short", "short", Fate.TOOK),
        (LONG, "short", LONG, Fate.DROPPED),
        ("short", LONG, LONG, Fate.TOOK),
        ("short", LONG, LONG[:6_000], Fate.CHANGED),
        (LONG, OTHER, OTHER, Fate.TOOK),
        (LONG, LONGER, f" {LONGER}\r\n", Fate.TOOK),
    ],
)
def test_what_was_cut_is_compared_whole(old: str, sent: str, new: str, fate: Fate) -> None:
    (field,) = read_back(update(notes=sent), reads(old), reads(new), seal)
    assert field.fate is fate


def test_without_a_hash_nobody_can_tell_and_that_is_said() -> None:
    for before, after, key in (
        (reads(LONG), reads(LONGER), None),
        (reads(LONG, hashed=False), reads(LONGER, hashed=False), seal),
    ):
        fields = read_back(update(notes=LONGER, city="Miami"), before, after, key)
        assert {field.name: field.fate for field in fields} == {
            "City": Fate.TOOK,
            "Notes": Fate.UNKNOWN,
        }
        message, warnings = sentences(fields)
        assert message == "Read back: the field took."
        assert warnings == ("Too long to be compared: Notes. Whether it took is unknown.",)
    (alone,) = read_back(update(notes=LONGER), reads(LONG), reads(LONGER))
    assert sentences([alone])[0] == "Nothing of it could be read back."


def test_two_readings_are_alike_only_where_all_of_it_is() -> None:
    assert is_unchanged(reads(LONG), reads(LONG), "Notes") is True
    assert is_unchanged(reads(LONG), reads(LONGER), "Notes") is False
    assert is_unchanged(reads(LONG), reads(OTHER, hashed=False), "Notes") is False
    assert is_unchanged(reads(LONG), reads(LONG, hashed=False), "Notes") is None
    assert is_unchanged(reads(LONG), LeadSnapshot("1001"), "Notes") is False
    assert is_unchanged(LeadSnapshot("1001"), LeadSnapshot("1001"), "Notes") is True
    assert is_unchanged(LeadSnapshot("1001", {"Notes": None}), reads(LONG), "Notes") is None
    assert has_text(LeadSnapshot("1001", {"Notes": None}), "Notes", LONG, seal) is None
    assert has_text(LeadSnapshot("1001"), "Notes", LONG, seal) is False


def test_the_hashes_are_kept_with_a_reading_but_for_those_of_what_is_kept_out() -> None:
    kept = lookup_to_json(reads(LONG))
    assert lookup_from_json(kept) == reads(LONG)
    out = lookup_to_json(reads(LONG), lambda name, _: name == "Notes")
    assert isinstance(out, dict)
    assert "wholes" not in out


def test_leads_are_sealed_where_they_have_hashes() -> None:
    plain = LeadsRead((Lead("1001", {"Notes": "x"}, hashes={"Notes": "h"}), Lead("1002")))
    first, second = seal_leads(plain, seal).leads
    assert (first.hashes, second.hashes) == ({"Notes": "sealed h"}, {})
    short = LeadsRead((Lead("1001"),))
    assert seal_leads(short, seal) is short


def undone(before: LeadSnapshot, after: LeadSnapshot, now: LeadSnapshot, sent: str) -> UndoPlan:
    entry = with_after(entry_of(update(notes=sent), 1, before=before), after)
    return plan_undo(entry, UndoFacts(now=now))


def test_a_short_text_comes_back_where_a_long_one_was_written_over_it() -> None:
    way = undone(reads("short"), reads(LONG), reads(LONG), LONG)
    assert isinstance(way, UndoSteps)
    assert way.steps[0].arguments["notes"] == "short"


def test_a_long_text_that_somebody_changed_since_is_not_overwritten() -> None:
    way = undone(reads("short"), reads(LONG), reads(LONGER), LONG)
    assert "reads differently" in why(way)


def test_a_long_text_is_not_written_back_and_nothing_is_said_to_be_as_before() -> None:
    for now in (LONGER, "short"):
        way = undone(reads(LONG), reads(now), reads(now), now)
        assert "to the letter" in why(way)


def test_what_was_kept_without_a_hash_is_not_compared() -> None:
    plain = reads(LONG, hashed=False)
    for after, now in ((plain, reads(LONG)), (plain, plain)):
        way = undone(reads("short"), after, now, LONG)
        assert "could not be compared" in why(way)
    assert "could not be compared" in why(undone(plain, reads(LONG), reads(LONG), LONGER))
    way = undone(plain, reads("short"), reads("short"), "short")
    assert "to the letter" in why(way)
    entry = entry_of(update(notes=LONGER), 1, before=reads(LONG))
    assert "could not be compared" in why(plan_undo(entry, UndoFacts(now=reads(LONGER))))


def test_a_text_that_reads_as_before_in_all_its_length_needs_no_way_back() -> None:
    way = undone(reads(LONG), reads(LONG), reads(LONG), LONGER)
    assert "reads as before" in why(way)


def settled(
    before: LeadSnapshot, sent: str, now: str, *, late: bool = False
) -> Settlement | Unresolved:
    answer = LeadsRead((lead(now),))
    return settle(update(notes=sent), before, answer, may_arrive=late, seal=seal)


def test_a_lost_update_of_a_long_text_is_settled_by_all_of_it() -> None:
    done = settled(reads(LONG), LONGER, LONGER)
    assert isinstance(done, Settlement)
    assert done.outcome is Outcome.DONE
    not_done = settled(reads(LONG), LONGER, LONG)
    assert isinstance(not_done, Settlement)
    assert not_done.outcome is Outcome.REFUSED
    assert isinstance(settled(reads(LONG), LONGER, LONG + " x"), Unresolved)


def test_it_stays_unknown_where_nobody_can_compare_it() -> None:
    answer = LeadsRead((lead(LONGER),))
    found = settle(update(notes=LONGER), reads(LONG), answer, may_arrive=False)
    assert isinstance(found, Unresolved)
    assert "too long" in found.reason
    other = settle(update(notes=OTHER), reads(LONG), answer, may_arrive=False)
    assert isinstance(other, Unresolved)


def test_an_insert_of_a_long_text_is_found_by_all_of_it() -> None:
    action = an_action(
        "insert_lead",
        {
            "campaign": "Solar",
            "primary_phone": "9545550101",
            "import_only": True,
            "client_id": "W-1",
            "notes": LONG,
        },
    )
    assert isinstance(action, InsertLead)
    for notes, is_done in ((LONG, True), (LONGER, False)):
        one = lead(notes)
        answer = LeadsRead((replace(one, fields={**one.fields, "ClientId": "W-1"}),))
        answer = seal_leads(answer, str)
        found = settle(action, LeadCount(0), answer, may_arrive=True, seal=seal)
        assert isinstance(found, Settlement) is is_done


CARD = "4111 1111 1111 1111"


def test_an_update_over_what_is_hidden_is_refused() -> None:
    before = LeadSnapshot("1001", {"Notes": f"Pays by {CARD}.", "City": "Miami"})
    (no,) = overwritten_unseen(update(notes="x", city="Tampa"), before, DEFAULT_REDACTOR)
    assert isinstance(no, Refuse)
    assert "Something in Notes is hidden by policy" in no.reason
    assert "1111" not in no.reason
    assert "can't add" in no.hint
    cleared = overwritten_unseen(update(clear_fields=["notes"]), before, DEFAULT_REDACTOR)
    assert [type(one) for one in cleared] == [Refuse]
    assert overwritten_unseen(update(city="Tampa"), before, DEFAULT_REDACTOR) == []
    assert overwritten_unseen(update(notes="x"), before, None) == []


def test_an_update_over_what_was_cut_asks() -> None:
    (ask,) = overwritten_unseen(update(notes="x"), reads(LONG), DEFAULT_REDACTOR)
    assert isinstance(ask, Ask)
    assert "Only the beginning of Notes was shown" in ask.reason
    assert not ask.grantable
    assert overwritten_unseen(update(city="Tampa"), reads(LONG), DEFAULT_REDACTOR) == []


def test_where_nothing_was_read_nothing_is_known() -> None:
    for before in (None, LeadCount(2)):
        assert overwritten_unseen(update(notes="x"), before, DEFAULT_REDACTOR) == []
    assert (
        overwritten_unseen(an_action("insert_dnc", {"number": "9545550101"}), reads(LONG), None)
        == []
    )
