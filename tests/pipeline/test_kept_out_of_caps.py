"""A further phone of a lead in a hidden field is counted, and kept by a keyed hash alone."""

from collections.abc import Mapping

from _support.pipeline import an_action
from _support.sandbox import PHONE
from chasedata_mcp.ledger.usage import Unit
from chasedata_mcp.pipeline.record_redaction import RecordRedactor
from chasedata_mcp.policy.caps import list_usage

HIDDEN = RecordRedactor(("adv_Mobile",), key=b"a key")
STORED: Mapping[str, object] = {"campaign": "Solar", "primary_phone": PHONE, "import_only": True}


def kept(out: RecordRedactor, **fields: str) -> list[Unit]:
    """What the caps keep of an insert with such fields."""
    action = an_action("insert_lead", {**STORED, "custom_fields": fields})
    return list(out.of_call(action).units(action, list_usage(action)))


def test_a_phone_in_a_hidden_field_is_counted_without_being_kept() -> None:
    lead, further = kept(HIDDEN, Mobile="305-555-0177")
    assert lead == Unit("made_callable", PHONE)
    assert further.cap == "made_callable"
    assert "0177" not in further.key


def test_the_same_phone_is_one_and_another_is_another() -> None:
    keys = [
        kept(HIDDEN, Mobile=text)[1].key
        for text in ("305-555-0177", "(305) 555 0177", "305-555-0178")
    ]
    assert keys[0] == keys[1] != keys[2]


def test_another_key_makes_another_hash() -> None:
    other = RecordRedactor(("adv_Mobile",), key=b"another key")
    one, two = (kept(out, Mobile="305-555-0177") for out in (HIDDEN, other))
    assert one != two


def test_a_phone_in_a_field_that_is_kept_is_kept() -> None:
    found = kept(HIDDEN, Mobile="305-555-0177", Phone2="305-555-0178")
    assert Unit("made_callable", "3055550178") in found
    assert kept(RecordRedactor(), Mobile="305-555-0177")[1] == Unit("made_callable", "3055550177")


def test_the_leads_own_phone_is_counted_plainly_whatever_is_hidden() -> None:
    assert kept(HIDDEN, Mobile=PHONE) == [Unit("made_callable", PHONE)]
