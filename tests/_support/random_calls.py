"""Terms and calls to draw at random: every way to reach three numbers, under any policy."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from _support.sandbox import EVERY_CAP, OWN
from chasedata_mcp.tools.base import list_wire_names

Given = Mapping[str, Any]
NOBODY, DANA, BELLS = "9545550123", "9545550101", "3055550110"
"""A phone of no lead, one of one lead, one of three."""
LEAD_OF = {DANA: ("1001", "WEB-1001"), BELLS: ("1002", "WEB-1002")}
LIST = {"agent": "Maria", "list_name": "Warm-Leads"}
CALLBACK = {"agent": "Maria", "at": "2026-06-03T14:00"}


def of_number(number: str) -> list[tuple[str, Given]]:
    """Draw calls of every way to a number."""
    dialed = {"campaign": "Solar", "primary_phone": number, "import_only": False}
    anew = {"duplicates_check": "none"}
    return [
        ("insert_dnc", {"number": number}),
        ("insert_dnc", {"number": number}),
        ("delete_dnc", {"number": number}),
        ("insert_lead", {**dialed, **anew}),
        ("insert_lead", {**dialed, **anew, "import_only": True}),
        ("insert_lead", {**dialed, **anew, "dial_non_callables": True}),
        ("insert_lead", {**dialed, **anew, "import_only": True, "dial_non_callables": True}),
        (
            "insert_lead",
            {**dialed, "primary_phone": "2125550109", "other_fields": {"SecondaryPhone": number}},
        ),
        ("send_sms", {"from_number": OWN, "to_number": number, "message": "Hello"}),
        ("conference_call", {"agent": "Lena", "phone": number}),
        ("add_dial_list_phone", {**LIST, "phone": number}),
        ("mark_dial_list_phone_undialed", {**LIST, "phone": number}),
        ("update_lead", {"search_field": "phone", "identifier": number, "campaign": "Medicare"}),
        ("update_lead", {"search_field": "lead_id", "identifier": "1007", "primary_phone": number}),
        *[call for ids in [LEAD_OF.get(number)] if ids for call in of_lead(*ids)],
    ]


def of_lead(lead_id: str, client_id: str) -> list[tuple[str, Given]]:
    by_lead = {"search_field": "lead_id", "identifier": lead_id}
    by_client = {"search_field": "client_id", "identifier": client_id}
    return [
        ("disposition_lead", {"lead_id": lead_id, "disposition": "SALE"}),
        ("update_lead", {**by_client, "campaign": "Billing"}),
        ("update_lead", {**by_lead, "call_status": "CALL BACK"}),
        ("update_lead", {**by_client, "callback": CALLBACK}),
        ("update_lead", {**by_lead, "clear_fields": ["call_status"]}),
        ("search_lead", {**by_lead, "detailed": True}),
    ]


_PROSE = ["Note", "Notes", "Comment", "Message", "NOTE"]
_PHONES = ["Phone", "Mobile", "Cell", "Tel", "Number", "phone2"]
_BOTH = st.tuples(st.sampled_from(_PROSE), st.sampled_from(_PHONES), st.sampled_from(["", "_"]))
_CALLED_BOTH = st.tuples(_BOTH, st.booleans()).map(
    lambda drawn: drawn[0][2].join(drawn[0][:2][:: 1 if drawn[1] else -1])
)
FIELDS = st.one_of(_CALLED_BOTH, st.sampled_from(["Source", "From", "DID", "CallId", "Extra1"]))
"""Names of a lead's further fields that may hold a phone, whatever else they are called."""
BETWEEN = st.sampled_from(["", "-", ".", " ", ",", "*", "_", ":", "/", "  -  ", "\u2011", "|"])
BEFORE = st.sampled_from(["", "", "1", "+1 ", "011", "0000", "0", "9", "*67", "000000 "])
BEHIND = st.sampled_from(["", "", "", "1", " x12", "A1"])


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """Draw a phone as somebody writes it who wants it to be overlooked."""
    between = draw(BETWEEN)
    text = draw(BEFORE) + between.join((number[:3], number[3:6], number[6:])) + draw(BEHIND)
    foreign = draw(st.booleans()) and draw(st.booleans())
    return text.translate({48 + n: 0x660 + n for n in range(10)}) if foreign else text


@st.composite
def with_another(draw: st.DrawFn) -> tuple[str, Given]:
    """Draw a lead with one phone to dial and another one in a further field."""
    field, text = draw(FIELDS), draw(st.sampled_from([NOBODY, DANA, BELLS]).flatmap(written))
    # A parameter of another tool is a field of the account's own alone.
    argument = st.sampled_from(["custom_fields", "other_fields"])
    further = "custom_fields" if field in list_wire_names() else draw(argument)
    lead = {"campaign": "Solar", "primary_phone": "2125550109", "duplicates_check": "none"}
    return "insert_lead", {**lead, "import_only": draw(st.booleans()), further: {field: text}}


_PLAIN_CALLS = st.sampled_from(
    [
        ("create_dial_list", LIST),
        ("delete_dial_list", LIST),
        *[call for number in (NOBODY, DANA, BELLS) for call in of_number(number)],
    ]
)
CALLS = st.one_of(_PLAIN_CALLS, _PLAIN_CALLS, _PLAIN_CALLS, with_another())
STEPS = st.tuples(st.integers(1, 3), st.integers(0, 2)).map(lambda at: [at[0], at[0] + at[1]])
BOTH = STEPS.map(lambda steps: {"hour": steps, "day": steps})
CAP = st.one_of(st.just("off"), BOTH, BOTH, BOTH)
OVER = st.sampled_from(["refuse", "ask", "off", "off"])
TERMS = st.fixed_dictionaries(
    {
        "confirm": st.sampled_from(["destructive", "outward", "writes"]),
        "caps": st.fixed_dictionaries(
            {
                **dict.fromkeys(EVERY_CAP, CAP),
                "at_stop": st.sampled_from(["refuse", "refuse", "freeze"]),
            }
        ),
        "calling_hours": st.fixed_dictionaries({"outside": OVER}),
        "frequency": st.fixed_dictionaries({"calls_in_24_hours": st.integers(1, 4), "over": OVER}),
        "after_reading": st.fixed_dictionaries({"minutes": st.sampled_from([0, 10])}),
        "tools": st.dictionaries(
            st.sampled_from(["send_sms", "insert_dnc", "update_lead", "delete_dnc"]),
            st.sampled_from(["ask", "on", "off", "refuse"]),
            max_size=2,
        ),
        "yes": st.fixed_dictionaries({"destructive": st.sampled_from(["client", "machine"])}),
    }
)
